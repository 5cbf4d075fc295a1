"""Check texts: JSON Lines on stdin, the guard's answers as JSON Lines on stdout."""

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from seawall.cli._output import Json

if TYPE_CHECKING:
    from rich.progress import Progress

_REFRESH_SECONDS = 0.1


def command(
    policy: Annotated[
        str, typer.Option(help="Policy file whose guards are used; without one, every detector.")
    ] = "",
    rules: Annotated[
        str, typer.Option(help="Rules file: your own patterns and allow-lists, beside the policy.")
    ] = "",
    workers: Annotated[int, typer.Option(min=0, max=64, help="Processes; 0 takes all cores.")] = 1,
    as_json: Json = False,
) -> int:
    """Read {"id","text","stage"} lines (optional "image", "context"), write an answer to each.

    Stages: input, document, tool-result, tool-definition, history, file, output, tool-call, system.
    Output is always JSON Lines. Exit code 2 when a line could not be read: its answer is unknown.
    """
    from seawall.core.errors import InputError
    from seawall.guard.jsonl import answers

    # Python has no such stream where the shell closed it (`<&-`).
    if getattr(sys, "stdin", None) is None or getattr(sys, "stdout", None) is None:
        raise InputError(
            "Standard input or output is closed.",
            hint="Give the lines with `< lines.jsonl` or a pipe; answers go to standard output.",
        )
    if sys.stdin.isatty():
        typer.echo('Waiting for lines like {"id": 1, "text": "...", "stage": "input"}.', err=True)
    source, out, unread, shown = sys.stdin.buffer, sys.stdout.buffer, 0, 0.0
    with _progress(hidden=as_json) as progress:
        task = progress.add_task("checked", total=None if progress.disable else _count(source))
        try:
            for line, readable in answers(source, policy, workers or os.cpu_count() or 1, rules):
                out.write(line + b"\n")
                out.flush()
                unread += not readable
                progress.advance(task)
                if (now := time.monotonic()) > shown + _REFRESH_SECONDS:
                    progress.refresh()
                    shown = now
        except BrokenPipeError:  # `| head` has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if unread:
        typer.echo(f"{unread} lines could not be read; their answers say why.", err=True)
    return 2 if unread else 0


def _progress(*, hidden: bool) -> "Progress":
    """Return a bar on stderr, hidden where nobody sees it. No thread: workers are forked."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    return Progress(
        SpinnerColumn(), TextColumn("Checking"), BarColumn(), MofNCompleteColumn(),
        TimeRemainingColumn(), console=console, auto_refresh=False, transient=True,
        disable=hidden or not console.is_terminal,
    )  # fmt: skip


def _count(source: BinaryIO) -> int | None:
    """Return how many lines a file holds; None for a pipe, which can only be read once."""
    if not source.seekable():
        return None
    here = source.tell()
    total = sum(1 for line in source if line.strip())
    source.seek(here)
    return total
