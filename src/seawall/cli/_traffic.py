"""Recorded traffic for commands: read audit logs, fill a profile in, tell what differs."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from seawall.cli._input import today
from seawall.cli._output import print_json, print_table

if TYPE_CHECKING:
    from datetime import date

    from seawall.assess.discover.facts import Conflict
    from seawall.assess.discover.traffic import Traffic
    from seawall.core.profile import Fact, Profile
    from seawall.core.register import Remark


def read_traffic(folders: Sequence[str], application: str, day: "date") -> "Traffic":
    """Read the audit logs of data folders, one a replica. Raises InputError."""
    from seawall.assess.discover.traffic import observe
    from seawall.store.db import open_for_reading
    from seawall.store.export import jsonl

    records = chain.from_iterable(jsonl(open_for_reading(folder)) for folder in folders)
    return observe(records, application, day)


def models_of(policy: Path | None) -> dict[str, str]:
    """Return the provider's name of each model of a policy; empty without one."""
    from seawall.policy.load import load_policy

    if policy is None:
        return {}
    return {
        name: price.upstream_model or name
        for upstream in load_policy(policy).upstreams
        for name, price in upstream.models.items()
    }


def drifted(
    folders: Sequence[str], profile: "Profile", policy: Path | None, day: "date"
) -> "list[Remark]":
    """Return where a profile is not about what passes the gateway; empty without a folder."""
    from seawall.assess.discover.traffic_facts import drift, facts
    from seawall.catalog.load import load_catalog

    if not folders:
        return []
    traffic = read_traffic(folders, profile.application, day)
    found = facts(traffic, load_catalog().questions, profile, models_of(policy))
    return drift(traffic, profile, found)


def discover_traffic(
    folders: Sequence[str], path: Path | None, application: str, policy: Path | None,
    *, strict: bool, as_json: bool,
) -> int:  # fmt: skip
    """Say what the traffic shows and fill the profile in; 4 with `strict` where answers differ.

    Raises InputError.
    """
    from seawall.assess.discover.traffic_facts import answers, drift, facts, notes
    from seawall.catalog.load import load_catalog
    from seawall.core.profile import Profile

    before = _profile(path, application)
    name = before.application if before else application
    traffic = read_traffic(folders, name, today())
    known = before or Profile(application=name, title=name, facts={})
    found = facts(traffic, load_catalog().questions, known, models_of(policy))
    written = 0 if path is None else _fill(path, name, found)
    clash, differs = answers(known, found), drift(traffic, known, found)
    if as_json:
        print_json({
            "traffic": traffic, "facts": found, "conflicts": clash, "drift": differs,
            "notes": notes(traffic, known, found), "written": written,
        })  # fmt: skip
    else:
        _tell(traffic, found, clash, notes(traffic, known, found))
        if path is not None:
            typer.echo(f"{path}: {written} facts written. Next: seawall init {path}")
    return 4 if strict and any(item.kind == "differs" for item in clash) else 0


def _profile(path: Path | None, application: str) -> "Profile | None":
    """Return the profile as it stands. Raises InputError where nothing names the application."""
    from seawall.assess.profile import load_profile
    from seawall.core.errors import InputError

    if path is not None and path.exists():
        return load_profile(path)
    if not application:
        raise InputError(
            "Traffic of which application?",
            hint="--application names it, or --profile with a file that exists.",
        )
    return None


def _fill(path: Path, application: str, found: "Mapping[str, Fact]") -> int:
    from seawall.assess.discover.traffic_facts import changes
    from seawall.assess.interview.file import ProfileFile
    from seawall.catalog.load import load_catalog

    file = ProfileFile(path, load_catalog().questions)
    if not file.exists:
        file.create(application)
    written = changes(file.load(), found)
    file.put(written)
    file.follow(today().isoformat())
    return len(written)


def _tell(
    traffic: "Traffic", found: "Mapping[str, Fact]", clash: "Sequence[Conflict]",
    notes: Sequence[str],
) -> None:  # fmt: skip
    from seawall.assess.applicability import shown

    typer.echo(
        f"{traffic.requests} requests of {traffic.application} from {traffic.since} to "
        f"{traffic.until}, at most {traffic.busiest} a day."
    )
    if traffic.unreadable or traffic.cut:
        typer.echo(f"Not known: {traffic.unreadable} records could not be read.")
    rows = [(one.kind, one.name, one.requests, one.last) for one in traffic.sights]
    if rows:
        print_table(("kind", "name", "requests", "last"), rows, title="What passes the gateway")
    said = [(key, shown(fact.value), ", ".join(fact.grounds)) for key, fact in found.items()]
    if said:
        print_table(("fact", "answer", "grounds"), said, title="What that says")
    for title, lines in (
        ("Answers that the traffic does not bear out (they stay)", [c.sentence for c in clash]),
        ("Look at", notes),
    ):
        if lines:
            typer.echo(f"{title}:")
        for line in lines:
            typer.echo(f"  {line}")
