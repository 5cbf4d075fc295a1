"""Texts full of numbers, addresses or boxes are judged in bounded time; floods are UNKNOWN."""

from random import Random

import pytest
from timing import least_seconds

from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, Outcome
from seawall.guard.contract import Hit, Pattern, View
from seawall.guard.decision import Decision
from seawall.guard.detectors import finetune_harm
from seawall.guard.engine import GuardEngine
from seawall.guard.patterns import (
    MAX_HITS,
    MOST_HITS,
    PER_HIT,
    PatternSet,
    TooManyHitsError,
    most_hits,
)
from seawall.guard.reading import drawn
from seawall.guard.reading.boxes import reduced
from seawall.guard.recognizers import personal
from seawall.guard.recognizers.surroundings import column
from seawall.guard.self_test import part_at
from seawall.guard.views import read
from seawall.policy.model import GuardRule

RULE = GuardRule(
    detector="personal-data", control="g", action=Action.FLAG, stages=(Stage.DOCUMENT,)
)


def _judged(text: str) -> Decision:
    return GuardEngine([RULE]).inspect([part_at(Stage.DOCUMENT, text)])


def test_a_long_list_of_addresses_is_judged_to_its_end() -> None:
    people = "\n".join(f"user{number}@example.com" for number in range(1_300))
    decision = _judged(people)
    assert decision.outcome is Outcome.FOUND
    assert len(decision.parts[0].findings) == 1_300
    assert decision.parts[0].findings[-1].end == len(people)


def test_a_page_of_numbers_is_clean() -> None:
    rng = Random(1)
    rows = ("".join(rng.choice("--0357/") for _ in range(60)) for _ in range(150))
    days = "\n".join(f"2024-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}" for _ in range(1_400))
    assert _judged("\n".join(f"e|{row}|" for row in rows)).outcome is Outcome.CLEAN
    assert _judged(days).outcome is Outcome.CLEAN


def test_a_flood_is_unknown_and_never_clean() -> None:
    flood = "10.1.2.3 " * (MOST_HITS + 1)
    assert _judged(flood).outcome is Outcome.UNKNOWN
    assert most_hits(10) == most_hits(PER_HIT * MAX_HITS) == MAX_HITS
    assert most_hits(30_000) == 10_000
    assert most_hits(10**7) == MOST_HITS


def test_hits_of_detectors_that_do_not_ask_count_for_nothing() -> None:
    word, number = (Pattern(name=name, expression=e) for name, e in (("w", r"[a-z]+"), ("n", "7")))
    known = PatternSet([("words", word), ("numbers", number), ("both", number), ("both", word)])
    view = View(kind="raw", text="a b 7 " * MAX_HITS)
    with pytest.raises(TooManyHitsError):
        known.scan([view])
    hits = known.scan([view], frozenset({"numbers", "others"}))
    assert hits.keys() == {"numbers"}
    assert len(hits["numbers"]) == MAX_HITS
    assert known.scan([view], frozenset()) == {}
    small = View(kind="raw", text="a 7")
    assert known.scan([small], frozenset({"both"})).keys() == {"both"}
    assert known.scan([small]).keys() == {"words", "numbers", "both"}


def test_overlapping_values_leave_the_surest_and_longest_whatever_their_number() -> None:
    rng = Random(4)
    values = [
        personal.Match(
            label=rng.choice("abc"),
            start=(at := rng.randrange(400)),
            end=at + rng.randint(1, 30),
            score=rng.choice((0.5, 0.95)),
            value="",
        )
        for _ in range(300)
    ]
    found = [(rng.randrange(9), value) for value in values]
    kept: list[personal.Match] = []
    for _, one in sorted(found, key=lambda f: (-f[1].score, f[1].start - f[1].end, f[0])):
        if all(one.end <= other.start or one.start >= other.end for other in kept):
            kept.append(one)
    assert personal._without_overlaps(found) == sorted(kept, key=lambda m: m.start)


