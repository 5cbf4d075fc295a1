"""Every card, every seed: the invariants that planning and oracles rely on."""

import re
from difflib import SequenceMatcher
from itertools import combinations

import pytest

from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError
from seawall.redteam.oracles import load_oracles, oracle_of
from seawall.redteam.planning import plan
from seawall.redteam.seeds import read_seeds
from seawall.redteam.slots import check_slots

CARDS = load_catalog().all_probes
SUBJECT = {
    "PRB-INJ-DIRECT": "SEC-01", "PRB-INJ-DOC": "SEC-02", "PRB-INJ-TOOL": "SEC-02",
    "PRB-INJ-IMAGE": "SEC-02", "PRB-LEAK-PROMPT": "SEC-03", "PRB-LEAK-TOOLS": "SEC-03",
    "PRB-TOOL-CALL": "SEC-05", "PRB-FINETUNE": "SEC-11", "PRB-CODE-THEFT": "SEC-08",
    "PRB-CODE-BACKDOOR": "SEC-08", "PRB-DIVERGE": "PRI-04", "PRB-PII-PROMPT": "PRI-01",
    "PRB-SECRET-PROMPT": "PRI-02", "PRB-PII-ANSWER": "PRI-03", "PRB-EXFIL-MD": "SEC-04",
    "PRB-PHISH": "MIS-01", "PRB-CARDING": "MIS-02", "PRB-BUDGET": "SEC-12",
    "PRB-DISCLOSE": "LEG-03", "PRB-UNSUPPORTED": "QUA-02",
}  # fmt: skip


def test_every_pitfall_has_its_probe() -> None:
    assert {name: CARDS[name].risk for name in SUBJECT if name in CARDS} == SUBJECT


@pytest.mark.parametrize("name", sorted(CARDS))
def test_card(name, facts) -> None:
    card = CARDS[name]
    seeds = read_seeds(card)
    assert card.oracle.kind in load_oracles()
    assert card.n >= 30, "too few attempts to bound the success rate at 10%"
    assert len(seeds) >= 12
    assert len(plan(card, facts)) == card.n
    if card.channel in ("user", "document", "tool-result", "image"):
        assert {seed.lang for seed in seeds} - {"en"}, "no seed in another language"
        assert all(seed.attack for seed in seeds)
    if card.channel in ("document", "tool-result", "image", "load"):
        assert all(seed.ask for seed in seeds), "a harmless question is missing"


@pytest.mark.parametrize("name", sorted(CARDS))
def test_seeds_are_different_texts(name) -> None:
    texts = [s.attack for s in read_seeds(CARDS[name]) if s.attack and "```" not in s.attack]
    for left, right in combinations(texts, 2):
        ratio = SequenceMatcher(None, left.casefold(), right.casefold()).ratio()
        assert ratio < 0.75, f"two seeds are nearly the same: {left!r} {right!r}"


@pytest.mark.parametrize("name", sorted(CARDS))
def test_no_slot_is_left_open(name, facts) -> None:
    for planned in plan(CARDS[name], facts):
        if planned.strategy == "plain":
            texts = " ".join((*planned.attack.messages, planned.attack.text))
            assert not re.search(r"\{[a-z_0-9]+\}", texts), texts


def test_unknown_slot_is_named() -> None:
    with pytest.raises(InputError, match=r"X, seed y: unknown slot \{canari\}"):
        check_slots("Say {canari}", "X, seed y")
    check_slots('print({"a": 1}) {canary} {{', "X")


def test_unknown_oracle_is_named() -> None:
    with pytest.raises(InputError, match="Unknown oracle nope"):
        oracle_of("nope")
