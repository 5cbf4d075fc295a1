"""Hold-back for streamed answers: nothing is released that could still become a finding."""

import re

from seawall.core.exchange import Exchange, Part, Role, Stage, Trust
from seawall.core.verdicts import Action
from seawall.guard.decision import Decision
from seawall.guard.engine import GuardEngine

HOLD_CHARACTERS = 4_000
LOOK_BACK = 2_000
# A sentence's end with white space behind it, or an empty line: no pattern of ours goes over it.
_BOUNDARY = re.compile(r"(?:[.!?…][\"'”»)\]]*|\n)\s+(?=\S)|[。！？]+")
_OPEN_RUN = re.compile(r"\S{24,}\s*\Z")
_ENCODED_LINE = re.compile(r"(?:[A-Za-z0-9+/=_%\-]{16,}|(?:[0-9A-Fa-f]{2}\s){6,})\s*\Z")


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
        self.decisions: list[Decision] = []

    def feed(self, text: str) -> str:
        """Take a piece; return what may be released now. Raises StreamBlocked."""
        self._held += text
        cut = self._safe_cut()
        if cut == 0:
            return ""
        ready, self._held = self._held[:cut], self._held[cut:]
        return self._release(ready, last=False)

    def finish(self) -> str:
        """Return the rest. Raises StreamBlocked."""
        ready, self._held = self._held, ""
        return self._release(ready, last=True)

    def _safe_cut(self) -> int:
        """Return how much of the held text ends at a boundary with no open run before it."""
        cut = 0
        for match in _BOUNDARY.finditer(self._held):
            before = self._held[: match.end()]
            if before.count("```") % 2 or "-----BEGIN" in before.replace("-----END", ""):
                continue
            if _ENCODED_LINE.search(before.rstrip("\n .")) or _OPEN_RUN.search(before):
                continue
            cut = match.end()
        if cut == 0 and len(self._held) > HOLD_CHARACTERS:
            cut = self._held.rfind(" ", 0, HOLD_CHARACTERS) + 1 or HOLD_CHARACTERS
        return cut

    def _part(self, text: str) -> Part:
        return Part(
            pointer=self._pointer,
            role=Role.ASSISTANT,
            trust=Trust.MODEL,
            stage=Stage.OUTPUT,
            text=text,
        )

    def _inspect(self, text: str) -> Decision:
        decision = self._engine.inspect([self._part(text)], self._exchange)
        self.decisions.append(decision)
        return decision

    def _release(self, ready: str, *, last: bool) -> str:
        """Inspect `ready` in the light of what went before, and return it, maybe redacted."""
        before = self._released if last else self._released[-LOOK_BACK:]
        decision = self._inspect(before + ready)
        if decision.action in (Action.BLOCK, Action.ASK):
            raise StreamBlocked(decision)
        if decision.action is Action.REDACT:
            ready = self._redacted(before, ready, decision)
        self._released += ready
        return ready

    def _redacted(self, before: str, ready: str, decision: Decision) -> str:
        """Redact the new text alone; a finding that reaches back into released text blocks."""
        reaches_back = any(
            finding.start < len(before) < finding.end
            for part in decision.parts
            for finding in part.findings
        )
        if reaches_back:
            raise StreamBlocked(decision)
        alone = self._inspect(ready)
        if alone.action in (Action.BLOCK, Action.ASK):
            raise StreamBlocked(alone)
        if alone.action is not Action.REDACT:
            return ready
        return alone.parts[0].redacted or ""
