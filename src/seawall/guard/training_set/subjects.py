"""People who opted out of training: what they are known by, in one form, and where it stands.

A register holds digests only, so each candidate of a text is brought to the form that was
registered and asked for: e-mail addresses, phone numbers, user ids, and names beside something
else that tells namesakes apart. Wrong alarms come from namesakes with the same town or birthday.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import msgspec

from seawall.core.errors import InputError
from seawall.core.normal_forms import normalized, unmarked
from seawall.policy.provenance import text as texts

EMAIL, PHONE, USER, NAME = KINDS = ("email", "phone", "user-id", "name")
PREFIX = "opted-out-"
"""Labels of findings are this and the kind."""
# The last digits of a phone number, without country and trunk zero: so many, or all it has.
_DIGITS = (9, 8, 7)
_MOST_DIGITS = 15
_ID_MIN, _ID_MAX, _ID_PLAIN = 3, 128, 8
_NAME_WORDS, _BESIDE_WORDS = range(2, 7), range(1, 5)
_PHONE = re.compile(r"(?<!\w)\+?\(?\d[\d \u00a0().\-/\u2011\u2013]{5,40}\d(?!\w)")
_TOKEN = re.compile(r"[^\s\"'<>(){}\[\],;=]{3,}")
_INNER, _BAR = re.compile(r"[/:#?&]+"), re.compile(r"\|+")
_EDGE = ".:;,!?/#-+*_|"
# What word processors write for a hyphen.
_HYPHENS = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))
# Umlauts are written in two ways; both become one.
_SPELT = {"ae": "a", "oe": "o", "ue": "u", "ss": "s", "ß": "s", "ø": "o", "æ": "a", "ł": "l"}
_SPELLING = re.compile("|".join(_SPELT))


class Register(Protocol):
    """Who opted out, by digest."""

    @property
    def words(self) -> frozenset[int]:
        """Of how many words the registered names are."""
        ...

    @property
    def empty(self) -> bool:
        """Whether nobody is registered."""
        ...

    def holds(self, kind: str, normal: str) -> bool:
        """Say whether somebody opted out who is known by this, in its one form."""
        ...

    def gate(self, name: str) -> bool:
        """Say whether a name, in its one form, is one that counts beside something else."""
        ...

    def chose(self, user: str) -> bool:
        """Say whether the end user of this very id opted out."""
        ...


class Nobody:
    """A register without anybody."""

    words: frozenset[int] = frozenset()
    empty = True

    def holds(self, kind: str, normal: str) -> bool:
        """Nobody is known by anything."""
        return False

    def gate(self, name: str) -> bool:
        """No name counts."""
        return False

    def chose(self, user: str) -> bool:
        """Nobody opted out."""
        return False


class Identifier(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is known by, in its one form. `gate`: the name of `words` words alone."""

    kind: str
    normal: str
    gate: str = ""
    words: int = 0


def identifier(kind: str, value: str, beside: str = "") -> Identifier:
    """Return an identifier in its one form. `beside`: what a name must stand with in an example.

    Raises InputError for what is none, or would be found in everybody's texts.
    """
    if (kind == NAME) != bool(beside):
        raise InputError(
            "A name, and only a name, is registered with something beside it.",
            hint="For example a birthday (1980-05-17), a town or a customer number.",
        )
    if kind == EMAIL:
        return Identifier(kind=kind, normal=_address(value))
    if kind == PHONE:
        return Identifier(kind=kind, normal=_registered_phone(value))
    if kind == USER:
        normal = texts.fold(value).strip().translate(_HYPHENS)
        if not _ID_MIN <= len(normal) <= _ID_MAX or not _telling(normal):
            raise InputError("A user id has 3 to 128 characters without blanks, one of them a "
                             "digit or 8 in all: others are words of everybody.")  # fmt: skip
        if normal not in _tokens(normal):
            raise InputError("A user id with brackets, quotes, commas, semicolons or equals signs "
                             "cannot be told from the text around it.")  # fmt: skip
        return Identifier(kind=kind, normal=normal)
    if kind != NAME:
        raise InputError(f"There is no kind {kind!r}.", hint=f"Kinds: {', '.join(KINDS)}.")
    words = _plain_words(value)
    if len(words) not in _NAME_WORDS:
        raise InputError("A name has 2 to 6 words.")
    name = _name(words)
    return Identifier(kind=kind, normal=f"{name}\n{_beside(beside)}", gate=name, words=len(words))


def _address(value: str) -> str:
    found = texts.EMAIL.fullmatch(texts.fold(value).strip())
    if found is None:
        raise InputError("This is no e-mail address.")
    return _plain_address(found.group())


def _plain_address(address: str) -> str:
    """Return an address without what follows a plus sign: it reaches the same person."""
    local, _, host = address.partition("@")
    return f"{local.partition('+')[0] or local}@{host}"


