"""Plan: write policy, probe plan, alerts and tasks from a profile."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._output import Json, print_json, print_table
from seawall.cli._register import Coverage, Lab

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from seawall.assess.plan import Plan
    from seawall.assess.probeplan import ProbePlan
    from seawall.core.profile import Profile
    from seawall.policy.diff import PolicyChange

_SHOWN = 12
FROM_RUN = "policy-from-run.yaml"

FromRun = Annotated[
    Path | None,
    typer.Option(
        help="Instead of a profile: rows of an attack; write the change of --running that stops "
        "its findings, proved by replay."
    ),
]


def command(
    profile: Annotated[
        Path | None, typer.Argument(help="The application's profile (YAML).")
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option(help="Upstreams, functions and tools (YAML); started for you if left out."),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder to write the four files into.")] = Path("plan"),
    running: Annotated[
        Path | None, typer.Option(help="The policy in force: say what would change.")
    ] = None,
    attacks: Annotated[
        list[Path] | None,
        typer.Option(help="What `seawall attack --out` wrote; repeat it for off and on."),
    ] = None,
    from_run: FromRun = None,
    coverage: Coverage = 0.0,
    draws: Annotated[int, typer.Option(min=1000, max=2_000_000, help="Simulated years.")] = 50_000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same numbers.")] = 20261123,
    lab: Lab = False,
    as_json: Json = False,
) -> None:
    """Choose controls, and write what follows: policy, probes to run, alerts, tasks for people."""
    if profile is None or from_run is not None:
        _from_run(from_run, profile, running, out, as_json)
        return
    from seawall.assess.alerts import alerts_of
    from seawall.assess.plan import build_plan
    from seawall.assess.planfiles import POLICY, write_folder
    from seawall.assess.probeplan import probe_plan
    from seawall.assess.profile import load_profile
    from seawall.catalog.load import load_catalog
    from seawall.cli._register import Simulation, simulated

    catalog, loaded = load_catalog(), load_profile(profile)
    given = out / "base.yaml" if base is None else base
    started = base is None and _start_base(given, loaded)
    settings = read_base(given)
    register = simulated(
        loaded, Simulation(attacks or (), coverage, draws=draws, seed=seed, levers=False, lab=lab)
    )
    plan = build_plan(loaded, catalog, register, settings)
    probes = probe_plan(register, catalog, plan.enforced, policy=str(out / POLICY))
    alerts = alerts_of(plan, register, loaded, catalog)
    files = write_folder(out, plan, probes, alerts, catalog)
    changes = None if running is None else _changes(running, files[POLICY])
    if as_json:
        print_json({
            "plan": plan, "probes": probes, "alerts": alerts, "changes": changes,
            "files": {name: str(path) for name, path in files.items()}, "base": str(given),
        })  # fmt: skip
        return
    _print(plan, probes, loaded.currency, files[POLICY])
    if changes is not None:
        _print_changes(changes)
    _print_files(files, given if started else None)


def _from_run(
    run: Path | None, profile: Path | None, running: Path | None, out: Path, as_json: bool
) -> None:
    """Do what `seawall attack mitigate` does. Raises InputError."""
    from seawall.cli._attack_mitigate import Wanted, propose
    from seawall.core.errors import InputError

    if run is None:
        raise InputError("A profile is missing, or --from-run with the rows of an attack.")
    if profile is not None:
        raise InputError("--from-run changes the policy in force; it takes no profile.")
    policy = running if running is not None else out / "policy.yaml"
    if not policy.exists():
        raise InputError(f"{policy} does not exist.", hint="Name the policy in force: --running.")
    out.mkdir(parents=True, exist_ok=True)
    changed = out / FROM_RUN
    propose(
        Wanted(
            run=run, policy=policy, findings=(), each=4, harmless=40, disturbed=0, out=changed,
            judged=Path("triage.yaml"), as_json=as_json,
        )
    )  # fmt: skip
    if not as_json:
        _print_changes(_changes(policy, changed))
        typer.echo(f"{_WHAT['policy.yaml']}: {changed}")


_WHAT = {
    "policy.yaml": "Policy for `seawall serve`",
    "probes.yaml": "Probe plan",
    "alerts.yaml": "Alerts for Prometheus",
    "tasks.yaml": "Tasks for people",
}


def _print_files(files: "Mapping[str, Path]", started: Path | None) -> None:
    """Say what was written; `started`: the base settings, where they were begun just now."""
    for name, path in files.items():
        typer.echo(f"{_WHAT[name]}: {path}")
    if started is not None:
        typer.echo(
            f"The policy rests on {started}, started from the profile: check its provider, prices "
            "and tools, then run this again."
        )


def _start_base(path: Path, profile: "Profile") -> bool:
    """Write the starter where there is no file yet; say whether it was written."""
    from seawall.assess.starter import starter
    from seawall.cli._input import write_page

    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    write_page(path, starter(profile))
    return True


def read_base(base: Path) -> "Mapping[str, Any]":
    """Read the base settings. Raises InputError."""
    from seawall.core import yamlfile
    from seawall.core.errors import InputError

    settings = yamlfile.parse(yamlfile.read_text(base), str(base))
    if not isinstance(settings, dict):
        raise InputError(f"{base}:1: must be a mapping with upstreams, functions and tools.")
    return settings


def _changes(running: Path, planned: Path) -> "list[PolicyChange]":
    from seawall.policy.diff import diff
    from seawall.policy.load import load_policy

    return diff(load_policy(running), load_policy(planned))


def _print(plan: "Plan", probes: "ProbePlan", currency: str, policy: Path) -> None:
    print_table(
        ("control", "title", "type", f"off ALE {currency}", "cost", "return", "why"),
        [
            (item.control, item.title, item.type, f"{item.ale_fall:,.0f}", f"{item.cost:,.0f}",
             f"{item.rosi:,.1f}" if item.cost else "-", item.reason)
            for item in plan.controls
        ],
        title=f"{len(plan.controls)} controls; the fall of ALE is assumed until measured",
    )  # fmt: skip
    print_table(
        ("next", "every", "probe", "tries", "why"),
        [
            (p.next, f"{p.every_days} d", p.probe, f"{p.tries}{'' if p.enough else ' *'}", p.reason)
            for p in probes.probes[:_SHOWN]
        ],
        title=f"{len(probes.probes)} probes to run; with * no number of tries is enough: it needs "
        "more seeds",
    )
    if probes.without:
        typer.echo(f"No probe tries {', '.join(probes.without)}: people and facts must do.")
    if probes.drills:
        typer.echo(
            f"`seawall drill --policy {policy}` shows {len(probes.drills)} controls that no probe "
            f"tests: {', '.join(drill.control for drill in probes.drills)}."
        )
    print_table(
        ("due", "owner", "control", "task"),
        [(task.due, task.owner, task.control, task.title) for task in _by_day(plan)],
        title=f"{len(plan.tasks)} tasks for people",
    )


def _by_day(plan: "Plan") -> "Sequence[Any]":
    return sorted(plan.tasks, key=lambda task: (task.due, task.owner, task.control))


def _print_changes(changes: "Sequence[PolicyChange]") -> None:
    from seawall.govern.words import plural

    weaker = sum(one.effect == "weaker" for one in changes)
    if not changes:
        typer.echo("The policy in force does all of this already.")
        return
    print_table(
        ("", "place", "in force", "planned"),
        [("" if c.effect == "other" else c.effect, c.place, c.before, c.after) for c in changes],
        title=f"{plural(len(changes), 'change')} of the policy in force, {weaker} weaker",
    )
