"""Readings of a text for comparison: folded, its numbers and dates, what is encoded in it."""

import base64
import binascii
import codecs
import functools
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import unquote

import re2

from seawall.core.normal_forms import normalized

EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
IBAN = re.compile(r"\b[a-z]{2}\d{2}(?:[ ]?[a-z0-9]){10,32}\b")
URL = re.compile(r"\b(?:https?://|ftp://|www\.)[^\s\"'<>\\`{}|]{3,400}")
PHONE = re.compile(r"(?<![\w.])\+?\d[\d ()./-]{7,20}\d(?!\w)")
# How long a country's code may be, and what is left of a number at least.
_COUNTRY, _DIALLED = (1, 2, 3), 7
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@?#]*@)?([^/:?#]+)")
_NUMBER = re.compile(r"(?<![\w.,])[-+]?\d[\d.,'\u00a0\u202f]*")
_SPACED = re.compile(r"(?<![\w.,])\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?!\d)")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){10,}")
_PERCENT = re.compile(r"(?:[\w.~-]{0,80}%[0-9a-fA-F]{2}){1,200}[\w.~-]{0,80}")
_CODES = r"[A-Za-z0-9+/_\-]{16}|(?:[0-9a-fA-F]{2}[ :]?){10}|%"
_MAY_CODE: Any = re2.compile(_CODES)
_MAY_HEX: Any = re2.compile(r"(?:[0-9a-fA-F]{2}[ :]?){10}")
_MAY_BASE64: Any = re2.compile(r"[A-Za-z0-9+/_\-]{16}")
_WORD = re.compile(r"[^\W_]+")
_ONLY_WORDS = {code: None for code in range(128) if not chr(code).isalnum()}

# Letters as file names and codes spell them.
_PLAIN = str.maketrans(
    "àáâãäåçćčèéêëęěìíîïłñńòóôõöøśšùúûüůýźżž",
    "aaaaaacccеeeeeeiiiilnnoooooossuuuuuyzzz".replace("е", "e"),
)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero gennaio janeiro januari",
            "february feb februar février febrero febbraio fevereiro februari",
            "march mar märz mars marzo março maart",
            "april apr avril abril aprile",
            "may mai mayo maggio maio mei",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août agosto augustus",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober okt octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre diciembre dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
}
MONTHS = frozenset(_MONTHS)
_ISO = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_CLOCK = re.compile(r"(?<![\d:.,])\d{1,2}:\d{2}(?::\d{2})?(?![\d:])")
_MOMENT = 10
_DMY = re.compile(r"\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b")
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.|º)?\s+(?:of\s+|de\s+)?({_NAME})\b")
_MONTH_DAY = re.compile(rf"\b({_NAME})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b")


NUMBER_WORDS: dict[float, str] = {
    float(number): word
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    ) if number > 1
} | dict(zip(map(float, range(30, 100, 10)),
             "thirty forty fifty sixty seventy eighty ninety".split(), strict=True))  # fmt: skip
_COMMON_WORDS = (
    "the and that for with you your please this from not will have send pay delete transfer forward message write "
    "all to is it of in und der die das ist nicht bitte les des que por para con una"
).split()
# One of these stands in any text in disguise, and seldom in another: a look before the words are cut.
_TURNED = "gur|naq|gung|cyrnfr|fraq|lbh|haq|qre|eht|dna|taht|esaelp|dnes|uoy|dnu"
_MAY_TURN: Any = re2.compile(_TURNED)
_MAY_HIDE: Any = re2.compile(f"{_CODES}|{_TURNED}")
_SAID = re.compile(r"[^.!?\n\"]{8,400}")
_TURNED_WORDS = 2
_ENDINGS = ("ation", "ing", "ed", "es", "s", "e")
_ROOT_MIN = 3
_UN = 5
_IRREGULAR = {
    "sent": "send", "paid": "pay", "bought": "buy", "gave": "give", "given": "give",
    "told": "tell", "sold": "sell", "wrote": "write", "written": "write", "made": "make",
    "taken": "take", "withdrawn": "withdraw", "put": "put", "known": "know",
}  # fmt: skip


