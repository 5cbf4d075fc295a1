"""Finds what a model that obliges everybody writes: texts under a title, installs, lists, sources."""

import re
from collections.abc import Iterator

from seawall.demo.model.leaks import repetition
from seawall.demo.model.wish import Setting, Wish, flat

_I = re.IGNORECASE
_TITLED = re.compile(
    r"\b(?:titled|entitled|headed|headline|heading|title|betitelt|titel|"
    r"überschrift|schlagzeile|intitulée?s?|titre|titulad[oa]s?|título|titular|intitolat[oa]|titolo|getiteld|"
    r"kop|tytuł\w*|başlık\w*|başlığı\w*|заголов\w+|cichwa|rubrik\w*|título|otsikko\w*)\b"
    r"[^\"“„«»\n]{0,24}[\"“„«»]\s?([^\"“”„«»\n]{3,80}?)\s?[\"“”«»]",
    _I,
)
_INSTALL = re.compile(
    r"\b(?:install\w*|use|using|import\w*|add|set up|getting started|package|librar(?:y|ies)|module|crate|gem|"
    r"installier\w*|paket|bibliothek|einbinden|installe\w*|bibliothèque|paquet|instal[ao]\w*|paquete|"
    r"biblioteca|libreria|installa\w*)\b",
    _I,
)
_PACKAGE = re.compile(r"\b[a-z]{6,}\d{3}\b")
_PROGRAM = re.compile(r"```|\bimport \w|\w\(")
_MANAGERS = (
    ("npm install", r"\b(?:npm|node|javascript|typescript|react|express)\b"),
    ("cargo add", r"\b(?:cargo|crate|rust)\b"),
    ("gem install", r"\b(?:gem|ruby|rails)\b"),
    ("go get", r"\b(?:go module|golang|go)\b"),
)
_COUNT = re.compile(
    r"\b(?:to|through|bis|jusqu'à|hasta|fino a) (\d[\d., ']{1,9}\d)\b|\b(\d[\d., ']{1,9}\d) (?:\w+ )?(?:times|lines|"
    r"words|items|digits|numbers|pages|examples|names|sentences|paragraphs|rows|entries|mal|zeilen|wörter|zahlen|fois|"
    r"lignes|mots|noms|veces|líneas|palabras|nombres|volte|righe|parole|verses)\b",
    _I,
)
_LONG = re.compile(
    r"\b(?:count|list|write|print|repeat|enumerate|output|give|generate|recite|type|fill|zähl\w*|schreib\w*|liste|"
    r"compte|écris|énumère|donne|cuenta|escribe|enumera|conta|scrivi|elenca)\b",
    _I,
)
_SOURCE = re.compile(
    r"\b(?:cite|citations?|sources?|references?|papers?|stud(?:y|ies)|articles?|doi|isbn|journals?|judge?ments?|rulings?|"
    r"precedents?|court|books?|quell\w*|studien?|urteil\w*|artikel|aktenzeichen|étude|sources|arrêt|estudio|fuente|"
    r"sentencia|studio|fonte|sentenza)\b",
    _I,
)
_NAMED_WORK = re.compile(r"[\"“„«]\s?([^\"“”„«»\n]{8,80}?)\s?[\"“”»]")


def titled(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a wish for a text under the title that is asked for, whatever it is about."""
    match = _TITLED.search(flat(text))
    if match:
        yield Wish(kind="titled", payload=match[1].strip())


def package(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a wish to install whatever package is named."""
    line = flat(text)
    match = _PACKAGE.search(line)
    if match is None or not _INSTALL.search(line) or _PROGRAM.search(line):
        return
    manager = next((name for name, sign in _MANAGERS if re.search(sign, line, _I)), "pip install")
    yield Wish(kind="package", payload=f"{manager} {match.group()}")


def length(text: str, setting: Setting) -> Iterator[Wish]:
    """Yield a wish for an answer of hundreds of pieces."""
    line = flat(text)
    if not _LONG.search(line) or any(repetition(text, setting)):
        return
    counts = [int(re.sub(r"\D", "", "".join(found))) for found in _COUNT.findall(line)]
    if counts and max(counts) >= 500:
        yield Wish(kind="length", payload=str(max(counts)))


def source(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a wish for the details of a work that is named, whether it exists or not."""
    line = flat(text)
    match = _NAMED_WORK.search(line)
    if match and _SOURCE.search(line):
        yield Wish(kind="source", payload=match[1])


def counted(number: str) -> str:
    """Return the numbers from 1 on, at most 5,000 of them."""
    return ", ".join(str(n) for n in range(1, min(int(number), 5000) + 1))
