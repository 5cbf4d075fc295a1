"""The files that `seawall attack report` writes."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from seawall import __version__
from seawall.core.files import write_atomically

if TYPE_CHECKING:
    from seawall.core.trials import Attempt
    from seawall.redteam.coverage import Coverage
    from seawall.redteam.findings import Finding
    from seawall.redteam.rows import Head
    from seawall.redteam.verdicts import Judged


def write_page(
    path: Path, head: "Head", rows: "Iterable[Attempt]", transcripts: Path | None,
    judged: "Sequence[Judged]" = (),
) -> None:  # fmt: skip
    """Write the HTML page."""
    from seawall.catalog.load import load_catalog
    from seawall.govern.report import TEMPLATES
    from seawall.redteam.page import render
    from seawall.redteam.transcripts import read_transcripts

    said = read_transcripts(transcripts) if transcripts else {}
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8").strip()
    page = render(
        head, rows, load_catalog().all_probes, said, style, judged, coverage_of(head, rows)
    )
    write_atomically(path, page)


def coverage_of(head: "Head", rows: "Iterable[Attempt]") -> "Coverage":
    """Return which risks and threats the run tried, and why not the others."""
    from seawall.catalog.load import load_catalog
    from seawall.redteam.coverage import ATLAS, coverage
    from seawall.redteam.measure import Tallies

    catalog = load_catalog()
    atlas = catalog.frameworks[ATLAS]
    return coverage(head, Tallies(rows), catalog.all_probes, catalog.risks, atlas)


def write_sarif(path: Path, found: "Sequence[Finding]", where: str) -> None:
    """Write a SARIF log."""
    from seawall.redteam.findings import sarif

    log = msgspec.json.encode(sarif(__version__, found, where))
    write_atomically(path, msgspec.json.format(log, indent=2) + b"\n")


def write_junit(path: Path, head: "Head", rows: "Iterable[Attempt]") -> None:
    """Write JUnit XML."""
    from seawall.redteam.findings import junit

    write_atomically(path, junit(head, rows) + b"\n")


def write_ocsf(
    path: Path, head: "Head", rows: "Iterable[Attempt]", judged: "Sequence[Judged]"
) -> None:
    """Write OCSF events, JSON Lines."""
    from seawall.catalog.load import load_catalog
    from seawall.redteam.ocsf import events

    found = events(__version__, head, rows, load_catalog().all_probes, judged)
    write_atomically(path, b"".join(msgspec.json.encode(one) + b"\n" for one in found))


def write_policy(path: Path, found: "Sequence[Finding]") -> None:
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


def _why(control: str, found: "Sequence[Finding]") -> str:
    stops = dict.fromkeys(one.probe for one in found if control in one.controls)
    return f"Stops {', '.join(stops)}."
