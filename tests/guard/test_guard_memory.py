"""Equal parts are judged once; what failed, and what depends on the exchange, every time."""

import inspect as source

import msgspec
import pytest

from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, Outcome
from seawall.guard import cards, memory
from seawall.guard.engine import GuardEngine
from seawall.guard.ocr import remembering
from seawall.guard.self_test import part_at
from seawall.policy.model import GuardRule

CARD = "My card is 4111 1111 1111 1111."


def engine(name: str = "personal-data", **fields: object) -> GuardEngine:
    rule = GuardRule(
        detector=name, control="CTL-X", action=Action.REDACT, stages=(Stage.INPUT, Stage.DOCUMENT)
    )
    return GuardEngine([rule], **fields)  # type: ignore[arg-type]


def test_an_equal_part_keeps_its_own_place() -> None:
    guard = engine()
    first = guard.inspect([part_at(Stage.INPUT, CARD, "/messages/0/content")]).parts[0]
    second = msgspec.structs.replace(part_at(Stage.INPUT, CARD, "/messages/4/content"), span=(0, 9))
    again = guard.inspect([second]).parts[0]
    assert (again.pointer, again.span) == ("/messages/4/content", (0, 9))
    assert again == msgspec.structs.replace(first, pointer=again.pointer, span=again.span)


def test_an_image_is_read_once_and_no_text_is_taken_for_it() -> None:
    read: list[bytes] = []
    guard = engine(read_image=remembering(lambda data: read.append(data) or CARD))
    image = msgspec.structs.replace(part_at(Stage.INPUT, ""), image=b"picture")
    assert guard.inspect([image]).outcome is Outcome.FOUND
    assert guard.inspect([image]).outcome is Outcome.FOUND
    as_document = msgspec.structs.replace(part_at(Stage.DOCUMENT, ""), image=b"picture")
    assert guard.inspect([as_document]).outcome is Outcome.FOUND
    assert read == [b"picture"]
    assert guard.inspect([part_at(Stage.INPUT, "picture")]).outcome is Outcome.CLEAN


def test_another_stage_is_judged_anew() -> None:
    text = part_at(Stage.INPUT, CARD)
    keys = {memory.key_of(text), memory.key_of(part_at(Stage.DOCUMENT, CARD))}
    assert len(keys) == 2


def test_what_was_unknown_is_tried_again() -> None:
    answers = [RuntimeError("busy"), CARD]

    def read(_: bytes) -> str:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    guard = engine(read_image=read)
    image = msgspec.structs.replace(part_at(Stage.INPUT, ""), image=b"picture")
    assert guard.inspect([image]).outcome is Outcome.UNKNOWN
    assert guard.inspect([image]).outcome is Outcome.FOUND


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 3)
    guard = engine()
    for number in range(10):
        guard.inspect([part_at(Stage.INPUT, f"text {number}")])
    assert len(guard._memory._kept) == 3
    assert memory.key_of(part_at(Stage.INPUT, "x" * (memory.MOST_CHARACTERS + 1))) is None


@pytest.mark.parametrize("name", cards.cards())
def test_a_detector_that_compares_says_so(name: str) -> None:
    code = source.getsource(source.getmodule(type(cards.build(name))))  # type: ignore[arg-type]
    assert ("context.exchange" in code) <= cards.cards()[name].compares
