"""Check texts: JSON Lines on stdin, the guard's answers as JSON Lines on stdout."""

import os
import sys
from typing import Annotated

import typer

from seawall.cli._output import Json


def command(
    policy: Annotated[
        str, typer.Option(help="Policy file whose guards are used; without one, every detector.")
    ] = "",
    workers: Annotated[int, typer.Option(min=0, max=64, help="Processes; 0 takes all cores.")] = 1,
    as_json: Json = False,
) -> int:
    """Read {"id","text","stage"} lines (optional "image", "context"), write one answer a line.

    Stages: input, document, tool-result, tool-definition, history, file, output, tool-call, system.
    Output is always JSON Lines. Exit code 2 when a line could not be read: its answer is unknown.
    """
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    from seawall.guard.jsonl import answers

    if sys.stdin.isatty():
        typer.echo('Waiting for lines like {"id": 1, "text": "...", "stage": "input"}.', err=True)
    console = Console(stderr=True)
    out, unread = sys.stdout.buffer, 0
    with Progress(
        SpinnerColumn(), TextColumn("Checking"), MofNCompleteColumn(), console=console,
        disable=as_json or not console.is_terminal, transient=True,
    ) as progress:  # fmt: skip
        task = progress.add_task("checked", total=None)
        for line, readable in answers(sys.stdin, policy, workers or os.cpu_count() or 1):
            out.write(line + b"\n")
            out.flush()
            unread += not readable
            progress.advance(task)
    if unread:
        typer.echo(f"{unread} lines could not be read; their answers say why.", err=True)
    return 2 if unread else 0
