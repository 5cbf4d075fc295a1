"""Decoders of encoded runs: the run's characters in, text out, None where it is no text."""

import base64
import binascii
import re
import zlib
from functools import lru_cache

_LEAST = 4
# A dozen base64 signs without a capital or a digit are a word or a path.
_MIXED = re.compile(r"[A-Z0-9]")
_LETTERS = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- "
    "-..- -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
)
MORSE = dict(zip(_LETTERS.split(), "abcdefghijklmnopqrstuvwxyz0123456789", strict=True)) | {
    ".-.-.-": ".", "--..--": ",", "..--..": "?", "-.-.--": "!", "---...": ":", ".----.": "'",
    "-....-": "-", "-..-.": "/", ".--.-.": "@", "-.--.": "(", "-.--.-": ")", ".-..-.": '"',
    "..--.-": "_", "-...-": "=", ".-...": "&", "-.-.-.": ";",
}  # fmt: skip


# Runs up to this long come again and again: in most readings of a text.
_SHORT = 64
_NO_BASE64 = bytes(code for code in range(256) if not re.match(rb"[A-Za-z0-9+/_\-]", bytes([code])))
_STANDARD = bytes.maketrans(b"-_", b"+/")
_NO_BASE32 = re.compile(r"[^A-Za-z2-7]")
_HEX_SIGN, _HEX_PAIR = re.compile(r"0[xX]|\\+x"), re.compile(r"[0-9A-Fa-f]{2}")
_SEVEN_BITS, _EIGHT_BITS = re.compile(r"(?<![01])[01]{7}(?![01])"), re.compile(r"[01]{8}")
_DOT, _DASH = re.compile(r"[·•∙]"), re.compile(r"[−–—_]")
_MORSE_BREAK = re.compile(r"\s*[/|\n]\s*|\s{2,}")
_NUMBER = re.compile(r"0x[0-9A-Fa-f]{1,6}|[1-9]\d{0,6}")
_OCTAL, _CODE_POINT = re.compile(r"[0-7]{2,3}"), re.compile(r"\+([0-9A-Fa-f]{4,6})")
_QUOTED = re.compile(r"=([0-9A-Fa-f]{2})")


BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def number_of(signs: str, alphabet: str) -> int:
    """Return the number that signs of an alphabet write. Raises ValueError for any other sign."""
    number = 0
    for sign in signs:
        number = number * len(alphabet) + alphabet.index(sign)
    return number


class Beginning(str):
    """A text that was compressed, of which only the beginning was read."""

    __slots__ = ()


def text_of(data: bytes) -> str | None:
    """Return decoded bytes that read as text: UTF-8 or UTF-16, few control characters."""
    if data[:2] not in _PACKED:
        return _text_of(data)
    plain, whole = _unpacked(data)
    text = _text_of(plain)
    return text if whole or text is None else Beginning(text)


def _text_of(data: bytes) -> str | None:
    try:
        if len(data) > 6 and data[1::2].count(0) * 2 >= len(data) - 1:
            text = data.decode("utf-16-le", "ignore")
        elif len(data) > 6 and data[::2].count(0) * 2 >= len(data) - 1:
            text = data.decode("utf-16-be", "ignore")
        else:
            text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if text.isascii() and text.isprintable():
        return text if len(text) >= _LEAST else None
    odd = sum(not (c.isprintable() or c in "\n\r\t" or ord(c) > 0xFFF) for c in text)
    return text if len(text) >= _LEAST and odd * 20 <= len(text) else None


# How gzip and zlib begin; more than this of what they hold, or so many times more, is not read.
_PACKED, _MOST_UNPACKED = frozenset((b"\x1f\x8b", b"x\x01", b"x^", b"x\x9c", b"x\xda")), 64_000
_MOST_TIMES = 32


def _unpacked(data: bytes) -> tuple[bytes, bool]:
    """Return what was compressed and whether that is all; the data as they are if nothing was."""
    most = min(_MOST_UNPACKED, _MOST_TIMES * len(data))
    try:
        plain = zlib.decompressobj(wbits=47).decompress(data, most)
    except zlib.error:
        return data, True
    whole = len(plain) < most
    return plain if whole else plain.decode("utf-8", "ignore").encode(), whole


def from_base64(raw: str) -> str | None:
    """Decode base64: URL-safe too, without padding, over lines, with a stray word before it."""
    return _lately(raw) if len(raw) <= _SHORT else _base64(raw)


@lru_cache(maxsize=8192)
def _lately(raw: str) -> str | None:
    return _base64(raw)


def _base64(raw: str) -> str | None:
    if not _MIXED.search(raw):
        return None
    compact = raw.encode("ascii", "ignore").translate(_STANDARD, _NO_BASE64)
    for cut in range(min(4, max(1, len(compact) - 11))):
        body = compact[cut:]
        if len(body) % 4 == 1:
            body = body[:-1]
        try:
            data = binascii.a2b_base64(body + b"=" * (-len(body) % 4), strict_mode=True)
        except binascii.Error:
            continue
        text = text_of(data)
        if text is not None:
            return text
    return None


