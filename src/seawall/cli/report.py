"""Write the report: one HTML file from a register and the summary beside it.

The file holds no script and fetches nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import read_json, today, write_page
from seawall.cli._output import Json, print_json

if TYPE_CHECKING:
    from seawall.govern.inputs import ReportInputs

_HINT = (
    "`seawall demo` writes register.json and summary.json; "
    "`seawall assess` writes a register with --out."
)


def command(
    register: Annotated[Path, typer.Option(help="The register, register.json.")],
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("report.html"),
    summary: Annotated[
        Path | None,
        typer.Option(help="summary.json: controls, harmless traffic and evidence."),
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="The profile (YAML), where the summary has none.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="The running policy: does it hold each control?")
    ] = None,
    decisions: Annotated[Path | None, typer.Option(help="Attestations in a file (YAML).")] = None,
    data: Annotated[str, typer.Option("--data", help="Folder with attestations.")] = "",
    audit: Annotated[str, typer.Option(help="Folder of an audit log, which is verified.")] = "",
    gate: Annotated[bool, typer.Option(help="Exit 4 when the gate does not pass.")] = False,
    as_json: Json = False,
) -> int:
    """Render a register as one self-contained HTML file."""
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import grounds
    from seawall.core.register import Register
    from seawall.govern.gate import judge
    from seawall.govern.report import render
    from seawall.govern.status.judge import control_states

    found = read_json(register, Register, hint=_HINT)
    inputs = _inputs(summary, profile)
    result = judge(found, inputs.harmless)
    catalog = load_catalog()
    given = grounds(
        found.application, catalog, policy=policy, decisions=decisions, data=data, audit=audit
    )
    page = render(
        found, inputs.profile, inputs.controls, inputs.harmless, inputs.evidence, gate=result,
        states=control_states(found, catalog, today=today(), grounds=given),
    )  # fmt: skip
    write_page(out, page)
    if as_json:
        print_json({"report": str(out), "gate": result})
    else:
        typer.echo(f"Report: {out}")
        typer.echo(f"Gate: {'passes' if result.passes else 'does not pass'}")
        for reason in result.reasons:
            typer.echo(f"  {reason.sentence}")
    return 4 if gate and not result.passes else 0


def _inputs(summary: Path | None, profile: Path | None) -> "ReportInputs":
    """Read the summary; without one the report says that it has no evidence."""
    import msgspec

    from seawall.assess.profile import load_profile
    from seawall.govern.inputs import Evidence, ReportInputs

    given = ReportInputs(evidence=Evidence(simulated=False))
    if summary is not None:
        given = read_json(summary, ReportInputs, hint=_HINT)
    if profile is not None:
        given = msgspec.structs.replace(given, profile=load_profile(profile))
    return given
