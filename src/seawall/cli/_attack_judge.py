"""Which judge a run has for what oracles leave open, opened after its audit."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import typer

from seawall.redteam.audit import read_answers, read_samples
from seawall.redteam.guard_judge import GUARD, GuardJudge
from seawall.redteam.judge import Judge, Reviewer
from seawall.redteam.openai_target import key_from


class JudgeOrder(NamedTuple):
    """Which model judges what oracles leave open; `samples` are audit samples of the user's own."""

    url: str
    model: str
    key_env: str
    limit: float
    samples: Path | None

    @property
    def options(self) -> list[str]:
        """The command's options that name it."""
        words = ["--judge", self.url, "--judge-model", self.model]
        words += ["--judge-key-env", self.key_env] if self.key_env else []
        words += ["--judge-samples", str(self.samples)] if self.samples else []
        return [*words, "--judge-error", f"{self.limit:g}"]


def judge_order(given: Mapping[str, Any]) -> JudgeOrder | None:
    """Return the judge that the command's options name, or None."""
    names = ("judge", "judge_model", "judge_key_env", "judge_error", "judge_samples")
    return JudgeOrder(*(given[name] for name in names)) if given["judge"] else None


@asynccontextmanager
async def judging(order: JudgeOrder | None) -> AsyncIterator[Reviewer | None]:
    """Open the judge, after its audit on dialogues whose truth is known."""
    if order is None:
        yield None
        return
    ours = read_answers() if order.url == GUARD else read_samples()
    samples = ours + (read_samples(order.samples) if order.samples else ())
    async with _judge(order) as judge:
        typer.echo((await judge.check(samples)).told, err=True)
        yield judge


def _judge(order: JudgeOrder) -> GuardJudge | Judge:
    if order.url == GUARD:
        return GuardJudge(limit=order.limit)
    key = key_from(order.key_env) if order.key_env else ""
    return Judge(order.url, order.model, key=key, limit=order.limit)
