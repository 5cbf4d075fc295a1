"""Was a value worked out from what a stranger says: a share, a factor, so many weeks or years?

Sums and dates that stand nowhere are made of numbers that do. What the user's own words and the
data make of them explains them; what only a stranger's sentence makes of them stops the call.
"""

import calendar
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.orders import vouched
from seawall.policy.provenance.places import listed
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.scope import widens
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ASKS, sentences
from seawall.policy.provenance.trace import TRUSTED, Value

_MOST = 60
_NEAR = 0.006
_DAYS, _MONTHS = "days", "months"
_COUNT_WORDS = {
    word: number
    for number, words in enumerate(
        (
            "one a an ein eine einen einem einer un une uno una um uma een",
            "two zwei deux dos due dois duas twee both",
            "three drei trois tres tre três drie",
            "four vier quatre cuatro quattro quatro",
            "five fünf cinq cinco cinque vijf",
            "six sechs seis sei zes",
            "seven sieben sept siete sette sete zeven",
            "eight acht huit ocho otto oito",
            "nine neun neuf nueve nove negen",
            "ten zehn dix diez dieci dez tien",
        ),
        1,
    )
    for word in words.split()
}
_UNITS = {
    word: unit
    for unit, words in {
        (_DAYS, 1): "day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen",
        (_DAYS, 7): "week weeks woche wochen semaine semaines semana semanas settimana settimane weken",
        (_MONTHS, 1): "month months monat monate monaten mois mes meses mese mesi mês maand maanden",
        (_MONTHS, 3): "quarter quarters quartal trimestre trimestres",
        (_MONTHS, 12): "year years jahr jahre jahren an ans année années año años anno anni ano anos jaar jaren",
    }.items()
    for word in words.split()
}  # fmt: skip
_DURATION = re.compile(
    rf"\b(\d{{1,3}}|{'|'.join(_COUNT_WORDS)}|d['’]un|another|further)[ -](?:(?:more|full|extra|further|weitere|volle|autres?|otr[oa]s) )?"
    rf"({'|'.join(sorted(_UNITS, key=len, reverse=True))})\b"
)
_END_OF_YEAR = re.compile(
    r"\b(?:the )?(?:end of|ende|fin(?:al(?:es)?)?(?: de)?|fine(?: del)?|eind|fim de|final de)(?: the year| des jahres)? (20\d\d)\b"
)
_PERCENT = re.compile(
    r"(\d{1,3}(?:[.,]\d{1,2})?) ?(?:%|per ?cent\b|prozent\b|pour cent\b|por ciento\b|por cento\b|procent\b)"
)
_FACTORS: tuple[tuple[re.Pattern[str], float], ...] = (
    (re.compile(r"\b(?:doubl\w+|twice|two ?fold|doppel\w+|verdoppel\w+|double\w*|doble|duplic\w+|doppi[oa]|raddoppi\w+|dobro|dubbel\w*|verdubbel\w*)\b"), 2.0),
    (re.compile(r"\b(?:tripl\w+|thrice|three times|dreifach\w*|verdreifach\w*|tripl[oe]\w*)\b"), 3.0),
    (re.compile(r"\b(?:half|halve\w*|halb\w*|hälfte|moitié|mitad|metà|metade|helft)\b"), 0.5),
    (re.compile(r"\b(?:ten ?fold|ten times|zehnfach\w*)\b"), 10.0),
)  # fmt: skip
# Numbers that no sum is made of: accounts, shares, days.
_NO_SUM = re.compile(rf"{texts.IBAN.pattern}|{_PERCENT.pattern}|\b\d{{4}}-\d{{2}}-\d{{2}}\b")
_FULL = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})[./](\d{1,2})[./](\d{4})(?!\d)")


def worked_out(
    values: Sequence[Value], request: Request, sources: Sequence[Source]
) -> Value | None:
    """Return the value that only a stranger's sentence explains, None where there is none."""
    for value in values:
        if value.empty or value.long or value.kind == "content":
            continue
        if isinstance(value.value, int | float):
            strange = value.origin == "nowhere" and _sum_of_strangers(value, request, sources)
        else:
            day = _whole_day(value.text) if value.origin not in TRUSTED else None
            strange = day is not None and _day_of_strangers(day, request, sources)
        if strange:
            return value
    return None


def _strange(sources: Sequence[Source], request: Request, about: re.Pattern[str]) -> Iterator[str]:
    """Yield the sentences with a match that the user does not vouch for, or that ask."""
    for source in sources:
        if source.origin != "untrusted" or not about.search(source.text):
            continue
        for low, high in sentences(source.text):
            match = about.search(source.text, low, high)
            if match is None or source.in_field(match.start(), match.end()):
                continue
            level = source.level(low, high)
            hit = Hit(source=source, start=low, end=high, level=level)
            if level >= ASKS or not (vouched(hit, request) or _told(hit, request)):
                yield source.text[low:high]


