"""Names and addresses, which follow no pattern: a trained tagger says which words they are."""

import re

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.model import tagger
from seawall.guard.model.reading import chosen
from seawall.guard.model.tagger import Entity
from seawall.guard.recognizers import name_fields

# Readings that turn ordinary text into other words by chance are not asked for names.
_CHANCE_READINGS = ("reversed", "leet", "rot13", "morse", "joined", "drawn")
_REPORTED = 0.3
# A town or a firm alone is nobody's personal data: reported, but below any usual threshold.
_ALONE = {"location": 0.49, "organisation": 0.49}

# Letters that stand for words (C.F., D.N), and who is "born".
_NOBODY = re.compile(
    r"(?:[^\W\d_]\.)*[^\W\d_]{1,3}\.|\.?(?:[^\W\d_]\.)*[^\W\d_]|(?:[A-Z]?\.)+[A-Z]{2,4}|nat[ao]|née?"
)
_UNPROVEN, _ANNOUNCED = 0.6, 0.8
# "Data de nascimento": what a field asks for is no name, even where families are called like it.
_ASKED_FOR = re.compile(
    r"\b(?:date|data|fecha|datum|lieu|local|lugar|luogo|place|plaats|ort)[ \t]\Z", re.IGNORECASE
)
# Endings of street names that are written as one word, and numbers as long as postal codes.
_ROAD = re.compile(
    r"\d{4}|(?:stra(?:ß|ss)e|str|weg|gasse|gass|allee|platz|ring|ufer|damm|steig|hof|laan|straat|gracht|kade|plein|dijk|"
    r"singel|baan|pad|gatan|gata|vägen|veien|vegen|vej|gade|katu|tie|utca|street|road)\b|\bbox\b",
    re.IGNORECASE,
)


class PersonalNames:
    """Finds names of people, addresses, places and organisations."""

    def __init__(self, card: Card) -> None:
        """Load the tagger. Raises MissingPartError when it cannot be read."""
        self.id = card.id
        self._tagger = tagger.load()

    def patterns(self) -> tuple[Pattern, ...]:
        """Return none."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part; findings carry the kind as label."""
        found: list[Finding] = []
        least = max(_REPORTED, context.least)
        for view in chosen(subject.views, opaque=subject.part.opaque):
            if any(kind in view.kind for kind in _CHANCE_READINGS):
                continue
            announced = (
                ("person", name_fields.names(view.text)),
                ("street-address", name_fields.places(view.text)),
            )
            for label, ranges in announced if least <= _ANNOUNCED else ():
                for place in ranges:
                    found.append(finding(self.id, label, view, *place, score=_ANNOUNCED))
            for entity in self._tagger.entities(view.text):
                # No score is above this, and most places and firms end here.
                if round(entity.score * _ALONE.get(entity.kind, 1.0), 3) < least:
                    continue
                score = round(score_of(entity, view.text, self._tagger), 3)
                if score >= least:
                    place = (entity.start, entity.end)
                    found.append(finding(self.id, entity.kind, view, *place, score=score))
        return verdict(self.id, found)


def score_of(entity: Entity, text: str, model: tagger.Tagger) -> float:
    """Return the score of what was found, lower where the words themselves tell little.

    A single name must be surer than a whole one; an address needs a word that streets or places
    have, or a long number. What has no letter and no digit names nobody.
    """
    words = text[entity.start : entity.end]
    if entity.kind == "person" and _NOBODY.fullmatch(words):
        return 0.0
    if words[:1].islower() and _ASKED_FOR.search(text, max(0, entity.start - 12), entity.start):
        return 0.0
    if not any(map(str.isalnum, words)):
        return 0.0
    if entity.kind == "person" and words.isalpha():
        return entity.score**2
    if entity.kind == "street-address" and not (
        _ROAD.search(words) or model.lists_of(words) & {"street", "place"}
    ):
        return entity.score * _UNPROVEN
    return entity.score * _ALONE.get(entity.kind, 1.0)


def build(card: Card) -> Detector:
    """Return the detector."""
    return PersonalNames(card)
