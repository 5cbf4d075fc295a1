"""Checkable claims in sentences: amounts, dates, codes and names, in a normal form."""

import re

import msgspec

from seawall.core.normal_forms import normalized

_FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_SENTENCE = re.compile(r"[^\n.!?…。！？]+(?:[.!?…](?=\S)[^\n.!?…。！？]*)*[.!?…。！？]*[\"'”»)]*")
_NUMBER = re.compile(
    r"(?<![\w.,])[+\-]?\d{1,3}(?:[ ,.'’\u00a0\u202f]\d{3})+(?:[.,]\d+)?|(?<!\w)\d+(?:[.,]\d+)?"
)
_CODE = re.compile(
    r"(?<![\w\-])(?=[A-Z\-]{0,40}\d)(?=[0-9\-]{0,40}[A-Z])[A-Z0-9][A-Z0-9\-]{3,64}\b"
)
_NAME = re.compile(
    r"(?<![\w’'\-])[A-ZÀ-ÖØ-Þ][\w’'\-]{1,40}(?:(?: (?:van|von|de|der|den|di|da|del|la|le|al|of))?"
    r" [A-ZÀ-ÖØ-Þ][\w’'\-]{1,40}){1,8}"
)
_LIST_MARK = re.compile(r"^\s*(?:[-*•]\s*)?(?:\(?\d{1,2}[.):]\s+)")
# A unit and its names in six languages.
_UNITS = {
    "%": r"%|percent|prozent|pour ?cent|por ?ciento|per ?cento", "eur": r"€|eur|euros?",
    "usd": r"\$|usd|dollars?", "gbp": r"£|gbp|pounds?", "chf": "chf", "jpy": "yen|¥", "cent": "cents?",
    "day": r"days?|tage?n?|jours?|d[ií]as?|giorni", "week": r"weeks?|wochen?|semaines?|semanas?",
    "month": r"months?|monate?n?|mois|mes(?:es)?|mesi", "year": r"years?|jahre?n?|ans|años|anni",
    "hour": r"hours?|stunden?|heures?|horas?|ore", "minute": r"minutes?|minuten",
    "point": r"points?|punkte?n?|puntos?", "kg": "kg", "km": "km", "gb": "gb", "mb": "mb",
}  # fmt: skip
_UNIT = re.compile(rf"^\s?(?:{'|'.join(f'({names})' for names in _UNITS.values())})", re.IGNORECASE)
_MONEY = ("eur", "usd", "gbp", "jpy", "chf")
_MONEY_BEFORE = re.compile(r"(?:(€|eur)|(\$|usd)|(£|gbp)|(¥)|(chf))\s?$", re.IGNORECASE)
# Figures in an address claim nothing.
_ADDRESS = re.compile(r"\b(?:[a-z][a-z0-9+.\-]{1,15}://|www\.)\S+", re.IGNORECASE)
_NUMBER_WORDS = {
    word: value
    for value, words in enumerate(
        (
            "zero null zéro cero", "one ein eine einen un une uno una", "two zwei deux dos due twee",
            "three drei trois tres tre drie", "four vier quatre cuatro quattro",
            "five fünf cinq cinco cinque vijf", "six sechs seis sei zes", "seven sieben sept siete sette zeven",
            "eight acht huit ocho otto", "nine neun neuf nueve nove negen", "ten zehn dix diez dieci tien",
            "eleven elf onze once undici", "twelve zwölf douze doce dodici twaalf", "thirteen dreizehn treize trece",
            "fourteen vierzehn quatorze catorce", "fifteen fünfzehn quinze quince",
        )
    )
    for word in words.split()
}  # fmt: skip
_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "january januar janvier enero gennaio", "february februar février febrero febbraio",
            "march märz mars marzo", "april avril abril aprile", "may mai mayo maggio",
            "june juni juin junio giugno", "july juli juillet julio luglio", "august août agosto",
            "september septembre septiembre settembre", "october oktober octobre octubre ottobre",
            "november novembre noviembre", "december dezember décembre diciembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WORD = re.compile(r"\w+", re.UNICODE)
