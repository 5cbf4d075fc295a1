"""What `seawall attack minimise` does: find the shortest text of each finding, save it."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import typer

from seawall.cli._attack_again import cards_of, planned, same_target
from seawall.cli._output import print_json, print_table
from seawall.core.errors import InputError
from seawall.redteam import cases
from seawall.redteam.facts import read_facts
from seawall.redteam.minimise import Smallest, minimise
from seawall.redteam.planning import Planned
from seawall.redteam.rows import Head, open_rows
from seawall.redteam.triage import Fault, faults, find
from seawall.redteam.verdicts import read_judged


def picked(run: Path, names: tuple[str, ...], judged: Path) -> tuple[Head, list[Fault]]:
    """Return the run's head and the findings named, or all that nobody called false.

    Raises InputError for a name that the run does not hold, where nothing is left, and for a case
    that was edited after the run.
    """
    head, rows = open_rows(run)
    cards = cards_of(head)
    known = faults([(head, rows)], cards, read_judged(judged))
    chosen = [find(known, name) for name in names] or [
        one for one in known if one.judged is None or one.judged.verdict == "true"
    ]
    if not chosen:
        raise InputError(f"{run}: no attack succeeded, or each was judged false.")
    for one in chosen:
        tried = head.cases.get(one.probe)
        if tried is not None and (
            one.probe not in cards or tried != cases.digest(cards[one.probe])
        ):
            raise InputError(
                f"{run}: {one.probe} was edited after the run, which tried another text.",
                hint="Attack with --cases again, and use that run.",
            )
    return head, chosen


def shorten(
    run: Path, names: tuple[str, ...], most: int, save: Path | None, judged: Path, as_json: bool
) -> None:
    """Shorten, tell, save. Raises InputError."""
    head, chosen = picked(run, names, judged)
    first = {one.attempts[0] for one in chosen}
    hows = {row.id: row.strategy for row in open_rows(run)[1] if row.id in first}
    done = asyncio.run(_all(head, chosen, most, hows))
    if save is not None:
        for fault, plan, small in done:
            cases.save(save, cases.case(fault.id, plan, small))
    if as_json:
        print_json([{"finding": fault.id, "smallest": small} for fault, _, small in done])
        return
    print_table(
        ("finding", "probe", "words", "disguise", "again", "requests", "shortest text"),
        [
            (fault.id, fault.probe, f"{small.words} of {small.before}", small.disguise,
             f"{small.held} of {small.repeats}", str(small.requests), small.note or small.text)
            for fault, _, small in done
        ],
    )  # fmt: skip
    if save is None:
        return
    typer.echo(f"Cases saved in {save}: {len(done)}. `seawall attack --target ... --cases {save}`")
    if whole := [fault.id for fault, _, small in done if not small.steady]:
        typer.echo(f"As they were found, since shorter ones do not hold: {', '.join(whole)}.")


async def _all(
    head: Head, chosen: Sequence[Fault], most: int, hows: dict[str, str]
) -> list[tuple[Fault, Planned, Smallest]]:
    done = []
    with tempfile.TemporaryDirectory(prefix="seawall-lab-") as folder:
        async with same_target(head, Path(folder)) as target:
            facts = read_facts(target.facts())
            first = [one.attempts[0] for one in chosen]
            plans = planned(head, facts, cards_of(head), first, hows)
            for fault, plan in zip(chosen, plans, strict=True):
                done.append((fault, plan, await minimise(plan, target, facts, most=most)))
    return done
