"""What became of each attempt of a run, in eight bytes an attempt: a run of any length fits."""

from array import array
from collections.abc import Iterable
from typing import Self

from seawall.core.trials import Attempt, AttemptOutcome

_OUTCOMES = tuple(AttemptOutcome)
_CODE = {outcome: code for code, outcome in enumerate(_OUTCOMES, start=1)}
_MASK = 7
# A number may leave that many slots empty; ids whose numbers jump are kept as they are.
_GAP, _DIGITS = 4_096, 9


class Ledger:
    """Outcomes by the attempt's id.

    Ids that end in a number (`PROBE/seed/strategy/017`) have a slot of 64 bits: 61 of the id's
    hash, and the outcome. Other ids, and ids that share a slot, are kept whole.
    """

    def __init__(self) -> None:
        self._slots: dict[str, array[int]] = {}
        self._whole: dict[str, AttemptOutcome] = {}
        self._count = 0

    @classmethod
    def of(cls, rows: Iterable[Attempt]) -> Self:
        """Return a ledger of rows; the last row of an id counts."""
        made = cls()
        for row in rows:
            made.put(row.id, row.outcome)
        return made

    def __len__(self) -> int:
        return self._count

    def __contains__(self, attempt: str) -> bool:
        return self.get(attempt) is not None

    def get(self, attempt: str) -> AttemptOutcome | None:
        """Return what became of the attempt; None where it is not known."""
        slots, number = self._place(attempt)
        if number is not None and number < len(slots) and _same(slots[number], attempt):
            return _OUTCOMES[(slots[number] & _MASK) - 1]
        return self._whole.get(attempt)

    def put(self, attempt: str, outcome: AttemptOutcome) -> None:
        """Take note of an outcome; an earlier one of the same attempt is replaced."""
        slots, number = self._place(attempt)
        known = attempt in self._whole
        if not known and number is not None and number <= len(slots) + _GAP:
            if number >= len(slots):
                slots.extend([0] * (number + 1 - len(slots)))
            if not slots[number] or _same(slots[number], attempt):
                self._count += not slots[number]
                slots[number] = (hash(attempt) & ~_MASK) | _CODE[outcome]
                return
        self._count += not known
        self._whole[attempt] = outcome

    def _place(self, attempt: str) -> tuple["array[int]", int | None]:
        number = attempt.rpartition("/")[2]
        slots = self._slots.setdefault(attempt.partition("/")[0], array("q"))
        plain = number.isascii() and number.isdecimal() and len(number) <= _DIGITS
        return slots, int(number) if plain else None


def _same(slot: int, attempt: str) -> bool:
    return slot != 0 and slot & ~_MASK == hash(attempt) & ~_MASK
