"""The files that `seawall attack report` writes."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import typer

from seawall import __version__
from seawall.cli._output import print_json, print_table
from seawall.core.files import write_atomically

if TYPE_CHECKING:
    from seawall.catalog.model import ProbeCard
    from seawall.core.trials import Attempt
    from seawall.redteam.coverage import Coverage
    from seawall.redteam.rows import Head
    from seawall.redteam.triage import Fault
    from seawall.redteam.verdicts import Judged


class Wanted(NamedTuple):
    """The files that `seawall attack report` writes; None: not this one."""

    html: Path | None
    sarif: Path | None
    junit: Path | None
    ocsf: Path | None
    policy: Path | None


def report(
    run: Path, wanted: Wanted, transcripts: Path | None, judged: Path, as_json: bool
) -> None:
    """Read, write, tell. Raises InputError."""
    from seawall.redteam.findings import findings
    from seawall.redteam.page import stopped_by
    from seawall.redteam.rows import open_rows
    from seawall.redteam.triage import faults
    from seawall.redteam.verdicts import read_judged

    head, rows = open_rows(run)
    cards, words = _cards(head), read_judged(judged)
    found = sorted(faults([(head, rows)], cards, words), key=lambda one: one.false)
    open_ones = [one for one in found if not one.false]
    if wanted.html is not None:
        write_page(wanted.html, head, rows, cards, transcripts, words, run)
    if wanted.sarif is not None:
        write_sarif(wanted.sarif, head, found, run)
    if wanted.junit is not None:
        write_junit(wanted.junit, head, rows)
    if wanted.ocsf is not None:
        write_ocsf(wanted.ocsf, head, rows, cards, words)
    if wanted.policy is not None:
        write_policy(wanted.policy, open_ones)
    covered = coverage_of(head, rows)
    if as_json:
        each = findings(head, rows, cards, words)
        print_json({"head": head, "findings": each, "coverage": covered})
        return
    _tell(found)
    if stopped := stopped_by(rows).most_common():
        told = ", ".join(f"{control} {number}" for control, number in stopped)
        typer.echo(f"Attacks blocked, by control: {told}.")
    typer.echo(covered.told)


def _tell(found: "Sequence[Fault]") -> None:
    """Print a row a finding, and below, on a line each, the commands that repeat them."""
    from seawall.govern.words import plural

    left = [one for one in found if not one.false]
    print_table(
        ("finding", "probe", "risk", "succeeded", "disguise", "controls"),
        [
            (one.id, one.probe, one.risk, f"{len(one.attempts)} of {one.tried}",
             one.disguise if len(one.strategies) < 4 or "plain" in one.strategies
             else f"{len(one.strategies)} disguises", ", ".join(one.controls))
            for one in left
        ],
    )  # fmt: skip
    if left:
        typer.echo("Repeat them:")
    for one in left:
        typer.echo(f"  {one.id}  {one.reproduce}")
    attempts, false = sum(len(one.attempts) for one in found), len(found) - len(left)
    told = f"{plural(attempts, 'attack')} succeeded: {plural(len(found), 'finding')}"
    typer.echo(told + (f", {false} judged false." if false else "."))


def _cards(head: "Head") -> "dict[str, ProbeCard]":
    """Return the probes of the run; where its saved cases or data set are gone, without them."""
    from seawall.catalog.load import load_catalog
    from seawall.cli._attack_again import cards_of
    from seawall.core.errors import InputError

    try:
        return cards_of(head)
    except InputError as error:
        typer.echo(f"Without the cards of cases and data sets: {error.message}", err=True)
        return dict(load_catalog().all_probes)


def write_page(
    path: Path, head: "Head", rows: "Iterable[Attempt]", cards: "Mapping[str, ProbeCard]",
    transcripts: Path | None, judged: "Sequence[Judged]", run: Path,
) -> None:  # fmt: skip
    """Write the HTML page."""
    from seawall.govern.report import TEMPLATES
    from seawall.redteam.page import render
    from seawall.redteam.transcripts import read_transcripts

    said = read_transcripts(transcripts) if transcripts else {}
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8").strip()
    covered = coverage_of(head, rows)
    page = render(head, rows, cards, said, style, judged, covered, str(run))
    write_atomically(path, page)


def coverage_of(head: "Head", rows: "Iterable[Attempt]") -> "Coverage":
    """Return which risks and threats the run tried, and why not the others."""
    from seawall.catalog.load import load_catalog
    from seawall.redteam.coverage import ATLAS, coverage
    from seawall.redteam.measure import Tallies

    catalog = load_catalog()
    atlas = catalog.frameworks[ATLAS]
    return coverage(head, Tallies(rows), catalog.all_probes, catalog.risks, atlas)


def write_sarif(path: Path, head: "Head", found: "Sequence[Fault]", run: Path) -> None:
    """Write a SARIF log."""
    from seawall.redteam.scanning import sarif

    log = msgspec.json.encode(sarif(__version__, head, found, run.name))
    write_atomically(path, msgspec.json.format(log, indent=2) + b"\n")


def write_junit(path: Path, head: "Head", rows: "Iterable[Attempt]") -> None:
    """Write JUnit XML."""
    from seawall.redteam.findings import junit

    write_atomically(path, junit(head, rows) + b"\n")


def write_ocsf(
    path: Path, head: "Head", rows: "Iterable[Attempt]", cards: "Mapping[str, ProbeCard]",
    judged: "Sequence[Judged]",
) -> None:  # fmt: skip
    """Write OCSF events, JSON Lines."""
    from seawall.redteam.ocsf import events

    found = events(__version__, head, rows, cards, judged)
    write_atomically(path, b"".join(msgspec.json.encode(one) + b"\n" for one in found))


def write_policy(path: Path, found: "Sequence[Fault]") -> None:
    """Write the guards and settings of the controls that stop what was found, to be merged.

    Controls that no guard carries out (tool rules, limits, people) are named in the head.
    """
    from seawall.assess.policyfile import render
    from seawall.catalog.load import load_catalog

    controls = load_catalog().controls
    names = dict.fromkeys(name for one in found for name in one.controls)
    chosen = [controls[name] for name in names if name in controls]
    guards = [
        {"detector": rule["detector"], "control": control.id, **rule}
        for control in chosen
        for rule in control.enforce.guards
    ]
    fragment: dict[str, object] = {"guards": guards}
    for control in chosen:
        fragment |= control.enforce.settings
    comments = {control.id: (control.title, _why(control.id, found)) for control in chosen}
    others = [c.id for c in chosen if not c.enforce.guards and not c.enforce.settings]
    head = "Part of a policy, from attacks that succeeded. Merge it into the policy file."
    if others:
        head += f" Needed too, by `seawall assess`: {', '.join(others)}."
    write_atomically(path, render(fragment, comments, head))


def _why(control: str, found: "Sequence[Fault]") -> str:
    stops = dict.fromkeys(one.probe for one in found if control in one.controls)
    return f"Stops {', '.join(stops)}."
