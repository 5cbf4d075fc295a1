"""Commands that take other tools' results in, and write ours for other tools."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli._output import Json, print_json


class Tool(StrEnum):
    """Tools whose results can be read and written."""

    GARAK = "garak"
    PROMPTFOO = "promptfoo"
    INSPECT = "inspect"


def import_results(
    file: Annotated[Path, typer.Argument(help="The other tool's results.")],
    tool: Annotated[Tool, typer.Option("--from", help="Whose results they are.")],
    out: Annotated[Path, typer.Option(help="File of rows to write; refused when it exists.")],
    gateway: Annotated[bool, typer.Option(help="The target was behind Seawall.")] = False,
    scorer: Annotated[str, typer.Option(help="Inspect: the scorer that decides.")] = "",
    success: Annotated[
        str, typer.Option(help='Inspect: its value when the attack succeeds: C, ">= 0.5".')
    ] = "",
    refusal: Annotated[
        str, typer.Option(help="garak, promptfoo: the gateway's refusal_text; it means blocked.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Read results of garak, promptfoo or Inspect as rows, for compare, report and triage."""
    from seawall.core.errors import InputError
    from seawall.core.trials import Mode
    from seawall.redteam.interchange import garak, inspect_log, promptfoo
    from seawall.redteam.measure import summarise
    from seawall.redteam.rows import RowFile

    if out.exists():
        raise InputError(f"{out} exists.", hint="Name another file.")
    if refusal and tool is Tool.INSPECT:
        raise InputError("--refusal is for garak and promptfoo; Inspect's scorer says it itself.")
    mode = Mode.ON if gateway else Mode.OFF
    if tool is Tool.INSPECT:
        if not scorer or not success:
            raise InputError("--from inspect needs --scorer and --success.")
        found = inspect_log.read(file, mode, scorer, success)
    else:
        found = (garak if tool is Tool.GARAK else promptfoo).read(file, mode, refusal)
    if not found.rows:
        raise InputError(f"{file}: no attempt of an attack in it.")
    with RowFile(out, found.head) as rows:
        for row in found.rows:
            rows.append(row)
    results = summarise(found.rows)
    if as_json:
        print_json({"results": results, "left_out": found.left_out})
        return
    scored = sum(one.n for one in results.values())
    hits = sum(one.complied for one in results.values())
    typer.echo(
        f"{len(found.rows)} attempts of {len(results)} probes: {hits} of {scored} scored ones "
        f"succeeded, {len(found.rows) - scored} have no verdict. {found.left_out} other records "
        f"were left out. Rows are in {out}."
    )


def export_results(
    run: Annotated[Path, typer.Argument(help="Rows of a run (--out).")],
    tool: Annotated[Tool, typer.Option("--to", help="For whom.")],
    out: Annotated[Path, typer.Option(help="File to write.")],
    transcripts: Annotated[
        Path | None, typer.Option(help="Transcripts of the run: what was said, masked.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a run's attacks as results of garak, promptfoo or Inspect, to be looked at there."""
    from seawall.core.files import write_atomically
    from seawall.redteam.comparing import HARMLESS
    from seawall.redteam.interchange.export import to_garak, to_inspect, to_promptfoo
    from seawall.redteam.rows import read_rows
    from seawall.redteam.transcripts import read_transcripts

    head, read = read_rows(run)
    rows = [row for row in read if row.probe != HARMLESS]
    said = read_transcripts(transcripts) if transcripts else {}
    write = {Tool.GARAK: to_garak, Tool.PROMPTFOO: to_promptfoo, Tool.INSPECT: to_inspect}[tool]
    write_atomically(out, write(head, rows, said))
    if as_json:
        print_json({"attempts": len(rows), "file": str(out)})
        return
    typer.echo(f"{len(rows)} attempts are in {out}.")


COMMANDS: dict[str, Callable[..., None]] = {"import": import_results, "export": export_results}