def fold(text: str) -> str:
    """Return `text` for comparison: case folded, compatibility forms, no format marks.

    Line ends stay, so that sentences and records keep their bounds.
    """
    if text.isascii():
        return text.lower()
    folded = normalized("NFKC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char) != "Cf")


def _shift(text: str) -> str:
    return codecs.encode(text, "rot13")


def _backwards(text: str) -> str:
    return text[::-1]


def _turning() -> Iterator[tuple[frozenset[str], Callable[[str], str]]]:
    """Yield the common words in a disguise that no common word is in itself, and its undoing."""
    for turn in (_shift, _backwards):
        hidden = {turn(word) for word in _COMMON_WORDS} - set(_COMMON_WORDS) - _ALSO_WORDS
        yield frozenset(hidden), turn


def words(text: str) -> list[str]:
    """Return the words of a folded text."""
    return _WORD.findall(text)


# Common words in disguise that are words of some language as they stand.
_ALSO_WORDS = frozenset(
    "si ti fo ni na ot on own sed led nu reid era erp lla sel nev ver noc ne ed eu nov roc rap".split()
)
_TURNS = tuple(_turning())


@functools.lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """Return the start of a word by which its forms are told to be one."""
    if not word.isascii():
        word = word.translate(_PLAIN)
    if len(word) > 4 and word.endswith("s"):
        word = word[:-1]
    return word[:6]


@functools.lru_cache(maxsize=8192)
def root(word: str) -> str:
    """Return the part that the forms of a doing share: delete, deleting, deleted."""
    word = _IRREGULAR.get(word, word)
    if word.startswith("un") and len(word) > _UN:
        word = word[2:]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _ROOT_MIN:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > _ROOT_MIN and word[-1] == word[-2] else word


def compact(text: str) -> str:
    """Return letters and digits only."""
    if text.isascii():
        return text.translate(_ONLY_WORDS)
    return "".join(_WORD.findall(text))


def alone(piece: str, text: str) -> bool:
    """Say whether a piece stands in a text as words of its own."""
    if not piece or piece not in text:
        return False
    return re.search(rf"(?<!\w){re.escape(piece)}(?!\w)", text) is not None


def spoken(text: str) -> str:
    """Return `text` with "at" and "dot" as the signs they are read for."""
    text = re.sub(r"\s*[\[({]\s*(?:at|@)\s*[\])}]\s*|\s+at\s+", "@", text)
    return re.sub(r"\s*[\[({]\s*dot\s*[\])}]\s*|\s+dot\s+", ".", text)


def host(url: str) -> str:
    """Return the host of a folded URL, without port and `www.`; empty for what is none."""
    match = _HOST.match(url)
    name = match.group(1) if match else ""
    return name.removeprefix("www.") if "." in name else ""


def shape(value: str) -> str:
    """Return what a folded value looks like: email, url, account, phone or ""."""
    value = value.strip()
    if EMAIL.fullmatch(value):
        return "email"
    if URL.fullmatch(value) or re.fullmatch(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*", value):
        return "url"
    if IBAN.fullmatch(value) or re.fullmatch(r"[a-z]{0,4}[\d -]*\d{6,}[\d -]*", value):
        return "account"
    return "phone" if PHONE.fullmatch(value) else ""


def dialled(number: str, text: str) -> Iterator[re.Match[str]]:
    """Yield where a folded phone number stands in the other form: +43 660 55501 for 0660 55501."""
    if not PHONE.fullmatch(number):
        return
    digits = compact(number)
    if number.startswith(("+", "00")):
        rests = [digits.lstrip("0")[cut:] for cut in _COUNTRY]
        lead = r"(?<![\d+])0[ ()/-]*"
    else:
        rests = [digits[1:]] if digits.startswith("0") else []
        lead = r"(?:\+|\b00)\d{1,3}[ ()/-]*(?:\(0\))? ?"
    for rest in rests:
        if len(rest) >= _DIALLED:
            yield from re.finditer(lead + "[ ()/-]*".join(rest) + r"(?!\d)", text)


def identifiers(text: str) -> Iterator[str]:
    """Yield the addresses, links and accounts in a folded text."""
    for expression in (EMAIL, URL, IBAN):
        for match in expression.finditer(text):
            yield match.group().rstrip(".,;:!?)")


def readings(token: str) -> Iterator[float]:
    """Yield a written number's readings: 1,234.50 and 1.234,50 and 1'234."""
    plain = re.sub(r"[\s'\u00a0\u202f]", "", token).rstrip(".,")
    for thousands, decimal in ((",", "."), (".", ",")):
        try:
            yield float(plain.replace(thousands, "").replace(decimal, "."))
        except ValueError:
            continue


def numbers(text: str) -> dict[float, int]:
    """Return the numbers of a text with the place of their first appearance."""
    found: dict[float, int] = {}
    for match in _NUMBER.finditer(text):
        for value in readings(match.group()):
            found.setdefault(value, match.start())
            found.setdefault(abs(value), match.start())
    for match in _SPACED.finditer(text):
        for value in readings(match.group()):
            found.setdefault(value, match.start())
    return found


def number_at(text: str, value: float) -> int:
    """Return where `value` stands as a number in a text, in any format; -1 where it does not."""
    digits = str(int(abs(value)))
    head = len(digits) % 3 or 3
    groups = [digits[:head], *(digits[at : at + 3] for at in range(head, len(digits), 3))]
    if groups[0] not in text:
        return -1
    pattern = r"(?<!\d)(?<!\d[.,'])" + r"[.,' \u00a0\u202f]?".join(groups)
    for match in re.finditer(pattern, text):
        if _in_date(text, match.start()):
            continue
        token = _NUMBER.match(text, match.start()) or match
        rest = token.group() if token.end() >= match.end() else match.group()
        if any(abs(one - abs(value)) < 1e-9 for one in readings(rest)):
            return match.start()
    return -1


def _in_date(text: str, at: int) -> bool:
    """Say whether a number is the month or day of a date."""
    if any(one.start() < at < one.end() for one in _ISO.finditer(text, max(0, at - 9), at + 3)):
        return True
    if _DAY_MONTH.match(text, at):
        return True
    return any(one.end() > at for one in _MONTH_DAY.finditer(text, max(0, at - 12), at + 3))


def in_moment(text: str, at: int) -> bool:
    """Say whether digits are part of a date or a time: the 15 of 15:00."""
    low, high = max(0, at - _MOMENT), at + _MOMENT
    return any(
        one.start() <= at < one.end() for form in (_ISO, _CLOCK)
        for one in form.finditer(text, low, high)
    )  # fmt: skip


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def dates(text: str) -> dict[tuple[int, int], int]:
    """Return (month, day) of the dates in a folded text with their places, whatever the format."""
    found: dict[tuple[int, int], int] = {}

    def keep(month: int, day: int, at: int) -> None:
        if _day(2024, month, day) is not None:
            found.setdefault((month, day), at)

    for match in _ISO.finditer(text):
        keep(int(match.group(2)), int(match.group(3)), match.start())
    for match in _DMY.finditer(text):
        keep(int(match.group(2)), int(match.group(1)), match.start())
        keep(int(match.group(1)), int(match.group(2)), match.start())
    for match in _DAY_MONTH.finditer(text):
        keep(_MONTHS[match.group(2)], int(match.group(1)), match.start())
    for match in _MONTH_DAY.finditer(text):
        keep(_MONTHS[match.group(1)], int(match.group(2)), match.start())
    return found


def turned(word: str) -> tuple[str, str]:
    """Return a word shifted by thirteen letters, and backwards."""
    return codecs.encode(word, "rot13"), word[::-1]


def may_hide(raw: str, folded: str) -> bool:
    """Say whether a text may hold something encoded or in disguise: one pass over most texts."""
    if raw.isascii():
        return _MAY_HIDE.search(folded) is not None
    return _MAY_CODE.search(raw) is not None or _MAY_TURN.search(folded) is not None


def turned_text(text: str, own: Callable[[], frozenset[str]]) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, text) of sentences that are shifted by thirteen letters or backwards.

    `own`: gives the words of the folded text.
    """
    if not _MAY_TURN.search(text):
        return
    for common, turn in _TURNS:
        if common.isdisjoint(own()):
            continue
        for match in _SAID.finditer(text):
            said = match.group()
            if len(common.intersection(words(said))) >= _TURNED_WORDS:
                yield match.start(), match.end(), turn(said)


def from_base64(token: str) -> str:
    """Return what a token says in base64, also that of links; "" where it is none."""
    plain = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        return data.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


def from_hex(token: str) -> str:
    """Return what a token says in hexadecimal digits; "" where it is none."""
    try:
        return bytes.fromhex(re.sub(r"[ :]", "", token)).decode("utf-8")
    except (UnicodeDecodeError, ValueError):
        return ""


def _readable(text: str) -> bool:
    good = sum(char.isalnum() or char in " .,:;@-_/!?'\"\n" for char in text)
    return len(text) >= 6 and good >= 0.95 * len(text)


def decoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, text) of what stands encoded in a raw text: base64, hex, percent."""
    if not _MAY_CODE.search(text):
        return
    kinds: list[tuple[re.Pattern[str], Callable[[str], str]]] = []
    if _MAY_HEX.search(text):
        kinds.append((_HEX, from_hex))
    if _MAY_BASE64.search(text):
        kinds.append((_ENCODED, from_base64))
    if "%" in text:
        kinds.append((_PERCENT, unquote))
    for expression, decode in kinds:
        for match in expression.finditer(text):
            plain = decode(match.group().strip())
            if plain and plain != match.group() and _readable(plain):
                yield match.start(), match.end(), plain
