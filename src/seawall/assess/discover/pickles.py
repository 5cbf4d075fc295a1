"""What a pickled file would import and call, read from its opcodes; nothing is unpickled."""

import io
import pickletools
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

MAX_OPCODES = 2_000_000
MAX_MEMBER = 200_000_000
MOST_MEMBERS = 20
SUFFIXES = frozenset(
    (".pkl", ".pickle", ".p", ".pt", ".pth", ".ckpt", ".bin", ".joblib", ".dill", ".model")
)
# The standard library runs commands, opens files and the net, and imports more: of it only these
# names are known to build plain values. Others' modules count by prefix, by part and by last name.
_STANDARD = sys.stdlib_module_names | frozenset(
    "__builtin__ cPickle commands copy_reg httplib imp distutils lib2to3 idlelib test urllib2 "
    "asyncore asynchat smtpd telnetlib ftplib pipes cgi nntplib _pyrepl".split()
)
_HARMLESS = frozenset(
    "collections.OrderedDict collections.defaultdict collections.Counter collections.deque "
    "datetime.datetime datetime.date datetime.time datetime.timedelta datetime.timezone "
    "decimal.Decimal fractions.Fraction uuid.UUID array.array array._array_reconstructor "
    "copyreg._reconstructor copy_reg._reconstructor _codecs.encode re._compile random.Random "
    "types.SimpleNamespace pathlib.PosixPath pathlib.Path pathlib.PurePosixPath "
    "pathlib.WindowsPath pathlib.PureWindowsPath zoneinfo.ZoneInfo._unpickle "
    "ipaddress.IPv4Address ipaddress.IPv6Address".split()
)
_HARMLESS_BUILTINS = frozenset(
    "set frozenset xrange dict list tuple int float bool str bytes bytearray complex object range slice "
    "Exception ValueError KeyError TypeError".split()
)
_BUILTINS = ("builtins", "__builtin__")
_PREFIXES = tuple(
    f"{name}."
    for name in "pip setuptools cffi requests aiohttp httpx urllib3 paramiko fabric sh plumbum pexpect "
    "cloudpickle dill._dill numpy.f2py numpy.testing numpy.distutils torch.hub torch.serialization "
    "torch._dynamo torch._inductor torch.fx.experimental torch.jit.unsupported_tensor_ops "
    "torch.utils._config_module torch.utils.bottleneck torch.utils.collect_env "
    "torch.utils.data.datapipes torch.utils.cpp_extension IPython jupyter_client".split()
)
# A dotted name walks on from module to module: numpy.lib.os.system is os.system.
_PARTS = frozenset("os posix nt subprocess sys builtins importlib shutil socket ctypes pty".split())
_CALLS = frozenset(
    "load loads eval exec execfile compile system popen spawn read_pickle __import__ getattr "
    "import_module resolve_name unpickle".split()
)
_STRINGS = frozenset(
    "UNICODE BINUNICODE SHORT_BINUNICODE BINUNICODE8 STRING BINSTRING SHORT_BINSTRING".split()
)
_MAGIC = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")


class Pickled(NamedTuple):
    """What a file would import: all names, those that are dangerous, and why it is unknown."""

    imports: tuple[str, ...]
    dangerous: tuple[str, ...]
    unknown: str = ""


def read_pickle(path: Path) -> Pickled | None:
    """Return what a pickled file would import, None for a file that is no pickle.

    PyTorch's archives are opened; their pickles are read. Raises OSError.
    """
    with path.open("rb") as file:
        head = file.read(4)
        file.seek(0)
        if head.startswith(b"PK\x03\x04"):
            return _archive(file)
        if not (head.startswith(_MAGIC) or path.suffix in (".pkl", ".pickle", ".p", ".dill")):
            return None
        return _judged(_imports(file))


def _archive(file: io.BufferedReader) -> Pickled | None:
    try:
        with zipfile.ZipFile(file) as archive:
            members = [item for item in archive.infolist() if item.filename.endswith(".pkl")]
            if not members:
                return None
            return _judged(_in_members(archive, members))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        return Pickled((), (), "an archive that cannot be opened")


def _in_members(
    archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]
) -> Iterator[tuple[str, str]]:
    """Yield what the pickles of an archive import. Raises _UnreadableError where one is not read."""
    for item in members[:MOST_MEMBERS]:
        if item.file_size > MAX_MEMBER or item.compress_size * 1000 < item.file_size:
            raise _UnreadableError("a member is too large to read")
        with archive.open(item) as member:
            yield from _imports(io.BytesIO(member.read(MAX_MEMBER)))
    if len(members) > MOST_MEMBERS:
        raise _UnreadableError(f"it holds more than {MOST_MEMBERS} pickles")


def _judged(found: Iterator[tuple[str, str]]) -> Pickled:
    names: dict[str, None] = {}
    unknown = ""
    try:
        for module, name in found:
            names[f"{module}.{name}"] = None
    except _UnreadableError as error:
        unknown = str(error)
    return Pickled(tuple(names), tuple(name for name in names if dangerous(name)), unknown)


def dangerous(name: str) -> bool:
    """Return whether calling an import may let a file run what it wants."""
    first, *parts = name.split(".")
    last = parts[-1] if parts else first
    if first in _BUILTINS:
        return len(parts) != 1 or last not in _HARMLESS_BUILTINS
    if first in _STANDARD:
        return name not in _HARMLESS
    walks = any(part.strip("_") in _PARTS for part in parts)
    return "?" in name or walks or last in _CALLS or name.startswith(_PREFIXES)


class _UnreadableError(Exception):
    """The opcodes do not make a pickle."""


def _imports(file: io.IOBase) -> Iterator[tuple[str, str]]:
    """Give (module, name) of each import of every pickle in the file. Raises _UnreadableError."""
    recent: list[str] = []
    memo: dict[int, str] = {}
    count = 0
    while True:
        ended = False
        try:
            for opcode, argument, _ in pickletools.genops(file):  # type: ignore[arg-type]
                count += 1
                if count > MAX_OPCODES:
                    raise _UnreadableError("too long to read whole")
                ended = opcode.name == "STOP"
                yield from _step(opcode.name, argument, recent, memo)
        except (ValueError, EOFError, IndexError, UnicodeDecodeError, OverflowError, MemoryError):
            if ended or not count:
                return
            raise _UnreadableError("its opcodes break off") from None
        if not ended or not file.seekable():
            return
        following = file.read(1)
        if not following or following != b"\x80":
            return
        file.seek(-1, 1)


def _step(
    name: str, argument: object, recent: list[str], memo: dict[int, str]
) -> Iterator[tuple[str, str]]:
    """Follow texts only: whatever else is pushed counts as "?", which is dangerous to import."""
    if name in ("GLOBAL", "INST"):
        module, _, last = str(argument).partition(" ")
        yield module, last
    elif name == "STACK_GLOBAL":
        module, last = recent[-2:] if len(recent) > 1 else ("?", "?")
        yield module, last
    if name in _TRANSPARENT:
        if name in _KEEPS:
            memo[len(memo) if name == "MEMOIZE" else int(str(argument))] = (recent or ["?"])[-1]
        return
    if name in _STRINGS:
        recent.append(str(argument))
    elif name in ("GET", "BINGET", "LONG_BINGET"):
        recent.append(memo.get(int(str(argument)), "?"))
    else:
        recent.append("?")
    del recent[:-8]


_KEEPS = frozenset("MEMOIZE PUT BINPUT LONG_BINPUT".split())
_TRANSPARENT = _KEEPS | {"FRAME", "PROTO"}
