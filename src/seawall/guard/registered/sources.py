"""Reads registered texts from files and folders."""

import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from seawall.core.errors import InputError
from seawall.guard.registered import index
from seawall.guard.registered.index import SECRET_ENV, Index

INDEX, RECORDS = ".npz", ".jsonl"


def files(paths: Iterable[Path]) -> list[Path]:
    """Return the files that are named, or lie in named folders (hidden ones do not count), sorted.

    Raises InputError for a path that does not exist, and where no file is left.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_file():
            found[path] = None
        elif path.is_dir():
            found.update(dict.fromkeys(sorted(filter(_counts(path), path.rglob("*")))))
        else:
            raise InputError(f"There is no file or folder {path}.")
    if not found:
        raise InputError("No file to register.", hint="Name text files, or folders of them.")
    return list(found)


def _counts(folder: Path) -> Any:
    def counts(path: Path) -> bool:
        inside = path.relative_to(folder).parts
        return path.is_file() and not any(part.startswith(".") for part in inside)

    return counts


def texts(path: Path) -> Iterator[str]:
    """Yield the texts of a file: the whole, or every string of every record of a .jsonl file.

    Raises InputError for a file that cannot be read, is not UTF-8, or holds a line without JSON.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        hint = "Registered texts are plain text: convert PDF and Word files first."
        raise InputError(f"{path} is not UTF-8 text.", hint=hint) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    if path.suffix.lower() != RECORDS:
        yield content
        return
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            yield from _strings(_record(line, path, number))


def _record(line: str, path: Path, number: int) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.MsgspecError, RecursionError):
        raise InputError(f"{path}:{number}: the line is not JSON.") from None


def _strings(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def secret() -> bytes:
    """Return the secret of the environment that new indexes are keyed with; empty for none."""
    return os.environ.get(SECRET_ENV, "").encode()


def open_all(paths: Iterable[str]) -> tuple[Index, ...]:
    """Return indexes of what a rule names: index files, and texts that are fingerprinted now.

    Raises InputError and IntegrityError.
    """
    named = [Path(path) for path in paths]
    indexes = [_opened(path, _state(path)) for path in named if path.suffix == INDEX]
    plain = [path for path in named if path.suffix != INDEX]
    if plain:
        found = tuple(files(plain))
        indexes.append(_made(found, tuple(map(_state, found))))
    return tuple(indexes)


def _state(path: Path) -> tuple[int, int]:
    """Return what changes when a file does."""
    try:
        status = path.stat()
    except OSError:
        raise InputError(f"There is no file {path}.") from None
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=16)
def _opened(path: Path, _: tuple[int, int]) -> Index:
    return index.load(path)


@lru_cache(maxsize=4)
def _made(paths: tuple[Path, ...], _: tuple[tuple[int, int], ...]) -> Index:
    return index.make(text for path in paths for text in texts(path))
