"""Does an order in untrusted text stand behind a value: a sentence that names it and the doing?"""

import functools
from collections.abc import Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.places import authored, listed
from seawall.policy.provenance.request import STOPSTEMS, Request
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ADDRESSED, ASKS, sentences
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import EFFECT_WORDS, SAME_DOING, WRITE

_ENDINGS = ("ation", "ing", "ed", "es", "s", "e")
_ROOT_MIN = 3
_UN = 5
_SHARE = 0.6
_INFORMATIVE = 2
_IRREGULAR = {
    "sent": "send", "paid": "pay", "bought": "buy", "gave": "give", "given": "give",
    "told": "tell", "sold": "sell", "wrote": "write", "written": "write", "made": "make",
    "taken": "take", "withdrawn": "withdraw", "put": "put", "known": "know",
}  # fmt: skip


@functools.lru_cache(maxsize=8192)
def root(word: str) -> str:
    """Return the part that the forms of a doing share: delete, deleting, deleted."""
    word = _IRREGULAR.get(word, word)
    if word.startswith("un") and len(word) > _UN:
        word = word[2:]
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _ROOT_MIN:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > _ROOT_MIN and word[-1] == word[-2] else word


@functools.lru_cache(maxsize=512)
def _doings(profile_verbs: frozenset[str], effect: str) -> frozenset[str]:
    words = set(profile_verbs)
    for verb in profile_verbs:
        words |= SAME_DOING.get(verb, frozenset())
    if effect != WRITE:
        words |= EFFECT_WORDS.get(effect, frozenset())
    return frozenset(root(word) for word in words if len(word) >= _ROOT_MIN)


def speaks_of(profile: ToolProfile, text: str) -> bool:
    """Say whether a folded sentence holds, in any form, a word for what the tool does."""
    doings = _doings(profile.verbs | ({profile.doing} if profile.doing else set()), profile.effect)
    return any(root(word) in doings for word in texts.words(text))


def behind(profile: ToolProfile, value: Value, request: Request) -> bool:
    """Say whether a sentence of untrusted text that the user does not vouch for orders the value."""
    hits = value.untrusted
    if any(_orders(profile, hit) and not vouched(hit, request) for hit in hits):
        return True
    return any(_encoded(profile, hit.source, value) for hit in hits)


def _orders(profile: ToolProfile, hit: Hit) -> bool:
    if hit.level >= ADDRESSED:
        return True
    text = hit.source.text
    if hit.source.in_field(hit.start, hit.end):
        return False
    low, high = hit.source.sentence(hit.start, hit.end)
    return speaks_of(profile, text[low : hit.start] + " " + text[hit.end : high])


def _encoded(profile: ToolProfile, source: Source, value: Value) -> bool:
    """Say whether something encoded in the text names the value and what the tool does."""
    name = value.text or str(value.value)
    return any(
        name in inner and speaks_of(profile, inner) for _, _, inner in source.decoded
    )  # fmt: skip


def vouched(hit: Hit, request: Request) -> bool:
    """Say whether the user named the document or the person that says so."""
    if hit.source.named and not listed(hit.source):
        return True
    return request.relies and authored(hit, request)


def dictated(
    profile: ToolProfile, value: Value, request: Request, sources: Sequence[Source]
) -> bool:
    """Say whether a text to be sent says what a sentence of untrusted text wants said."""
    own = {stem(word) for word in texts.words(value.text)} - STOPSTEMS - request.stems
    if len(own) < _INFORMATIVE:
        return False
    for source in sources:
        if source.origin != "untrusted" or len(own & source.stems) < _SHARE * len(own):
            continue
        for low, high in sentences(source.text):
            here = {stem(word) for word in texts.words(source.text[low:high])}
            if len(own & here) < _SHARE * len(own) or not speaks_of(profile, source.text[low:high]):
                continue
            hit = Hit(source=source, start=low, end=high, level=ASKS)
            if not (authored(hit, request) or (request.relies and vouched(hit, request))):
                return True
    return False
