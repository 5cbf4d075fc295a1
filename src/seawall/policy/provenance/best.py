"""The user wants the cheapest, the best rated, the newest: does a list hold a better one?

Only what the list itself says counts: another record is better by the figure that the user speaks
of, and nothing that he says speaks for the one that was taken.
"""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.keys import Field, field_at, fields_of
from seawall.policy.provenance.request import STOPWORDS, Request
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.trace import Value

PRICES = frozenset(
    "price per cost costs fare rate total amount fee nightly eur usd gbp preis prix precio prezzo preço prijs cena".split()
)
_RATINGS = frozenset("rating score stars grade ratings bewertung note_avg valoración voto".split())
_SPANS = frozenset("duration minutes mins hours dauer durée duración durata duur eta".split())
_ROOMS = frozenset("seats capacity size area places persons sqm m2 people".split())
_DAYS = frozenset(
    "date day time departs departure depart dep start starts created updated added published sent received ordered when at due "
    "datum datetime timestamp begin begins from slot".split()
)
# The words, the keys of what they compare, and whether the least is meant.
_WORDS: tuple[tuple[re.Pattern[str], frozenset[str], bool], ...] = (
    (re.compile(
        r"\b(?:cheapest|lowest[- ]priced?|lowest (?:price|fare|rate|cost)|least expensive|(?:günstigst|billigst|preiswertest)\w*|"
        r"(?:le |la |les )?moins ch(?:er|ère)s?|(?:más|mais) (?:barat|económic|econômic)[oa]s?|più economic[oahi]+|meno car[oaie]|"
        r"goedkoopste|najtańsz\w+|дешев(?:ле|ейш)\w*|самы\w+ дешев\w+)|最便宜|最安|一番安い|가장 싼"
    ), PRICES, True),
    (re.compile(
        r"\b(?:(?:best|highest|top)[- ](?:rated|ratings?|reviewed|scor(?:e|ed|ing)|reviews)|bestbewertet\w*|am besten bewertet\w*|"
        r"mieux notée?s?|mejor (?:valorad|puntuad)[oa]s?|miglior(?:e)? (?:voto|valutazione)|beste beoordel\w+|best beoordel\w+)\b"
    ), _RATINGS, False),
    (re.compile(r"\b(?:fastest|quickest|schnellste\w*|(?:le|la) plus rapide|más rápid[oa]|più veloce|snelste)\b"), _SPANS, True),
    (re.compile(r"\b(?:smallest|kleinste\w*|(?:le|la) plus petite?|más pequeñ[oa]|più piccol[oa])\b"), _ROOMS, True),
    (re.compile(r"\b(?:largest|biggest|größte\w*|(?:le|la) plus grande?|más grande|più grande)\b"), _ROOMS, False),
    (re.compile(
        r"\b(?:newest|latest|most recent|neu(?:e)?ste\w*|jüngste\w*|(?:le|la) plus récente?|más reciente|più recente|nieuwste)\b"
    ), _DAYS, False),
    (re.compile(
        r"\b(?:earliest|oldest|soonest|früheste\w*|älteste\w*|le plus tôt|(?:le|la) plus ancien\w*|más (?:temprano|antiguo)|vroegste|oudste)\b"
    ), _DAYS, True),
)  # fmt: skip
# Who says one of these may mean a time of the day; one of the others, a day.
_HOUR = re.compile(
    r"\b(?:before|after|until|till|by(?= \d)|between|from(?= \d)|morning|afternoon|evening|night|noon|midday|\d{1,2}(?::\d\d)? ?(?:am|pm|uhr|h)|\d{1,2}:\d\d|"
    r"vor|nach|bis|ab|zwischen|(?:vor|nach)?mittags?|morgens?|abends?|avant|après|entre|matin|soir|midi|antes|después|tarde|noche|"
    r"prima|dopo|mattina|sera)\b"
)
_DAY = re.compile(
    r"\b(?:week|weekend|month|year|today|tomorrow|tonight|since|last|next|this|\w+day|woche|monat|jahr|heute|gestern|letzte\w*|"
    r"semaine|mois|semana|mes|settimana|mese)\b|\b\d{1,2}(?:st|nd|rd|th|\. ?[^\W\d_])"
)
# Who says one of these beside it means another than the first, or more than one.
_OTHERWISE = re.compile(
    r"\b(?:second|third|next|not|two|three|four|five|[2-9]|nicht|zweit\w*|zwei|drei|deux|dos|due|pas|no)[- ]?(?:the |die |der |das |les? |l[ao]s? )?$"
)
_EACH = re.compile(
    r"\b(?:each|every|both|per|all|any|unless|except|but|if|otherwise|or|je|jede\w*|beide\w*|alle\w*|chaque|tous|cada|todos|"
    r"ogni|tutti|elke?|wenn|falls|sonst|außer|sauf|si|se|salvo)\b"
)
# How near something is stands in many words and units.
_NEAR = re.compile(
    r"\b(?:near\w*|close (?:to|by)|next to|walking distance|nah|nahe|nähe|près|proche|cerca|vicin[oa]|perto|dichtbij|blisko|рядом)\b"
)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)?[t ]?(\d{1,2}:\d\d)?(?::\d\d)?(?:z|[+-]\d\d:\d\d)?")
_CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d)?")
_MEASURED = re.compile(r"(?<![\w.,])(\d{1,6}(?:[.,]\d{1,3})?) ?([^\W\d_]{1,12})")
_FIGURE = re.compile(r"\D{0,4}(\d{1,3}(?:[ ,']\d{3})+|\d{1,9})(?:[.,](\d{1,2}))?(?!\d)\D{0,12}")
_LACKS = re.compile(
    r"\b(?:sold out|out of stock|not available|unavailable|fully booked|booked out|waitlist|ausgebucht|ausverkauft|vergriffen|"
    r"complet|épuisé|agotado|esaurito|without|no|not|non|ohne|nicht|kein\w*|sans|sin|senza|zonder|bez)\b"
)
_PRAISE = frozenset("chea best lowe fast smal larg newe late earl rate pric güns bill".split())
_NAMES = frozenset(
    "id sku name title label no nr number code ref url link image currency desc description company model brand make".split()
)
_PROSE, _MOST, _BEGINS, _FEW = 5, 2000, 4, 10


