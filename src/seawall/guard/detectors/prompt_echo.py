"""The answer repeats the system prompt."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from seawall.core.exchange import Exchange, Role
from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject, View
from seawall.guard.echo.secret import Secret
from seawall.guard.echo.secret import secret as hidden
from seawall.guard.echo.streams import Spelled
from seawall.guard.reading.mapped import CLEAN_KINDS
from seawall.guard.registered.letters import letters, places

_WORD = re.compile(r"\w+", re.UNICODE)
# Word runs shorter than this are ordinary language, not a leak.
_RUN = 8
_Words = tuple[str, ...]
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{7,}")
_LINE = re.compile(r"(?m)^[^\w\n]{0,20}(\w)")
# Letters of the shortest token that is looked for spelt out: shorter ones are met by chance.
_SPELT = 10


@lru_cache(maxsize=64)
def distinctive_tokens(text: str) -> frozenset[str]:
    """Return tokens that nobody writes by chance: letters and digits mixed, at least 8 long."""
    tokens = {t.lower() for t in _TOKEN.findall(text)}
    return frozenset(
        t for t in tokens if any(c.isdigit() for c in t) and sum(c.isalpha() for c in t) >= 3
    )


def _starts(text: str) -> list[int]:
    return [match.start() for match in re.finditer(r"\S+", text)]


def _spelt(view: View, tokens: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Yield where tokens stand letter by letter, turned round, or as first letters, and as what."""
    bare = {letters(token): token for token in tokens}
    long = [one for one in bare if len(one) >= _SPELT]
    if not long:
        return
    text = view.text
    # The letters first: places are worked out only where a token stands.
    for stream, where in (
        (letters(text), lambda: places(text).tolist()),
        ("".join([word[0] for word in text.split()]), lambda: _starts(text)),
        ("".join(_LINE.findall(text)), lambda: [m.start(1) for m in _LINE.finditer(text)]),
    ):
        lowered = stream.lower()
        for one in long:
            first = max(lowered.find(one), lowered.find(one[::-1]))
            if first >= 0:
                found = where()
                yield found[first], found[first + len(one) - 1] + 1, bare[one]


@lru_cache(maxsize=32)
def shingles(text: str) -> frozenset[_Words]:
    """Return all runs of _RUN consecutive words, lower case."""
    words = [word.lower() for word in _WORD.findall(text)]
    return frozenset(tuple(words[i : i + _RUN]) for i in range(len(words) - _RUN + 1))


def _texts(exchange: Exchange, role: Role) -> str:
    return "\n".join(part.text for part in exchange.parts if part.role is role)


def _given(exchange: Exchange) -> str:
    """Return what the others of a conversation said."""
    others = (Role.USER, Role.TOOL, Role.DOCUMENT)
    return "\n".join(part.text for part in exchange.parts if part.role in others)


def _runs_in(words: list[str], secret: frozenset[_Words]) -> list[int]:
    """Return where runs of the secret begin, by word."""
    last = len(words) - _RUN + 1
    return [i for i in range(last) if tuple(words[i : i + _RUN]) in secret]


def _shared_runs(view: View, secret: frozenset[_Words], given: str) -> Iterator[tuple[int, int]]:
    """Yield character ranges of maximal word runs of the secret that nobody else said."""
    words = [word.lower() for word in _WORD.findall(view.text)]
    if secret.isdisjoint(zip(*(words[i:] for i in range(_RUN)), strict=False)):
        return
    found = _runs_in(words, secret - shingles(given))
    places = [match.span() for match in _WORD.finditer(view.text)] if found else []
    start = end = -1
    for i in found:
        if start >= 0 and i > end:
            yield places[start][0], places[end][1]
            start = i
        start = i if start < 0 else start
        end = i + _RUN - 1
    if start >= 0:
        yield places[start][0], places[end][1]


class PromptEcho:
    """Finds distinctive tokens and long word runs of the system prompt in any reading."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """No patterns: what must not be repeated is known only per request."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one answer against the exchange's system parts."""
        if context.exchange is None:
            return verdict(self.id, ())
        system = _texts(context.exchange, Role.SYSTEM)
        if not system.strip():
            return verdict(self.id, ())
        given = _given(context.exchange)
        secret, tokens = shingles(system), distinctive_tokens(system)
        findings: list[Finding] = []
        for view in subject.views:
            lowered = view.text.lower()
            for token in tokens:
                at = lowered.find(token)
                if at < 0 or token in distinctive_tokens(given):
                    continue
                whole = len(lowered) != len(view.text)
                place = (0, len(view.text)) if whole else (at, at + len(token))
                findings.append(finding(self.id, "token", view, *place))
            for start, end in _shared_runs(view, secret, given):
                findings.append(finding(self.id, "verbatim", view, start, end, score=0.95))
        findings += self._spelt_tokens(subject, tokens, given)
        findings += self._echoes(subject, hidden(system, given))
        return verdict(self.id, findings)

    def _spelt_tokens(
        self, subject: Subject, tokens: frozenset[str], given: str
    ) -> Iterator[Finding]:
        """Yield tokens in disguise, in the cleanest reading, that nobody else wrote plainly."""
        view = [view for view in subject.views if view.kind in CLEAN_KINDS][-1]
        lowered = view.text.lower()
        found = list(_spelt(view, [token for token in tokens if token not in lowered]))
        said = letters(given) if found else ""
        for start, end, token in found:
            if letters(token) not in said:
                yield finding(self.id, "token", view, start, end, score=0.95, why="spelt")

    def _echoes(self, subject: Subject, secret: Secret) -> Iterator[Finding]:
        """Yield copies in any reading, and disguised ones in the cleanest."""
        clean = [view for view in subject.views if view.kind in CLEAN_KINDS]
        seen: set[bytes] = set()
        for view in subject.views:
            spelled = Spelled(view.text)
            letters = spelled.letters.tobytes()
            found = [] if letters in seen else list(secret.plain(spelled))
            seen.add(letters)
            if view is clean[-1]:
                found += secret.disguised(spelled)
            for echo in found:
                yield finding(
                    self.id, "verbatim", view, echo.start, echo.end, score=0.95, why=echo.kind
                )


def build(card: Card) -> Detector:
    """Return the detector."""
    return PromptEcho(card)
