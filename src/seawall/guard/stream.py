"""Hold-back for streamed answers: nothing is released that could still become a finding."""

import re
from bisect import bisect_right
from itertools import islice

import msgspec

from seawall.core.exchange import Exchange, Part, Role, Stage, Trust
from seawall.core.verdicts import Action
from seawall.guard import redact
from seawall.guard.code.markdown import UNPAIRED, may_open, opening
from seawall.guard.decision import Decision
from seawall.guard.engine import GuardEngine

HOLD_CHARACTERS = 4_000
LOOK_BACK = 2_000
# From this much held text on, the end of a line will do.
_LINES_FROM = 400
# A sentence's end with white space behind it ("12. March" is none), or an empty line.
_BOUNDARY = re.compile(r"(?:(?<!\d)[.!?…][\"'”»)\]]*|\n)\s+(?=\S)|[。！？]+")
_LINE = re.compile(r"\n(?=\S)")
# No boundary is without one of these.
_ENDS = re.compile(r"[.!?…\n。！？]")
# What boundaries consist of, beside white space.
_SIGNS = frozenset(".!?…\"'”»)]。！？")
# Runs that may go on behind a boundary: long tokens, encoded lines, spelled-out letters.
_OPEN_RUN = re.compile(
    r"(?:\S{24}|[A-Za-z0-9+/=_%\-]{16}|(?:[0-9A-Fa-f]{2}[\s:,]{1,2}){4}[0-9A-Fa-f]{0,2}|"
    r"(?:[^\W_][ .\-_/|]{1,3}){4}[^\W_]?|[.\-/ ]{12}|(?:\d{2,3}[ ,]{1,3}){4}\d{0,3})[\s.!?]{0,40}\Z"
)
_WORD = re.compile(r"\w+")
_ECHO = 3
_FENCE = "```"
_KEY = "-----BEGIN"
# So many boundaries of one piece are looked at closely: a provider says how long a piece is.
_MOST_LOOKS = 500
# The last words of a secret may stand this far apart: numbered, in a table, between fillers.
_NEAR = 120


def _solid(text: str) -> int:
    """Return where the signs and blanks begin that end a text: what follows may change them."""
    end = len(text)
    while end and (text[end - 1] in _SIGNS or text[end - 1].isspace()):
        end -= 1
    return end


def _word_runs(text: str) -> set[tuple[str, ...]]:
    """Return all runs of _ECHO words, forwards and (each word too) backwards."""
    words = [word.lower() for word in _WORD.findall(text)]
    runs = {tuple(words[i : i + _ECHO]) for i in range(len(words) - _ECHO + 1)}
    turned = [word[::-1] for word in reversed(words)]
    return runs | {tuple(turned[i : i + _ECHO]) for i in range(len(turned) - _ECHO + 1)}


