"""Links and images in text: every notation that a renderer would follow or a person could click."""

import bisect
import codecs
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import msgspec

# Images are fetched without a click, so they weigh more than links.
_IMAGE = re.compile(
    r"!\[[^\]\n]{0,500}\]\(\s*<?([^\s)>]{1,2000})|<(?:img|image|iframe|script|embed|source|video|"
    r"audio|object|link|input)\b[^>]{0,250}?\b(?:src|href|data|srcset|poster)\s*=\s*[\"']?([^\s\"'>]{1,2000})|"
    # No `new URL(...)`: that is a program's.
    r"(?<![\w.$])(?<!new )url\(\s*[\"']?([^\s\"')]{1,2000})",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"\]\(\s*<?([^\s)>]{1,2000})|^\s{0,3}\[[^\]\n]{1,200}\]:\s*<?([^\s>]{1,2000})|<a\b[^>]{0,250}?"
    r"\bhref\s*=\s*[\"']?([^\s\"'>]{1,2000})|\b((?:https?|ftp|wss?)://[^\s<>\"'`)\]]{1,2000})|"
    r"(?<![\w@/.])(//[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){1,8}/[^\s<>\"'`)\]]{0,2000})|"
    r"\b(www\.[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){1,8}[^\s<>\"'`)\]]{0,2000})",
    re.IGNORECASE | re.MULTILINE,
)
# The score from which on a link does more than wait for a click: it runs code or carries data.
CARRIES = 0.95
_BREAKS = re.compile(r"[\t\r\n]")
# It is loaded when it is first looked up: no host waits for it.
_IDNA = codecs.lookup("idna")
_SPECIAL = re.compile(r"^(https?|ftp|wss?):/*", re.IGNORECASE)
_SCHEMES_THAT_RUN = ("javascript:", "data:", "vbscript:", "file:", "blob:")


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One link: its target, host (lower case, empty where it has none), range, whether an image."""

    url: str
    host: str
    start: int
    end: int
    image: bool


def host_of(url: str) -> str:
    """Return the host that a browser would contact: userinfo, port, dots and case removed."""
    return _host_lately(url) if len(url) <= _SHORT else _host(url)


# The readings of a page repeat its addresses.
_SHORT = 200


@lru_cache(maxsize=2048)
def _host_lately(url: str) -> str:
    return _host(url)


def _host(url: str) -> str:
    url = _BREAKS.sub("", unquote(url.strip())).replace("\\", "/")
    # However many slashes stand before it, browsers take what follows for the host.
    if url.startswith("//"):
        url = "https://" + url.lstrip("/")
    elif url.lower().startswith("www."):
        url = "https://" + url
    else:
        url = _SPECIAL.sub(r"\1://", url, count=1)
    try:
        host = urlsplit(url).hostname or ""
        return _IDNA.encode(host.rstrip("."))[0].decode().lower() if host else ""
    except (ValueError, UnicodeError):
        return "invalid"


def _overlaps(ranges: list[tuple[int, int]], start: int, end: int) -> bool:
    """Return whether a range overlaps one of the sorted ranges."""
    at = bisect.bisect_left(ranges, (end, end))
    return at > 0 and ranges[at - 1][1] > start


# What every notation holds: most texts have none of these.
_ANY = re.compile(r"//|\]\(|\]:|<|url\(|www\.", re.IGNORECASE)

# What the notations begin with; the expressions themselves are slow to try at every sign. Each
# begins with a sign that is rare in prose, some letters behind the notation's beginning.
_BEGINNINGS = {
    image: tuple((re.compile(sign), before) for sign, before in signs)
    for image, signs in (
        (True, ((r"!\[", 0), (r"<(?=\w)", 0), (r"\((?<=[uU][rR][lL]\()", 3))),
        (False, ((r"\]\(", 0), (r"<[aA]", 0), (r"\.(?<=[wW]{3}\.)", 3))),
    )
}
_DEFINED = re.compile(r"^\s{0,3}\[", re.MULTILINE)
_SLASHES = re.compile("//")
_SCHEMES = ("https", "http", "ftp", "wss", "ws")


def _addresses(text: str) -> Iterator[int]:
    """Yield where addresses with two slashes may begin: at a scheme, and without one."""
    for slashes in _SLASHES.finditer(text):
        at = slashes.start()
        yield at
        if text[at - 1 : at] == ":":
            before = text[max(0, at - 6) : at - 1].casefold()
            yield from (at - 1 - len(s) for s in _SCHEMES if before.endswith(s) and at > len(s))


def _found(text: str, *, image: bool) -> Iterator[re.Match[str]]:
    """Yield what _IMAGE or _LINK finds, tried only where one may begin."""
    expression, last = (_IMAGE if image else _LINK), 0
    signs = _BEGINNINGS[image]
    begin = {m.start() - before for sign, before in signs for m in sign.finditer(text)}
    if not image:
        begin.update(_addresses(text))
        if "]:" in text:
            begin.update(sign.start() for sign in _DEFINED.finditer(text))
    for at in sorted(begin):
        match = expression.match(text, at) if at >= last else None
        if match is not None:
            yield match
            last = match.end()


def links(text: str) -> Iterator[Link]:
    """Yield every link and image; a URL that stands inside an image's notation counts once."""
    if not _ANY.search(text):
        return
    images: list[tuple[int, int]] = []
    for image in (True, False):
        for match in _found(text, image=image):
            index = match.lastindex or 0
            start, end = match.span(index)
            if not image and _overlaps(images, start, end):
                continue
            url = match.group(index).rstrip(".,;:!?")
            host = host_of(url)
            if host or url.lower().startswith(_SCHEMES_THAT_RUN):
                if image:
                    images.append((start, end))
                whole = match.start() if image else start
                yield Link(url=url, host=host, start=whole, end=start + len(url), image=image)
