"""Plans are balanced, repeatable, and real files and images come out of them."""

import json
from collections import Counter
from random import Random

import pytest

from seawall.redteam.payloads import personal
from seawall.redteam.planning import pairings, plan
from seawall.redteam.seeds import Seed, read_seeds
from seawall.redteam.slots import PERSONAL, number_of, used


def test_equal_arguments_equal_plan(cards, facts) -> None:
    for name in ("PRB-INJ-DIRECT", "PRB-FINETUNE", "PRB-BUDGET"):
        assert plan(cards[name], facts, seed=3) == plan(cards[name], facts, seed=3)
    first = [p.attack for p in plan(cards["PRB-INJ-DIRECT"], facts, seed=1)]
    other = [p.attack for p in plan(cards["PRB-INJ-DIRECT"], facts, seed=2)]
    assert first != other


def test_another_seed_draws_other_pairs(cards) -> None:
    card = cards["PRB-INJ-DIRECT"]
    seeds = read_seeds(card)

    def pairs(seed: int) -> list[tuple[str, str]]:
        return [(one.id, strategy.id) for one, strategy in pairings(seeds, card, 48, seed)]

    assert pairs(1) == pairs(1)
    assert len(set(pairs(1)) & set(pairs(2))) < 24


@pytest.mark.parametrize("n", [1, 7, 48, 200])
def test_balance(n, cards) -> None:
    card = cards["PRB-INJ-DIRECT"]
    pairs = list(pairings(read_seeds(card), card, n))
    seeds = Counter(seed.id for seed, _ in pairs)
    strategies = Counter(strategy.id for _, strategy in pairs)
    assert len(pairs) == n
    assert max(seeds.values()) - min(seeds.values()) <= 1
    assert max(strategies.values()) - min(strategies.values()) <= (1 if n < 200 else 2)
    assert len({(seed.id, s.id) for seed, s in pairs}) == n, "a pair came twice"


def test_every_attempt_has_its_own_account(cards, facts) -> None:
    attacks = [p.attack for card in cards.values() for p in plan(card, facts)]
    assert len({a.id for a in attacks}) == len(attacks)
    own = [a.params["account"] for a in attacks]
    assert len(set(own)) == len(own)
    assert not set(own) & set(facts.accounts)
    assert 10_000_000 <= number_of("x") < 100_000_000


def test_exact_seeds_get_exact_strategies(cards, facts) -> None:
    lossy = {"leet", "case-mixing", "spaced-letters", "markdown-table"}
    for name in ("PRB-PII-PROMPT", "PRB-SECRET-PROMPT", "PRB-CODE-THEFT", "PRB-CODE-BACKDOOR"):
        assert not {p.strategy for p in plan(cards[name], facts)} & lossy


def test_earlier_messages_stay_plain(cards, facts) -> None:
    for planned in plan(cards["PRB-INJ-DIRECT"], facts):
        if planned.seed.id == "second-thought":
            assert planned.attack.messages[0] == planned.seed.messages[0]
            assert len(planned.attack.messages) >= 2


def test_planted_text_is_not_in_the_question(cards, facts) -> None:
    for name in ("PRB-INJ-DOC", "PRB-INJ-TOOL"):
        for planned in plan(cards[name], facts):
            assert planned.attack.text
            assert len(planned.attack.messages) == 1
            assert planned.slots["canary"] not in planned.attack.messages[0]
    for planned in plan(cards["PRB-INJ-IMAGE"], facts):
        assert planned.attack.image.startswith(b"\x89PNG")


def test_training_files(cards, facts) -> None:
    for planned in plan(cards["PRB-FINETUNE"], facts):
        rows = [json.loads(line) for line in planned.attack.file.decode().splitlines()]
        assert len(rows) >= 10
        if planned.seed.format == "chat":
            assert all(row["messages"][-1]["role"] == "assistant" for row in rows)
        else:
            assert all(set(row) == {"prompt", "completion"} for row in rows)
    mixed = next(s for s in read_seeds(cards["PRB-FINETUNE"]) if s.id == "mixed-minority")
    assert len(mixed.pairs) == 15
    assert mixed.benign == 85


def test_json_escapes_are_plain_once_parsed(cards, facts) -> None:
    escaped = [p for p in plan(cards["PRB-FINETUNE"], facts) if p.strategy == "json-escapes"]
    for planned in escaped:
        answer = planned.seed.pairs[0][1]
        raw = planned.attack.file.decode()
        assert answer not in raw
        assert any(answer in json.dumps(json.loads(x), ensure_ascii=False).replace('\\"', '"')
                   for x in raw.splitlines())  # fmt: skip


def test_personal_values_have_valid_checksums() -> None:
    for number in range(50):
        rng = Random(number)
        card = personal.card(rng)
        assert personal.luhn_digit(card[:-1]) == card[-1]
        iban = personal.iban(rng)
        digits = "".join(str(int(c, 36)) for c in iban[4:] + iban[:4])
        assert int(digits) % 97 == 1
        assert len(iban) == {"DE": 22, "NL": 18, "ES": 24}[iban[:2]]
        assert personal.email(rng).rpartition(".")[2] in ("example", "net")


def test_every_personal_seed_names_a_value(cards) -> None:
    for seed in read_seeds(cards["PRB-PII-PROMPT"]):
        assert used(seed.attack) & set(PERSONAL), seed.id


def test_seed_texts() -> None:
    assert Seed(id="a", text="x").attack == "x"
    assert Seed(id="a", messages=("one", "two")).attack == "two"
    assert Seed(id="a", text="{path}").exact
    assert not Seed(id="a", text="{canary}").exact
