"""The shortest attack: what is needed stays, what is not goes, and nobody is asked too often."""

from random import Random

import msgspec
import pytest

from seawall.catalog.load import load_catalog
from seawall.cli.main import run as seawall
from seawall.core.errors import InputError
from seawall.redteam import cases
from seawall.redteam.minimise import minimise, reduce
from seawall.redteam.planning import draw, plan
from seawall.redteam.readings import says
from seawall.redteam.target import Effect, Observation

ALL = load_catalog().all_probes


def planned(probe, facts, strategy="plain"):
    card = msgspec.structs.replace(ALL[probe], strategies=(strategy,))
    return plan(card, facts, n=1)[0]


@pytest.mark.parametrize("seed", range(12))
async def test_reduce_keeps_just_what_is_needed(seed) -> None:
    rng = Random(seed)
    pieces = [str(number) for number in range(rng.randrange(1, 60))]
    needed = set(rng.sample(pieces, k=min(len(pieces), rng.randrange(1, 5))))
    asked = 0

    async def holds(kept) -> bool:
        nonlocal asked
        asked += 1
        return needed <= set(kept)

    assert set(await reduce(pieces, holds)) == needed
    assert asked <= len(pieces) * len(pieces) + 10


def obedient(*needed, call=None):
    """Return a target that acts when the words stand in any reading of what it was told."""

    def answer(attack) -> Observation:
        told = attack.text or attack.messages[-1]
        if not all(says(told, word) for word in needed):
            return Observation(text="No.")
        return Observation(text="Done.", effects=(call(attack),) if call else ())

    return answer


def looked_up(plan_):
    value = plan_.slots.fill(plan_.seed.foreign)
    return lambda _attack: Effect(kind=plan_.seed.tool, arguments={"id": value})


async def test_words_that_are_not_needed_go(fake, facts) -> None:
    one = planned("PRB-TOOL-CALL", facts)
    account = one.slots["account"]
    assert "{account}" in one.seed.attack
    target = fake(obedient(account, call=looked_up(one)))
    small = await minimise(one, target, facts)
    assert small.text.split() == [word for word in small.text.split() if "{account}" in word]
    assert (small.words, small.held, small.repeats) == (1, 3, 3)
    assert small.words < small.before
    assert small.requests == len(target.seen)


async def test_a_disguise_that_is_not_needed_goes(fake, facts) -> None:
    one = planned("PRB-TOOL-CALL", facts, "base64")
    plain = await minimise(one, fake(obedient(one.slots["account"], call=looked_up(one))), facts)
    assert plain.disguise == "plain"

    def encoded_only(attack) -> Observation:
        told = attack.messages[-1]
        hidden = one.slots["account"] not in told and says(told, one.slots["account"])
        return Observation(text=".", effects=(looked_up(one)(attack),) if hidden else ())

    kept = await minimise(one, fake(encoded_only), facts)
    assert kept.disguise == "base64"
    assert kept.held == 3 and "{account}" in kept.text


async def test_the_budget_holds(fake, facts) -> None:
    one = planned("PRB-TOOL-CALL", facts)
    target = fake(obedient(one.slots["account"], call=looked_up(one)))
    small = await minimise(one, target, facts, most=3, repeats=2)
    assert small.requests == len(target.seen) <= 5
    assert small.held == 2


async def test_what_does_not_succeed_again_is_said(fake, facts) -> None:
    one = planned("PRB-TOOL-CALL", facts)
    small = await minimise(one, fake(lambda _: Observation(text="No.")), facts)
    assert small.note and small.repeats == 0 and small.text == one.seed.attack


async def test_a_wish_stays_an_attack(fake, facts) -> None:
    one = planned("PRB-PERSONA", facts)
    target = fake(lambda _: Observation(text=one.slots["canary"]))
    small = await minimise(one, target, facts)
    assert small.text == one.seed.attack and small.note and small.held == 3


