"""What the readers of other tools' files share: a reader's result, and files read with care."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from seawall.core.errors import InputError
from seawall.core.notjson import NOT_JSON
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.rows import Head

SAID = "The gateway's words for a block."
LARGEST_LINE = 32_000_000
LARGEST_FILE = 512_000_000


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A run of another tool: head, rows, and how many of its records were no attempts."""

    head: Head
    rows: tuple[Attempt, ...]
    left_out: int = 0


def head_of(path: Path, tool: str, target: str, created: str, mode: Mode) -> Head:
    """Return a head: the run's id is a digest of the file, so that it is known again."""
    digest = hashlib.sha256(read_bytes(path)).hexdigest()[:32]
    return Head(
        run=digest, target=f"{tool}: {target}" if target else tool, mode=mode, seed=0,
        created=created[:10],
    )  # fmt: skip


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes. Raises InputError when it cannot be read or is larger than 512 MB."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{path}: larger than {LARGEST_FILE // 1_000_000} MB.")
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}.") from None


def objects(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of a file of lines. Raises InputError naming the line."""
    for number, line in enumerate(read_bytes(path).splitlines(), start=1):
        if not line.strip():
            continue
        if len(line) > LARGEST_LINE:
            raise InputError(f"{path}:{number}: the line is too long.")
        try:
            found = msgspec.json.decode(line)
        except NOT_JSON:
            raise InputError(f"{path}:{number}: no JSON.") from None
        if not isinstance(found, dict):
            raise InputError(f"{path}:{number}: no JSON object.")
        yield found


def attempt(
    tool: str, probe: str, name: str, outcome: AttemptOutcome, *, mode: Mode, cluster: str,
    strategy: str = "plain", reason: str = "", controls: tuple[str, ...] = (),
    seconds: float = 0.0,
) -> Attempt:  # fmt: skip
    """Return a row; its probe carries the tool's name, so that it is none of our catalogue's."""
    full = f"{tool}:{probe}"
    return Attempt(
        id=f"{full}/{name}", probe=full, mode=mode, outcome=outcome, strategy=strategy,
        cluster=f"{full}/{cluster}", reason=reason, controls=controls, seconds=seconds,
    )  # fmt: skip
