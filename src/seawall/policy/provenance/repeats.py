"""Was a call made before, and does nobody but a text of outsiders want it once more?"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from seawall.core.exchange import Role
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import argument_kind
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.words import EXECUTE, PAY, SEND

_FAILED = re.compile(
    r"\b(?:error|fail\w*|denied|refused|invalid|rejected|time[d ]?out|unavailable|not (?:found|sent|paid|booked|possible))\b"
)
_TWICE = re.compile(
    r"\b(?:twice|again|once more|two times|another|each|every|all|both|repeat\w*|resend|zweimal|nochmal\w*|noch einmal|erneut|deux fois|"
    r"encore|dos veces|otra vez|due volte|ancora|duas vezes|twee keer|opnieuw)\b"
)
_SAME_WORDS = 0.6


Call = tuple[str, dict[str, Any]]
"""A tool's name and arguments."""


def repeated(
    profile: ToolProfile, arguments: dict[str, Any], request: Request, sources: Sequence[Source],
    beside: Sequence[Call],
) -> bool:  # fmt: skip
    """Say whether this turn already made the same call, and it did not fail.

    `beside`: the calls of the same answer that pass.
    The same: whom it goes to, how much and when; a text may be worded anew, a reference may differ.
    """
    if profile.effect not in (PAY, SEND, EXECUTE) or _TWICE.search(request.text):
        return False
    asked = max((s.part.turn for s in sources if s.origin == "user"), default=0)
    mine = _told(arguments, profile)
    names = {one.casefold() for one in arguments}
    for before in (*_made(profile, sources, asked), *_beside(profile, beside)):
        if profile.tool:
            before = {one: value for one, value in before.items() if one.casefold() in names}
        if before and _alike(mine, _told(before, profile)):
            return True
    return False


def _made(profile: ToolProfile, sources: Sequence[Source], asked: int) -> Iterator[dict[str, Any]]:
    """Yield the arguments of this turn's calls of the tool that did not fail."""
    for source in sources:
        if source.part.role is not Role.TOOL or source.part.name != (profile.tool or profile.name):
            continue
        if source.part.turn >= asked and not _FAILED.search(source.text):
            yield _arguments(source.arguments)


def _beside(profile: ToolProfile, calls: Sequence[Call]) -> Iterator[dict[str, Any]]:
    for name, arguments in calls:
        if name == (profile.tool or profile.name):
            yield _arguments(texts.fold(msgspec.json.encode(arguments).decode()))


def _arguments(folded: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(folded)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _told(arguments: dict[str, Any], profile: ToolProfile) -> tuple[str, frozenset[str]]:
    """Return what a call is about as one text, and the words that it carries."""
    firm: dict[str, Any] = {}
    said: set[str] = set()
    for name, value in sorted(arguments.items()):
        kind = profile.kinds.get(name) or argument_kind(name)
        if kind == "content":
            said |= set(texts.words(texts.fold(str(value))))
        elif kind != "selector" or profile.effect != PAY:
            firm[name.casefold()] = value
    return texts.fold(msgspec.json.encode(firm).decode()), frozenset(said)


def _alike(one: tuple[str, frozenset[str]], other: tuple[str, frozenset[str]]) -> bool:
    if one[0] != other[0] or one[0] == "{}":
        return False
    most = max(len(one[1]), len(other[1]))
    return not most or len(one[1] & other[1]) >= _SAME_WORDS * most