def _told(hit: Hit, request: Request) -> bool:
    """Say whether a sentence of the text that the user points at tells of what he speaks of, once."""
    said = hit.source.text[hit.start : hit.end]
    if not hit.source.pointed or listed(hit.source):
        return False
    return request.means(said) and not widens(said)


def _factors(text: str) -> Iterator[float]:
    for match in itertools.islice(_PERCENT.finditer(text), _MOST):
        share = float(match[1].replace(",", ".")) / 100
        yield from (share, 1 - share, 1 + share)
    for words, factor in _FACTORS:
        if words.search(text):
            yield factor


_ANY_FACTOR = re.compile("|".join([_PERCENT.pattern, *(words.pattern for words, _ in _FACTORS)]))


def _sum_of_strangers(value: Value, request: Request, sources: Sequence[Source]) -> bool:
    factors = {
        one for said in _strange(sources, request, _ANY_FACTOR) for one in _factors(said) if one > 0
    }
    factors -= {*_factors(request.text), 1.0}
    if not factors:
        return False
    own = _numbers([request.text])
    known = own | _numbers(s.text for s in sources if s.origin != "definition")
    total = abs(float(value.value))
    mine = [one for one in _factors(request.text) if one > 0] or [1.0]
    if any(_made(total / one, own, known) for one in mine):
        return False
    return any(_made(total / one, own, known) for one in factors)


def _numbers(said: Iterable[str]) -> set[float]:
    found: set[float] = set()
    for one in said:
        one = _NO_SUM.sub(" ", one)
        found.update(itertools.islice((n for n in texts.numbers(one) if n > 0), _MOST))
    return found


def _made(total: float, own: set[float], known: set[float]) -> bool:
    """Say whether a sum is a known one, two of them together, or what the user's numbers make."""

    def near(one: float) -> bool:
        return abs(one - total) < _NEAR

    products = {a * b for a, b in itertools.combinations(itertools.islice(own, _MOST), 2)}
    if any(near(one) for one in known | products):
        return True
    rest = {round(total - one, 2) for one in products | known}
    return bool(rest & {round(one, 2) for one in known})


def _whole_day(text: str) -> date | None:
    match = _FULL.match(text)
    return _day(*map(int, match.groups())) if match else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _days(text: str) -> Iterator[date]:
    found = [_day(*map(int, match.groups())) for match in _FULL.finditer(text)]
    found += [_day(int(m[3]), int(m[2]), int(m[1])) for m in _DAY_FIRST.finditer(text)]
    years = {one.year for one in found if one} or {
        int(one) for one in re.findall(r"\b(20\d\d)\b", text)
    }
    found += [
        _day(y, *one)
        for y in sorted(years)[:3]
        for one in itertools.islice(texts.dates(text), _MOST)
    ]
    return (one for one in found if one)


def _later(base: date, count: int, unit: tuple[str, int]) -> date:
    kind, size = unit
    if kind == _DAYS:
        return base + timedelta(days=count * size)
    months = base.year * 12 + base.month - 1 + count * size
    year, month = divmod(months, 12)
    return date(year, month + 1, min(base.day, calendar.monthrange(year, month + 1)[1]))


def _reached(day: date, bases: set[date], text: str) -> bool:
    """Say whether a day is one of the bases and what a text says of time, a day more or less."""
    for match in itertools.islice(_DURATION.finditer(text), _MOST):
        count = int(match[1]) if match[1].isdigit() else _COUNT_WORDS.get(match[1], 1)
        for base in bases:
            for sign in (1, -1):
                if abs((_later(base, sign * count, _UNITS[match[2]]) - day).days) <= 1:
                    return True
    return any(day == date(int(match[1]), 12, 31) for match in _END_OF_YEAR.finditer(text))


_ANY_TIME = re.compile(f"{_DURATION.pattern}|{_END_OF_YEAR.pattern}")


def _day_of_strangers(day: date, request: Request, sources: Sequence[Source]) -> bool:
    said = [s for s in sources if s.origin != "definition"]
    strange = [*_strange(said, request, _ANY_TIME)]
    own = _ANY_TIME.search(request.text) is not None
    if own:
        strange = [s.text for s in said if s.origin == "untrusted" and _ANY_TIME.search(s.text)]
    if not strange:
        return False
    bases = {one for s in said for one in itertools.islice(_days(s.text), _MOST)}
    if day in bases or (own and _reached(day, bases, request.text)):
        return False
    return any(_reached(day, bases, one) for one in strange)
