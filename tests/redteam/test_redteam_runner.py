"""Runs against targets in memory: order, pairing, resuming, failing."""

import asyncio
import tracemalloc

import pytest

from seawall.core.errors import InputError
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam import runner
from seawall.redteam.measure import Tallies, summarise
from seawall.redteam.planning import plan
from seawall.redteam.preflight import preflight
from seawall.redteam.rows import Head, RowFile, fingerprint, read_rows
from seawall.redteam.runner import attack, ordered, run
from seawall.redteam.stopping import Stopper
from seawall.redteam.target import Observation

REFUSING = Observation(text="I can't help with that.")


def obedient(cards, facts, names, seed=0):
    """Return an answer function that does what each attempt asks for, by its plan."""
    known = {p.attack.id: p for name in names for p in plan(cards[name], facts, seed=seed)}
    return lambda attack: Observation(text=f"Very well: {known[attack.id].slots['canary']}")


async def test_obedient_and_refusing(cards, facts, fake) -> None:
    card = cards["PRB-INJ-DIRECT"]
    off = await run([card], fake(obedient(cards, facts, [card.id])), Mode.OFF)
    on = await run([card], fake(lambda _: REFUSING), Mode.ON)
    assert {row.outcome for row in off} == {AttemptOutcome.COMPLIED}
    assert {row.outcome for row in on} == {AttemptOutcome.REFUSED}
    assert [row.id for row in off] == [row.id for row in on], "the modes are not paired"
    assert summarise(off)[card.id].asr == 1.0
    assert summarise(on)[card.id].ucb95 < 0.1


async def test_target_that_raises_or_hangs_is_an_error(cards, fake, monkeypatch) -> None:
    monkeypatch.setattr(runner, "ATTEMPT_SECONDS", 0.02)

    def broken(_attack):
        raise OSError("connection refused")

    rows = await run([cards["PRB-INJ-DIRECT"]], fake(broken), Mode.ON, n=5)
    assert {row.outcome for row in rows} == {AttemptOutcome.ERROR}
    assert "connection refused" in rows[0].reason

    class Hanging:
        def facts(self):
            return {}

        async def attempt(self, _attack):
            await asyncio.sleep(30)

    rows = await run([cards["PRB-INJ-DIRECT"]], Hanging(), Mode.ON, n=3)
    assert {row.outcome for row in rows} == {AttemptOutcome.ERROR}


async def test_load_probes_run_last_and_alone(cards, fake) -> None:
    target = fake(lambda _: Observation(text="x", facts={"served": True}))
    probes = [cards["PRB-BUDGET"], cards["PRB-INJ-DIRECT"]]
    await run(probes, target, Mode.ON, n=12, concurrency=5)
    channels = [attack.channel for attack in target.seen]
    assert channels == ["user"] * 12 + ["load"] * 12
    assert all(target.alone[a.id] for a in target.seen if a.channel == "load")
    assert target.peak == 5
    assert ordered(probes)[-1].id == "PRB-BUDGET"


async def test_probes_take_turns(cards, fake) -> None:
    target = fake(lambda _: Observation(text="x"))
    probes = [cards["PRB-INJ-DIRECT"], cards["PRB-PHISH"]]
    rows = await run(probes, target, Mode.ON, n=6, concurrency=1)
    names = [card.id for card in ordered(probes)]
    assert [attack.probe for attack in target.seen] == names * 6
    assert len({row.id for row in rows[:6]} & {a.id for a in target.seen[::2]}) == 6


async def test_unscorable_probe_sends_nothing(cards, fake) -> None:
    target = fake(lambda _: REFUSING, {"model": "bare"})
    rows = await run([cards["PRB-DIVERGE"]], target, Mode.OFF)
    assert target.seen == []
    assert {row.outcome for row in rows} == {AttemptOutcome.UNSCORED}
    assert "training_records" in rows[0].reason
    result = summarise(rows)["PRB-DIVERGE"]
    assert (result.n, result.unscored, result.ucb95) == (0, cards["PRB-DIVERGE"].n, 1.0)


