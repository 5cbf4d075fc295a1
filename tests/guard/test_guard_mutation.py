"""Whatever is taken out of the guard, an example fails: no part is there without proof.

Every test builds mutants and names those that survive.
"""

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import pytest
from test_guard_personal import GENERATED, OTHERS, PHONES, SPECIMENS, drawn
from test_guard_personal import found as personal_found
from test_guard_secrets import NAMED, NOTATIONS, PREFIXED, made
from test_guard_secrets import found as secrets_found
from test_guard_views import ENCODED, SECRET, _same

from seawall.core.errors import IntegrityError
from seawall.core.verdicts import Verdict
from seawall.guard import cards, views
from seawall.guard.api import default_rules
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Context, Detector, Pattern, Subject
from seawall.guard.engine import GuardEngine
from seawall.guard.patterns import PatternSet
from seawall.guard.recognizers import personal
from seawall.guard.self_test import failures_of
from seawall.redteam.strategies.obscure import scrambled_words
from seawall.redteam.strategies.spell import ascii_art

HIDDEN = {
    **ENCODED,
    "JSON string": '{"note": "' + SECRET.replace(" ", "\\/").replace("\\/", "\\ ") + '"}',
    "word order": "Read the words in reverse order: " + " ".join(SECRET.split()[::-1]),
    "drawn": ascii_art.encode(SECRET, Random(1)),
    "letters parted by signs": " ".join(":".join(word) for word in SECRET.split()),
    "signs for blanks": "👏".join(SECRET.split()),
    "column": "\n".join(f"{n},{word}" for n, word in enumerate(SECRET.split())),
    "numbers": " / ".join(" ".join(str(ord(c) - 96) for c in word) for word in SECRET.split()),
    "shuffled letters": scrambled_words.encode(SECRET[:-7], Random(1)) + SECRET[-7:],
    "hex with signs": "".join(f"\\x{{{ord(c):02x}}}" for c in SECRET),
}


# Formats that tests/guard/test_guard_secrets.py proves by their notation.
STRUCTURES = {
    "aws-secret-key": ["aws secret is {B40} in use"],
    "azure-key": ["the key {B86}== of the account"],
    "jwt": ["session eyJhbGciOi{A18}.eyJzdWIi{A40}.{A43} ended"],
    "azure-sas": ["https://store.example/a?sv=2022&sig={A44}%3D"],
}


class Mutant:
    """A detector that finds nothing, or everything, whatever it is shown."""

    def __init__(self, detector: Detector, label: str) -> None:
        self.id, self._detector, self._label = detector.id, detector, label

    def patterns(self) -> tuple[Pattern, ...]:
        return self._detector.patterns()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        whole = subject.views[0]
        found = [finding(self.id, self._label, whole, 0, len(whole.text))] if self._label else []
        return verdict(self.id, found)


def patterns_of(detector: Detector) -> PatternSet:
    return PatternSet((detector.id, pattern) for pattern in detector.patterns())


def test_a_detector_that_finds_nothing_or_everything_fails_its_card() -> None:
    survivors = []
    for name, card in cards.cards().items():
        detector = cards.build(name)
        patterns = patterns_of(detector)
        for label in ("", card.labels[0]):
            if not failures_of(Mutant(detector, label), card, patterns):
                survivors.append((name, "everything" if label else "nothing"))
    assert survivors == []


def test_an_engine_with_a_detector_taken_out_does_not_start() -> None:
    engine = GuardEngine(default_rules())
    assert len(engine.detectors) >= 15
    engine.self_test()
    survivors = []
    for name, detector in list(engine._detectors.items()):
        engine._detectors[name] = Mutant(detector, "")
        try:
            engine.self_test()
            survivors.append(name)
        except IntegrityError as error:
            assert name in str(error)
        engine._detectors[name] = detector
    assert survivors == []


def reads(text: str) -> bool:
    return any(_same(view.text) for view in views._read(text).views)


def functions() -> list[str]:
    """The functions that make readings, as views.py calls them: module.function."""
    tree = ast.parse(inspect.getsource(views))
    makers = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name in ("_cleaned", "_decoded")
    ]
    calls = [
        node.func for maker in makers for node in ast.walk(maker) if isinstance(node, ast.Call)
    ]
    return sorted(
        f"{call.value.id}.{call.attr}"
        for call in calls
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name)
    )


def test_a_reading_taken_out_leaves_a_text_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(functions()) >= 12
    assert [name for name, text in HIDDEN.items() if not reads(text)] == []
    survivors = []
    for function in functions():
        module, _, name = function.partition(".")
        room = importlib.import_module(f"seawall.guard.reading.{module}")
        nothing = () if inspect.isgeneratorfunction(getattr(room, name)) else None
        with monkeypatch.context() as patch:
            patch.setattr(room, name, lambda *_args, nothing=nothing: nothing)
            if all(map(reads, HIDDEN.values())):
                survivors.append(function)
    assert survivors == []


def test_a_kind_of_reading_taken_out_leaves_a_text_unread() -> None:
    seen = [
        [(v.kind.split("+"), _same(v.text)) for v in views._read(t).views] for t in HIDDEN.values()
    ]
    kinds = {step for text in seen for steps, _ in text for step in steps}
    assert len(kinds) >= 25
    survivors = [
        kind
        for kind in sorted(kinds)
        if all(any(same for steps, same in text if kind not in steps) for text in seen)
    ]
    assert survivors == []


def unproven(
    labels: Iterable[str], found: Callable[[str], Any], texts: dict[str, list[str]]
) -> list[str]:
    """Return the labels whose findings could all vanish without an example failing."""
    return [label for label in labels if not any(label in found(t) for t in texts.get(label, ()))]


def personal_texts() -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {"phone": list(PHONES)}
    for label, text in OTHERS:
        texts.setdefault(label, []).append(text)
    for label, sentence in SPECIMENS:
        texts.setdefault(label, []).append(re.sub(r"\[(.*)\]", r"\1", sentence) + ", please check.")
    for label, sentence, shape in GENERATED:
        rng = Random(label)
        texts.setdefault(label, []).extend(sentence.format(drawn(shape, rng)) for _ in range(600))
    return texts


def test_a_family_of_personal_data_taken_out_fails() -> None:
    labels = {r.label for r in personal.RECOGNIZERS} | set(cards.cards()["personal-data"].labels)
    survivors = unproven(sorted(labels), lambda t: dict(personal_found(t)), personal_texts())
    assert survivors == []


def test_a_family_of_credentials_taken_out_fails() -> None:
    texts = {label: [made(shape) for shape in shapes] for label, shapes in PREFIXED.items()}
    for name, label, shape in NAMED:
        texts.setdefault(label, []).append(f"{name}={made(shape)}")
    for label, shapes in STRUCTURES.items():
        texts.setdefault(label, []).extend(made(shape) for shape in shapes)
    values = {
        "p": made("{A5}!{d2}{A4}"),
        "t": made("{A44}"),
        "h": made("{h20}"),
        "b": made("{B40}"),
    }
    notations = [notation.format(**values) for notation in NOTATIONS]
    card = cards.cards()["secrets"]
    examples = [example.text for example in card.found]
    texts = {label: [*texts.get(label, ()), *notations, *examples] for label in card.labels}
    seen = {
        t: {f.label for f in secrets_found(t)} for t in {t for ts in texts.values() for t in ts}
    }
    assert unproven(card.labels, seen.__getitem__, texts) == []
