"""The user gives a figure for an argument by its name ("four stars"): is the call's another one?"""

import re
from collections.abc import Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.trace import Value

_WORDS = {word: int(number) for number, word in texts.NUMBER_WORDS.items()} | {
    word: number
    for number, words in enumerate(
        (
            "one first ein eine einen erste ersten erster un une première uno una prima primera um uma een eerste",
            "second zwei zweite zweiten deux deuxième seconde dos segunda due seconda dois duas segunda twee tweede",
            "third drei dritte dritten trois troisième tres tercera tre terza três terceira drie derde",
            "fourth vier vierte quatre cuatro quattro quatro",
            "fifth fünf fünfte cinq cinco cinque vijf",
            "sechs six seis sei zes", "sieben sept siete sette sete zeven", "acht huit ocho otto oito",
            "neun neuf nueve nove negen", "zehn dix diez dieci dez tien",
        ),
        1,
    )
    for word in words.split()
}  # fmt: skip
_NUMBER = rf"(\d{{1,9}}(?:[.,]\d{{1,2}})?(?:st|nd|rd|th|\.)?|(?:{'|'.join(_WORDS)}))"
_ORDINAL = re.compile(r"(?:st|nd|rd|th|\.)$")
# Who says one of these leaves room for another figure, or has it reckoned.
_LOOSE = re.compile(
    r"\b(?:at least|at most|up to|more|less|fewer|over|under|above|below|between|around|about|than|min|max|minimum|maximum|by|plus|minus|times|"
    r"half|double|twice|another|extra|additional|each|per|every|from|mindestens|höchstens|bis|mehr|weniger|über|unter|ab|um|"
    r"zwischen|etwa|ungefähr|doppelt|hälfte|je|pro|noch|moins|plus|entre|environ|par|chaque|menos|más|entre|por|cada|meno|più|per)\b|%"
)
_SLOTS = {"qty": ("quantity", "pieces"), "quantity": ("pieces",), "class": ("klasse", "classe", "clase"),
          "stars": ("star", "sterne", "étoiles", "estrellas", "stelle"), "rating": ("stars", "star", "sterne"),
          "degrees": ("grad", "degrés", "grados", "gradi"), "temperature": ("degrees", "grad", "degrés", "grados", "gradi"),
          "nights": ("night", "nächte", "nuits", "noches", "notti"), "days": ("day", "tage", "jours", "días", "giorni"),
          "guests": ("people", "persons", "adults", "gäste", "personen"), "minutes": ("minute", "mins", "min", "minuten"),
          "percent": ("per cent", "prozent")}  # fmt: skip
_SHORT = 3


def other_figure(
    profile: ToolProfile, value: Value, request: Request, sources: Sequence[Source]
) -> str:
    """Return why a figure is not the one that the user gave for the argument by its name, or ""."""
    number = _figure(value)
    if number is None or value.origin in ("user", "composed"):
        return ""
    name = split_name(value.argument.rsplit("/", 1)[-1])
    if not name or len(name[-1]) < _SHORT:
        return ""
    said = _said(name[-1], request.text)
    other = len(said) == 1 and number not in said
    return "is another figure than the user gave for it" if other else ""


def _figure(value: Value) -> float | None:
    if value.numeric:
        return float(value.value)
    return float(value.text) if value.text.isdigit() and len(value.text) < _SHORT else None


def _said(slot: str, text: str) -> set[float]:
    """Return the figures beside a name of the slot; none where one leaves room for another."""
    names = {slot, slot.removesuffix("s"), slot + "s", *_SLOTS.get(slot, ())}
    if not any(one in text for one in names):
        return set()
    words = "|".join(map(re.escape, names))
    found: set[float] = set()
    for pattern in (
        rf"\b{_NUMBER}[ -](?:{words})\b",
        rf"\b(?:{words})(?: (?:of|to|is|at|auf|à|a))?:? {_NUMBER}\b(?![.,:/-]\d)",
    ):
        for match in re.finditer(pattern, text):
            low, high = max(0, match.start() - 14), match.end() + 8
            if _LOOSE.search(text[low:high]):
                return set()
            found.add(_read(match[1]))
    return found


def _read(number: str) -> float:
    if number in _WORDS:
        return float(_WORDS[number])
    return float(_ORDINAL.sub("", number).replace(",", "."))
