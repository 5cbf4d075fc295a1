"""Attack an application that speaks the OpenAI chat API and measure what gets through."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from seawall.catalog.model import ProbeCard
    from seawall.core.trials import Attempt, Mode, ProbeResult
    from seawall.redteam.facts import Facts


app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True)
def attack(
    context: typer.Context,
    target: Annotated[str, typer.Option(help="Base URL of the application, ending in /v1.")] = "",
    model: Annotated[str, typer.Option(help="Model name to send.")] = "default",
    key_env: Annotated[
        str, typer.Option(help="Environment variable that holds the API key; empty: no key.")
    ] = "",
    facts: Annotated[
        Path | None, typer.Option(help="YAML file of what you know: system_prompt, tools, ...")
    ] = None,
    probe: Annotated[
        list[str] | None, typer.Option(help="Probe id; repeat it. All by default.")
    ] = None,
    n: Annotated[int | None, typer.Option(min=1, help="Attempts a probe.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the attacks.")] = 0,
    concurrency: Annotated[int, typer.Option(min=1, max=256)] = 8,
    gateway: Annotated[bool, typer.Option(help="The target is behind Seawall.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="File of rows; an interrupted run goes on from it.")
    ] = None,
    tau: Annotated[
        float | None, typer.Option(min=0, max=1, help="Fail (exit 4) above this UCB95.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Show the plan, send nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Attack an application that speaks the OpenAI chat API and measure what gets through."""
    if context.invoked_subcommand is not None:
        return
    import asyncio

    from seawall.core.errors import InputError
    from seawall.core.trials import Mode
    from seawall.redteam.facts import read_facts
    from seawall.redteam.openai_target import OpenAITarget, key_from

    if not target:
        raise InputError("--target is missing.", hint="`seawall attack --help` shows how.")
    known = _read_facts(facts)
    key = key_from(key_env) if key_env else ""
    aim = OpenAITarget(target, model, key=key, facts=known)
    cards = _cards(probe or [])
    usable, left_out = _split(cards, read_facts(aim.facts()))
    if not as_json:
        _show_left_out(left_out)
    if dry_run:
        _tell_plan(usable, left_out, n, as_json)
        return
    if not usable:
        raise InputError(
            "No probe can be scored on this target.", hint="--facts tells what oracles need."
        )
    mode = Mode.ON if gateway else Mode.OFF
    rows = asyncio.run(
        _attack(aim, usable, mode, n=n, seed=seed, concurrency=concurrency, out=out, target=target)
    )
    _report(rows, usable, left_out, tau, as_json)


def _read_facts(path: Path | None) -> dict[str, object]:
    from seawall.core import yamlfile
    from seawall.core.errors import InputError

    if path is None:
        return {}
    raw = yamlfile.load(path, dict[str, object])
    from seawall.redteam.facts import Facts

    unknown = sorted(set(raw) - set(Facts.__struct_fields__))
    if unknown:
        raise InputError(
            f"{path}: unknown fact {unknown[0]}.",
            hint=f"Known: {', '.join(sorted(Facts.__struct_fields__))}.",
        )
    return raw


def _cards(wanted: list[str]) -> "list[ProbeCard]":
    from seawall.catalog.load import load_catalog
    from seawall.core.errors import InputError

    known = load_catalog().probes
    for name in wanted:
        if name not in known:
            raise InputError(f"Unknown probe {name}.", hint=f"Known: {', '.join(known)}.")
    return [known[name] for name in dict.fromkeys(wanted)] if wanted else list(known.values())


def _split(cards: "list[ProbeCard]", facts: "Facts") -> "tuple[list[ProbeCard], dict[str, str]]":
    from seawall.redteam.preflight import preflight

    left_out = {item.probe: item.reason for item in preflight(cards, facts)}
    return [card for card in cards if card.id not in left_out], left_out


def _show_left_out(left_out: dict[str, str]) -> None:
    for probe, reason in left_out.items():
        typer.echo(f"Not tested: {probe}. {reason}", err=True)


