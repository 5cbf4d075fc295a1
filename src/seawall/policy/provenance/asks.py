"""What a text asks for: the effects that its words request, and those that they forbid."""

import re

import msgspec

from seawall.policy.provenance import words as lexicon
from seawall.policy.provenance.words import READ, SEND

_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*|[.!?;:\n,。！？]")
_STOP = frozenset(".!?;:\n,。！？")
_BREAK = frozenset(".!?;\n。！？")
_ME = frozenset("me us mir uns moi me nous mi noi mij ons mnie мне нам".split())
_READ_WITH_ME = frozenset("tell give show send read text get let report answer".split())
_WORD_LIMIT = 4000


class Asks(msgspec.Struct, frozen=True, kw_only=True):
    """Effects that a text requests or forbids, and its words.

    `weak`: effects a word could stand for where it may as well be a noun or a past event.
    """

    effects: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()
    forbidden: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


def _english(tokens: list[str], folded: str) -> bool:
    """Say whether a text is English, so that stems of other languages do not apply to it."""
    own = sum(token in lexicon.ENGLISH_MARKS for token in tokens)
    other = sum(token in lexicon.OTHER_MARKS for token in tokens)
    return not other and folded.isascii() if own == other else own > other


def _negated(tokens: list[str], at: int) -> bool:
    for token in reversed(tokens[max(0, at - 3) : at]):
        if token in _STOP:
            return False
        if token in lexicon.NEGATIONS or token.endswith(("n't", "n’t")):
            return True
    return False


def _is_request(tokens: list[str], at: int) -> bool:
    """Say whether the English verb at `at` asks, and does not name a thing or tell a story."""
    before = tokens[at - 1] if at else "."
    if tokens[at] in lexicon.NOUN_VERBS and before in lexicon.DETERMINERS:
        return False
    if before in lexicon.PRONOUNS:
        earlier = tokens[at - 2] if at > 1 else "."
        return earlier in lexicon.HELPERS
    return not (before in ("to", "the") and at > 1 and tokens[at - 2] in ("according", "due"))


def _made(tokens: list[str], at: int) -> set[str]:
    """Return the effects of the thing that a word like "make" or "write" is about."""
    found: set[str] = set()
    for token in tokens[at + 1 : at + 7]:
        if token in _BREAK:
            break
        if effect := lexicon.THING_EFFECT.get(token):
            found.add(effect)
    return found


def asks(folded: str) -> Asks:
    """Return what a folded text asks for."""
    tokens = _TOKEN.findall(folded)[:_WORD_LIMIT]
    effects: set[str] = set()
    weak: set[str] = set()
    forbidden: set[str] = set()
    english = _english(tokens, folded)
    for at, token in enumerate(tokens):
        found = set(lexicon.effects_of(token, english=english))
        if not found:
            continue
        follows = tokens[at + 1] if at + 1 < len(tokens) else ""
        if token in _READ_WITH_ME and follows in _ME and not token.startswith("send"):
            found = {READ}
        if (
            found == {SEND}
            and token.startswith("know")
            and "let" not in tokens[max(0, at - 6) : at]
        ):
            continue
        if token in lexicon.MAKERS:
            found |= _made(tokens, at)
        if _negated(tokens, at):
            forbidden |= found - {READ}
        elif token in lexicon.ENGLISH and not _is_request(tokens, at):
            weak |= found
        else:
            effects |= found
    for effect, marks in lexicon.SCRIPTS.items():
        if not folded.isascii() and any(mark in folded for mark in marks):
            effects.add(effect)
    return Asks(
        effects=frozenset(effects),
        weak=frozenset(weak),
        forbidden=frozenset(forbidden - effects),
        words=frozenset(token for token in tokens if token not in _STOP),
    )
