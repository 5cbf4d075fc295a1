"""Decoders of runs that are recognised by their alphabet: base64, hex, URL, Morse, ..."""

import base64
import binascii
import html
import re
from collections.abc import Callable
from urllib.parse import unquote

_MORSE_CODE = (
    "A.- B-... C-.-. D-.. E. F..-. G--. H.... I.. J.--- K-.- L.-.. M-- N-. O--- P.--. Q--.- R.-. "
    "S... T- U..- V...- W.-- X-..- Y-.-- Z--.. 0----- 1.---- 2..--- 3...-- 4....- 5..... 6-.... "
    "7--... 8---.. 9----. ..-.-.- ,--..-- ?..--.. '.----. !-.-.-- /-..-. (-.--. )-.--.- &.-... "
    ':---... ;-.-.-. =-...- +.-.-. --....- _..--.- ".-..-. @.--.-.'
)
_MORSE = {entry[1:]: entry[0] for entry in _MORSE_CODE.split(" ")}


def printable(raw: bytes) -> str:
    """Return the bytes as text when nearly all of it is readable, else an empty string."""
    for encoding in ("utf-8", "utf-16-le"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        good = sum(ch.isprintable() or ch in "\n\r\t" for ch in text)
        letters = sum((ch.isalpha() and ord(ch) < 0x500) or ch == " " for ch in text)
        if len(text) >= 4 and good >= 0.97 * len(text) and letters >= 0.5 * len(text):
            return text
    return ""


def _base64(run: str) -> str:
    body = re.sub(r"\s+", "", run).replace("-", "+").replace("_", "/").rstrip("=")
    if len(body) % 4 == 1:
        return ""
    try:
        return printable(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
    except (binascii.Error, ValueError):
        return ""


def _base32(run: str) -> str:
    body = run.rstrip("=")
    try:
        return printable(base64.b32decode(body + "=" * (-len(body) % 8)))
    except (binascii.Error, ValueError):
        return ""


def _ascii85(run: str) -> str:
    try:
        return printable(base64.a85decode(run, adobe=True))
    except ValueError:
        return ""


def _hex(run: str) -> str:
    digits = re.sub(r"(?:\\x|0x|[^0-9a-fA-F])", "", run)
    return printable(bytes.fromhex(digits)) if len(digits) % 2 == 0 else ""


def _escapes(run: str) -> str:
    return re.sub(
        r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\U([0-9a-fA-F]{8})|[Uu]\+([0-9a-fA-F]{4,6})[ ,]?",
        lambda match: _chr(int(next(filter(None, match.groups())), 16)),
        run,
    )


def _chr(code: int) -> str:
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else ""


def _numbers(run: str) -> str:
    codes = [int(number) for number in re.findall(r"\d+", run)]
    return printable(bytes(codes)) if all(code < 256 for code in codes) else ""


def _binary(run: str) -> str:
    bits = re.sub(r"[^01]", "", run)
    if len(bits) % 8:
        return ""
    return printable(bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8)))


def _morse(run: str) -> str:
    plain = run.replace("·", ".").replace("•", ".").replace("−", "-").replace("–", "-")
    words = re.split(r"\s*[/|]\s*|\s{2,}|\n", plain.strip())
    decoded = [["" if not s else _MORSE.get(s, "\0") for s in word.split(" ")] for word in words]
    text = " ".join("".join(word) for word in decoded)
    return "" if text.count("\0") > len(text) // 10 else text.replace("\0", "").lower()


_RUNS: tuple[tuple[str, re.Pattern[str], Callable[[str], str]], ...] = (
    ("entities", re.compile(r"(?:&#?\w{1,10};[^&\n]{0,3}){2,}|&(?:lt|gt|quot|amp|#\w+);"), html.unescape),
    ("url", re.compile(r"[^\s%]*(?:%[0-9A-Fa-f]{2}[^\s%]*){2,}"), unquote),
    ("escapes", re.compile(r"(?:\\u\{?[0-9a-fA-F]{4,6}\}?|[Uu]\+[0-9a-fA-F]{4,6}[ ,]?){3,}"), _escapes),
    ("hex", re.compile(r"(?:(?:\\x|0x|%)?\b[0-9a-fA-F]{2}[\s:,;-]{0,2}){8,}|(?:\\x[0-9a-fA-F]{2}){4,}|\b(?:0x)?(?:[0-9a-fA-F]{2}){8,}\b"), _hex),
    ("binary", re.compile(r"(?:[01]{8}[\s,]?){4,}"), _binary),
    ("numbers", re.compile(r"(?:\b\d{2,3}[\s,;]{1,2}){6,}\d{2,3}\b"), _numbers),
    ("morse", re.compile(r"[.\-·•−–][.\-·•−–/| \n]{12,}"), _morse),
    ("ascii85", re.compile(r"<~[!-u\s]+~>"), _ascii85),
    ("base32", re.compile(r"\b[A-Z2-7]{16,}={0,6}"), _base32),
    ("base64", re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{12,}(?:\r?\n[A-Za-z0-9+/_-]+(?=[=\s]|\Z))*={0,2}"), _base64),
    ("base64-word", re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{12,}={0,2}"), _base64),
)  # fmt: skip


# What a text must hold for a pattern to match at all; looking for it costs a tenth.
_SIGNS = {
    "entities": ("&",), "url": ("%",), "escapes": ("\\u", "u+", "U+"), "binary": ("00", "01"),
    "ascii85": ("<~",), "numbers": tuple("0123456789"),
    "morse": ("..", ".-", "-.", "--", "·", "•", "−", "–"),
}  # fmt: skip


def decode_runs(text: str) -> list[str]:
    """Return the text with the runs of each encoding replaced by what they say, one per encoding."""
    found = []
    for name, pattern, decode in _RUNS:
        if not any(sign in text for sign in _SIGNS.get(name, ("",))):
            continue
        hits = False

        def put(match: re.Match[str], decode: Callable[[str], str] = decode) -> str:
            nonlocal hits
            plain = decode(match.group())
            if not plain or plain == match.group():
                return match.group()
            hits = True
            return f" {plain} " if decode not in (html.unescape, unquote) else plain

        replaced = pattern.sub(put, text)
        if hits:
            found.append(replaced)
    return found
