"""Write OSCAL 1.1: assessment results, or a component definition, from a register."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import write_page
from seawall.cli._output import DrillsFile, Json
from seawall.cli._registers import answers, carried, read_register

if TYPE_CHECKING:
    from datetime import date

    from seawall.core.register import Register
    from seawall.govern.oscal.attacks import AttackFinding

app = typer.Typer(
    help="Write OSCAL 1.1: assessment results, or a component definition, from a register.",
    no_args_is_help=True,
    add_completion=False,
)
RegisterFile = Annotated[Path, typer.Option("--register", help="The register, register.json.")]
PolicyFile = Annotated[Path | None, typer.Option("--policy", help="The running policy.")]
DecisionsFile = Annotated[
    Path | None, typer.Option("--decisions", help="Acceptances and attestations (YAML).")
]
DataFolder = Annotated[
    str, typer.Option("--data", help="Folder with attestations and acceptances.")
]
Day = Annotated[str, typer.Option("--on", help="As of this day (ISO); the register's if left out.")]


@app.command("assessment-results")
def results(
    register: RegisterFile,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("assessment-results.json"),
    policy: PolicyFile = None,
    decisions: DecisionsFile = None,
    data: DataFolder = "",
    drills: DrillsFile = None,
    profile: Annotated[
        Path | None, typer.Option(help="The profile: acceptances may rest on its facts.")
    ] = None,
    run: Annotated[
        list[Path] | None,
        typer.Option(
            help="Rows of an attack run, the oldest first; repeat it. Its findings enter."
        ),
    ] = None,
    judged: Annotated[
        Path, typer.Option(help="File of people's verdicts on these findings.")
    ] = Path("triage.yaml"),
    on: Day = "",
    as_json: Json = False,
) -> None:
    """Write each control as a finding, each evidence as an observation, each risk as a risk."""
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import grounds
    from seawall.govern.oscal.results import assessment_results
    from seawall.govern.status.judge import control_states

    found, catalog = read_register(register), load_catalog()
    day = _day(found, on)
    given = grounds(
        found.application, catalog, policy=policy, decisions=decisions, data=data, drills=drills,
        on=day,
    )  # fmt: skip
    states = control_states(found, catalog, today=day, grounds=given)
    live = carried(found, day, decisions, data, answers(profile, found))
    accepted = {key: f"{item.by}, until {item.until} ({item.ref})" for key, item in live.items()}
    attacks = _attacks(run or [], judged)
    _write(out, assessment_results(found, states, accepted=accepted, attacks=attacks), as_json)


@app.command("component-definition")
def components(
    register: RegisterFile,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path(
        "component-definition.json"
    ),
    policy: PolicyFile = None,
    decisions: DecisionsFile = None,
    data: DataFolder = "",
    drills: DrillsFile = None,
    on: Day = "",
    as_json: Json = False,
) -> None:
    """Write what the gateway and people implement, and what that serves of each framework."""
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import grounds
    from seawall.govern.oscal.components import component_definition
    from seawall.govern.status.judge import control_states

    found, catalog = read_register(register), load_catalog()
    day = _day(found, on)
    given = grounds(
        found.application, catalog, policy=policy, decisions=decisions, data=data, drills=drills,
        on=day,
    )  # fmt: skip
    states = control_states(found, catalog, today=day, grounds=given)
    _write(out, component_definition(found, states, catalog, given.policy or {}), as_json)


def _attacks(runs: list[Path], judged: Path) -> "list[AttackFinding]":
    if not runs:
        return []
    from seawall.cli._attack_evidence import attack_findings

    return attack_findings(runs, judged)


def _day(register: "Register", on: str) -> "date":
    """Return the day to judge on: with the same inputs the file stays the same tomorrow."""
    from seawall.cli._input import read_day

    return read_day(on or register.created[:10], "--on" if on else "created of the register")


def _write(out: Path, raw: bytes, as_json: bool) -> None:
    if as_json:
        typer.echo(raw.decode().rstrip())
        return
    write_page(out, raw)
    typer.echo(f"OSCAL: {out}")
