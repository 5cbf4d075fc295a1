"""Does a link or host name that the model put together carry data out in its path or its labels?"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from seawall.policy.provenance import text as texts

# A link goes on through all that a reader of links may read; a quote ends it where nothing follows.
_REST = r"(?:[^\s<>\"]|\"(?=[?&#/=\w]\S))"
# A host of three labels or more: the ones in front can hold anything that a name server logs.
OUTLET = re.compile(
    rf"[a-z][a-z0-9+.-]{{1,15}}://{_REST}{{3,}}|(?<![:/\w])//(?=[\w-]+\.\w){_REST}{{3,}}|"
    rf"(?<![\w@.%+/-])(?:[a-z0-9_-]{{1,63}}\.){{1,10}}[a-z][a-z-]{{1,22}}(?![\w-])"
    rf"(?:[/?#\\]{_REST}*)?",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"\s*(?:(?:[a-z][a-z0-9+.-]{0,15}:)?[\\/]{2}|www\.)", re.IGNORECASE)
# What readers of links take for the dot of a host.
_DOTS = str.maketrans(dict.fromkeys("。．｡", "."))
_HOST_ENDS = re.compile(r"[/?#\\]")
_NAME = re.compile(r"(?<![\w.-])(?:[a-z0-9_-]{1,63}\.){1,10}[a-z][a-z-]{1,22}(?![\w-])")
_TOKEN = re.compile(r"[A-Za-z0-9+_=-]{6,}")
_OWN_LABELS = 2  # example.org: what stands before is chosen by whoever made the link
_LETTERS, _MIXED = 8, 6  # pieces of so many signs are no accident, of digits too fewer
_NUMBER = 5  # a shorter number stands anywhere, one of six digits counts as a part of another
_BASE32 = re.compile(r"[A-Z2-7]{10,}", re.IGNORECASE)


def outlets(text: str) -> Iterator[str]:
    """Yield the links and bare host names of a raw text, as they stand."""
    if "." in text or "//" in text:
        for match in OUTLET.finditer(text.translate(_DOTS)):
            yield match.group().rstrip(".,;:!?)'`|{}\\")


def whole(text: str) -> str:
    """Return a value that is one link, with all that stands in it, however odd; else ""."""
    plain = text.strip().translate(_DOTS)
    return plain if _WHOLE.match(plain) else ""


def named(folded: str) -> frozenset[str]:
    """Return the hosts that a folded text names."""
    return frozenset(match.group().removeprefix("www.") for match in _NAME.finditer(folded))


def split(outlet: str) -> tuple[str, str]:
    """Return the folded host and the raw rest of a link or host name."""
    plain = _bare(outlet)
    authority = _HOST_ENDS.split(plain, maxsplit=1)[0]
    name = texts.fold(authority.rpartition("@")[2].partition(":")[0]).removeprefix("www.")
    return name, plain[len(authority) :]


def _bare(outlet: str) -> str:
    """Return a link without its scheme and slashes."""
    plain = outlet.partition("://")[2] or outlet
    return plain.lstrip("/\\") or plain


def belongs(host: str, hosts: Iterable[str]) -> bool:
    """Say whether a host is one of these, or stands below one."""
    return any(host == one or host.endswith("." + one) for one in hosts)


def unknown(outlet: str, said: Iterable[str], hosts: Iterable[str]) -> bool:
    """Say whether none of the folded texts holds an outlet, and its host is none of these."""
    if belongs(split(outlet)[0], hosts):
        return False
    folded = texts.fold(outlet)
    return not any(folded in text for text in said)


def carries(outlet: str, private: Iterable[str]) -> bool:
    """Say whether the labels or the path hold something encoded, or a piece of a private text.

    `private`: the letters and digits of each folded text (see `texts.compact`). The raw `outlet`
    keeps its case, which encodings need.
    """
    plain = _bare(outlet)
    authority = _HOST_ENDS.split(plain, maxsplit=1)[0].rpartition("@")[2]
    labels = authority.split(".")[:-_OWN_LABELS]
    rest = unquote(unquote(plain[len(authority) :]))
    pieces = [*labels, *_TOKEN.findall(rest), *rest.split("/")]
    if any(_readable(piece) for piece in (*pieces, "".join(labels))):
        return True
    plain_pieces = {texts.compact(texts.fold(piece)) for piece in (*pieces, "".join(labels))}
    plain_pieces.update(*map(texts.turned, tuple(plain_pieces)))
    long = [
        one for one in plain_pieces
        if len(one) >= _LETTERS or (len(one) >= _MIXED and any(char.isdigit() for char in one))
    ]  # fmt: skip
    if bool(long) and any(one in text for text in private for one in long):
        return True
    numbers = [one for one in plain_pieces if len(one) == _NUMBER and one.isdigit()]
    return any(re.search(rf"(?<!\d){one}(?!\d)", text) for text in private for one in numbers)


def _readable(piece: str) -> bool:
    """Say whether a piece is text in base64, base32 or hex."""
    if len(piece) < _LETTERS:
        return False
    for decode in (texts.from_base64, _base32, texts.from_hex):
        plain = decode(piece)
        if len(plain) >= _MIXED - 1 and plain.isascii() and plain.isprintable():
            good = sum(char.isalnum() or char in " .,:;@-_/=" for char in plain)
            if good >= 0.95 * len(plain):
                return True
    return False


def _base32(piece: str) -> str:
    plain = piece.rstrip("=").upper()
    if not _BASE32.fullmatch(plain):
        return ""
    try:
        return base64.b32decode(plain + "=" * (-len(plain) % 8)).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
