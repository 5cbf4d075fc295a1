"""The judgement of a training file: line by line, as a set, and for people who opted out."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from seawall.core.exchange import Exchange, Part
from seawall.gateway.routes.training_report import Report
from seawall.gateway.routes.training_set import JudgedSet
from seawall.gateway.routes.training_subjects import Subjects
from seawall.gateway.settings import Settings
from seawall.gateway.steps.guard import GuardRunner, edits_of
from seawall.guard.decision import Decision
from seawall.guard.training_set.subjects import Register
from seawall.wire import openai_files

Note = Callable[[Decision, Sequence[Part]], None]
Edits = dict[tuple[str, tuple[int, int] | None], str]


class JudgedFile(msgspec.Struct, kw_only=True):
    """What is wrong with a file, line by line, and what is to be taken out of it."""

    report: Report
    edits: Edits = {}


class TrainingJudge:
    """Judges files under one policy. `load` returns who opted out, anew for each file."""

    def __init__(
        self, runner: GuardRunner, settings: Settings, load: Callable[[], Register]
    ) -> None:
        self._runner, self._size = runner, settings.guard_batch_parts
        self._subjects = Subjects(runner, load)

    async def __call__(
        self, exchange: Exchange, note: Note, stop: Callable[[Decision], None]
    ) -> JudgedFile:
        """Inspect batch by batch, then the whole; every line is looked at before a refusal.

        `note` hears of each decision and its parts, `stop` of those that cannot be carried out.
        """
        set_ = JudgedSet(self._runner, self._runner.policy, exchange)
        judged = JudgedFile(report=Report())
        for start in range(0, len(exchange.parts), self._size):
            batch = exchange.parts[start : start + self._size]
            decision = await self._runner.inspect(batch, exchange)
            note(decision, batch)
            found = edits_of(decision)
            if found is None:
                stop(decision)
            judged.edits.update(found or {})
            judged.report.add(decision, unfit=found is None)
            await set_.read(batch)
        for decision in (await set_.decide(), await self._subjects.decide(exchange)):
            note(decision, ())
            judged.report.add(decision, unfit=False)
        judged.report.look_at = [
            (one.line, one.finding.label, one.finding.score)
            for one in set_.look_at
            if one.line not in judged.report.lines
        ]
        return judged


async def exchange_of_file(data: bytes, request_id: str) -> Exchange:
    """Return a training file's examples as an exchange. Raises RequestError that names the line."""
    lines = await asyncio.to_thread(openai_files.parse_file, data)
    return await asyncio.to_thread(openai_files.file_exchange, lines, request_id=request_id)
