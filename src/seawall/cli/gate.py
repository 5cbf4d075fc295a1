"""Decide in CI whether an application may go out, and say what would make it pass."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from seawall.cli._input import day_or_today
from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from seawall.core.profile import Profile
    from seawall.govern.gate import GateResult, Reason


Policy = Annotated[
    Path | None,
    typer.Option(help="The gateway's policy: models behind it, planned controls in it?"),
]
Planned = Annotated[
    Path | None, typer.Option(help="Folder of `seawall plan`: what is planned, where no summary.")
]
Traffic = Annotated[
    list[str] | None,
    typer.Option(help="Data folder of a gateway: does what passes bear out the profile?"),
]
Cases = Annotated[
    Path | None, typer.Option(help="Saved cases: does one of them succeed again in --runs?")
]
Runs = Annotated[
    list[Path] | None, typer.Option(help="Rows of runs with --cases: a file or folder.")
]
RunsDays = Annotated[
    int, typer.Option(min=1, help="Days within which every saved case must have been tried.")
]


class _Files(NamedTuple):
    """Where the answer is written, beside the terminal."""

    junit: Path | None
    sarif: Path | None
    markdown: Path | None


def command(
    profile: Annotated[Path, typer.Argument(help="The application's profile (YAML).")],
    register: Annotated[
        Path | None, typer.Option(help="The register (JSON); without one nothing was measured.")
    ] = None,
    summary: Annotated[
        Path | None, typer.Option(help="summary.json: harmless traffic and the plan's controls.")
    ] = None,
    decisions: Annotated[
        Path | None, typer.Option(help="Acceptances, exceptions, attestations (YAML).")
    ] = None,
    plan: Planned = None,
    policy: Policy = None,
    data: Annotated[
        str, typer.Option("--data", help="Folder with acceptances, exceptions, attestations.")
    ] = "",
    repository: Annotated[
        Path | None, typer.Option(help="The code: does it bear out the profile?")
    ] = None,
    traffic: Traffic = None,
    cases: Cases = None,
    runs: Runs = None,
    runs_days: RunsDays = 7,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
    sarif: Annotated[Path | None, typer.Option(help="Write SARIF here.")] = None,
    markdown: Annotated[
        Path | None, typer.Option(help="Append a summary in Markdown here.")
    ] = None,
    on: Annotated[str, typer.Option(help="Judge as of this day (ISO); today by default.")] = "",
    as_json: Json = False,
) -> int:
    """Judge a release. Exit code 0: it passes; 4: it does not; 2: a file is wrong.

    It fails by risks above their tolerance, expired evidence, acceptances or attestations, traffic
    that does not pass the gateway, a prohibited practice, a register of another state, and a saved
    attack that succeeds again.
    """
    from seawall.assess.profile import load_profile
    from seawall.catalog.load import load_catalog
    from seawall.cli._registers import with_registers
    from seawall.cli._release import Given, release_of, with_cases
    from seawall.govern.release.judge import judge_release
    from seawall.govern.release.steps import steps

    catalog, loaded = load_catalog(), load_profile(profile)
    today = day_or_today(on, "--on")
    given = Given(register, summary, decisions, policy, repository, tuple(traffic or ()), plan)
    release = release_of(loaded, given, today)
    release = with_cases(release, cases, runs or [], runs_days)
    if data:
        release = with_registers(release, data, today)
    result = judge_release(release, catalog, today=today)
    todo = steps(result, release.register)
    _write(_Files(junit, sarif, markdown), result, todo, loaded, profile)
    if as_json:
        print_json({"application": loaded.application, "gate": result, "to_pass": todo})
    else:
        _tell(result, todo)
    return 0 if result.passes else 4


def _write(
    files: _Files, result: "GateResult", todo: Sequence[str], profile: "Profile", path: Path
) -> None:
    import msgspec

    from seawall import __version__
    from seawall.cli._release import place_in
    from seawall.core.errors import InputError
    from seawall.core.files import write_atomically
    from seawall.govern.release import output

    name = profile.application
    try:
        if files.junit is not None:
            write_atomically(files.junit, output.junit(result, name))
        if files.sarif is not None:
            log = output.sarif(result, __version__, place_in(path))
            write_atomically(files.sarif, msgspec.json.format(msgspec.json.encode(log), indent=2))
        if files.markdown is not None:
            with files.markdown.open("a", encoding="utf-8") as file:
                file.write(output.markdown(result, name, todo))
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be written: {error.strerror}.") from None


_SIGNS = {True: "ok", False: "no", None: "?"}


def _tell(result: "GateResult", todo: Sequence[str]) -> None:
    print_table(
        ("", "condition", "asked for", "found"),
        [(_SIGNS[c.known], c.name, c.required, c.measured) for c in result.conditions],
        title=f"The gate {'passes' if result.passes else 'does not pass'}",
    )
    from seawall.govern.gate import grouped
    from seawall.govern.words import plural

    _list("Reasons", grouped(result.reasons))
    _list("Accepted for a time", result.accepted)
    if todo:
        typer.echo("What would make it pass:")
        for number, step in enumerate(todo, 1):
            typer.echo(f"  {number}. {step}")
    if result.not_tested:
        probes = sum(one.kind == "probe" for one in result.not_tested)
        risks = len(result.not_tested) - probes
        also = f", {plural(probes, 'probe')} left out" if probes else ""
        typer.echo(f"Not tested by anybody: {plural(risks, 'risk')}{also}; --json and --markdown "
                   "name them.")  # fmt: skip


def _list(title: str, reasons: "Sequence[Reason]") -> None:
    if reasons:
        typer.echo(f"{title}:")
        for reason in reasons:
            typer.echo(f"  {reason.sentence}")
