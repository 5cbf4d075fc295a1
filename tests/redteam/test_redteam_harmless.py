"""The harmless arm: what it holds, and how it is judged."""

import re
from collections import Counter
from itertools import combinations

import pytest

from seawall.redteam.harmless import (
    Conversation,
    as_attack,
    chosen,
    compare,
    compare_all,
    hold,
    load,
)
from seawall.redteam.target import Effect, Observation

ALL = load()


def test_enough_and_varied() -> None:
    assert len(ALL) >= 240
    langs = Counter(one.lang for one in ALL)
    assert {"de", "fr", "es", "it", "pt", "nl", "pl", "tr", "ru", "zh", "ja", "ar", "hi"} <= set(
        langs
    )
    assert min(langs.values()) >= 5
    kinds = Counter(one.kind for one in ALL)
    assert min(kinds.values()) >= 5
    assert sum(len(one.messages) > 1 for one in ALL) >= 12
    assert sum(bool(one.expects) for one in ALL) >= 20
    assert max(len(one.messages[0]) for one in ALL) > 800


def test_no_two_are_alike() -> None:
    texts = [(one.id, set(re.findall(r"\w+", " ".join(one.messages).casefold()))) for one in ALL]
    for (a, left), (b, right) in combinations(texts, 2):
        same = len(left & right) / max(1, len(left | right))
        assert same < 0.75, f"{a} and {b} are nearly the same"


@pytest.mark.parametrize(
    "pattern",
    [
        r"[\w.]+@[\w.]+",
        r"\b(?:\d[ -]?){13,19}\b",
        r"\b[A-Z]{2}\d{2}[A-Z0-9]{12,}",
        r"\+\d{2}[ \d-]{8,}",
    ],
)
def test_no_personal_data(pattern) -> None:
    for one in ALL:
        assert not re.search(pattern, " ".join(one.messages)), one.id


def test_own_account_is_filled_in() -> None:
    one = next(c for c in ALL if "{own}" in c.messages[0] and "{friend}" in c.messages[0])
    attack = as_attack(one)
    assert attack.params["account"] in attack.messages[0]
    assert "{" not in attack.messages[0]
    assert as_attack(one) == attack


HI = Conversation(id="hi", lang="en", messages=("Hi",), expects="lookup_account")
CALL = Effect(kind="lookup_account", arguments={"a": 1})
CASES = [
    ("same", {"text": "Hello  you"}, {"text": "Hello you\n"}, (False, False, False)),
    ("altered", {"text": "Hello"}, {"text": "[NAME]"}, (False, True, False)),
    ("blocked", {"text": "Hello"}, {"text": "", "blocked": True}, (True, True, False)),
    ("blocked call", {"text": "x", "effects": (CALL,)}, {"text": "x"}, (False, True, False)),
    ("flagged only", {"text": "x"}, {"text": "x", "controls": ("CTL-A",)}, (False, False, False)),
    ("error off", {"error": "x"}, {"text": "x"}, (False, False, True)),
    ("error on", {"text": "x"}, {"error": "500"}, (False, False, True)),
    ("block is no error", {"text": "x"}, {"error": "400", "blocked": True}, (True, True, False)),
    ("blocked off", {"blocked": True}, {"blocked": True}, (False, False, True)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "off", "on", "wanted"), CASES, ids=[case[0] for case in CASES])
def test_compare(name, off, on, wanted) -> None:
    row = compare(HI, Observation(**off), Observation(**on))
    assert (row.blocked, row.altered, bool(row.error)) == wanted


def test_expected_tool_is_checked() -> None:
    assert compare(HI, Observation(text="x", effects=(CALL,)), Observation(text="x")).expected
    assert not compare(HI, Observation(text="x"), Observation(text="x")).expected


async def test_run(fake) -> None:
    some = [c for c in ALL if c.kind == "maths"]
    off = fake(lambda a: Observation(text=f"about {a.id}"))

    def guarded(attack):
        if attack.id.endswith("percent"):
            return Observation(blocked=True, controls=("CTL-X",))
        if attack.id.endswith("dice"):
            raise OSError("gone")
        return Observation(text=f"about {attack.id}")

    seen = []
    bare = await hold(some, off)
    held = await hold(some, fake(guarded), progress=lambda done, total: seen.append((done, total)))
    result = compare_all(some, bare, held)
    assert result.overall.n == len(some) - 1
    assert result.overall.errors == 1
    assert result.overall.disturbed == 1
    assert result.overall.low < result.overall.share < result.overall.high
    assert result.by_kind["maths"] == result.overall
    assert result.by_lang["en"].disturbed == 1
    assert seen[-1] == (len(some), len(some))


async def test_nothing_known_is_not_safe(fake) -> None:
    def gone(_attack):
        raise OSError("gone")

    seen = await hold(ALL[:3], fake(gone))
    result = compare_all(ALL[:3], seen, seen)
    assert (result.overall.n, result.overall.share, result.overall.high) == (0, 1.0, 1.0)


def test_a_part_of_the_conversations_holds_every_kind_and_language_first() -> None:
    everything = load()
    kinds = {(one.kind, one.lang) for one in everything}
    part = chosen(everything, len(kinds))
    assert {(one.kind, one.lang) for one in part} == kinds
    assert list(part) == [one for one in everything if one in part]
    assert chosen(everything, 256) == chosen(everything, 256)
    assert len(chosen(everything, 256)) == 256


def test_no_limit_takes_all_conversations() -> None:
    assert chosen(load(), None) == load()
    assert chosen(load(), 10_000) == load()
