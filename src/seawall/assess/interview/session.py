"""One sitting: which question is next, and what a typed line does."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from seawall.assess.interview.file import ProfileFile
from seawall.assess.interview.relevance import matters, settled
from seawall.assess.interview.typed import read_typed
from seawall.catalog.model import Question
from seawall.core.profile import Fact

Move = Literal["answered", "kept", "skipped", "back", "quit", "help", "refused"]
SOURCE = "interview"


class Reply(NamedTuple):
    """What a line did, and the sentence to show (may be empty)."""

    move: Move
    message: str = ""


class Progress(NamedTuple):
    """How many questions matter, how many of these have an answer, how many say unknown."""

    total: int
    answered: int
    unknown: int


class Session:
    """Walks through the questions that matter and writes each answer at once."""

    def __init__(
        self,
        file: ProfileFile,
        questions: Mapping[str, Question],
        *,
        today: str,
        owner: str,
        again: bool = False,
    ) -> None:
        """Start where the file stops. `again`: also ask what was answered with unknown."""
        self._file, self._questions = file, questions
        self._today, self._owner = today, owner
        self._visited: list[str] = []
        self._skipped: set[str] = set()
        self.profile = file.load()
        self._again = {
            key for key, fact in self.profile.facts.items() if again and fact.value is None
        }
        self._forced = ""
        self._follow()

    @property
    def current(self) -> Question | None:
        """Return the question to ask, None when nothing is left."""
        if self._forced:
            return self._questions[self._forced]
        for question in self._questions.values():
            key = question.fact
            open_again = key in self._again and matters(question, self.profile)
            if key in self._skipped:
                continue
            if open_again or (
                matters(question, self.profile) and not settled(question, self.profile)
            ):
                return question
        return None

    @property
    def offered(self) -> Fact | None:
        """Return the answer that an empty line keeps: discovered, or given before going back."""
        question = self.current
        fact = None if question is None else self.profile.facts.get(question.fact)
        return None if fact is None or fact.value is None else fact

    @property
    def progress(self) -> Progress:
        """Count the questions that matter."""
        asked = [q for q in self._questions.values() if matters(q, self.profile)]
        done = [q for q in asked if settled(q, self.profile)]
        unknown = sum(self.profile.value(q.fact) is None for q in done)
        return Progress(len(asked), len(done), unknown)

    def say(self, line: str) -> Reply:
        """Act on a typed line: an answer, or unknown, skip, back, quit, help; empty keeps an offer.

        Raises InputError when the file cannot be read or written any more.
        """
        question = self.current
        if question is None:
            return Reply("quit")
        word = line.strip().casefold()
        if word in ("quit", "q", "exit"):
            return Reply("quit")
        if word in ("help", "h"):
            return Reply("help")
        if word in ("back", "b"):
            return self._back()
        if word in ("skip", "s"):
            return self._skip(question)
        if not word:
            return self._keep(question)
        try:
            value = read_typed(line, question)
        except ValueError as error:
            stop = "" if str(error).endswith("?") else "."
            return Reply("refused", f"That does not fit: {error}{stop}")
        self._write(question, Fact(
            key=question.fact, value=value, source=SOURCE, date=self._today, owner=self._owner
        ))  # fmt: skip
        return Reply("answered")

    def _back(self) -> Reply:
        while self._visited:
            key = self._visited.pop()
            self._skipped.discard(key)
            if matters(self._questions[key], self.profile):
                self._forced = key
                return Reply("back")
        return Reply("refused", "This is the first question of this sitting.")

    def _skip(self, question: Question) -> Reply:
        self._moved(question)
        self._skipped.add(question.fact)
        return Reply(
            "skipped", "Skipped: it will be asked next time, and counts as unknown till then."
        )

    def _keep(self, question: Question) -> Reply:
        fact = self.offered
        if fact is None:
            return Reply("refused", "Type an answer, or unknown, skip, back, quit or help.")
        if not fact.partial:
            self._moved(question)
            return Reply("kept")
        source = f"{SOURCE}, confirmed"
        self._write(question, Fact(
            key=question.fact, value=fact.value, source=source, date=self._today,
            owner=self._owner, grounds=fact.grounds,
        ))  # fmt: skip
        return Reply("kept")

    def _moved(self, question: Question) -> None:
        self._forced = ""
        self._visited.append(question.fact)

    def _write(self, question: Question, fact: Fact) -> None:
        self.profile = self._file.put({question.fact: fact})
        self._again.discard(question.fact)
        self._skipped.discard(question.fact)
        self._moved(question)
        self._follow()

    def _follow(self) -> None:
        self.profile = self._file.follow(self._today)