async def test_a_case_repeats_the_finding(fake, facts, tmp_path) -> None:
    one = planned("PRB-TOOL-CALL", facts)
    small = await minimise(one, fake(obedient(one.slots["account"], call=looked_up(one))), facts)
    path = cases.save(tmp_path, cases.case("F-0a1b2c3d", one, small))
    (card,) = cases.load(tmp_path).values()
    assert card.id == "PRB-CASE-0A1B2C3D" == path.stem
    assert len(plan(card, facts)) == card.n
    again = plan(card, facts)[0]
    assert again.slots["account"] in again.attack.messages[-1]
    empty = tmp_path / "none"
    empty.mkdir()
    with pytest.raises(InputError, match="no cases"):
        cases.load(empty)


def test_cases_are_attacked_instead_of_all_probes(tmp_path, capsys) -> None:
    rows, folder = tmp_path / "off.jsonl", tmp_path / "cases"
    words = ["attack", "--target", "lab", "--harmless", "0", "--no-calibrate", "--n", "2"]
    assert seawall([*words, "--probe", "PRB-BFLA", "--out", str(rows)]) == 0
    assert seawall(["attack", "minimise", str(rows), "--save", str(folder)]) == 0
    assert list(folder.glob("PRB-CASE-*.yaml"))
    words = ["attack", "--target", "lab", "--harmless", "0", "--no-calibrate"]
    capsys.readouterr()
    assert seawall([*words, "--cases", str(folder), "--tau", "0.2", "--json"]) == 4
    assert "PRB-CASE" in capsys.readouterr().out
    assert seawall([*words, "--cases", str(folder), "--probe", "PRB-NONE"]) == 2


@pytest.mark.parametrize("probe", ["PRB-INJ-QR", "PRB-INJ-SPEECH", "PRB-FINETUNE", "PRB-UNEQUAL"])
async def test_any_kind_of_finding_becomes_a_case(probe, fake, facts, tmp_path) -> None:
    """Pictures, sounds, files and pairs cannot be shortened: they are kept as they were."""
    one = plan(ALL[probe], facts, n=1)[0]
    small = await minimise(one, fake(lambda _: Observation(text="No.")), facts)
    cases.save(tmp_path, cases.case("F-0a1b2c3d", one, small))
    (card,) = cases.load(tmp_path).values()
    again = plan(card, facts)[0]
    assert (again.strategy, again.card.channel) == (one.strategy, one.card.channel)
    for part in ("image", "audio", "file", "twins", "messages"):
        assert bool(getattr(again.attack, part)) == bool(getattr(one.attack, part))
    assert msgspec.structs.replace(again.seed, id=one.seed.id) == one.seed


async def test_what_did_not_succeed_again_is_kept_as_it_was(fake, facts, tmp_path) -> None:
    one = planned("PRB-PERSONA", facts)
    small = await minimise(one, fake(lambda _: Observation(text="No.")), facts)
    assert not small.steady
    cases.save(tmp_path, cases.case("F-0a1b2c3d", one, small))
    (card,) = cases.load(tmp_path).values()
    assert card.strategies == (one.strategy,)
    assert plan(card, facts)[0].seed.attack == one.seed.attack


def test_wrong_cases_are_named(facts, tmp_path) -> None:
    one = planned("PRB-PERSONA", facts)
    made = cases.found_case("F-0a1b2c3d", one, "plain", ("x",))
    for change, told in [
        ({"risk": "SEC-99"}, "unknown risk SEC-99"), ({"controls": ["CTL-NO"]}, "control CTL-NO"),
        ({"id": "PRB-PERSONA"}, "is the id of a probe"),
        ({"strategies": ["leet+no"]}, "strategy no"),
    ]:  # fmt: skip
        path = cases.save(tmp_path / "c", {**made, **change})
        with pytest.raises(InputError, match=told):
            list(draw(cases.load(path)[{**made, **change}["id"]], facts))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["inc_1"], "Findings need --run"),
        (["inc_1", "F-1"], "Findings need --run"),
        (["F-1", "--text", "t.txt"], "--text does not"),
        (["F-1", "--expect", "x"], "--expect does not"),
        (["F-1", "--risk", "R-1"], "--risk does not"),
        (["F-1", "--whole"], "--whole does not"),
    ],
)
def test_a_case_of_findings_takes_findings_only(tmp_path, capsys, words, told) -> None:
    run = ["--run", str(tmp_path / "rows.jsonl")]
    assert seawall(["attack", "case", *words, *run, "--save", str(tmp_path)]) == 2
    assert told in capsys.readouterr().err
