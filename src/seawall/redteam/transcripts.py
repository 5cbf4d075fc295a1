"""What was said in attacks that succeeded, with secrets and personal data masked."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from seawall.core.errors import InputError, SeawallError
from seawall.core.exchange import Stage
from seawall.core.trials import Attempt, AttemptOutcome
from seawall.core.verdicts import Action, Outcome
from seawall.redteam.jsonlines import decoded
from seawall.redteam.planning import Planned
from seawall.redteam.target import Observation

if TYPE_CHECKING:
    from seawall.guard.api import Guard

LONGEST, _PIECE = 4_000, 65_536
NOT_SHOWN = "[not shown: it could not be masked]"
MASKED = ("secrets", "personal-data")


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt's dialogue, masked and cut to 4,000 characters a text. `planted` is an
    outsider's text, `effects` the names of the tools that ran."""

    attempt: str
    messages: tuple[str, ...] = ()
    planted: str = ""
    answer: str = ""
    effects: tuple[str, ...] = ()


@cache
def _guard() -> "Guard":
    # Imported here, as in `calibrate`.
    from seawall.guard.api import Guard
    from seawall.guard.engine import GuardEngine
    from seawall.policy.model import GuardRule

    rules = tuple(
        GuardRule(detector=name, control="guard", action=Action.REDACT, stages=(Stage.OUTPUT,))
        for name in MASKED
    )
    return Guard.around(GuardEngine(rules))


def masked(text: str) -> str | None:
    """Return the text without secrets and personal data; None where it cannot be read."""
    if not text.strip():
        return text
    try:
        checked = _guard().check(text, Stage.OUTPUT)
    except SeawallError:
        return None
    if checked.outcome is Outcome.CLEAN:
        return text
    return None if checked.outcome is Outcome.UNKNOWN else checked.redacted


def mask(text: str) -> str:
    """Return the masked text, cut for showing. What cannot be read is not shown."""
    shown = masked(text)
    return NOT_SHOWN if shown is None else shown[:LONGEST]


def transcript(planned: Planned, observation: Observation) -> Transcript:
    """Return the masked dialogue of one attempt."""
    return Transcript(
        attempt=planned.attack.id,
        messages=tuple(mask(message) for message in planned.attack.messages),
        planted=mask(planned.attack.text),
        answer=mask(observation.text),
        effects=tuple(effect.kind for effect in observation.effects),
    )


def keeper(path: Path) -> Callable[[Planned, Observation, Attempt], None]:
    """Return a witness that appends the transcript of each attack that succeeded (JSON Lines).

    A line that a killed run left torn is taken out first. Raises InputError where it can't be.
    """
    _mend(path)

    def keep(planned: Planned, observation: Observation, row: Attempt) -> None:
        if row.outcome is AttemptOutcome.COMPLIED:
            with path.open("ab") as file:
                file.write(msgspec.json.encode(transcript(planned, observation)) + b"\n")

    return keep


def _mend(path: Path) -> None:
    try:
        with path.open("r+b") as file:
            end = file.seek(0, os.SEEK_END)
            while end > 0:
                start = max(0, end - _PIECE)
                file.seek(start)
                last = file.read(end - start).rfind(b"\n")
                if last >= 0:
                    file.truncate(start + last + 1)
                    return
                end = start
            file.truncate(0)
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}.") from None


def read_transcripts(path: Path) -> dict[str, Transcript]:
    """Return the transcripts by attempt, without a torn last line. Raises InputError naming file
    and line."""
    found = {}
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}.") from None
    for _, one in decoded(enumerate(lines, start=1), Transcript, path, "not a transcript"):
        found[one.attempt] = one
    return found
