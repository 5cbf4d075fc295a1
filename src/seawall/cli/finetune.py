"""Judge a fine-tuning file as the gateway would, before anybody uploads it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table
from seawall.core.roles import Permission

if TYPE_CHECKING:
    from seawall.gateway.routes.training_judge import JudgedFile
    from seawall.guard.training_set.subjects import Register
    from seawall.policy.model import Policy

_SHOWN = 100


def command(
    file: Annotated[Path, typer.Argument(help="Training examples, one JSON object a line.")],
    policy: Annotated[Path, typer.Option(help="The policy file: its rules for files count.")],
    without_opt_outs: Annotated[
        bool, typer.Option("--without-opt-outs", help="Do not look for people who opted out.")
    ] = False,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> int:
    """Name the lines that the gateway would refuse, with the reasons; exit 4 where there are any.

    Each line is judged by the policy's rules, all lines as a set, and who opted out is looked up in
    the data folder. Nothing is sent or stored. Exit 2 where the file cannot be read.
    """
    import asyncio

    from seawall.core.errors import InputError
    from seawall.policy.load import load_policy

    loaded = load_policy(policy)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.") from None
    judged, stopped = asyncio.run(
        _judge(loaded, raw, None if without_opt_outs else _register(loaded, data))
    )
    total = len(judged.report.lines)
    if as_json:
        redacted = len({where for where, _ in judged.edits})
        report = judged.report
        print_json({"refused": total, "report": report.rows(), "redacted": redacted,
                    "look_at": report.suspects()})  # fmt: skip
    else:
        rows = [(row["line"], ", ".join(row["reasons"])) for row in judged.report.rows()[:_SHOWN]]
        if rows:
            print_table(("line", "reasons"), rows)
        if suspects := judged.report.suspects():
            likely = [(row["line"], row["reason"], row["score"]) for row in suspects]
            print_table(("look at line", "it may be", "score"), likely)
        more = f" The first {_SHOWN} are shown." if total > _SHOWN else ""
        lines = f"{total} line{'s' * (total > 1)} would be refused.{more}"
        typer.echo(lines if total else "The file would pass.")
    return 4 if total or stopped else 0


def _register(policy: "Policy", data: str) -> "Register":
    from seawall.cli._actor import open_as_reader
    from seawall.core.errors import InputError
    from seawall.store.opt_outs import OptOuts

    try:
        store = open_as_reader(data, Permission.CONSENTS_READ)
    except InputError as error:
        error.hint = f"{error.hint} No gateway yet? --without-opt-outs looks for nobody.".strip()
        raise
    return OptOuts(store).load(policy.application)


async def _judge(
    policy: "Policy", raw: bytes, register: "Register | None"
) -> "tuple[JudgedFile, bool]":
    """Return the judgement, and whether something was to be taken out that cannot be."""
    from seawall.gateway.routes.training_judge import TrainingJudge, exchange_of_file
    from seawall.gateway.settings import Settings
    from seawall.gateway.steps.guard import GuardRunner
    from seawall.guard.engine import GuardEngine
    from seawall.guard.training_set.subjects import Nobody

    settings = Settings()
    engine = GuardEngine(policy.guards, default_unknown=policy.on_unknown, own_rules=policy.own)
    runner = GuardRunner(engine, policy, settings)
    stopped: list[object] = []
    try:
        judge = TrainingJudge(runner, settings, lambda: register or Nobody())
        exchange = await exchange_of_file(raw, "offline")
        return await judge(exchange, lambda decision, parts: None, stopped.append), bool(stopped)
    finally:
        runner.close()
