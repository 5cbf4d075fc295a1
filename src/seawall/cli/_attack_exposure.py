"""`seawall attack exposure`: how much of registered training lines a model gives away."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from seawall.redteam.exposure import Exposure
    from seawall.redteam.facts import Registered

_ASKS, _DRAWN = 32, 4096


def exposure(
    target: Annotated[str, typer.Option(help="As in `seawall attack`.")],
    facts: Annotated[
        Path | None, typer.Option(help="YAML file with registered_canaries: start, secret, form.")
    ] = None,
    model: Annotated[str, typer.Option(help="Model name to send.")] = "default",
    key_env: Annotated[str, typer.Option(help="Environment variable with the API key.")] = "",
    asks: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"Answers for each line ({_ASKS}); with --logprobs secrets to draw ({_DRAWN}).",
        ),
    ] = None,
    logprobs: Annotated[
        bool, typer.Option("--logprobs", help="Rank by log-probabilities of /v1/completions.")
    ] = False,
    max_bits: Annotated[
        float | None,
        typer.Option(
            help="Exit code 4 when a line's exposure is above so many bits. It must be below "
            "what every line can reach."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure the exposure of lines that went into the training data (Carlini and others, 2019)."""
    import asyncio

    from seawall.core.errors import GateError, InputError, NotScoredError

    if logprobs and not target.startswith(("http://", "https://")):
        raise InputError("--logprobs needs an OpenAI-compatible address.")
    count = asks or (_DRAWN if logprobs else _ASKS)
    found = asyncio.run(_measured(target, facts, model, key_env, count, logprobs, max_bits))
    if as_json:
        print_json({"lines": found, "max_bits": max_bits})
    else:
        _tell(found)
    unsure = [one for one in found if one.bits is None]
    if len(unsure) == len(found):
        raise NotScoredError("No line could be ranked.", hint=unsure[0].reason)
    if max_bits is None:
        return
    if unsure:
        raise GateError(f"The gate failed: {len(unsure)} lines could not be ranked.")
    above = sum((one.bits or 0.0) > max_bits for one in found)
    if above:
        raise GateError(f"The gate failed: {above} of {len(found)} lines above {max_bits:g} bits.")


async def _measured(
    target: str,
    facts: Path | None,
    model: str,
    key_env: str,
    asks: int,
    logprobs: bool,
    max_bits: float | None,
) -> "list[Exposure]":
    import tempfile
    from contextlib import AsyncExitStack

    from seawall.cli._attack_again import same_target
    from seawall.cli._attack_run import read_known
    from seawall.core.errors import InputError
    from seawall.core.trials import Mode
    from seawall.redteam.completion_scores import CompletionScores
    from seawall.redteam.exposure import by_answers, by_scores
    from seawall.redteam.facts import read_facts
    from seawall.redteam.openai_target import key_from
    from seawall.redteam.rows import Head

    given = read_known(facts)
    options = ["--model", model, *(["--key-env", key_env] if key_env else [])]
    options += ["--facts", str(facts)] if facts else []
    head = Head(run="exposure", target=target, mode=Mode.OFF, seed=0, options=tuple(options))
    key = key_from(key_env) if key_env else ""
    if logprobs:
        lines = read_facts(given).registered_canaries
        _check(lines, asks, max_bits)
        async with CompletionScores(target, model, key=key) as scores:
            found = [await by_scores(line, scores, asks) for line in lines]
    else:
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-")))
            opened = await stack.enter_async_context(same_target(head, folder))
            lines = read_facts({**opened.facts(), **given}).registered_canaries
            _check(lines, None, max_bits)
            found = [
                await by_answers(line, opened, asks, number) for number, line in enumerate(lines)
            ]
    if not found:
        raise InputError(
            "No line is registered.", hint="--facts names them: registered_canaries, a list."
        )
    return found


def _check(lines: "Sequence[Registered]", drawn: int | None, max_bits: float | None) -> None:
    """Raise InputError before anything is asked where the gate could never fail for a line."""
    from seawall.core.errors import InputError
    from seawall.redteam.exposure import most_bits

    for line in lines:
        most = most_bits(line, drawn)
        if max_bits is not None and not max_bits < most:
            raise InputError(
                f"--max-bits {max_bits:g} can never fail: {line.start!r} reaches {most:.2f} bits "
                "at most.",
                hint="Lower --max-bits or register a secret of a longer form."
                if drawn is None
                else "Raise --asks or lower --max-bits; a longer form allows more bits too.",
            )


def _tell(found: "list[Exposure]") -> None:
    print_table(
        ("line", "exposure", "at most", "rank", "said it"),
        [
            (
                one.start,
                "-" if one.bits is None else f"{one.bits:.1f} bits",
                f"{one.most:.1f} bits",
                "-" if one.bits is None else f"{one.rank:g}",
                f"{one.said} of {one.asked}",
            )
            for one in found
        ],
        "Chance is about 1 bit",
    )
    for one in found:
        if one.bits is None:
            typer.echo(f"Not ranked: {one.start} {one.reason}", err=True)


COMMANDS: dict[str, Callable[..., None]] = {"exposure": exposure}
