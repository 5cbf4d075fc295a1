"""Rows for the tagger: text with spans, from templates, public sentences and ordinary text."""

import gzip
import json
import re
import unicodedata
import zlib
from pathlib import Path
from typing import NamedTuple

from training.personal_values import Values

KIND_OF_SLOT = {
    "person": "person", "given": "person", "family": "person", "street": "street-address",
    "address": "street-address", "city": "location", "country": "location", "org": "organisation",
}  # fmt: skip
KIND_OF_TYPE = {
    "PERSON": "person", "ADDRESS": "street-address", "STREET_ADDRESS": "street-address",
    "ZIP_CODE": "street-address", "LOCATION": "location", "GPE": "location",
    "ORGANIZATION": "organisation",
}  # fmt: skip
_SLOT = re.compile(r"\{([a-z]+)\}")
_WORD = re.compile(r"(?<![\w'’])\w+(?![\w'’])")
_OWN = (
    "multilingual.jsonl",
    "ordinary.jsonl",
    "direct_en.jsonl",
    "indirect_en.jsonl",
    "harm_en_fr.jsonl",
)
# Words in whose place a name can stand, and the language that they tell.
_PRONOUNS = {
    word: lang
    for lang, words in {
        "en": "I he she him we they them someone somebody everyone me you us nobody He She They We You",
        "de": "ich er sie wir jemand ihn ihm uns Sie Er Wir Ich niemand",
        "fr": "je il elle nous vous lui quelqu Elle Nous Vous",
        "es": "yo él ella nosotros usted alguien ellos nadie",
        "it": "io lui lei noi voi qualcuno loro",
        "nl": "ik hij zij wij iemand hem haar ons",
        "pl": "on ona ktoś nikt oni",
        "pt": "eu ele ela nós você alguém eles ninguém",
    }.items()
    for word in words.split()
}
_DATA = Path(__file__).parent / "data"
Span = tuple[int, int, str]


class Sample(NamedTuple):
    """A text with what stands in it. `group`: rows of one group stay on one side of a split."""

    text: str
    spans: tuple[Span, ...]
    lang: str
    group: str


def held_out(group: str) -> bool:
    """Return whether a template is kept for measuring: one in five."""
    return zlib.crc32(group.encode()) % 5 == 0


def templates() -> list[dict[str, str]]:
    """Return the templates written for this project."""
    return _json_lines(_DATA / "personal" / "templates.jsonl")


def plain() -> list[Sample]:
    """Return ordinary sentences without personal data, written for this project."""
    rows = _json_lines(_DATA / "personal" / "plain.jsonl")
    return [Sample(row["text"], (), row["lang"], row["text"]) for row in rows]


def _json_lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def filled(template: dict[str, str], values: Values) -> Sample:
    """Return a template with a value in every slot."""
    text, lang, spans, last = "", template["lang"], [], 0
    for slot in _SLOT.finditer(template["text"]):
        name = slot.group(1)
        text += template["text"][last : slot.start()]
        kind = KIND_OF_SLOT.get(name)
        value = getattr(values, name)(lang) if kind else values.plain(name)
        if kind:
            spans.append((len(text), len(text) + len(value), kind))
        text, last = text + value, slot.end()
    return Sample(text + template["text"][last:], _whole(text, spans), lang, template["text"])


def _whole(text: str, spans: list[Span]) -> tuple[Span, ...]:
    """Return the spans in order; a town right behind a street belongs to the address."""
    merged: list[Span] = []
    for start, end, kind in sorted(spans):
        if merged:
            low, high, before = merged[-1]
            near = start - high <= 3 and not text[high:start].strip(" ,\n")
            if near and {kind, before} <= {"street-address", "location"} and kind != before:
                merged[-1] = (low, end, "street-address")
                continue
            if near and kind == before == "street-address":
                merged[-1] = (low, end, kind)
                continue
        merged.append((start, end, kind))
    return tuple(merged)