def _registered_phone(value: str) -> str:
    import phonenumbers  # 40 MB of metadata: only who registers a number needs it

    try:
        number = phonenumbers.parse(value, None)
    except phonenumbers.NumberParseException:
        raise InputError("This is no phone number with its country.",
                         hint="Write it as +49 30 1234567.") from None  # fmt: skip
    digits = phonenumbers.national_significant_number(number)
    if len(digits) < _DIGITS[-1]:
        raise InputError(f"A phone number has {_DIGITS[-1]} digits or more.")
    return _last(digits, min(len(digits), _DIGITS[0]))


def _last(digits: str, count: int) -> str:
    return f"{count}:{digits[-count:]}"


def _telling(token: str) -> bool:
    """Say whether a token can be an id: not a short word that anybody writes."""
    return not re.search(r"\s", token) and (
        len(token) >= _ID_PLAIN or any(char.isdigit() for char in token)
    )


def _plain_words(text: str) -> list[str]:
    """Return a text's words without accents, umlauts in one spelling."""
    bare = unmarked("NFKD", texts.fold(text).replace("ß", "ss"))
    return [_SPELLING.sub(lambda match: _SPELT[match.group()], one) for one in texts.words(bare)]


def _name(words: Sequence[str]) -> str:
    """Return a name whatever the order of its words."""
    return " ".join(sorted(words))


def _beside(value: str) -> str:
    days = texts.dates(texts.fold(value))
    if len(days) > 1:
        raise InputError("This date can be read in two ways.", hint="Write it as 1980-05-17.")
    if days:
        return _day(*next(iter(days)))
    words = _plain_words(value)
    if len(words) not in _BESIDE_WORDS:
        raise InputError("What a name stands with is a date or has 1 to 4 words.")
    return " ".join(words)


def _day(month: int, day: int) -> str:
    return f"day {month}-{day}"


def kinds_in(said: Sequence[str], register: Register) -> list[frozenset[str]]:
    """Return, for each text of one example, by what kinds of identifier it names who opted out.

    A name counts where what it is registered with stands anywhere in the example. Linear in the
    texts' length. Raises what the register raises.
    """
    found: list[set[str]] = []
    named: list[tuple[int, str]] = []
    for at, text in enumerate(said):
        folded = texts.fold(text)
        kinds = {EMAIL} if any(register.holds(EMAIL, x) for x in _addresses(folded)) else set()
        if any(register.holds(PHONE, one) for one in _phones(folded)):
            kinds.add(PHONE)
        if any(register.holds(USER, x) for x in _tokens(folded.translate(_HYPHENS))) or any(
            map(register.chose, _tokens(normalized("NFKC", text)))
        ):
            kinds.add(USER)
        named += [(at, name) for name in _names(text, register)]
        found.append(kinds)
    if named:
        others = {one for text in said for one in _others(text)}
        for at, name in named:
            if any(register.holds(NAME, f"{name}\n{other}") for other in others):
                found[at].add(NAME)
    return [frozenset(kinds) for kinds in found]


def _addresses(folded: str) -> Iterator[str]:
    for match in texts.EMAIL.finditer(folded):
        yield _plain_address(match.group().rstrip("."))


def _phones(folded: str) -> Iterator[str]:
    """Yield the last digits of whatever may be a phone number, from each group on to the left."""
    for match in _PHONE.finditer(folded):
        digits = ""
        for group in re.findall(r"\d+", match.group()):
            digits = (digits + group)[-_MOST_DIGITS:]
            if len(group) <= _MOST_DIGITS:
                yield from (_last(digits, n) for n in _DIGITS if len(digits) >= n)


def _tokens(text: str) -> Iterator[str]:
    """Yield what may be an id: runs without blanks, their parts between slashes, colons, bars."""
    for match in _TOKEN.finditer(text):
        token = match.group()
        parts = (token, *_INNER.split(token), *_BAR.split(token))
        for bare in dict.fromkeys(x for one in parts for x in (one, one.strip(_EDGE))):
            if _ID_MIN <= len(bare) <= _ID_MAX and _telling(bare):
                yield bare


def _names(text: str, register: Register) -> Iterator[str]:
    """Yield the registered names in a text, in their one form."""
    words = _plain_words(text) if register.words else []
    for count in register.words:
        for at in range(len(words) - count + 1):
            if register.gate(name := _name(words[at : at + count])):
                yield name


def _others(text: str) -> Iterable[str]:
    """Yield all that a name may stand with in a text: days, and runs of up to four words."""
    words = _plain_words(text)
    for count in _BESIDE_WORDS:
        for at in range(len(words) - count + 1):
            yield " ".join(words[at : at + count])
    for month, day in texts.dates(texts.fold(text)):
        yield _day(month, day)