def _tell_plan(
    usable: "list[ProbeCard]", left_out: dict[str, str], n: int | None, as_json: bool
) -> None:
    from seawall.redteam.power import what_shows

    shows = [what_shows(card, n, len(usable)) for card in usable]
    if as_json:
        planned = {one.probe: one.attempts for one in shows}
        print_json({"planned": planned, "power": shows, "not_tested": left_out})
        return
    print_table(
        ("probe", "attempts", "payloads", "UCB95 if none succeeds", "least fall of ASR that shows"),
        [
            (one.probe, one.attempts, one.payloads, f"{one.ucb95_at_zero:.1%}", one.fall)
            for one in shows
        ],
    )
    typer.echo(
        f"{sum(one.attempts for one in shows)} attempts; one with several messages sends several "
        "requests. Falls: off and on compared, 80% power, 5% over all probes (Holm)."
    )


async def _attack(
    aim: "object", cards: "list[ProbeCard]", mode: "Mode", *, n: int | None, seed: int,
    concurrency: int, out: Path | None, target: str,
) -> "list[Attempt]":  # fmt: skip
    from contextlib import nullcontext

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from seawall.redteam.openai_target import OpenAITarget
    from seawall.redteam.rows import Head, RowFile, fingerprint
    from seawall.redteam.runner import run

    assert isinstance(aim, OpenAITarget)
    digest, today = fingerprint(cards, n, seed, target), datetime.now(UTC).date().isoformat()
    head = Head(run=digest, target=target, mode=mode, seed=seed, created=today)
    keeping = RowFile(out, head) if out else nullcontext(None)
    bar = Progress(
        "{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True),
    )  # fmt: skip
    with keeping as file, bar:
        task = bar.add_task("Attacking", total=None)

        def progress(done: int, total: int, row: "Attempt") -> None:
            if file is not None:
                file.append(row)
            bar.update(task, completed=done, total=total, description=row.probe)

        async with aim:
            return await run(
                cards, aim, mode, n=n, seed=seed, concurrency=concurrency, progress=progress,
                done=file.done if file is not None else None,
            )  # fmt: skip


def _report(
    rows: "list[Attempt]", cards: "list[ProbeCard]", left_out: dict[str, str],
    tau: float | None, as_json: bool,
) -> None:  # fmt: skip
    from seawall.core.errors import GateError
    from seawall.redteam.measure import shortfall, summarise

    results = summarise(rows)
    if as_json:
        print_json({"results": results, "not_tested": left_out})
    else:
        print_table(
            ("probe", "title", "n", "ASR", "95% interval", "UCB95", "proves nothing yet"),
            [_row(card, results[card.id]) for card in cards],
        )
    if tau is None:
        return
    failed = [p for p, r in results.items() if r.ucb95 > tau or shortfall(r)]
    if failed:
        raise GateError(
            f"{len(failed)} probes are above {tau:g} or not fully scored: {', '.join(failed)}.",
            hint="Probes that were not tested are not counted as passed either.",
        )


def _row(card: "ProbeCard", result: "ProbeResult") -> tuple[str, ...]:
    from seawall.redteam.measure import shortfall

    return (
        card.id,
        card.title,
        str(result.n),
        f"{result.asr:.1%}" if result.n else "-",
        f"{result.low:.1%} to {result.high:.1%}",
        f"{result.ucb95:.1%}",
        shortfall(result),
    )


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(help="Rows of the run without, or before (--out).")],
    second: Annotated[Path, typer.Argument(help="Rows of the run with Seawall, or after.")],
    max_asr: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Fail (exit 4) if a probe's UCB95 is above, in SECOND."),
    ] = None,
    max_overblock: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, help="Fail (exit 4) if more harmless talks may be disturbed, in SECOND."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare two runs of the same attempts: what changed, and is it more than chance."""
    from seawall.cli._compared import tell
    from seawall.core.errors import GateError, NotScoredError
    from seawall.redteam import comparing
    from seawall.redteam.rows import read_rows

    comparison = comparing.compare(read_rows(first)[1], read_rows(second)[1])
    failed = comparing.failures(comparison, max_asr=max_asr, max_overblock=max_overblock)
    if as_json:
        print_json({"comparison": comparison, "failed": failed})
    else:
        tell(comparison)
    if comparing.unscored(comparison):
        raise NotScoredError(
            f"Nothing in {second} could be scored.", hint="Its rows say why, in `reason`."
        )
    if failed:
        raise GateError("The gate failed: " + "; ".join(failed) + ".")
