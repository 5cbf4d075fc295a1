"""Go through a repository within limits: no links, no vendored or ignored folders."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from seawall.assess.discover.ignore import VENDORED, Rule, ignored, rules_of
from seawall.core.errors import InputError

MAX_FILES = 20_000
MAX_DEPTH = 40
MAX_TEXT = 1_000_000
MAX_TOTAL = 300_000_000


class Found(NamedTuple):
    """A file to read: path on disk, path in the repository (with /), size in bytes."""

    file: Path
    path: str
    size: int


class Walk:
    """The files of a repository in a fixed order. `cut` says why some were not listed, or ""."""

    def __init__(self, root: Path, *, max_files: int = MAX_FILES) -> None:
        """Raises InputError when `root` is no folder that can be read."""
        if not root.is_dir():
            raise InputError(f"{root}: is no folder.", hint="Name the folder of a repository.")
        self.root, self.max_files = root, max_files
        self.cut = ""
        self.unlisted: list[str] = []

    def files(self) -> list[Found]:
        """Return the files, sorted by path, at most `max_files`."""
        found: list[Found] = []
        for entry in self._below(self.root, "", ()):
            if len(found) >= self.max_files:
                self.cut = f"more than {self.max_files:,} files; the rest was not read"
                break
            found.append(entry)
        return found

    def _below(
        self, folder: Path, base: str, layers: tuple[tuple[str, list[Rule]], ...]
    ) -> Iterator[Found]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            self.unlisted.append(base or ".")
            return
        layers = (*layers, *self._own_rules(folder, base))
        for entry in entries:
            path = f"{base}/{entry.name}" if base else entry.name
            if entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                if entry.name in VENDORED or ignored(layers, path, folder=True):
                    continue
                if path.count("/") >= MAX_DEPTH:
                    self.unlisted.append(path)
                    continue
                yield from self._below(Path(entry.path), path, layers)
            elif entry.is_file(follow_symlinks=False) and not ignored(layers, path, folder=False):
                yield Found(Path(entry.path), path, entry.stat(follow_symlinks=False).st_size)

    def _own_rules(self, folder: Path, base: str) -> tuple[tuple[str, list[Rule]], ...]:
        place = folder / ".gitignore"
        if place.is_symlink() or not place.is_file():
            return ()
        with place.open(encoding="utf-8", errors="replace") as file:
            return ((base, rules_of(file.read(MAX_TEXT))),)