class StreamBlocked(Exception):  # noqa: N818 - the stream's end is an event, not a failure
    """The answer must not go on; `decision` says why. What was released before stays clean."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.action.value)
        self.decision = decision


class StreamGuard:
    """Guards one streamed answer (one choice). Not shared between requests.

    Text is released sentence by sentence, each inspected together with what was released before
    it (LOOK_BACK characters); `finish` inspects the whole answer once more.
    """

    def __init__(
        self, engine: GuardEngine, exchange: Exchange, pointer: str = "/choices/0"
    ) -> None:
        self._engine = engine
        self._exchange = exchange
        self._pointer = pointer
        self._released = ""
        self._held = ""
        # How much of it may be inspected and released; 0: it may still become a finding.
        self._cut = 0
        # Whether what was searched may still end with the next piece.
        self._ending = False
        # How far the held text was searched for boundaries, and its ends of lines, not yet tried.
        self._searched = 0
        self._lines: set[int] = set()
        operator = (part.text for part in exchange.parts if part.stage is Stage.SYSTEM)
        self._secret = _word_runs("\n".join(operator))
        self._words = frozenset(word for run in self._secret for word in run)
        # What opens anew what stood open there, and where the line begins that it is for.
        self._opening, self._read = "", 0
        self.decisions: list[Decision] = []

    def feed(self, text: str) -> str:
        """Take a piece; return what may be released now. Raises StreamBlocked."""
        return self.release() if self.take(text) else ""

    def take(self, text: str) -> bool:
        """Hold a piece back, uninspected; say whether `release` would have something to inspect."""
        self._held += text
        if self._ending or len(self._held) > HOLD_CHARACTERS or _ENDS.search(text) is not None:
            self._cut = self._safe_cut() or self._cut
        return self._cut > 0

    def release(self) -> str:
        """Return what may be released of what was taken. Raises StreamBlocked."""
        if (cut := self._cut) == 0:
            return ""
        self._cut = 0
        ready, self._held = self._held[:cut], self._held[cut:]
        self._searched = 0
        self._ending = _ENDS.search(self._held) is not None
        self._lines.clear()
        return self._release(ready, last=False)

    def finish(self) -> str:
        """Return the rest. Raises StreamBlocked."""
        ready, self._held, self._cut = self._held, "", 0
        return self._release(ready, last=True)

    @property
    def released(self) -> str:
        """Return what was released so far."""
        return self._released

    def _safe_cut(self) -> int:
        """Return how much of the held text ends at a boundary with nothing open before it.

        A boundary that is not closed stays so until something is released: each is tried once.
        """
        held = self._held
        if ends := self._new_ends():
            # Once for all boundaries: where code begins and ends, and where a key begins.
            fences = [match.end() for match in re.finditer(_FENCE, held)]
            key = held.find(_KEY)
            outside = (
                end
                for end in ends
                if bisect_right(fences, end) % 2 == 0 and not 0 <= key <= end - len(_KEY)
            )
            for end in islice(outside, _MOST_LOOKS):
                if self._closed(held, end):
                    return end
        if len(held) > HOLD_CHARACTERS and not self._cut:
            return held.rfind(" ", 0, HOLD_CHARACTERS) + 1 or HOLD_CHARACTERS
        return 0

    def _new_ends(self) -> list[int]:
        """Return the boundaries that the last piece brought or may have moved, last first."""
        held, start = self._held, self._searched
        self._searched = _solid(held)
        if not self._lines and _ENDS.search(held, start) is None:
            self._ending = False
            return []
        ends = {match.end() for match in _BOUNDARY.finditer(held, start)}
        self._lines.update(match.end() for match in _LINE.finditer(held, start))
        if len(held) > _LINES_FROM:
            ends |= self._lines
            self._lines.clear()
        self._ending = bool(self._lines) or _ENDS.search(held, self._searched) is not None
        return sorted(ends, reverse=True)

    def _closed(self, held: str, end: int) -> bool:
        """Return whether nothing that ends here could still grow into a finding."""
        tail = held[max(0, end - _LINES_FROM) : end]
        if _OPEN_RUN.search(tail):
            return False
        if not self._secret:
            return True
        words = [word.lower() for word in _WORD.findall((self._released[-_NEAR:] + tail)[-_NEAR:])]
        known = [word for word in words if word in self._words]
        return not {tuple(words[-_ECHO:]), tuple(known[-_ECHO:])} & self._secret

    def _part(self, text: str, *, last: bool) -> Part:
        return Part(
            pointer=self._pointer,
            role=Role.ASSISTANT,
            trust=Trust.MODEL,
            stage=Stage.OUTPUT,
            text=text,
            partial=not last,
        )

    def _inspect(self, text: str, *, last: bool) -> Decision:
        decision = self._engine.inspect([self._part(text, last=last)], self._exchange)
        self.decisions.append(decision)
        return decision

    def _release(self, ready: str, *, last: bool) -> str:
        """Inspect `ready` in the light of what went before, and return it, maybe redacted."""
        before = self._released if last else self._look_back()
        decision = self._inspect(before + ready, last=last)
        if decision.action in (Action.BLOCK, Action.ASK):
            raise StreamBlocked(decision)
        if decision.action is Action.REDACT:
            ready = self._redacted(before, ready, decision, last=last)
        self._released += ready
        return ready

    def _look_back(self) -> str:
        """Return the end of what was released, from a word's start on.

        Where code may stand in it, from a line's start, behind what opens a fence anew.
        """
        released = self._released
        if len(released) <= LOOK_BACK:
            return released
        at = len(released) - LOOK_BACK
        if not may_open(released):
            return released[released.find(" ", at) + 1 :]
        line = max(self._read, released.rfind("\n", self._read, at) + 1)
        if line > self._read:
            self._opening = opening(self._opening + released[self._read : line])
            self._read = line
        if at - line <= LOOK_BACK:
            return self._opening + released[line:]
        # Inside so long a line nobody knows which backticks pair; a dot opens no fence.
        return f"{UNPAIRED}{self._opening}.{released[released.find(' ', at) :]}"

    def _redacted(self, before: str, ready: str, decision: Decision, *, last: bool) -> str:
        """Redact the new text; a finding that reaches back into released text blocks."""
        cut, found = len(before), []
        for finding in (f for part in decision.parts for f in part.acting):
            if finding.start < cut < finding.end:
                raise StreamBlocked(decision)
            if finding.start >= cut:
                start, end = finding.start - cut, finding.end - cut
                found.append(msgspec.structs.replace(finding, start=start, end=end))
        cleaned = redact.redact(ready, found)
        again = self._inspect(before + cleaned, last=last)
        if again.action in (Action.BLOCK, Action.ASK):
            raise StreamBlocked(again)
        if any(f.end > cut for part in again.parts for f in part.acting):
            return redact.NOTICE.format(label=found[0].label) + " " if found else ""
        return cleaned
