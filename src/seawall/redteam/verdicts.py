"""What people say of findings: true or false, by name, with a reason, kept in a file."""

import hashlib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from seawall.core import yamlfile
from seawall.core.files import write_atomically
from seawall.core.trials import Mode


class Judged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's word on a fault: a true finding, or a false one, with author, reason and day."""

    finding: Annotated[str, Meta(pattern=r"^F-[0-9a-f]{8}$")]
    verdict: Literal["true", "false"]
    by: Annotated[str, Meta(min_length=1)]
    reason: Annotated[str, Meta(min_length=1)]
    date: Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]

    @property
    def told(self) -> str:
        """The word for people to read."""
        return f"{self.verdict} ({self.by}: {self.reason})"


def fault_id(probe: str, mode: Mode, evidence: str) -> str:
    """Return the id under which a fault is known in every run."""
    digest = hashlib.sha256(f"{probe}\n{mode.value}\n{_shape(evidence)}".encode()).hexdigest()
    return f"F-{digest[:8]}"


def _shape(evidence: str) -> str:
    """Return the evidence without its numbers: how long an answer was does not make it another."""
    return "".join("0" if sign.isdigit() else sign for sign in evidence).strip()


def read_judged(path: Path) -> tuple[Judged, ...]:
    """Return the words of a file, none when it does not exist. Raises InputError with the line."""
    if not path.exists():
        return ()
    return yamlfile.load(path, tuple[Judged, ...])


def judge(path: Path, word: Judged) -> None:
    """Add a person's word to the file, or put it in place of an earlier one on the same fault.

    Raises InputError when the file cannot be read.
    """
    kept = [one for one in read_judged(path) if one.finding != word.finding]
    lines = [f"- {msgspec.json.encode(one).decode()}" for one in (*kept, word)]
    write_atomically(path, "\n".join(lines) + "\n")
