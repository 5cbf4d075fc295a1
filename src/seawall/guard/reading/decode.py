"""Readings that undo encodings of runs inside a text."""

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from seawall.guard.contract import View
from seawall.guard.reading.mapped import child_kind, run, substitute, whole
from seawall.guard.reading.words import readable

_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_\-]{12,}(?:\r?\n[A-Za-z0-9+/_\-]{4,})*={0,2}")
_BASE32 = re.compile(r"\b[A-Z2-7]{16,}={0,6}")
_HEX = re.compile(
    r"(?:\\{1,4}x[0-9A-Fa-f]{2}){4,}|(?:0x[0-9A-Fa-f]{2}[ ,]*){4,}|\b(?:[0-9A-Fa-f]{2}[ :\-]){5,}[0-9A-Fa-f]{2}\b|"
    r"\b(?:0x)?(?:[0-9A-Fa-f]{2}){6,}\b"
)
_HEX_PAIR = re.compile(r"[0-9A-Fa-f]{2}")
_URL = re.compile(r"(?:%[0-9A-Fa-f]{2})")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
_ESCAPE = re.compile(r"\\{1,4}u(?:\{([0-9A-Fa-f]{4,6})\}|([0-9A-Fa-f]{4}))")
_BINARY = re.compile(r"\b(?:[01]{8}[ ,]?){4,}")
_MORSE = re.compile(r"(?<![^\s/|])[.\-·–—]{1,6}(?:[ /|]+[.\-·–—]{1,6}){5,}(?![^\s/|])")
_LETTERS = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- "
    "-..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)
_MORSE_TABLE = dict(zip(_LETTERS.split(), "abcdefghijklmnopqrstuvwxyz0123456789", strict=True))
_ROT13 = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "NOPQRSTUVWXYZABCDEFGHIJKLMnopqrstuvwxyzabcdefghijklm",
)


def _text_of(data: bytes) -> str | None:
    """Return decoded bytes that read as text: valid UTF-8 with few control characters."""
    try:
        if len(data) > 6 and data[1::2].count(0) * 2 >= len(data) - 1:
            text = data.decode("utf-16-le", "ignore")
        else:
            text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    odd = sum(not (c.isprintable() or c in "\n\r\t" or ord(c) > 0xFFF) for c in text)
    return text if len(text) >= 4 and odd <= len(text) // 20 else None


def _base64(raw: str) -> str | None:
    compact = re.sub(r"\s", "", raw).rstrip("=").replace("-", "+").replace("_", "/")
    for cut in range(min(4, max(1, len(compact) - 11))):
        body = compact[cut:]
        if len(body) % 4 == 1:
            body = body[:-1]
        try:
            text = _text_of(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
        except (binascii.Error, ValueError):
            continue
        if text is not None:
            return text
    return None


def _base32(raw: str) -> str | None:
    body = raw.rstrip("=")
    try:
        return _text_of(base64.b32decode(body + "=" * (-len(body) % 8)))
    except (binascii.Error, ValueError):
        return None


def _hex(raw: str) -> str | None:
    pairs = _HEX_PAIR.findall(re.sub(r"0x|\\+x", "", raw))
    return _text_of(bytes(int(pair, 16) for pair in pairs))


def _binary(raw: str) -> str | None:
    return _text_of(bytes(int(bits, 2) for bits in re.findall(r"[01]{8}", raw)))


def _morse(raw: str) -> str | None:
    raw = raw.replace("·", ".").replace("–", "-").replace("—", "-")
    words = re.split(r"\s*[/|]\s*|\s{2,}", raw.strip())
    text = " ".join("".join(_MORSE_TABLE.get(s, "?") for s in word.split()) for word in words)
    return text if text.count("?") * 5 <= len(text) else None


_RUNS: tuple[tuple[str, re.Pattern[str], Callable[[str], str | None]], ...] = (
    ("base64", _BASE64_RUN, _base64),
    ("base32", _BASE32, _base32),
    ("hex", _HEX, _hex),
    ("binary", _BINARY, _binary),
    ("morse", _MORSE, _morse),
)


def runs(view: View, most: int) -> Iterator[View]:
    """Yield the decoded readings of encoded runs, and the text with all of a kind in place."""
    for kind, pattern, decode in _RUNS:
        name = child_kind(view, kind)
        for count, match in enumerate(pattern.finditer(view.text)):
            if count >= most:
                yield View(kind="cut", text="")
                break
            text = decode(match.group())
            if text is not None:
                yield run(view, name, text, match.start(), match.end())


def _percent(view: View) -> View | None:
    if len(_URL.findall(view.text)) < 3:
        return None
    block = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
    result = substitute(block, view.text, lambda m: unquote(m.group(), errors="replace"))
    return whole(view, child_kind(view, "url"), *result) if result else None


def _entities(view: View) -> View | None:
    result = substitute(_ENTITY, view.text, lambda m: html.unescape(m.group()))
    return whole(view, child_kind(view, "html"), *result) if result else None


def _escapes(view: View) -> View | None:
    def character(match: re.Match[str]) -> str | None:
        code = int(match.group(1) or match.group(2), 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else None

    result = substitute(_ESCAPE, view.text, character)
    return whole(view, child_kind(view, "escapes"), *result) if result else None


def _rot13(view: View) -> View | None:
    text = view.text.translate(_ROT13)
    if text == view.text or not readable(text):
        return None
    return whole(view, child_kind(view, "rot13"), text, tuple(range(len(text) + 1)))


def _reversed(view: View) -> Iterator[View]:
    text = view.text[::-1]
    if not readable(text):
        return
    start, end = view.raw_span(0, len(view.text))
    yield View(kind=child_kind(view, "reversed"), text=text, start=start, end=end)
    in_place = substitute(re.compile(r"\w+"), view.text, lambda m: m.group()[::-1])
    if in_place:
        yield whole(view, child_kind(view, "reversed"), *in_place)


def transforms(view: View) -> Iterator[View]:
    """Yield the readings of the whole text under each encoding that changes it."""
    for transform in (_percent, _entities, _escapes, _rot13):
        changed = transform(view)
        if changed is not None:
            yield changed
    yield from _reversed(view)