def from_base32(raw: str) -> str | None:
    """Decode base32 in either case, without padding too."""
    body = _NO_BASE32.sub("", raw).upper()
    try:
        return text_of(base64.b32decode(body + "=" * (-len(body) % 8)))
    except (binascii.Error, ValueError):
        return None


def from_ascii85(raw: str) -> str | None:
    """Decode Ascii85 in its <~ ~> frame."""
    try:
        return text_of(base64.a85decode(raw, adobe=True))
    except ValueError:
        return None


def from_hex(raw: str) -> str | None:
    """Decode pairs of hexadecimal digits with any separators or prefixes."""
    pairs = _HEX_PAIR.findall(_HEX_SIGN.sub(" ", raw))
    return text_of(bytes(int(pair, 16) for pair in pairs))


def from_binary(raw: str) -> str | None:
    """Decode octets, or 7-bit groups, of binary digits."""
    groups = _SEVEN_BITS.findall(raw) or _EIGHT_BITS.findall(raw)
    return text_of(bytes(int(bits, 2) for bits in groups))


def from_morse(raw: str) -> str | None:
    """Decode Morse: a space between letters; a slash, bar, line or wider space between words."""
    plain = _DOT.sub(".", _DASH.sub("-", raw))
    words = _MORSE_BREAK.split(plain.strip())
    text = " ".join("".join(MORSE.get(s, "\0") for s in word.split()) for word in words)
    return text.replace("\0", "?") if text.count("\0") * 5 <= len(text) else None


def from_codes(raw: str) -> str | None:
    """Decode character codes in decimal: 73 103 110, [73, 103, 110], chr(73)+chr(103)."""
    codes = [int(number, 0) for number in _NUMBER.findall(raw)]
    if any(code > 0x10FFFF or 0xD800 <= code < 0xE000 for code in codes):
        return None
    text = "".join(map(chr, codes))
    if text.isascii() and _ENCODED.search(text):
        return text
    return _readable(text) or _from_octal_numbers(raw)


_OCTAL_NUMBER = re.compile(r"(?<!\d)0?[oO]?([0-7]{2,3})(?!\d)")


def _from_octal_numbers(raw: str) -> str | None:
    """Decode 111 147 156, 0o111 0o147 and 0111 0147."""
    if "8" in raw or "9" in raw or "x" in raw:
        return None
    codes = _OCTAL_NUMBER.findall(raw)
    return _readable("".join(chr(int(code, 8)) for code in codes))


def from_signed_hex(raw: str) -> str | None:
    r"""Decode x49 x67, 49h 67h, &H49, $49$67, \x{49} and \49 \67."""
    codes = [int(code, 16) for code in _SIGNED_HEX.findall(raw)]
    if any(code > 0x10FFFF or 0xD800 <= code < 0xE000 for code in codes):
        return None
    return _readable("".join(map(chr, codes)))


_SIGNED_HEX = re.compile(r"[0-9A-Fa-f]{2,6}")


def from_uuencode(raw: str) -> str | None:
    """Decode the lines of a uuencoded file."""
    try:
        return text_of(b"".join(map(binascii.a2b_uu, raw.splitlines()[1:])))
    except (binascii.Error, ValueError):
        return None


def _readable(text: str) -> str | None:
    """Return a text of letters and spaces for the most part; None for another."""
    letters = sum(c.isalpha() or c == " " for c in text)
    readable = all(c.isprintable() or c in "\n\r\t" for c in text)
    return text if readable and letters * 5 >= len(text) * 4 and len(text) >= _LEAST else None


# Codes of these are codes of a text that is encoded once more, or written with digits for letters.
_ENCODED = re.compile(
    r"[A-Za-z0-9+/]{24}|(?:[%=][0-9A-Fa-f]{2}){6}|(?:&#\d{2,3};){4}|(?:\\u[0-9A-Fa-f]{4}){4}|"
    r"(?:[01]{7,8} ){4}|(?:[.-]{1,4} ){8}|(?:U\+[0-9A-F]{4} ?){4}|(?:\\[0-7]{3}){4}|"
    r"(?:\b[A-Za-z0-9]{2,12} ){4}"
)


def from_octal(raw: str) -> str | None:
    r"""Decode \151\147\156."""
    return text_of(bytes(int(code, 8) & 0xFF for code in _OCTAL.findall(raw)))


def from_code_points(raw: str) -> str | None:
    """Decode U+0069 U+0067."""
    codes = [int(code, 16) for code in _CODE_POINT.findall(raw)]
    if any(code > 0x10FFFF or 0xD800 <= code < 0xE000 for code in codes):
        return None
    return "".join(map(chr, codes))


def from_quoted_printable(raw: str) -> str | None:
    """Decode =69=67=6E."""
    return text_of(octets(raw))


def octets(raw: str) -> bytes:
    """Return what the codes of a quoted-printable text stand for; what stands between is left out."""
    return bytes(int(pair, 16) for pair in _QUOTED.findall(raw))
