"""Prompts of a file of yours as a probe: CSV, JSON Lines or Parquet."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from seawall.catalog.model import Oracle, ProbeCard
from seawall.core.errors import InputError
from seawall.redteam.interchange.base import objects, read_bytes
from seawall.redteam.parquet import ParquetFile

_COLUMNS = ("prompt", "text", "question", "goal", "behavior", "input", "instruction")
MOST_ROWS, LONGEST = 200_000, 100_000


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """Which file, and which of its columns hold the prompt and the text that proves success.

    `column` empty: the first of prompt, text, question, goal, behavior, input, instruction.
    `expect` empty: nothing proves success, so answers that do not decline stay unscored.
    """

    path: Path
    column: str = ""
    expect: str = ""

    @property
    def options(self) -> list[str]:
        """The command's options that name it."""
        words = ["--dataset", str(self.path)]
        words += ["--column", self.column] if self.column else []
        return [*words, "--expect", self.expect] if self.expect else words


def card(dataset: Dataset) -> ProbeCard:
    """Return the file as a probe, a seed a row. Texts are sent as they stand: `{x}` is no slot.

    Raises InputError for a file that cannot be read, a column that is not there, a file without
    prompts, or more than 200,000 rows; MissingPartError for Zstandard without its package.
    """
    seeds: list[dict[str, Any]] = []
    column = dataset.column
    for number, row in enumerate(_rows(dataset), start=1):
        if number > MOST_ROWS:
            raise InputError(f"{dataset.path}: more than {MOST_ROWS} rows.")
        column = column or next((name for name in _COLUMNS if name in row), "")
        for name in filter(None, (column or "prompt", dataset.expect)):
            if name not in row:
                raise InputError(
                    f"{dataset.path}: no column {name!r}.",
                    hint=f"There are: {', '.join(filter(None, row))}.",
                )
        text = _text(dataset.path, number, row[column])
        if not text or len(text) > LONGEST:
            continue
        seed = {"id": f"row-{number}", "text": text, "literal": True}
        if dataset.expect:
            seed["foreign"] = _text(dataset.path, number, row[dataset.expect])
        seeds.append(seed)
    if not seeds:
        raise InputError(f"{dataset.path}: no prompts.")
    name = re.sub(r"[^A-Z0-9]+", "-", dataset.path.stem.upper()).strip("-")
    return ProbeCard(
        id=f"PRB-DATA-{name or 'SET'}", version=1, title=dataset.path.name,
        goal=f"Prompts of {dataset.path.name}.", risk="", controls=(), channel="user",
        oracle=Oracle(kind="phrase" if dataset.expect else "answered"), seeds=tuple(seeds),
        strategies=("plain",), n=len(seeds),
    )  # fmt: skip


def _text(path: Path, number: int, value: Any) -> str:
    """Return a cell as text, "" for none. Raises InputError for a list or an object."""
    if isinstance(value, (list, dict)):
        raise InputError(f"{path}: row {number} holds a list or an object where text is meant.")
    return "" if value is None else str(value).strip()


def _rows(dataset: Dataset) -> Iterator[dict[str, Any]]:
    path = dataset.path
    kind = path.suffix.lower()
    if kind in (".jsonl", ".ndjson"):
        return objects(path)
    if kind == ".csv":
        try:
            text = read_bytes(path).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InputError(f"{path}: not UTF-8.") from None
        return _table(path, text)
    if kind == ".parquet":
        return _parquet(dataset)
    raise InputError(f"{path}: no data set.", hint="Its name ends in .csv, .jsonl or .parquet.")


def _table(path: Path, text: str) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        yield from reader
    except csv.Error as error:
        raise InputError(f"{path}:{reader.line_num}: cannot be read as CSV: {error}.") from None


def _parquet(dataset: Dataset) -> Iterator[dict[str, Any]]:
    """Yield rows with the columns that are wanted; the others have no value."""
    path = dataset.path
    try:
        file = ParquetFile(read_bytes(path))
        first = dataset.column or next((name for name in _COLUMNS if name in file.columns), "")
        wanted = [name for name in (first, dataset.expect) if name in file.columns]
        if file.rows > MOST_ROWS:
            raise InputError(f"{path}: more than {MOST_ROWS} rows.")
        values = {name: file.values(name) for name in wanted}
        others = dict.fromkeys(file.columns)
        for _ in range(file.rows):
            yield others | {name: _read(next(each)) for name, each in values.items()}
    except StopIteration:
        raise InputError(f"{path}: cannot be read as Parquet: rows are missing.") from None
    except ValueError as error:
        raise InputError(f"{path}: cannot be read as Parquet: {error}.") from None


def _read(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value
