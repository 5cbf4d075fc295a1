"""Links and images in text: every notation that a renderer would follow or a person could click."""

import bisect
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import msgspec

# Images are fetched without a click, so they weigh more than links.
_IMAGE = re.compile(
    r"!\[[^\]\n]{0,500}\]\(\s*<?([^\s)>]{1,2000})|<(?:img|image|iframe|script|embed|source|video|"
    r"audio|object|link|input)\b[^>]{0,250}?\b(?:src|href|data|srcset|poster)\s*=\s*[\"']?([^\s\"'>]{1,2000})|"
    r"url\(\s*[\"']?([^\s\"')]{1,2000})",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"\]\(\s*<?([^\s)>]{1,2000})|^\s{0,3}\[[^\]\n]{1,200}\]:\s*<?([^\s>]{1,2000})|<a\b[^>]{0,250}?"
    r"\bhref\s*=\s*[\"']?([^\s\"'>]{1,2000})|\b((?:https?|ftp|wss?)://[^\s<>\"'`)\]]{1,2000})|"
    r"(?<![\w@/.])(//[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){1,8}/[^\s<>\"'`)\]]{0,2000})|"
    r"\b(www\.[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){1,8}[^\s<>\"'`)\]]{0,2000})",
    re.IGNORECASE | re.MULTILINE,
)
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
    url = unquote(url.strip()).replace("\\", "/")
    if url.startswith("//"):
        url = "https:" + url
    elif url.lower().startswith("www."):
        url = "https://" + url
    try:
        host = urlsplit(url).hostname or ""
        return host.rstrip(".").encode("idna").decode().lower() if host else ""
    except (ValueError, UnicodeError):
        return "invalid"


def _overlaps(ranges: list[tuple[int, int]], start: int, end: int) -> bool:
    """Return whether a range overlaps one of the sorted ranges."""
    at = bisect.bisect_left(ranges, (end, end))
    return at > 0 and ranges[at - 1][1] > start


# What every notation holds: most texts have none of these.
_ANY = re.compile(r"//|\]\(|\]:|<|url\(|www\.", re.IGNORECASE)


def links(text: str) -> Iterator[Link]:
    """Yield every link and image; a URL that stands inside an image's notation counts once."""
    if not _ANY.search(text):
        return
    images: list[tuple[int, int]] = []
    for expression, image in ((_IMAGE, True), (_LINK, False)):
        for match in expression.finditer(text):
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


def allowed(host: str, hosts: set[str]) -> bool:
    """Return whether the host is listed; `*.example.com` allows every name below it."""
    return any(
        host == entry or (entry.startswith("*.") and host.endswith(entry[1:])) for entry in hosts
    )
