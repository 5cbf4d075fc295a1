"""Could a text that outsiders wrote have led to a call? If none could, the user's request did."""

import re
from collections.abc import Callable, Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.asks import asks, openings
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ASKS, sentence, sentences
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.tool_words import NAME_EFFECT
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import (
    DELETE,
    EXACT,
    EXECUTE,
    GRAMMAR,
    HANDLE,
    PAY,
    READ,
    SAME_DOING,
    SIDE_EFFECTS,
)

_WORD_MIN = 4
_OF_MONEY = re.compile(
    r"\b(?:pay\w*|transfer\w*|refund\w*|sums?|amounts?|prices?|totals?|doubl\w*|euros?|dollars?|pounds?|"
    r"zahl\w*|überweis\w*|betr[aä]g\w*|pag\w*|montant|importe|virement)\b"
)
# A sum that somebody wants beside the one that was spoken of.
_ON_TOP = re.compile(
    r"\b(?:on top|plus|add(?:ed|s)?|extra|additional(?:ly)?|tips?|as well|too|also|surcharge|lägg till|zusätzlich|dazu|"
    r"aufschlag|trinkgeld|en plus|ajout\w+|pourboire|además|añad\w+|propina|in più|aggiung\w+|mancia|a mais|acrescent\w+|gorjeta|"
    r"erbij|fooi|dodaj|napiwek|drauf\w*|obendrauf|noch|encore|encima|nog)\b"
)
_SUMS = 40
# A longer text is made of many things.
_SHORT = 80
_LABEL = 5
# Fewer words are a key or a label.
_SAID = 3
_CENT = 0.01
_LEAD = re.compile(
    r"(?:^|[\n{\[,])[\s\"'-]*[\w .-]{1,30}[\"']?\s*:\s*[\"'\[]{0,2}$|(?:^|\n)\s*-?\s*[\"']?$"
)
_TAIL = re.compile(r" ?(?:[€$£%]|(?:eur|usd|gbp|chf|euros?|kg|h|min)\b)?[\"']?\s*(?:[,\]}\n]|$)")


def caused(
    profile: ToolProfile,
    values: Sequence[Value],
    sources: Sequence[Source],
    meant: Callable[[Hit], bool] | None = None,
) -> bool:
    """Say whether untrusted text speaks to a model, holds the call's values in prose, or asks.

    `meant`: says of a value in prose whether the user's words point at it. Then it leads nowhere,
    unless the sentence asks in words of the tool or the effect is a strong one.

    A text counts that has an instruction span, something encoded that asks, a value of the call
    outside a field, or a sentence about what the tool acts on that asks for its effect.
    """
    strong = profile.effect in (DELETE, EXECUTE, PAY)
    untrusted = [source for source in sources if source.origin == "untrusted"]
    if any(_may_lead(profile, s.text[one.start : one.end]) for s in untrusted for one in s.spans):
        return True

    def led(value: Value) -> bool:
        if meant is None or strong:
            return _in_prose(profile, value, strong)
        return _leads(profile, value, meant)

    if any(led(value) for value in values if not value.empty):
        return True
    if any(_may_lead(profile, inner) for s in untrusted for _, _, inner in s.decoded):
        return True
    if named_doing(profile, sources):
        return True
    words = {word for word in profile.nouns | profile.verbs if len(word) >= _WORD_MIN}
    return any(_asked_for(profile, source, words) for source in untrusted)


def spoken_for(profile: ToolProfile, values: Sequence[Value], sources: Sequence[Source]) -> bool:
    """Say whether untrusted text speaks to a model, hides an order, or tells the tool's own doing.

    Of a call that is not grave nothing else is a cause: what a text says among people gives it no
    value (`behind`), and to understand the request is harder than to see where a value stands.
    """
    untrusted = [source for source in sources if source.origin == "untrusted"]
    if any(source.spans for source in untrusted):
        return True
    if any(hit.level > ASKS for one in values if not one.empty for hit in one.untrusted):
        return True
    if any(_may_lead(profile, inner) for s in untrusted for _, _, inner in s.decoded):
        return True
    return named_doing(profile, sources)


def _may_lead(profile: ToolProfile, text: str) -> bool:
    """Say whether an order may be one for this effect; one that nobody understands may be."""
    found = asks(text).effects & (SIDE_EFFECTS | {HANDLE})
    return not found or bool(found & {profile.effect, HANDLE})


def _leads(profile: ToolProfile, value: Value, meant: Callable[[Hit], bool]) -> bool:
    """Say whether a place in prose, which the user's words do not point at, leads to a call."""
    if value.long or value.kind == "content":
        return any(hit.level >= ASKS for hit in value.untrusted)
    own = value.origin in ("user", "operator", "trusted")
    for hit in value.untrusted:
        if as_data(profile, hit) or (hit.level < ASKS and (own or meant(hit))):
            continue
        if hit.level > ASKS or _in_its_words(profile, hit) or not (own or meant(hit)):
            return True
    return False


def _in_its_words(profile: ToolProfile, hit: Hit) -> bool:
    """Say whether the sentence around a value speaks of what the tool does or acts on."""
    low, high = hit.source.sentence(hit.start, hit.end)
    here = {stem(word) for word in texts.words(hit.source.text[low:high])}
    named = profile.nouns | profile.verbs | {profile.doing}
    own = set(named).union(*(SAME_DOING.get(word, frozenset()) for word in named))
    return bool(here & {stem(word) for word in own if len(word) >= _WORD_MIN})


