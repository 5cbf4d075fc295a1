"""Judge the tool calls of recorded conversations by a policy."""

import codecs
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from seawall.policy.provenance.traced import File
    from seawall.policy.replay import Replayed

_NAME = 120


def command(
    file: Annotated[
        Path, typer.Argument(help="Bodies of chat, responses or messages, one a line.")
    ],
    policy: Annotated[Path, typer.Option(help="The policy file.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Show where each argument comes from.")
    ] = False,
    hijack: Annotated[
        bool,
        typer.Option(
            "--hijack",
            help="List what follows orders planted in tool results, too (--json always does).",
        ),
    ] = False,
    as_json: Json = False,
) -> int:
    """Print allowed, removed, asked or blocked for every recorded tool call, with the reason.

    Each call is judged at its place in the conversation; no model is asked. Below stand how many
    pass, and how many calls by planted orders are stopped; with --json these are objects with
    `hijacked`. Exit code 2: a line could not be read.
    """
    from seawall.core.errors import InputError
    from seawall.guard.engine import GuardEngine
    from seawall.policy.hijack import hijacked
    from seawall.policy.load import load_policy
    from seawall.policy.replay import replay

    loaded = load_policy(policy)
    engine = GuardEngine(())
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None
    results = [
        result
        for number, line in enumerate(lines, 1)
        if line.removeprefix(codecs.BOM_UTF8).strip()
        for judge in (replay, hijacked)
        for result in judge(number, line, loaded, engine.scan_code)
    ]
    if as_json:
        for result in results:
            print_json(result)
    else:
        _print(results, explain, hijack)
    return 2 if any(result.result == "unknown" for result in results) else 0


def _print(results: "list[Replayed]", explain: bool, hijack: bool) -> None:
    shown = [one for one in results if hijack or not one.hijacked]
    if explain:
        for one in shown:
            _explain(one)
    else:
        rows = [(one.line, one.turn, _tool(one), one.result, one.reason) for one in shown]
        print_table(("line", "turn", "tool", "result", "reason"), rows)
    turned = [one for one in results if one.hijacked]
    unread = len({one.line for one in results if not (one.hijacked or one.tool)})
    results = [one for one in results if not one.hijacked and one.tool]
    counts: dict[str, int] = {}
    for one in results:
        counts[one.result] = counts.get(one.result, 0) + 1
    summary = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    typer.echo(f"{len(results)} calls: {summary or 'none'}.")
    if unread:
        typer.echo(f"Lines that could not be read, or not to their end: {unread}.")
    stopped = sum(one.result in ("removed", "asked", "blocked") for one in turned)
    typer.echo(
        f"Utility: {_share(counts.get('allowed', 0), len(results))} recorded calls pass. "
        f"Security: {_share(stopped, len(turned))} hijacked calls are stopped or asked about."
    )


def _share(number: int, of: int) -> str:
    """Say a share with Wilson's 95% interval."""
    from seawall.core.stats import wilson

    low, high = wilson(number, of)
    return f"{number} of {of} ({low:.0%} to {high:.0%})" if of else "none of 0"


def _tool(one: "Replayed") -> str:
    return f"{one.tool} (hijacked)" if one.hijacked else one.tool


def _explain(one: "Replayed") -> None:
    tool = _tool(one) or "-"
    typer.echo(f"line {one.line}, turn {one.turn}: {tool}: {one.result}. {one.reason}")
    width = max((len(trace.argument) for trace in one.trace), default=0)
    for trace in one.trace:
        where = f" {trace.pointer}" if trace.pointer else ""
        span = f" [{trace.span[0]}:{trace.span[1]}]" if trace.span else ""
        why = f" ({trace.reason})" if trace.reason else ""
        mark = "x" if trace.stops else " "
        of = f" of {_file(trace.file)}" if trace.file else ""
        typer.echo(f"  {mark} {trace.argument:<{width}}  <-- {trace.origin}{where}{span}{of}{why}")


def _file(file: "File") -> str:
    """Return a file's name, id and chunk; what a terminal could obey is left out of the name."""
    name = "".join(char for char in file.name if char.isprintable())[:_NAME]
    chunk = f", chunk {file.chunk}" if file.chunk is not None else ""
    known = f"{name!r} ({file.id})" if name and file.id else repr(name or file.id)
    return f"file {known}{chunk}"
