"""Words with their glosses in sixteen bytes each: a dictionary takes ten times that."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable
from sys import intern
from typing import Protocol


class Words(Protocol):
    """Words with their glosses."""

    def get(self, form: str, /) -> str | None:
        """Return a form's gloss, None if there is no such form."""
        ...

    def __contains__(self, form: object, /) -> bool: ...


def pairs(text: str) -> list[tuple[str, str]]:
    """Read lines of a form, a tab and a gloss. Raises ValueError for another line."""
    *cells, end = text.replace("\n", "\t").split("\t")
    if end or 2 * text.count("\n") != len(cells):
        raise ValueError("a line is not a form and a gloss.")
    return [*zip(cells[::2], map(intern, cells[1::2]), strict=True)]


def folder() -> Traversable:
    """Return where the lists are."""
    return resources.files("seawall.guard.model") / "glosses"


def languages() -> list[str]:
    """Return the codes of the languages that have a word list."""
    names = (path.name for path in folder().iterdir())
    return sorted(name.removesuffix(".txt") for name in names if name.endswith(".txt"))


def pairs_of(code: str, end: str = ".txt") -> list[tuple[str, str]]:
    """Return a list's forms, each with its gloss. Raises OSError, ValueError.

    `code`: the language; `end`: how its file ends.
    """
    try:
        return pairs((folder() / f"{code}{end}").read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{code}{end}: {error}") from error


class WordList:
    """Form -> gloss. Forms are known by their hash, of 64 bits. Thread-safe."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Of a form that comes twice the last gloss holds."""
        known = sorted({hash(form): gloss for form, gloss in pairs}.items())
        self._hashes = array("q", (number for number, _ in known))
        self._glosses = [gloss for _, gloss in known]

    def __len__(self) -> int:
        return len(self._hashes)

    def get(self, form: str) -> str | None:
        """Return a form's gloss, None if the list has no such form."""
        wanted = hash(form)
        at = bisect_left(self._hashes, wanted)
        if at < len(self._hashes) and self._hashes[at] == wanted:
            return self._glosses[at]
        return None

    def __contains__(self, form: object) -> bool:
        return isinstance(form, str) and self.get(form) is not None


class WordLists:
    """Several lists: the first that has a form decides."""

    def __init__(self, lists: Iterable[Words]) -> None:
        self._lists = tuple(lists)

    def get(self, form: str) -> str | None:
        """Return the first list's gloss of a form, None if none has it."""
        for one in self._lists:
            found = one.get(form)
            if found is not None:
                return found
        return None

    def __contains__(self, form: object) -> bool:
        return isinstance(form, str) and self.get(form) is not None
