"""Names and addresses in fields that say so: forms, JSON, XML, and columns of tables."""

import re
from collections.abc import Iterator

from seawall.guard.patterns import compiled

_KEYS = (
    r"(?:first|last|given|family|middle|maiden|full|christian)[ _\-]?names?|surnames?|forenames?|fname|lname|"
    r"vornamen?|nachnamen?|familienname|geburtsname|pr[ée]noms?|apellidos?|cognome|voornaa?m(?:en)?|achternaam|"
    r"imi[eę]|nazwisko|sobrenome|apelidos?|f[öo]rnamn|efternamn|fornavn|efternavn|etternavn|etunimi|sukunimi|"
    r"jm[ée]no|p[řr][íi]jmen[íi]"
)
# Beside one of the others these name a person too, and no product.
_LOOSE = r"nom|nome|nombres?|names?"
_WORD = r"[^\W\d_](?:[^\W\d_]|['’\-](?=[^\W\d_])){0,39}"
_VALUE = rf"({_WORD}(?:[ ]{_WORD}){{0,2}})(?![\w(\[]|\.\w)"
_PLACES = (
    r"(?:(?:street|home|postal|mailing|shipping|billing|delivery)[ _\-]?)?address(?:[ _\-]?line)?[ _\-]?[12]?|street(?:[ _\-]?line)?[ _\-]?[12]?|"
    r"line[12]|(?:city|zip|postcode|plz)[ _\-]?(?:and[ _\-]?)?(?:zip|city|town|ort)|stra(?:ß|ss)e|anschrift|adresse|(?:wohn)?ort|rue|"
    r"direcci[óo]n|domicilio|calle|indirizzo|residenza|straat|adres|ulica|morada|endere[çc]o"
)
# A number and a word: no address of a machine or of memory has them.
_PLACE = re.compile(
    rf"[\"'](?:[a-z]{{1,20}}[_\-])?(?:{_PLACES})[\"']\s{{0,2}}:\s{{0,2}}[\"']([^\"'\n]{{6,120}})[\"']",
    re.IGNORECASE,
)
_TOWN = re.compile(r"(?=[^\d]*\d)(?=.*[^\W\d_]{3})[^\W_][^<>@=#]* [^<>@=#]*")
_MAY_PLACE = compiled(rf"[\"'](?:{_PLACES})[\"']|_(?:{_PLACES})[\"']", case_sensitive=False)
_MAY = compiled(_KEYS, case_sensitive=False)
_FIELD = re.compile(
    rf"(?<![^\W_])(?:{_KEYS}|{_LOOSE})[\"'*]{{0,2}}[ \t]{{0,2}}[:=>][ \t]{{0,3}}[\"'*]{{0,2}}{_VALUE}",
    re.IGNORECASE,
)
_KEY = re.compile(rf"(?:{_KEYS})", re.IGNORECASE)
_HEAD = re.compile(rf"[\"'* ]*(?:{_KEYS}|{_LOOSE})[\"'* ]*", re.IGNORECASE)
_CELL = re.compile(rf"[\"'* ]*{_VALUE}")
_NAMES_NOBODY = (
    "string str text char varchar none null nil true false optional required field column first last name your "
    "unknown redacted any object input label placeholder vorname nachname prénom nom cognome nome"
)
_NO_NAME = frozenset(_NAMES_NOBODY.split())
_SIGNS, _LINE_END = ",;\t|", "\n"


def names(text: str) -> Iterator[tuple[int, int]]:
    """Yield where names stand that a field or the head of a column announces. Linear."""
    if not _MAY.search(text):
        return
    for found in _FIELD.finditer(text):
        if _is_name(found[1]):
            yield found.span(1)
    yield from _cells(text)


def places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where addresses stand that a JSON field announces. Linear."""
    if not _MAY_PLACE.search(text):
        return
    for found in _PLACE.finditer(text):
        if _TOWN.fullmatch(found[1]):
            yield found.span(1)


def _is_name(value: str) -> bool:
    return value[0].isupper() and _NO_NAME.isdisjoint(value.lower().split())


def _cells(text: str) -> Iterator[tuple[int, int]]:
    """Yield names in columns: a head counts for the lines below it that have as many cells."""
    places: list[int] = []
    sign, size, at = "", 0, 0
    for line in text.split(_LINE_END):
        if places and line.count(sign) == size:
            yield from _in_row(line, sign, places, at)
        else:
            sign = max(_SIGNS, key=line.count)
            size, cells = line.count(sign), line.split(sign)
            some = size and any(_KEY.fullmatch(cell.strip(" \"'*\r")) for cell in cells)
            places = [i for i, cell in enumerate(cells) if _HEAD.fullmatch(cell)] if some else []
        at += len(line) + 1


def _in_row(line: str, sign: str, places: list[int], at: int) -> Iterator[tuple[int, int]]:
    cells = line.split(sign)
    for place in places:
        found = _CELL.match(cells[place])
        if found and _is_name(found[1]):
            start = at + sum(map(len, cells[:place])) + place
            yield start + found.start(1), start + found.end(1)
