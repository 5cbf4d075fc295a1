"""What the detectors of code share: which pieces of a text are code of their language."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence

from seawall.core.exchange import Stage
from seawall.core.verdicts import Finding, Outcome, Verdict
from seawall.guard.code.blocks import fenced
from seawall.guard.code.problem import Problem
from seawall.guard.code.shell import ShellError
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Context, Pattern, Subject

Judge = Callable[[str, int, Sequence[str]], list[Problem]]
"""Code, its offset in the text, allowed hosts -> what is wrong with it. May raise ShellError."""

MOST_CHARACTERS = 200_000
# A string of JSON with the key before it. Possessive: linear on any text.
_VALUE = re.compile(r'"((?:[^"\\]|\\.){1,60}+)"\s{0,5}:\s{0,5}("(?:[^"\\]|\\.)*+")')


class CodeDetector:
    """Judges fenced code of answers, and the code that a tool call holds.

    A tool call in JSON: the strings under `keys`. Any other text of a tool call is code as a whole.
    `only_run`: labels of what only counts where code is about to run; guides are full of it.
    """

    def __init__(
        self, detector: str, languages: Sequence[str], keys: Sequence[str], judge: Judge,
        *, only_run: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.id = detector
        self._only_run = frozenset(only_run)
        self._languages, self._keys, self._judge = frozenset(languages), frozenset(keys), judge

    def patterns(self) -> tuple[Pattern, ...]:
        """No patterns: code is read by its grammar."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part; code that is too long or nests too deeply is UNKNOWN."""
        part, view = subject.part, subject.views[0]
        text = part.text
        found: list[Finding] = []
        total = 0
        try:
            for code, start, end in self._pieces(part.stage, text):
                total += len(code)
                if total > MOST_CHARACTERS:
                    return Verdict(
                        detector=self.id, outcome=Outcome.UNKNOWN, reason="code is too long"
                    )
                for problem in self._judge(code, start if end < 0 else 0, context.allow_hosts):
                    if problem.label in self._only_run and part.stage is not Stage.TOOL_CALL:
                        continue
                    at = (problem.start, problem.end) if end < 0 else (start, end)
                    found.append(
                        finding(
                            self.id, problem.label, view, *at, score=problem.score, why=problem.why
                        )
                    )
        except ShellError as error:
            return Verdict(detector=self.id, outcome=Outcome.UNKNOWN, reason=str(error))
        return verdict(self.id, found)

    def _pieces(self, stage: Stage, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield (code, start, -1), or (code, start, end) where places inside mean nothing."""
        if stage is Stage.TOOL_CALL:
            yield from called(text, self._keys)
            return
        for block in fenced(text):
            if block.language in self._languages:
                yield text[block.start : block.end], block.start, -1


def called(text: str, keys: Collection[str]) -> Iterator[tuple[str, int, int]]:
    """Yield the code of a tool call as (code, start, end); an end of -1: `start` is its place.

    In JSON, the strings under `keys`; any other text is code as a whole.
    """
    if _is_json(text):
        yield from _values(text, keys)
    else:
        yield text, 0, -1


def values(text: str) -> list[tuple[str, int, int]]:
    """Return the strings of a tool call in JSON as (string, start, end); none of another text."""
    return list(_values(text, None)) if _is_json(text) else []


def _values(text: str, keys: Collection[str] | None) -> Iterator[tuple[str, int, int]]:
    for match in _VALUE.finditer(text):
        if keys is None or match[1].lower() in keys:
            yield json.loads(match[2], strict=False), match.start(2), match.end(2)


def _is_json(text: str) -> bool:
    if text.lstrip()[:1] != "{":
        return False
    try:
        return isinstance(json.loads(text, strict=False), dict)
    except (ValueError, RecursionError):
        return False
