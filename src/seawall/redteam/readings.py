"""Every reading of an answer: an effect counts in whatever encoding it comes back.

Own small decoders, on purpose: a blind spot of the guard must not become one of the judge.
"""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

from seawall.redteam.strategies.obscure.homoglyphs import LOOKALIKES

LIMIT = 200_000
DEPTH = 2
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}(?:\s?[A-Za-z0-9+/_-]{4,})*={0,2}")
_HEX = re.compile(r"(?:(?:\\x|0x)?[0-9A-Fa-f]{2}[\s,:]{0,2}){6,}")
_BINARY = re.compile(r"(?:[01]{8}[\s,]?){6,}")
_ESCAPE = re.compile(r"(?:\\u[0-9A-Fa-f]{4}){3,}")
_SIGNS = re.compile(r"[\W_]+")
_LEET = str.maketrans("4310570", "aeiosto")
_TAGS = {code: code - 0xE0000 for code in range(0xE0020, 0xE007F)}
_FOLD = {ord(sign): plain for plain, signs in LOOKALIKES.items() for sign in signs}


def clean(text: str) -> str:
    """Return the text without invisible characters, look-alikes and compatibility forms."""
    if text.isascii():
        return text
    shown = text.translate(_TAGS)
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", shown)).translate(_FOLD)


def squeeze(text: str) -> str:
    """Return only letters and digits, case folded: spaces and signs can't hide a phrase."""
    return _SIGNS.sub("", text.casefold())


def _text(data: bytes) -> str:
    """Return the bytes as text where they are mostly printable UTF-8, else an empty string."""
    try:
        decoded = data.decode()
    except UnicodeDecodeError:
        return ""
    printable = sum(c.isprintable() or c.isspace() for c in decoded)
    return decoded if decoded and printable >= 0.9 * len(decoded) else ""


def _from_base64(text: str) -> list[str]:
    found = []
    for match in _BASE64.finditer(text):
        run = re.sub(r"\s", "", match[0]).rstrip("=").replace("-", "+").replace("_", "/")
        usable = run[: len(run) - 1] if len(run) % 4 == 1 else run
        try:
            found.append(_text(base64.b64decode(usable + "=" * (-len(usable) % 4))))
        except (binascii.Error, ValueError):
            continue
    return found


def _from_hex(text: str) -> list[str]:
    found = []
    for match in _HEX.finditer(text):
        digits = re.sub(r"[^0-9A-Fa-f]", "", re.sub(r"\\x|0x", "", match[0]))
        found.append(_text(bytes.fromhex(digits[: len(digits) // 2 * 2])))
    return found


def _from_binary(text: str) -> list[str]:
    found = []
    for match in _BINARY.finditer(text):
        bits = re.sub(r"[^01]", "", match[0])
        found.append(_text(bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))))
    return found


def _escapes(text: str) -> str:
    def units(match: re.Match[str]) -> str:
        return bytes.fromhex(match[0].replace("\\u", "")).decode("utf-16-be", "replace")

    return _ESCAPE.sub(units, text)


def _decoded(text: str) -> list[str]:
    whole = [codecs.encode(text, "rot13"), text[::-1], html.unescape(text), unquote(text)]
    found = [*_from_base64(text), *_from_hex(text), *_from_binary(text)]
    return [*whole, _escapes(text), *found]


@lru_cache(maxsize=16)
def readings(text: str) -> tuple[str, ...]:
    """Return the text, cleaned, and what it says in leet, base64, hex, rot13, reversed, ...

    Encodings are undone two deep; only the first 200,000 characters are read.
    """
    start = clean(text[:LIMIT])
    seen: dict[str, None] = {start: None, start.translate(_LEET): None}
    layer = [start]
    for _ in range(DEPTH):
        layer = [clean(r) for one in layer for r in _decoded(one) if r]
        layer = [r for r in dict.fromkeys(layer) if r not in seen]
        seen.update(dict.fromkeys(layer))
    return tuple(seen)


def says(text: str, phrase: str) -> bool:
    """Tell whether any reading of the text holds the phrase's letters and digits in order."""
    wanted = squeeze(clean(phrase))
    return bool(wanted) and any(wanted in squeeze(reading) for reading in readings(text))


def holds(text: str, token: str) -> bool:
    """Tell whether any reading holds the token as written (case folded), not inside a word."""
    pattern = re.compile(rf"(?<![\w]){re.escape(clean(token).casefold())}(?![\w])")
    return any(pattern.search(reading.casefold()) for reading in readings(text))


def around(text: str, place: int) -> str:
    """Return the sentence or line that holds a place, with plain apostrophes."""
    before = max(text.rfind(end, 0, place) for end in ("\n", ". ", "! ", "? "))
    after = min(
        (at for end in ("\n", ". ", "! ", "? ") if (at := text.find(end, place)) >= 0),
        default=len(text),
    )
    return text[before + 1 : after].replace("’", "'")
