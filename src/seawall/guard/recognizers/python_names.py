"""The names that code in a calculation sandbox may use, and what other names stand for."""

from itertools import chain


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_MATH = """acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf
erfc exp exp2 expm1 fabs factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf
isnan isqrt lcm ldexp lgamma log log10 log1p log2 modf nan perm pi pow prod radians remainder sin
sinh sqrt sumprod tan tanh tau trunc"""
_DATETIME = "datetime date time timedelta timezone UTC MINYEAR MAXYEAR"

# Module: the public names that compute and reach nothing else.
MODULES: dict[str, frozenset[str]] = {
    "math": _names(_MATH),
    "cmath": _names("sqrt exp log sin cos tan phase polar rect pi e inf nan isclose"),
    "statistics": _names(
        "mean fmean geometric_mean harmonic_mean median median_low median_high mode multimode "
        "pstdev pvariance stdev variance quantiles covariance correlation linear_regression "
        "NormalDist StatisticsError"
    ),
    "datetime": _names(_DATETIME),
    "time": _names("time sleep monotonic perf_counter strftime localtime gmtime mktime strptime"),
    "calendar": _names(
        "monthrange isleap leapdays weekday month_name day_name month_abbr day_abbr monthcalendar "
        "timegm"
    ),
    "json": _names("dumps loads JSONDecodeError"),
    "re": _names(
        "compile match fullmatch search findall finditer sub subn split escape IGNORECASE I "
        "MULTILINE M DOTALL S VERBOSE X ASCII A Pattern Match"
    ),
    "random": _names(
        "random randint randrange choice choices sample shuffle uniform gauss seed triangular "
        "betavariate expovariate normalvariate Random"
    ),
    "collections": _names("Counter defaultdict deque namedtuple OrderedDict ChainMap"),
    "itertools": _names(
        "accumulate batched chain combinations combinations_with_replacement compress count cycle "
        "dropwhile filterfalse groupby islice pairwise permutations product repeat starmap "
        "takewhile tee zip_longest"
    ),
    "functools": _names("reduce partial lru_cache cache total_ordering cmp_to_key wraps"),
    "decimal": _names(
        "Decimal getcontext localcontext ROUND_HALF_UP ROUND_HALF_EVEN ROUND_DOWN ROUND_UP "
        "ROUND_CEILING ROUND_FLOOR InvalidOperation"
    ),
    "fractions": _names("Fraction"),
    "string": _names(
        "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits punctuation whitespace "
        "printable capwords octdigits"
    ),
    "textwrap": _names("dedent fill indent shorten wrap"),
    "typing": _names(
        "Any Callable Dict Iterable Iterator List NamedTuple Optional Sequence Set Tuple Union"
    ),
    "dataclasses": _names("dataclass field asdict astuple replace"),
    "heapq": _names("heapify heappop heappush heappushpop heapreplace nlargest nsmallest merge"),
    "bisect": _names("bisect bisect_left bisect_right insort insort_left insort_right"),
    "enum": _names("Enum IntEnum StrEnum auto unique"),
    "unicodedata": _names("normalize name category combining"),
    "numbers": _names("Number Real Integral Rational"),
    "__future__": _names("annotations"),
}

# Methods and attributes of plain values that compute and reach nothing else.
METHODS: frozenset[str] = _names(
    """append extend insert remove pop clear index count sort reverse copy keys values items get
    setdefault update fromkeys popitem add discard union intersection difference
    symmetric_difference issubset issuperset isdisjoint intersection_update difference_update
    symmetric_difference_update upper lower title capitalize swapcase casefold strip lstrip rstrip
    split rsplit splitlines join replace startswith endswith find rfind rindex center ljust rjust
    zfill isdigit isalpha isalnum isnumeric isdecimal isspace isupper islower istitle isidentifier
    partition rpartition format expandtabs translate maketrans removeprefix removesuffix encode
    decode hex fromhex bit_length bit_count to_bytes from_bytes as_integer_ratio is_integer
    conjugate real imag numerator denominator limit_denominator quantize normalize sqrt ln log10
    exp to_integral_value adjusted as_tuple is_nan is_infinite prec rounding most_common elements
    total subtract appendleft popleft extendleft rotate maxlen move_to_end default_factory
    strftime isoformat timestamp date time year month day hour minute second microsecond weekday
    isoweekday isocalendar toordinal days seconds microseconds total_seconds utcoffset tzinfo
    astimezone now today utcnow fromtimestamp fromisoformat strptime combine fromordinal min max
    resolution utc week tm_year tm_mon tm_mday tm_hour tm_min tm_sec tm_wday tm_yday
    group groups groupdict start end span sub subn search match fullmatch findall finditer pattern
    mean median stdev variance pdf cdf inv_cdf quantiles zscore overlap samples slope intercept
    random randint randrange choice choices sample shuffle uniform gauss seed
    from_iterable cache_clear x y z name value label key amount rate principal balance total_cost
    price quantity tax interest years months id data result results items_list children left right
    next head tail node root parent size width height length area radius
    """
)

_FILES = _names(
    "open io pathlib os shutil tempfile glob fileinput linecache read_text write_text read_bytes "
    "write_bytes mmap zipfile tarfile gzip bz2 lzma sqlite3 dbm shelve fdopen scandir listdir walk "
    "csv configparser tomllib codecs tokenize"
)
_PROCESS = _names(
    "subprocess system popen Popen spawn fork exec execv pty signal multiprocessing threading "
    "concurrent asyncio ctypes cffi kill sched atexit"
)
_NETWORK = _names(
    "socket ssl urllib http requests httpx aiohttp ftplib smtplib poplib imaplib telnetlib "
    "xmlrpc socketserver webbrowser urlopen"
)
_DYNAMIC = _names(
    "eval exec compile __import__ importlib runpy pickle marshal code codeop imp builtins pkgutil "
    "zipimport breakpoint site"
)

# Built-ins that are refused, by what they would open.
BUILTINS: dict[str, str] = {
    **dict.fromkeys(("open",), "file-access"),
    **dict.fromkeys(("eval", "exec", "compile", "__import__", "breakpoint"), "dynamic-code"),
    **dict.fromkeys(
        ("getattr", "setattr", "delattr", "globals", "locals", "vars", "dir", "type", "super",
         "object", "memoryview", "classmethod", "property", "staticmethod", "help", "license",
         "credits", "copyright", "exit", "quit"),
        "introspection",
    ),
    **dict.fromkeys(("input",), "process"),
}  # fmt: skip


def label_of_name(dotted: str) -> str:
    """Return what a refused name stands for: file-access, process, network, ... or import."""
    pieces = dotted.split(".")
    for piece in chain(pieces[:1], pieces[1:]):
        for names, label in (
            (_FILES, "file-access"),
            (_PROCESS, "process"),
            (_NETWORK, "network"),
            (_DYNAMIC, "dynamic-code"),
        ):
            if piece in names:
                return label
        if piece.startswith("_") or piece in ("sys", "inspect", "gc", "types", "operator"):
            return "introspection"
    return "import"