_LONGEST_UNIT = 16


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One checkable item: kind (quantity, number, month, code, name), normal form, weight, unit."""

    kind: str
    value: str
    weight: float
    unit: str = ""


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the character ranges of sentences outside of code fences."""
    fences = [match.span() for match in _FENCE.finditer(text)]
    return [
        match.span()
        for match in _SENTENCE.finditer(text)
        if match.group().strip() and not any(a <= match.start() < b for a, b in fences)
    ]


def number(text: str) -> str:
    """Return a number's normal form: "1,250.00", "1.250,00" and "1250" are the same."""
    text = re.sub(r"[\s'’\u00a0\u202f]", "", text).lstrip("+")
    last = max(text.rfind("."), text.rfind(","))
    if last >= 0:
        digits_after = len(text) - last - 1
        both = "." in text and "," in text
        many = text.count(text[last]) > 1
        grouping = (many or digits_after == 3) and not both
        whole, fraction = (text, "") if grouping else (text[:last], text[last + 1 :])
        text = re.sub(r"[.,]", "", whole) + ("." + fraction if fraction.strip("0") else "")
    value = float(text)
    return str(int(value)) if value.is_integer() else repr(value)


def _unit(text: str, start: int, end: int) -> str:
    """Return the unit of the number at a place, "" for none that is known."""
    behind = _UNIT.match(text[end : end + _LONGEST_UNIT])
    if behind:
        return [*_UNITS][(behind.lastindex or 1) - 1]
    before = _MONEY_BEFORE.search(text[max(0, start - _LONGEST_UNIT) : start])
    return _MONEY[(before.lastindex or 1) - 1] if before else ""


def _quantity(sentence: str, match: re.Match[str]) -> Claim:
    value = number(match.group())
    unit = _unit(sentence, *match.span())
    if unit:
        return Claim(kind="quantity", value=value, weight=0.9, unit=unit)
    small = abs(float(value)) < 10
    return Claim(kind="number", value=value, weight=0.3 if small else 0.8)


def claims(sentence: str) -> list[Claim]:
    """Return the checkable items of one sentence."""
    sentence = normalized("NFKC", _LIST_MARK.sub("", _ADDRESS.sub(" ", sentence)))
    found = [_quantity(sentence, match) for match in _NUMBER.finditer(sentence)]
    words = [(m.group().lower(), m.end()) for m in _WORD.finditer(sentence)]
    for word, end in words:
        if word in _NUMBER_WORDS and _UNIT.match(sentence[end:]):
            found.append(Claim(kind="quantity", value=str(_NUMBER_WORDS[word]), weight=0.8))
        if word in _MONTHS and (word not in ("may", "march", "mars", "mai")):
            found.append(Claim(kind="month", value=f"month-{_MONTHS[word]}", weight=0.6))
    found.extend(
        Claim(kind="code", value=m.group().lower(), weight=0.7) for m in _CODE.finditer(sentence)
    )
    found.extend(
        Claim(kind="name", value=m.group().lower(), weight=0.45)
        for m in _NAME.finditer(sentence)
        if m.start() > 0
    )
    return found


def evidence(text: str) -> set[str]:
    """Return the normal forms of everything in a text that could support a claim."""
    text = normalized("NFKC", text)
    values = {number(match.group()) for match in _NUMBER.finditer(text)}
    for match in re.finditer(r"\d+", text):
        values.add(number(match.group()))
    for word in _WORD.findall(text.lower()):
        if word in _NUMBER_WORDS:
            values.add(str(_NUMBER_WORDS[word]))
        if word in _MONTHS:
            values.add(f"month-{_MONTHS[word]}")
    return values


def measured(text: str) -> dict[str, set[str]]:
    """Return the units that a text gives with each number; "" among them where it gives none."""
    text = normalized("NFKC", text)
    units: dict[str, set[str]] = {}
    for match in _NUMBER.finditer(text):
        units.setdefault(number(match.group()), set()).add(_unit(text, *match.span()))
    return units