class Row(msgspec.Struct, frozen=True, dict=True):
    """A record of a list: its scalars, by key."""

    fields: dict[str, str]

    def figure(self, keys: frozenset[str], *, timed: bool) -> float | str | None:
        """Return what the first of some keys says, as a figure or a day."""
        for key, text in self.fields.items():
            if keys & set(split_name(key)):
                if timed:
                    return text if text and _TIME.fullmatch(text) else None
                return _number(text)
        return None

    @functools.cached_property
    def measures(self) -> dict[str, float]:
        """Return its figures, by key and by unit."""
        found = {key: n for key, text in self.fields.items() if (n := _number(text)) is not None}
        for text in self.short:
            for match in _MEASURED.finditer(text):
                found.setdefault(f" {match[2]}", float(match[1].replace(",", ".")))
        return found

    @functools.cached_property
    def short(self) -> tuple[str, ...]:
        """Return the texts of few words: what somebody wrote at length tells nothing sure."""
        return tuple(t for t in self.fields.values() if len(t.split()) <= _PROSE)

    @functools.cached_property
    def beginnings(self) -> frozenset[str]:
        """Return how its words begin."""
        words = (word for text in self.fields.values() for word in texts.words(text))
        return frozenset(word[:_BEGINS] for word in words)


class _Wish(msgspec.Struct, frozen=True, dict=True):
    """What the user wants of a list: the keys to compare, and whether the least is meant."""

    goals: tuple[tuple[frozenset[str], bool], ...]
    request: Request

    @functools.cached_property
    def compared(self) -> frozenset[str]:
        """Return the words of all the keys."""
        return frozenset().union(*(keys for keys, _ in self.goals))

    @functools.cached_property
    def beginnings(self) -> frozenset[str]:
        """Return how the words begin by which one record may be meant and not another."""
        words = self.request.text_words - STOPWORDS
        return frozenset(word[:_BEGINS] for word in words if len(word) >= _BEGINS)

    @functools.cached_property
    def names_hour(self) -> bool:
        """Return whether a time of the day may be meant."""
        return _HOUR.search(self.request.text) is not None

    @functools.cached_property
    def names_day(self) -> bool:
        """Return whether a day may be meant."""
        text = self.request.text
        return _DAY.search(text) is not None or bool(texts.dates(text))

    @functools.cached_property
    def figures(self) -> tuple[float, ...]:
        """Return the numbers that the user gives."""
        return tuple(texts.numbers(self.request.text))


def _number(text: str) -> float | None:
    match = _FIGURE.fullmatch(text)
    if match is None:
        return None
    return float(re.sub(r"\D", "", match[1]) + "." + (match[2] or "0"))


