"""What `seawall attack mitigate` does: try changes of the policy, keep the fewest, prove them."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import typer

from seawall.assess.policyfile import render
from seawall.catalog.load import load_catalog
from seawall.cli._attack_again import cards_of, same_target
from seawall.cli._attack_run import harmless_for
from seawall.cli._attack_shorten import picked
from seawall.cli._output import print_json, print_table
from seawall.core import yamlfile
from seawall.core.errors import NotScoredError
from seawall.core.files import write_atomically
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.guard.cards import cards as detector_cards
from seawall.policy.load import load_policy
from seawall.redteam.arm import hold_arm
from seawall.redteam.comparing import HARMLESS
from seawall.redteam.measure import SCORED
from seawall.redteam.mitigate import Effect, applied, changes, chosen, effects
from seawall.redteam.rows import Head
from seawall.redteam.runner import run as attack
from seawall.redteam.triage import Fault

_CONCURRENCY = 4


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `seawall attack mitigate`; see its help."""

    run: Path
    policy: Path
    findings: tuple[str, ...]
    each: int
    harmless: int
    disturbed: int
    out: Path | None
    judged: Path
    as_json: bool


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One finding: attempts replayed, those that pass the policy in force and the changed one.

    `by` are the changes that stopped some; `people` what its controls ask of people instead.
    `unknown` attempts ended in an error or without a verdict, before or after: not stopped.
    """

    finding: str
    probe: str
    replayed: int
    before: int
    after: int
    unknown: int
    by: tuple[str, ...]
    people: tuple[str, ...]


def propose(wanted: Wanted) -> None:
    """Try, choose, prove, tell, write. Raises InputError."""
    head, known = picked(wanted.run, wanted.findings, wanted.judged)
    # A mistake is told with its line before a gateway is started with it.
    load_policy(wanted.policy, detector_cards())
    policy = yamlfile.load(wanted.policy, dict[str, Any])
    catalog = load_catalog()
    tried = changes(policy, known, cards_of(head), catalog.controls, detector_cards())
    before = _replay(head, known, policy, wanted)
    during = _replay(head, known, applied(policy, tried, trial=True), wanted) if tried else before
    kept = chosen(effects(tried, before, during), harmless=wanted.disturbed)
    changed = applied(policy, [one.change for one in kept])
    after = _replay(head, known, changed, wanted) if kept else before
    proofs = [_proof(fault, before, after, kept, wanted.each) for fault in known]
    if wanted.out is not None:
        _write(wanted.out, changed, kept)
    held = [_disturbed(rows) for rows in (before, after)]
    if wanted.as_json:
        print_json({"changes": kept, "findings": proofs, "harmless_disturbed": held})
        return
    _tell(kept, proofs, held, sum(row.probe == HARMLESS for row in after))


def _replay(
    head: Head, known: Sequence[Fault], policy: dict[str, Any], wanted: Wanted
) -> list[Attempt]:
    """Send each finding's attempts, and harmless conversations, through a gateway."""
    ids = {name for fault in known for name in fault.attempts[: wanted.each]}
    every = cards_of(head)
    cards = [every[probe] for probe in dict.fromkeys(fault.probe for fault in known)]

    async def both(folder: Path) -> list[Attempt]:
        path = folder / "given.yaml"
        path.write_text(render(policy, {}, ""), encoding="utf-8")
        async with same_target(head, folder, path) as target:
            held = await hold_arm(
                harmless_for(head.target, wanted.harmless), target, Mode.ON,
                concurrency=_CONCURRENCY,
            )  # fmt: skip
            return held + await attack(
                cards, target, Mode.ON, n=head.n, seed=head.seed, concurrency=_CONCURRENCY,
                only=ids,
            )  # fmt: skip

    with tempfile.TemporaryDirectory(prefix="seawall-replay-") as folder:
        rows = asyncio.run(both(Path(folder)))
    if not any(row.outcome in SCORED for row in rows if row.probe != HARMLESS):
        reasons = dict.fromkeys(row.reason for row in rows if row.reason)
        raise NotScoredError("No replayed attempt could be scored.", hint=" ".join(reasons)[:300])
    return rows


def _proof(
    fault: Fault, before: Sequence[Attempt], after: Sequence[Attempt], kept: Sequence[Effect],
    each: int,
) -> Proof:  # fmt: skip
    ids = set(fault.attempts[:each])
    first = {row.id: row.outcome for row in before if row.id in ids}
    last = {row.id: row.outcome for row in after if row.id in ids}
    lost = {AttemptOutcome.ERROR, AttemptOutcome.UNSCORED}
    passed = AttemptOutcome.COMPLIED
    controls = load_catalog().controls
    return Proof(
        finding=fault.id,
        probe=fault.probe,
        replayed=len(ids),
        before=sum(outcome is passed for outcome in first.values()),
        after=sum(outcome is passed for outcome in last.values()),
        unknown=sum(first.get(name) in lost or last.get(name) in lost for name in ids),
        by=tuple(one.change.what for one in kept if ids.intersection(one.stopped)),
        people=tuple(
            f"{name}: {controls[name].enforce.attestation}"
            for name in fault.controls
            if name in controls and controls[name].enforce.attestation
        ),
    )


def _disturbed(rows: Sequence[Attempt]) -> int:
    answered = AttemptOutcome.COMPLIED
    return sum(row.probe == HARMLESS and row.outcome is not answered for row in rows)


def _write(path: Path, policy: dict[str, Any], kept: Sequence[Effect]) -> None:
    notes = "; ".join(
        f"{one.change.what} (stops {len(one.stopped)} replayed attempts of "
        f"{', '.join(one.change.probes)})"
        for one in kept
    )
    head = f"Changed by `seawall attack mitigate`: {notes}." if kept else ""
    write_atomically(path, render(policy, {}, head))


def _tell(kept: Sequence[Effect], proofs: Sequence[Proof], held: list[int], n: int) -> None:
    if kept:
        print_table(
            ("change", "control", "stops", "disturbs"),
            [(one.change.what, one.change.control, str(len(one.stopped)), str(len(one.disturbed)))
             for one in kept],
            "Changes of the policy that stop findings",
        )  # fmt: skip
    print_table(
        ("finding", "probe", "replayed", "pass now", "pass then", "stopped by"),
        [(one.finding, one.probe, str(one.replayed), str(one.before),
          f"{one.after}{f' ({one.unknown} unknown)' if one.unknown else ''}", _by(one))
         for one in proofs],
        "Replayed through a gateway",
    )  # fmt: skip
    typer.echo(f"Harmless conversations disturbed: {held[0]} of {n} now, {held[1]} of {n} then.")


def _by(proof: Proof) -> str:
    if proof.unknown == proof.replayed:
        return "not known: nothing was scored"
    if not proof.before:
        return "the policy in force"
    if proof.after == proof.before:
        return (
            "nothing found. People: " + " ".join(proof.people) if proof.people else "nothing found"
        )
    return ", ".join(proof.by)