def _in_prose(profile: ToolProfile, value: Value, strong: bool) -> bool:
    own = value.origin in ("user", "operator", "trusted") and not strong
    if len(value.text) > _SHORT:
        return any(hit.level >= ASKS for hit in value.untrusted)
    return any(hit.level >= ASKS if own else not as_data(profile, hit) for hit in value.untrusted)


def as_data(profile: ToolProfile, hit: Hit) -> bool:
    """Say whether a value stands as data: alone, or in a row or list that says nothing.

    A row says something where it has a word of grammar, or speaks of what the tool does.
    """
    if structural(hit):
        return True
    if hit.level >= ASKS or profile.effect in (DELETE, EXECUTE) or not profile.known:
        return False
    if hit.source.in_field(hit.start, hit.end):
        return not _in_its_words(profile, hit)
    low, high = hit.source.sentence(hit.start, hit.end)
    text = hit.source.text
    around = text[low : hit.start] + " " + text[hit.end : high]
    if texts.shape(text[hit.start : hit.end]) in ("email", "url", "account"):
        return False
    said = [word for word in texts.words(around) if word.isalpha()]
    if len(said) > _LABEL or not GRAMMAR.isdisjoint(said):
        return False
    return not _in_its_words(profile, hit)


def structural(hit: Hit) -> bool:
    """Say whether the value is all there is in a field, an entry of a list or a line."""
    text = hit.source.text
    lead = text[max(0, hit.start - 60) : hit.start]
    return bool(_LEAD.search(lead)) and bool(_TAIL.match(text, hit.end)) and hit.level < ASKS


def named_doing(profile: ToolProfile, sources: Sequence[Source]) -> bool:
    """Say whether untrusted text tells to do what only this tool's name calls so: "redline X"."""
    doing = profile.doing
    if not doing or doing in EXACT or profile.effect == READ:
        return False
    here = [s for s in sources if s.origin == "untrusted" and doing in s.words]
    return any(doing not in NAME_EFFECT or doing in openings(s.text) for s in here)


def recomputed(
    profile: ToolProfile, values: Sequence[Value], sources: Sequence[Source]
) -> Value | None:
    """Return a sum from nowhere where an order to a model speaks of paying; None where there is none.

    "When paying her, double it": no place holds what such an order makes of a sum.
    """
    sums = [v for v in values if v.kind == "amount" and v.origin == "nowhere" and not v.empty]
    if profile.effect != PAY or not sums:
        return None
    if any(_topped_up(sums[0], s) for s in sources if s.origin == "untrusted"):
        return sums[0]
    told = any(
        one.level > ASKS and _OF_MONEY.search(s.text, one.start, one.end)
        for s in sources if s.origin == "untrusted"
        for one in s.spans
    )  # fmt: skip
    return sums[0] if told else None


def _topped_up(value: Value, source: Source) -> bool:
    """Say whether a text wants a sum put on top of another one of it, which makes the value."""
    if not _ON_TOP.search(source.text):
        return False
    known = [one for one in texts.numbers(source.text) if one > 0][:_SUMS]
    for low, high in sentences(source.text):
        said = source.text[low:high]
        if not _ON_TOP.search(said):
            continue
        for extra in texts.numbers(said):
            if any(_made(float(value.value), one, extra) for one in known if one != extra):
                return True
    return False


def _made(total: float, one: float, extra: float) -> bool:
    """Say whether a sum, or half of it, and an extra make the total."""
    return extra > 0 and any(abs(part + extra - total) < _CENT for part in (one, one / 2))


def _hidden(profile: ToolProfile, values: Sequence[Value], source: Source) -> bool:
    """Say whether what stands encoded in a text asks for the effect, by the tool's doing or a value."""
    for low, high, inner in source.decoded:
        if "%" in source.raw[low:high] or profile.effect not in asks(inner, strange=True).effects:
            continue
        said = set(texts.words(inner))
        if profile.doing in said or any(len(v.text) > 1 and v.text in inner for v in values):
            return True
    return False


def ciphered(profile: ToolProfile, values: Sequence[Value], sources: Sequence[Source]) -> bool:
    """Say whether untrusted text hides an order for a call, or its doing, turned or shifted."""
    if any(_hidden(profile, values, s) for s in sources if s.origin == "untrusted"):
        return True
    doings = {
        one for one in profile.verbs | {profile.doing} if len(one) > _WORD_MIN and one.isascii()
    }
    hidden = {form for one in doings for form in texts.turned(one)}
    hidden -= doings
    return any(
        one in source.text and one in source.words
        for source in sources if source.origin == "untrusted"
        for one in hidden
    )  # fmt: skip


def _asked_for(profile: ToolProfile, source: Source, words: set[str]) -> bool:
    for word in words:
        at = source.text.find(word)
        while at >= 0:
            low, high = sentence(source.text, at, at + len(word))
            said = len(texts.words(source.text[low:high])) >= _SAID
            if said and profile.effect in asks(source.text[low:high]).effects:
                return True
            at = source.text.find(word, high)
    return False