def bettered(values: Sequence[Value], request: Request) -> Value | None:
    """Return the value whose record another one of its list betters in what the user wants."""
    wish, found = _Wish(tuple(_wanted(request.text)), request), None
    if not wish.goals or _EACH.search(request.text) or _NEAR.search(request.text):
        return None
    for value in values:
        named = _named(value)
        if value.kind not in ("selector", "target", "other") or not named or named in request.text:
            continue
        for hit in value.untrusted + value.hits.get("trusted", []):
            if not hit.source.in_field(hit.start, hit.end):
                continue
            beaten = _beaten(value, hit.source, hit.start, wish)
            if beaten is False:
                return None  # what is swapped for the best is none itself
            found = found or (value if beaten else None)
    return found


def _named(value: Value) -> str:
    number = isinstance(value.value, int) and not isinstance(value.value, bool)
    return str(value.value) if number else value.text


def _wanted(text: str) -> Iterator[tuple[frozenset[str], bool]]:
    for expression, keys, least in _WORDS:
        match = expression.search(text)
        if match is not None and not _OTHERWISE.search(text, 0, match.start()):
            yield keys, least


def _held(row: Row) -> set[str]:
    return {key for key, text in row.fields.items() if text}


@functools.lru_cache(maxsize=32)
def rows_of(text: str) -> Mapping[int, Row]:
    """Return the records of a list in JSON or YAML, by where they begin."""
    found: dict[int, dict[str, str]] = {}
    for one in fields_of(text)[:_MOST]:
        fields = found.setdefault(one.owner, {})
        fields[one.key] = f"{fields.get(one.key, '')} {_said(text, one)}".strip()
    return {owner: Row(fields) for owner, fields in found.items()}


def _said(text: str, field: Field) -> str:
    return text[field.start : field.end].strip().strip("\"'")


def _beaten(value: Value, source: Source, at: int, wish: _Wish) -> bool | None:
    """Say whether a record of the same list is better; None where there is nothing to compare."""
    own = field_at(source.text, at)
    if own is None or _said(source.text, own) != _named(value):
        return None
    rows = {at: row for at, row in rows_of(source.text).items() if own.key in row.fields}
    mine = rows.pop(own.owner, None)
    if mine is None or any(row.fields[own.key] == _named(value) for row in rows.values()):
        return None
    if all(mine.figure(keys, timed=keys is _DAYS) is None for keys, _ in wish.goals):
        return None
    shared = frozenset().union(*(_held(row) for row in rows.values()))
    mine = Row({key: text for key, text in mine.fields.items() if key in shared})
    return any(_better(row, mine, wish) for row in rows.values())


def _better(other: Row, mine: Row, wish: _Wish) -> bool:
    """Say whether another record is better in what the user wants, and fits all else as well."""
    gains = False
    for keys, least in wish.goals:
        timed = keys is _DAYS
        theirs, own = other.figure(keys, timed=timed), mine.figure(keys, timed=timed)
        if theirs is None or own is None or type(theirs) is not type(own):
            return False
        ahead = theirs < own if least else theirs > own  # type: ignore[operator]
        if theirs != own and not ahead:
            return False
        gains = gains or ahead
    return gains and _fits_as_well(other, mine, wish)


def _fits_as_well(other: Row, mine: Row, wish: _Wish) -> bool:
    """Say whether nothing that sets two records apart may be what the user wants as well."""
    if ((mine.beginnings & wish.beginnings) - other.beginnings) - _PRAISE:
        return False
    for key, text in mine.fields.items():
        theirs, words = other.fields.get(key, ""), set(split_name(key))
        if theirs == text or words & (wish.compared | _NAMES) or len(text.split()) > _PROSE:
            continue
        if _CLOCK.fullmatch(text) and _CLOCK.fullmatch(theirs):
            if wish.names_hour:
                return False
            continue
        if _TIME.fullmatch(text) and _TIME.fullmatch(theirs):
            if wish.names_day:
                return False
            continue
        own, others = mine.measures.get(key), other.measures.get(key)
        if own is None or others is None:
            if not set(texts.words(text)) <= set(texts.words(theirs)):
                return False
        elif max(own, others) < _FEW and own.is_integer() and others.is_integer():
            return False
    for key, figure in mine.measures.items():
        than = other.measures.get(key, figure)
        if any(than < n <= figure or figure <= n < than for n in wish.figures):
            return False
    return not any(_LACKS.search(text) for text in other.fields.values())
