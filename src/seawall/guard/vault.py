"""Pseudonyms that can be undone: a session's vault of personal values, in memory only."""

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Never

import msgspec

from seawall.core.errors import SeawallError
from seawall.guard.pseudonyms import LITERAL, TOKEN, Key, Restorer, key_of, written

HOUR = 3_600.0


class VaultFullError(SeawallError):
    """A vault holds as many values as it may. The text was not changed and must not be sent."""

    code = "vault_full"
    status = 503


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """Characters that go: for a pseudonym of this kind, or for good if there is a notice."""

    start: int
    end: int
    kind: str
    notice: str = ""


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Which characters of the old text a stretch of the new one stands for."""

    start: int
    end: int
    old_start: int
    old_end: int
    kept: bool


class Replaced(msgspec.Struct, frozen=True, kw_only=True):
    """The new text, and its pieces in order."""

    text: str
    pieces: tuple[Piece, ...]


class Vault:
    """The personal values of one session, each with its pseudonym. Thread-safe.

    Values are forgotten `seconds` after the vault was last used; numbers are never used twice.
    Neither `repr` nor errors show a value, and a vault cannot be pickled or copied.
    """

    def __init__(
        self,
        *,
        seconds: float = HOUR,
        most: int = 10_000,
        most_characters: int = 2_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`most`: values, and pseudonyms of others to stay clear of; `clock` gives seconds."""
        self._seconds, self._clock = seconds, clock
        self._most, self._most_characters = most, most_characters
        self._lock = threading.Lock()
        self._values: dict[Key, str] = {}
        self._keys: dict[tuple[str, str], Key] = {}
        self._taken: set[Key] = set()
        self._last: dict[str, int] = {}
        self._characters = 0
        self._used = clock()

    def __repr__(self) -> str:
        return f"<Vault of {len(self)} values>"

    def __len__(self) -> int:
        with self._lock:
            self._touch()
            return len(self._values)

    def __reduce__(self) -> Never:
        raise TypeError("a vault stays in the memory of its process")

    def clear(self) -> None:
        """Forget all values now."""
        with self._lock:
            self._forget()

    def restore(self, text: str) -> str:
        """Return the text with the values of this session in place of their pseudonyms.

        What was forgotten, or never was one of this vault, stays as it is.
        """
        with self._lock:
            self._touch()
            return TOKEN.sub(self._value, text)

    def restorer(self) -> Restorer:
        """Return a restorer for an answer that arrives in pieces."""
        return Restorer(self.restore)

    def replace(self, text: str, ranges: Iterable[Range]) -> Replaced:
        """Return the text with pseudonyms, the same for the same value. Raises VaultFullError.

        What reads like a pseudonym of this session but stands in the text already becomes one
        itself, so that `restore` gives the text back as it was.
        """
        wanted = _merged(ranges)
        masked = _masked(text, wanted)
        with self._lock:
            self._touch()
            literal = [
                Range(start=match.start(), end=match.end(), kind=LITERAL)
                for match in TOKEN.finditer(masked)
                if self._collides(key_of(match.group()))
            ]
            return self._replaced(text, sorted([*wanted, *literal], key=lambda item: item.start))

    def _replaced(self, text: str, wanted: list[Range]) -> Replaced:
        new, pieces, size, last = [], [], 0, 0

        def add(words: str, start: int, end: int, *, kept: bool) -> None:
            nonlocal size
            if words:
                place = Piece(
                    start=size, end=size + len(words), old_start=start, old_end=end, kept=kept
                )
                pieces.append(place)
                new.append(words)
                size += len(words)

        for item in wanted:
            add(text[last : item.start], last, item.start, kept=True)
            told = item.notice or self._token(item.kind, text[item.start : item.end])
            add(told, item.start, item.end, kept=False)
            last = item.end
        add(text[last:], last, len(text), kept=True)
        return Replaced(text="".join(new), pieces=tuple(pieces))

    def _token(self, kind: str, value: str) -> str:
        key = self._keys.get((kind, value))
        if key is None:
            key = self._new(kind, value)
        return written(*key)

    def _new(self, kind: str, value: str) -> Key:
        if len(self._values) >= self._most or (
            self._characters + len(value) > self._most_characters
        ):
            raise VaultFullError(
                f"The vault holds {len(self._values)} values and takes no more.",
                hint="Use one vault a session, and clear it when the session ends.",
            )
        number = self._last.get(kind, 0) + 1
        while (kind, number) in self._taken:
            number += 1
        self._last[kind] = number
        key = (kind, number)
        self._values[key] = value
        self._keys[kind, value] = key
        self._characters += len(value)
        return key

    def _collides(self, key: Key) -> bool:
        """Return whether a pseudonym in somebody's text is one of ours; else stay clear of it."""
        if key in self._values:
            return True
        if len(self._taken) >= self._most:
            raise VaultFullError(
                "The vault knows too many pseudonyms of others and takes no more.",
                hint="Use one vault a session, and clear it when the session ends.",
            )
        self._taken.add(key)
        return False

    def _value(self, match: re.Match[str]) -> str:
        return self._values.get(key_of(match.group()), match.group())

    def _touch(self) -> None:
        now = self._clock()
        if now - self._used > self._seconds:
            self._forget()
        self._used = now

    def _forget(self) -> None:
        self._values.clear()
        self._keys.clear()
        self._characters = 0


class Vaults:
    """A vault for each session, by its key. Thread-safe.

    The vault that was asked for longest ago goes when there are more than `most`.
    """

    def __init__(self, *, most: int = 1_000, seconds: float = HOUR) -> None:
        """`seconds`: how long an unused vault keeps its values."""
        self._most, self._seconds = most, seconds
        self._lock = threading.Lock()
        self._vaults: OrderedDict[str, Vault] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Vaults of {len(self._vaults)} sessions>"

    def session(self, key: str) -> Vault:
        """Return the session's vault. Take a key that nobody can guess or choose."""
        with self._lock:
            vault = self._vaults.get(key)
            if vault is None:
                vault = self._vaults[key] = Vault(seconds=self._seconds)
            self._vaults.move_to_end(key)
            while len(self._vaults) > self._most:
                self._vaults.popitem(last=False)
            return vault

    def end(self, key: str) -> None:
        """Forget a session."""
        with self._lock:
            vault = self._vaults.pop(key, None)
        if vault is not None:
            vault.clear()


def _merged(ranges: Iterable[Range]) -> list[Range]:
    """Return the ranges in order and apart; a notice wins, then the longest."""
    merged: list[Range] = []
    for item in sorted(ranges, key=lambda one: (one.start, -one.end)):
        if merged and item.start < merged[-1].end:
            before = merged[-1]
            longest = max(before, item, key=lambda one: one.end - one.start)
            merged[-1] = Range(
                start=before.start,
                end=max(before.end, item.end),
                kind=longest.kind,
                notice=before.notice or item.notice,
            )
        elif item.end > item.start:
            merged.append(item)
    return merged


def _masked(text: str, ranges: list[Range]) -> str:
    """Return the text, as long as it was, with a sign that no pseudonym has over the ranges."""
    pieces, last = [], 0
    for item in ranges:
        pieces += [text[last : item.start], "\0" * (item.end - item.start)]
        last = item.end
    return "".join([*pieces, text[last:]])
