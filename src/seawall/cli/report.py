"""Write the report, one HTML file from a register; or compare two dates.

The files hold no script and fetch nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import read_json, today, write_page
from seawall.cli._output import DrillsFile, Json, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seawall.core.register import Register
    from seawall.govern.gate import GateResult
    from seawall.govern.inputs import ReportInputs
    from seawall.govern.release.carried import Carried

_HINT = (
    "`seawall demo` writes register.json and summary.json; "
    "`seawall assess` writes a register with --out."
)


Pdf = Annotated[
    Path | None, typer.Option(help="Write it as PDF here too; a Chromium of this machine prints.")
]
Edits = Annotated[Path | None, typer.Option(help="Your edits of the data-flow picture (YAML).")]
app = typer.Typer(
    help="Write the report, one HTML file from a register; or compare two dates.",
    add_completion=False,
)


@app.callback(invoke_without_command=True)
def report(
    context: typer.Context,
    register: Annotated[
        Path | None, typer.Option(help="The register, register.json (required).")
    ] = None,
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("report.html"),
    pdf: Pdf = None,
    summary: Annotated[
        Path | None,
        typer.Option(help="summary.json: controls, harmless traffic and evidence."),
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="The profile (YAML), where the summary has none.")
    ] = None,
    edits: Edits = None,
    policy: Annotated[
        Path | None, typer.Option(help="The running policy: does it hold each control?")
    ] = None,
    decisions: Annotated[Path | None, typer.Option(help="Decisions in a file (YAML).")] = None,
    data: Annotated[
        str, typer.Option("--data", help="Folder with acceptances and attestations.")
    ] = "",
    audit: Annotated[str, typer.Option(help="Folder of an audit log, which is verified.")] = "",
    drills: DrillsFile = None,
    gate: Annotated[bool, typer.Option(help="Exit 4 when the gate does not pass.")] = False,
    as_json: Json = False,
) -> int:
    """Render a register as one self-contained HTML file; or compare two dates."""
    if context.invoked_subcommand is not None:
        return 0
    if register is None:
        raise typer.BadParameter(
            "--register is missing; `seawall assess --out register.json` writes one."
        )
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import grounds
    from seawall.core.register import Register
    from seawall.govern.gate import judge
    from seawall.govern.report import render
    from seawall.govern.status.judge import control_states

    found = read_json(register, Register, hint=_HINT)
    inputs, left = _inputs(summary, profile, edits)
    accepted = _accepted(found, inputs, decisions, data)
    catalog, harmless = load_catalog(), inputs.harmless or found.harmless
    result = judge(found, harmless, accepted=accepted)
    given = grounds(
        found.application, catalog, policy=policy, decisions=decisions, data=data, audit=audit,
        drills=drills,
    )  # fmt: skip
    page = render(
        found, inputs.profile, inputs.controls, harmless, inputs.evidence, gate=result,
        states=control_states(found, catalog, today=today(), grounds=given), accepted=accepted,
    )  # fmt: skip
    _write(out, pdf, page)
    if as_json:
        print_json({"report": str(out), "pdf": str(pdf or ""), "gate": result, "left": left})
    else:
        _tell(out, left, result, register)
    return 4 if gate and not result.passes else 0


def _accepted(
    found: "Register", inputs: "ReportInputs", decisions: Path | None, data: str
) -> "dict[str, Carried]":
    """Return the live acceptances. Raises InputError for a profile of another application."""
    from seawall.cli._registers import carried, same_application

    if inputs.profile is None:
        return carried(found, today(), decisions, data, None)
    same_application(found, inputs.profile)
    facts = {key: fact.value for key, fact in inputs.profile.facts.items()}
    return carried(found, today(), decisions, data, facts)


def _tell(out: Path, left: "Sequence[str]", result: "GateResult", register: Path) -> None:
    from seawall.cli.threats import tell_left

    typer.echo(f"Report: {out}")
    tell_left(left)
    typer.echo(f"Gate: {'passes' if result.passes else 'does not pass'}")
    from seawall.govern.gate import grouped

    for reason in grouped(result.reasons):
        typer.echo(f"  {reason.sentence}")
    if not result.passes:
        typer.echo(
            f"`seawall gate PROFILE --register {register}` says what would make it pass; "
            "`seawall attack --help` how probes are run."
        )


@app.command()
def compare(
    before: Annotated[
        str, typer.Argument(help="A register, the folder of a demo, or a stored run (run_...).")
    ],
    after: Annotated[str, typer.Argument(help="The later one, of the same application.")],
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("compare.html"),
    pdf: Pdf = None,
    decisions: Annotated[Path | None, typer.Option(help="Attestations in a file (YAML).")] = None,
    data: Annotated[
        str, typer.Option("--data", help="Folder with stored runs and attestations.")
    ] = "",
    gate: Annotated[bool, typer.Option(help="Exit 4 when something got worse.")] = False,
    as_json: Json = False,
) -> int:
    """Say what got worse, better, new or gone between two dates, as HTML and JSON."""
    from seawall.cli._compare import side
    from seawall.govern.compare.judge import compare as compare_sides
    from seawall.govern.compare.page import render, verdict

    found = compare_sides(side(before, data, decisions), side(after, data, decisions))
    _write(out, pdf, render(found))
    if as_json:
        print_json(
            {"report": str(out), "pdf": str(pdf or ""), "worse": found.worse, "comparison": found}
        )
    else:
        typer.echo(f"Comparison: {out}")
        typer.echo(verdict(found))
        _changed([
            (row.direction, row.risk, row.before, row.after, row.changes) for row in found.risks
        ])  # fmt: skip
        _changed([
            (row.direction, row.control, row.before, row.after, ()) for row in found.controls
        ])  # fmt: skip
        for note in found.notes:
            typer.echo(f"Note: {note}")
    return 4 if gate and found.worse else 0


def _write(out: Path, pdf: Path | None, page: str) -> None:
    """Write the page, then its print: without a browser the page is there all the same."""
    from seawall.govern.pdf import print_page

    write_page(out, page)
    if pdf is not None:
        write_page(pdf, print_page(page))


def _changed(rows: "Sequence[tuple[str, str, str, str, Sequence[str]]]") -> None:
    """Print what changed, one a line, and how; what stayed the same is in the file."""
    for direction, key, was, now, how in rows:
        if direction != "same":
            typer.echo(f"  {direction}: {key}: {f'{was} → {now}' if was != now else ' '.join(how)}")


def _inputs(
    summary: Path | None, profile: Path | None, edits: Path | None
) -> "tuple[ReportInputs, tuple[str, ...]]":
    """Read the summary; without one the report says that it has no evidence.

    Return also the ids of edits that fit nothing. Raises InputError for edits without a profile.
    """
    import msgspec

    from seawall.assess.profile import load_profile
    from seawall.core import yamlfile
    from seawall.core.errors import InputError
    from seawall.govern.edits import Edits, lay
    from seawall.govern.inputs import Evidence, ReportInputs
    from seawall.govern.sketch import sketch

    given = ReportInputs(evidence=Evidence(simulated=False))
    if summary is not None:
        given = read_json(summary, ReportInputs, hint=_HINT)
    if profile is not None:
        given = msgspec.structs.replace(given, profile=load_profile(profile))
    if edits is None:
        return given, ()
    if given.profile is None:
        raise InputError("--edits needs a profile.", hint="Name it with --profile PROFILE.")
    edited = lay(sketch(given.profile), yamlfile.load(edits, Edits))
    return msgspec.structs.replace(given, profile=edited.profile), edited.left