def public(folder: Path, *, every: bool = False) -> list[Sample]:
    """Return the public sentences with spans of FOLDER/pii/pii_spans_train.jsonl.gz.

    `every`: also the spans of kinds that are none of the tagger's.
    """
    with gzip.open(folder / "pii" / "pii_spans_train.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    found = []
    for row in rows:
        text = row["text"]
        spans = [
            (span["start"], span["end"], KIND_OF_TYPE.get(span["type"], "other"))
            for span in row["spans"]
            if every or span["type"] in KIND_OF_TYPE
        ]
        group = row["template"] if row["template"] != "neg" else re.sub(r"\d", "0", text)[:30]
        found.append(Sample(text, _whole(text, spans), row["lang"].split("_")[0], group))
    return found


def ordinary(folder: Path) -> list[tuple[str, str]]:
    """Return (text, source) of public harmless texts, and of all that people wrote for this."""
    with gzip.open(folder / "train" / "benign.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    found = [(row["text"][:1500], row["source"]) for row in rows]
    for name in _OWN:
        found += [(row["text"][:1500], f"own_{name}") for row in _json_lines(_DATA / name)]
    return found


def peopled(text: str, values: Values) -> Sample:
    """Return the text with names in place of one or two of its pronouns."""
    places = [match for match in _WORD.finditer(text) if match.group() in _PRONOUNS]
    values.random.shuffle(places)
    spans: list[Span] = []
    new, last = "", 0
    for place in sorted(places[: values.random.choice((1, 1, 2))], key=lambda one: one.start()):
        lang = _PRONOUNS[place.group()]
        form = values.random.random()
        name = (
            values.person(lang)
            if form < 0.55
            else values.given(lang)
            if form < 0.8
            else values.family(lang)
        )
        new += text[last : place.start()]
        spans.append((len(new), len(new) + len(name), "person"))
        new, last = new + name, place.end()
    return Sample(new + text[last:], tuple(spans), "", "")


def renamed(sample: Sample, values: Values) -> Sample:
    """Return the sample with other names and addresses in it, in small letters if it was so."""
    text, spans, last = "", [], 0
    small = sample.text == sample.text.lower()
    for start, end, kind in sorted(sample.spans):
        old = sample.text[start:end]
        new = _other(old, kind, sample.lang, values)
        new = new.lower() if small else new
        text += sample.text[last:start]
        spans.append((len(text), len(text) + len(new), kind))
        text, last = text + new, end
    return Sample(text + sample.text[last:], tuple(spans), sample.lang, sample.group)


def _other(old: str, kind: str, lang: str, values: Values) -> str:
    if kind == "person":
        single = values.given if values.random.random() < 0.5 else values.family
        return values.person(lang) if " " in old else single(lang)
    if kind == "street-address":
        return values.address(lang) if re.search(r"[\n,]", old) else values.street(lang)
    if kind == "location":
        return values.city(lang) if values.random.random() < 0.8 else values.country(lang)
    return values.org(lang)


def varied(sample: Sample, values: Values) -> Sample:
    """Return the sample as a hurried writer might: small letters, no accents, one line."""
    text, draw = sample.text, values.random.random
    if draw() < 0.22:
        text = _same_length(text, str.lower)
    elif draw() < 0.03:
        text = _same_length(text, str.upper)
    if draw() < 0.08:
        text = _same_length(text, _bare)
    if draw() < 0.06:
        text = text.replace("\n", " ")
    if draw() < 0.05 and text.endswith((".", "!", "?")):
        text = text[:-1]
    return sample._replace(text=text)


def _same_length(text: str, change: object) -> str:
    changed = ((c, change(c)) for c in text)  # type: ignore[operator]
    return "".join(new if len(new) == 1 else old for old, new in changed)


def _bare(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]


def joined(samples: list[Sample], between: str) -> Sample:
    """Return the samples one after the other as one text."""
    text, spans = "", []
    for sample in samples:
        text += between if text else ""
        spans += [(a + len(text), b + len(text), kind) for a, b, kind in sample.spans]
        text += sample.text
    return Sample(text, tuple(spans), samples[0].lang, samples[0].group)