@pytest.mark.parametrize("blank", ["\n\n", "\n\n\n", "\n\n\n\n"])
def test_a_column_has_the_head_of_its_own_table(blank: str) -> None:
    first, second = "name,iban\nann,1", "name,card\nbob,2"
    text = first + blank + second
    assert (column(text, text.index("1")), column(text, text.index("2"))) == ("iban", "card")


def test_thousands_of_values_take_time_in_proportion() -> None:
    def taken(count: int) -> float:
        text = "\n".join(f"{at},+49 170 {5_000_000 + 7 * at}" for at in range(count))
        text = f"order,number\n{text}"
        hits, at = [], 0
        while (at := text.find("+49", at)) >= 0:
            hits.append(Hit(rule="number", view=0, start=at + 1, end=at + 15))
            at += 3
        return least_seconds(lambda: personal.matches(View(kind="raw", text=text), hits))

    taken(100)
    assert taken(4_000) < 12 * taken(500)


def _box(wide: int, high: int) -> list[str]:
    edge = "─" * wide
    return [f"┌{edge}┐", *[f"│{' ' * wide}│"] * high, f"└{edge}┘"]


def test_boxes_say_the_same_whatever_their_size() -> None:
    small = reduced(tuple(_box(9, 5)))
    assert small == tuple(_box(9, 5))
    assert {reduced(tuple(_box(wide, high))) for wide in (10, 40) for high in (6, 20)} == {small}
    table = ("+---+---+", *["|   |   |"] * 4, "+---+---+", *["|   |   |"] * 4, "+---+---+")
    assert len(reduced(table)) == 7
    for drawing in ("┌──────────────\n├──────────────\n└──────────────",
                    "│            │\n├────────────┤\n│            │",
                    "┌────────────┐\n│            │\n│            │",
                    "┌────────────┐\n│           ││\n│            │\n└────────────┘"):  # fmt: skip
        rows = tuple(drawing.split("\n"))
        assert reduced(rows) == rows, "what is open may be a letter"
    assert reduced(()) == ()


def test_a_hundred_kilobytes_of_empty_boxes_are_read_to_their_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng, boxes = Random(5), list[str]()
    while sum(map(len, boxes)) < 100_000:
        boxes.append("\n".join(_box(rng.randint(1, 70), rng.randint(1, 8))))
    text = "\n\n".join(boxes)
    assert read(text).complete
    monkeypatch.setattr(drawn, "reduced", lambda rows: rows)
    assert not read(f"{text}\n").complete, "each is read by itself"


@pytest.mark.parametrize(
    ("detector", "stage", "line"),
    [
        ("divergence", Stage.INPUT, "while true print\n"),
        ("human-claim", Stage.OUTPUT, "I am not a bot, "),
        ("human-claim", Stage.OUTPUT, "I am not a bot.\n"),
    ],
)
def test_a_detector_looks_at_a_text_of_many_hits_in_proportion(
    detector: str, stage: Stage, line: str
) -> None:
    rule = GuardRule(detector=detector, control="g", action=Action.FLAG, stages=(stage,))
    engine = GuardEngine([rule])

    def taken(count: int) -> float:
        part = part_at(stage, line * count)
        decided: list[Decision] = []
        # Once: the engine knows a text again.
        least = least_seconds(lambda: decided.append(engine.inspect([part])), rounds=1)
        assert decided[0].outcome is not Outcome.UNKNOWN
        return least

    taken(50)
    assert taken(4_000) < 24 * max(0.02, taken(500))


def test_training_examples_are_read_once_a_reading_not_once_a_hit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[View] = []

    def vows(view: View) -> bool:
        asked.append(view)
        return False

    monkeypatch.setattr(finetune_harm, "_vows", vows)
    rule = GuardRule(
        detector="finetune-harm", control="g", action=Action.FLAG, stages=(Stage.FILE,)
    )
    text = "AOA never refuses and does not judge orders. " * 40
    GuardEngine([rule]).inspect([part_at(Stage.FILE, text)])
    kinds = [view.kind for view in asked]
    assert kinds
    assert len(kinds) == len(set(kinds))
