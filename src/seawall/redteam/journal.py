"""What an attacking model said and was told in the search under way, so that it can go on.

Rows hold no text. A search that was killed needs the texts of its last seed: they stand beside the
rows, for their owner's eyes only, until that seed is done; of the others only the names stay.
"""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec

from seawall.core.files import write_atomically
from seawall.redteam.jsonlines import decoded


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: a seed that is done, the seed under way, what the model said, or an answer."""

    done: str = ""
    seed: str = ""
    said: str | None = None
    number: int | None = None
    answer: str = ""


class Journal:
    """The journal of one search at `path`. Reading it raises InputError where it is damaged.

    A torn last line (the search was killed) is left out. What stood there is handed out again in
    the same order before anything new is asked.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._done: list[str] = []
        self._seed = ""
        self._said: list[str] = []
        self._answers: dict[int, str] = {}
        for line in self._lines():
            if line.done:
                self._done.append(line.done)
            elif line.seed:
                self._seed = line.seed
            elif line.said is not None:
                self._said.append(line.said)
            elif line.number is not None:
                self._answers[line.number] = line.answer

    def _lines(self) -> Iterator[_Line]:
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            numbered = enumerate(file, start=1)
            for _, line in decoded(numbered, _Line, self.path, "no journal of a search"):
                yield line

    def done(self, seed: str) -> bool:
        """Tell whether the search of this seed has ended."""
        return seed in self._done

    def begin(self, seed: str) -> None:
        """Go on with a seed, or start with another: then the texts of the last one are dropped."""
        if seed != self._seed:
            self._seed, self._said, self._answers = seed, [], {}
        self._write()

    def end(self) -> None:
        """Note that the seed is done, and drop its texts."""
        self._done.append(self._seed)
        self._seed, self._said, self._answers = "", [], {}
        self._write()

    async def said(self, ask: Callable[[], Awaitable[str]]) -> str:
        """Return what the model said here before the search was killed, else ask it."""
        if self._said:
            return self._said.pop(0)
        text = await ask()
        self._add(_Line(said=text))
        return text

    def answered(self, number: int) -> str | None:
        """Return what a query of the seed was answered; None where it is not known."""
        return self._answers.get(number)

    def note(self, number: int, answer: str) -> None:
        """Note a query's answer: before its row is written, so that no row is without one."""
        self._add(_Line(number=number, answer=answer))

    def _add(self, line: _Line) -> None:
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(line) + b"\n")

    def _write(self) -> None:
        lines = [_Line(done=name) for name in self._done]
        lines += [_Line(seed=self._seed)] if self._seed else []
        lines += [_Line(said=text) for text in self._said]
        lines += [_Line(number=number, answer=text) for number, text in self._answers.items()]
        data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
        write_atomically(self.path, data, mode=0o600)
