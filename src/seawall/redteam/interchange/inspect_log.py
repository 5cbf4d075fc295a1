"""Inspect's logs (`.eval` or `.json`): a row for each sample, judged by a scorer that you name."""

import importlib
import operator
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from seawall.core.errors import InputError, MissingPartError
from seawall.core.notjson import NOT_JSON
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.interchange.base import LARGEST_LINE, Imported, attempt, head_of, read_bytes

TOOL = "inspect"
_ZSTD, _LOCAL_HEADER = 93, 30
_HINT = "`inspect log convert --to json` makes a file that can be read."
_CONDITION = re.compile(r"^(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


def read(path: Path, mode: Mode, scorer: str, success: str) -> Imported:
    """Read a log. `success` says which value of `scorer` is a success of the attack.

    It is a value (`C`) or a condition on a number (`>= 0.5`): scorers differ in what is good.
    A sample without that score is unscored, one that failed an error. Raises InputError; the
    message names the scorers of the log when `scorer` is none of them.
    """
    head, samples = _log(path)
    rows: list[Attempt] = []
    seen: set[str] = set()
    spec = _dict(head.get("eval"))
    task = str(spec.get("task") or "task")
    for sample in samples:
        seen |= set(_dict(sample.get("scores")))
        rows.append(_row(sample, task, mode, scorer, success))
    if seen and scorer not in seen:
        raise InputError(
            f"{path}: no scorer is called {scorer!r}.",
            hint=f"There are: {', '.join(sorted(seen))}.",
        )
    made = head_of(path, TOOL, str(spec.get("model") or ""), str(spec.get("created") or ""), mode)
    return Imported(head=made, rows=tuple(rows))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _log(path: Path) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
    if zipfile.is_zipfile(path):
        return _header(path), _zipped(path)
    try:
        whole = _dict(msgspec.json.decode(read_bytes(path)))
    except NOT_JSON:
        raise InputError(f"{path}: no JSON and no .eval file.") from None
    if "eval" not in whole:
        raise InputError(f"{path}: no log of Inspect.")
    return whole, iter([_dict(one) for one in whole.get("samples") or ()])


def _header(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        # A run that was cut off has only what was written when it began.
        name = next((n for n in ("header.json", "_journal/start.json") if n in names), "")
        if not name:
            raise InputError(f"{path}: no log of Inspect.")
        return _member(path, archive, name)


def _zipped(path: Path) -> Iterator[dict[str, Any]]:
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.startswith("samples/") and name.endswith(".json"):
                yield _member(path, archive, name)


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> dict[str, Any]:
    info = archive.getinfo(name)
    if info.file_size > LARGEST_LINE:
        raise InputError(f"{path}: {name} is too large.")
    try:
        data = _unzstd(path, info) if info.compress_type == _ZSTD else archive.read(name)
    except (NotImplementedError, zipfile.BadZipFile, RuntimeError) as error:
        raise InputError(f"{path}: {name} cannot be unpacked: {error}.", hint=_HINT) from None
    try:
        return _dict(msgspec.json.decode(data))
    except NOT_JSON:
        raise InputError(f"{path}: {name} is no JSON.") from None


def _unzstd(path: Path, info: zipfile.ZipInfo) -> bytes:
    """Return a member that was packed with Zstandard, which Python's zipfile cannot read."""
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        raise MissingPartError(
            f"{path}: packed with Zstandard.", hint=f"Install zstandard, or: {_HINT}"
        ) from None
    with path.open("rb") as file:
        file.seek(info.header_offset)
        local = file.read(_LOCAL_HEADER)
        file.seek(
            int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), 1
        )
        packed = file.read(info.compress_size)
    try:
        unpacked = zstandard.ZstdDecompressor().decompress(packed, max_output_size=info.file_size)
    except zstandard.ZstdError as error:
        raise InputError(f"{path}: cannot be unpacked: {error}.", hint=_HINT) from None
    return bytes(unpacked)


def _row(sample: Mapping[str, Any], task: str, mode: Mode, scorer: str, success: str) -> Attempt:
    name, epoch = str(sample.get("id", "")), sample.get("epoch", 1)
    outcome, reason = _judged(sample, scorer, success)
    return attempt(
        TOOL, task, f"{name}/{epoch}", outcome, mode=mode, cluster=name, reason=reason,
        seconds=round(float(sample.get("total_time") or 0.0), 4),
    )  # fmt: skip


def _judged(sample: Mapping[str, Any], scorer: str, success: str) -> tuple[AttemptOutcome, str]:
    if sample.get("error"):
        return AttemptOutcome.ERROR, "The sample failed."
    score = _dict(sample.get("scores")).get(scorer)
    value = _dict(score).get("value")
    if value is None or isinstance(value, list | dict):
        return AttemptOutcome.UNSCORED, f"No single value of {scorer}."
    condition = _CONDITION.match(success.strip())
    if condition is None:
        hit = str(value) == success
    elif not isinstance(value, int | float):
        return AttemptOutcome.UNSCORED, f"The value of {scorer} is no number."
    else:
        hit = _COMPARE[condition[1]](float(value), float(condition[2]))
    if hit:
        return AttemptOutcome.COMPLIED, f"{scorer} says so."
    if _filtered(sample):
        return AttemptOutcome.BLOCKED, "A content filter blocked it."
    return AttemptOutcome.REFUSED, f"{scorer} says so."


def _filtered(sample: Mapping[str, Any]) -> bool:
    """Tell whether the last answer ended because a content filter stopped it."""
    choices = _dict(sample.get("output")).get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return _dict(first).get("stop_reason") == "content_filter"