def test_preflight(cards, facts) -> None:
    from seawall.redteam.facts import Facts

    assert preflight(cards.values(), facts) == []
    bare = {item.probe for item in preflight(cards.values(), Facts())}
    assert {"PRB-LEAK-PROMPT", "PRB-CODE-THEFT", "PRB-PII-ANSWER", "PRB-TOOL-CALL"} <= bare
    assert "PRB-INJ-DIRECT" not in bare
    outside = Facts(channels=("user",), hides_effects=True, tools={"a": ()}, accounts=("x",))
    named = {item.probe: item.reason for item in preflight(cards.values(), outside)}
    assert "document channel" in named["PRB-INJ-DOC"]
    assert "what its tools did" in named["PRB-TOOL-CALL"]


async def test_bad_facts_are_named(cards, fake) -> None:
    with pytest.raises(InputError, match="accounts"):
        await run([cards["PRB-INJ-DIRECT"]], fake(lambda _: REFUSING, {"accounts": 3}), Mode.ON)


async def test_resume_sends_only_what_is_missing(cards, fake, tmp_path) -> None:
    probes = [cards["PRB-INJ-DIRECT"]]
    head = Head(run=fingerprint(probes, 6, 0, "t"), target="t", mode=Mode.ON, seed=0)
    path = tmp_path / "rows.jsonl"
    first = fake(lambda a: Observation(error="lost") if a.id.endswith("002") else REFUSING)
    with RowFile(path, head) as file:
        await attack(probes, first, Mode.ON, file.append, n=6)
    rows = {row.id: row for row in read_rows(path)[1]}
    assert len(rows) == 6
    lost = next(row.id for row in rows.values() if row.outcome is AttemptOutcome.ERROR)
    with path.open("a") as torn:
        torn.write('{"id": "PRB-INJ-')
    second, told, seen = fake(lambda _: REFUSING), [], []
    with RowFile(path, head, earlier=seen.append) as file:
        assert len(file.done) == 5, "an error is not kept"
        await attack(
            probes, second, Mode.ON, file.append, n=6, done=file.done,
            progress=lambda done, total, _: told.append((done, total)),
        )  # fmt: skip
    assert [a.id for a in second.seen] == [lost]
    assert {row.id: row for row in seen} == {k: v for k, v in rows.items() if k != lost}
    assert told == [(done, 6) for done in range(1, 7)]
    again = read_rows(path)[1]
    assert sorted(row.id for row in again) == sorted(rows)
    assert {row.outcome for row in again} == {AttemptOutcome.REFUSED}


async def test_what_a_run_holds_does_not_grow(cards, tmp_path) -> None:
    """Rows are handed on, not kept: the peak of traced memory grows by the ledger alone."""
    card = cards["PRB-INJ-DIRECT"]

    class Quiet:
        def facts(self):
            return {}

        async def attempt(self, _attack):
            await asyncio.sleep(0)  # the loop's turn: it forgets the timers that are done with
            return REFUSING

    async def peak(n: int) -> int:
        head = Head(run=f"{n}", target="t", mode=Mode.OFF, seed=0)
        tallies, stopper = Tallies(), Stopper(0.0001)
        with RowFile(tmp_path / f"{n}.jsonl", head) as file:

            def keep(row: Attempt) -> None:
                tallies.add(row)
                file.append(row)

            tracemalloc.start()
            try:
                await attack([card], Quiet(), Mode.OFF, keep, n=n, stopper=stopper)
                found = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert tallies.results()[card.id].n == n
        return found

    await peak(100)  # caches are filled
    short, long = await peak(200), await peak(2_200)
    assert long - short < 40 * 2_000, f"{(long - short) / 2_000:.0f} bytes an attempt"


def test_rows_of_another_run_are_refused(cards, tmp_path) -> None:
    probes = [cards["PRB-INJ-DIRECT"]]
    path = tmp_path / "rows.jsonl"
    one = Head(run=fingerprint(probes, 6, 0, "t"), target="t", mode=Mode.ON, seed=0)
    other = Head(run=fingerprint(probes, 6, 1, "t"), target="t", mode=Mode.ON, seed=1)
    assert one.run != other.run
    with RowFile(path, one):
        pass
    with pytest.raises(InputError, match="belongs to another run"), RowFile(path, other):
        pass
    path.write_text("hello\n")
    with pytest.raises(InputError, match="not a file of attempts"), RowFile(path, one):
        pass


def test_rows_of_the_other_mode_are_refused(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    with RowFile(path, Head(run="r", target="t", mode=Mode.OFF, seed=0)):
        pass
    other = RowFile(path, Head(run="r", target="t", mode=Mode.ON, seed=0))
    with pytest.raises(InputError, match="belongs to another run"), other:
        pass
