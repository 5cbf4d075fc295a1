"""Does an order in untrusted text stand behind a value: a sentence that names it and the doing?"""

import functools
import re
from collections.abc import Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.asks import asks
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.places import (
    SENDER_LEAD,
    authored,
    called,
    keyed_by,
    listed,
    owned,
    purpose_named,
    several,
)
from seawall.policy.provenance.records import records
from seawall.policy.provenance.request import STOPSTEMS, Request
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ADDRESSED, ASKS, sentences
from seawall.policy.provenance.swaps import CORRECTS
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import (
    ALIKE,
    EFFECT_WORDS,
    EXACT,
    PAY,
    SAME_DOING,
    SELDOM_PAYS,
    WRITE,
)

_ROOT_MIN = 3
# Words for an effect that records are full of.
_ALSO_THINGS = frozenset(
    "book order reserve rent end text post mail email e-mail contact know".split()
)
_SHARE = 0.6
# What a change says of the ticket that it is for: "fixes LAB-140".
_REFERS = re.compile(r"\b(?:fix|close|resolve)(?:e?s|d|ed)?:? #?$")
# What every greeting says.
_GREETINGS = frozenset(
    stem(word)
    for word in "hello welcome dear good great glad happy have having here thanks thank regards team".split()
)
_INFORMATIVE, _SEVERAL = 2, 2
_ANSWER_MARK = re.compile(r"(?:re|aw|fwd?|wg|tr|rv|sv|rif|odp|antw): ?")
_SUBJECT = (
    r"(?:subject|title|subj|betreff|objet|asunto|oggetto|assunto|onderwerp|temat|ämne)\"?: ?\"?"
)
_QUOTES = re.compile(r"(?<![\w=])['‘“«»„](?=\w)")
# Within a sentence: what is all of a field stands behind a colon or a bracket.
_QUOTATION = re.compile(r"(?<=[^\W\d_] )\\?[\"“„«'‘]([^\"“”„«»\\\n]{10,200}?)\\?[\"”“»'’](?!\w)")
_WORDS_QUOTED = 3
_CAN_YOU = re.compile(r"\b(?:can|could|would|will) (?:you|someone|somebody|anybody|the \w+) \w")
# "Your booking number" speaks of no booking to be made.
_THINGS_SO_CALLED = re.compile(
    r"\b\w+ing (?=(?:number|reference|code|id|desk|office|confirmation|form|page|system|details|fee|hours|time|address)s?\b)"
)
_MUST = re.compile(
    r"\b(?:should|must|shall|needs? to|ha(?:s|ve) to|please|whoever|anyone|everyone|soll\w*|muss|müssen|bitte|wer|doit|doivent|debe\w*|deve\w*)\b"
)


@functools.lru_cache(maxsize=512)
def _doings(profile_verbs: frozenset[str], effect: str) -> frozenset[str]:
    words = set(profile_verbs)
    for verb in profile_verbs:
        words |= SAME_DOING.get(verb, frozenset())
    if effect != WRITE:
        words |= EFFECT_WORDS.get(effect, frozenset()) - SELDOM_PAYS - _ALSO_THINGS
    return frozenset(texts.root(word) for word in words if len(word) >= _ROOT_MIN)


def speaks_of(profile: ToolProfile, text: str) -> bool:
    """Say whether a folded sentence holds, in any form, a word for what the tool does."""
    own = profile.verbs | (profile.asks_for & EXACT.keys())
    own |= {profile.doing} if profile.doing else set()
    doings = _doings(own if profile.known else own | profile.nouns, profile.effect)
    text = _THINGS_SO_CALLED.sub(" ", text)
    return any(texts.root(word) in doings for word in texts.words(text))


def behind(profile: ToolProfile, value: Value, request: Request) -> bool:
    """Say whether a sentence of untrusted text that the user does not vouch for orders the value."""
    hits = value.untrusted
    if value.shape == "email" and any(_of_named(hit, request) for hit in hits):
        return False
    own = [hit for hit in hits if value.shape == "url" and hit.level == ASKS and owned(hit)]
    if request.relies and profile.effect in request.asks.effects:
        hits = [hit for hit in hits if hit not in own]
    if profile.effect in request.asks.effects:
        hits = [
            hit for hit in hits if not (_by_owner(value, hit) or pointed_at(value, hit, request))
        ]
    said = _spoken_of(profile, request)
    if any(
        _orders(profile, hit) and not ((said or hit.level < ASKS) and vouched(hit, request))
        for hit in hits
    ):
        return True
    return any(_encoded(profile, hit.source, value) for hit in hits)


def _spoken_of(profile: ToolProfile, request: Request) -> bool:
    """Say whether the user speaks of what a tool does or acts on, or wants all done that a text says."""
    if request.delegated or request.empty or not profile.doing:
        return True
    own = profile.verbs | profile.nouns | {profile.doing}
    own = own.union(
        *(SAME_DOING.get(word, frozenset()) | ALIKE.get(word, frozenset()) for word in own)
    )
    effect = profile.effect != WRITE and profile.effect in request.asks.effects
    return effect or bool({stem(word) for word in own} & request.stems)


def _of_named(hit: Hit, request: Request) -> bool:
    """Say whether an address stands as the sender of a message by somebody whom the user names."""
    if hit.level or not hit.source.in_field(hit.start, hit.end):
        return False
    text = hit.source.text
    sender = SENDER_LEAD.search(text, max(0, hit.start - 80), hit.start)
    own = frozenset(texts.words(text[hit.start : hit.end].partition("@")[0]))
    return sender is not None and request.links(own)


def _by_owner(value: Value, hit: Hit) -> bool:
    """Say whether somebody gives his own address, the one that the text came from."""
    if value.shape != "email" or hit.level > ASKS:
        return False
    if any(one.start <= hit.start < one.end and value.text in one.author
           for one in hit.source.messages):  # fmt: skip
        return True
    return f'"from": "{value.text}"' in hit.source.record(hit.start, hit.end)


def pointed_at(value: Value, hit: Hit, request: Request) -> bool:
    """Say whether the user says that an address stands in this text, and it gives no other."""
    if value.shape == "account" and PAY in request.asks.effects:
        return _own_account(hit)
    if not request.points_at_target or value.shape != "email" or hit.level > ASKS:
        return False
    if not hit.source.pointed or listed(hit.source):
        return False
    return {match.group() for match in texts.EMAIL.finditer(hit.source.text)} == {value.text}


# A bill says it in few words, and speaks to nobody.
_PAY_LINE = 5
_SPEAKS = frozenset("i you we me us it also he she please can could should must".split())
_MESSAGES = frozenset(
    "mail mails email emails inbox message messages chat dm ticket tickets post posts web page".split()
)


def _own_account(hit: Hit) -> bool:
    """Say whether a bill's own line gives this account, and the bill, no message, gives no other."""
    if not hit.source.pointed or hit.source.led or hit.level > ASKS or listed(hit.source):
        return False
    low, high = hit.source.sentence(hit.start, hit.end)
    line = f"{hit.source.text[low : hit.start]} {hit.source.text[hit.end : high]}"
    said = {word for word in texts.words(line) if word.isalpha()}
    if len(said) > _PAY_LINE or said & _SPEAKS or _MESSAGES & set(split_name(hit.source.part.name)):
        return False
    return len({texts.compact(one) for one in texts.IBAN.findall(hit.source.text)}) == 1


# How a bill names its sum.
_PAYABLE = re.compile(
    r"(?:to pay|(?:amount |total |sum )?(?:due|payable)|zu zahlen|zahlbar|zahlbetrag|à (?:payer|régler)|(?:total )?a pagar|da pagare|te betalen|"
    r"do zapłaty)(?: is)? ?: ?(?:[€$£] ?|eur ?|usd ?|gbp ?|chf ?)?$"
)


def _orders(profile: ToolProfile, hit: Hit) -> bool:
    if hit.level >= ADDRESSED:
        return True
    text = hit.source.text
    if hit.source.in_field(hit.start, hit.end):
        return False
    if hit.source.pointed and hit.level < ASKS and _PAYABLE.search(text, 0, hit.start):
        return False
    if (
        hit.source.named
        and hit.level == ASKS
        and _REFERS.search(text, max(0, hit.start - 24), hit.start)
    ):
        return False
    if hit.level >= ASKS and not profile.known:
        return True
    low, high = hit.source.sentence(hit.start, hit.end)
    around = text[low : hit.start] + " " + text[hit.end : high]
    if hit.level >= ASKS and profile.effect in asks(around, strange=True).effects:
        return True
    return speaks_of(profile, around)


def _encoded(profile: ToolProfile, source: Source, value: Value) -> bool:
    """Say whether something encoded in the text names the value and what the tool does."""
    name = value.text or str(value.value)
    return any(
        name in inner and speaks_of(profile, inner) for _, _, inner in source.decoded
    )  # fmt: skip


def asked_in_words(value: str, source: Source, request: Request) -> bool:
    """Say whether a sentence that asks holds every word of a value of several words, and no word is the user's."""
    if source.origin != "untrusted":
        return False
    own = {stem(word) for word in texts.words(value)}
    if len(own) < _SEVERAL or own & request.stems or not own <= source.stems:
        return False
    for low, high in sentences(source.text):
        here = {stem(word) for word in texts.words(source.text[low:high])}
        if own <= here and _MUST.search(source.text, low, high):
            return True
    return False


def _doing_beside(profile: ToolProfile, hit: Hit) -> bool:
    """Say whether the sentence of a place speaks of what the tool does."""
    low, high = hit.source.sentence(hit.start, hit.end)
    return speaks_of(profile, hit.source.text[low:high])


def unfounded(profile: ToolProfile, value: Value, request: Request) -> bool:
    """Say whether a number or day stands only in sentences of lists that the user relies on nobody for."""
    number = isinstance(value.value, int | float) or (
        value.text.isdigit() and value.kind != "selector"
    )
    if not (number or value.kind == "date") or value.origin not in ("untrusted", "instruction"):
        return False
    if value.value == 1:
        return False  # of what nobody counts there is one
    hits = value.untrusted
    if any(keyed_by(hit, request) for hit in hits):
        return False
    billed = request.relies and profile.effect == PAY and value.kind == "amount"
    if value.kind == "date" and not all(hit.level >= ASKS for hit in hits):
        return False
    ordered = any(hit.level >= ASKS and _doing_beside(profile, hit) for hit in hits)
    return all(
        listed(hit.source) and not request.everybody and not (billed and len(records(hit.source.text)) == 1)
        and (ordered or not hit.source.in_field(hit.start, hit.end))
        and not called(hit, request) and not vouched(hit, request)
        for hit in hits
    )  # fmt: skip


def displaced(value: Value) -> bool:
    """Say whether the records hold another value under the argument's own name."""
    key = f'"{value.argument.rsplit("/", 1)[-1].casefold()}": "'
    hits = value.untrusted
    return bool(hits) and all(
        key in hit.source.text
        and hit.how != "date"
        and listed(hit.source)
        and not hit.source.in_field(hit.start, hit.end)
        for hit in hits
    )


def vouched(hit: Hit, request: Request) -> bool:
    """Say whether the user named the document or the person that says so."""
    by_author = authored(hit, request)
    if hit.source.named and not listed(hit.source) and (by_author or not several(hit.source)):
        return True
    return request.relies and by_author


def _reply_line(value: Value) -> bool:
    """Say whether a text is the subject of a message that was read, marked as an answer to it."""
    mark = _ANSWER_MARK.match(value.text)
    rest = value.text[mark.end() :] if mark is not None else ""
    return bool(rest) and any(
        re.search(rf"{_SUBJECT}{re.escape(rest)}(?=[\"\n|]| \||$)", s.text) is not None
        for s in value.sources if s.origin == "untrusted" and rest in s.text
    )  # fmt: skip


def _word_for_word(value: Value, source: Source, request: Request) -> bool:
    """Say whether a text is, but for a greeting, what untrusted text has in quotation marks.

    Not where the user names who quotes it, leaves something to a text, or says those words himself.
    """
    if source.origin != "untrusted":
        return False
    size = len(texts.words(value.text))
    for match in _QUOTATION.finditer(source.text):
        inner = match[1].strip()
        words = texts.words(inner)
        if len(words) < _WORDS_QUOTED or len(words) < _SHARE * size or inner in request.text:
            continue
        hit = Hit(source=source, start=match.start(1), end=match.end(1), level=ASKS)
        his = authored(hit, request) or request.entrusted is not None
        if inner in value.text and not his:
            return True
    return False


def dictated(
    profile: ToolProfile, value: Value, request: Request, sources: Sequence[Source]
) -> bool:
    """Say whether a text to be sent says what a sentence of untrusted text wants said."""
    own = {stem(word) for word in texts.words(value.text)} - STOPSTEMS - request.stems - _GREETINGS
    if len(own) < _INFORMATIVE or _reply_line(value):
        return False
    if any(_word_for_word(value, source, request) for source in sources):
        return True
    # Whoever has a bill of his paid gives the reference that the bill asks for.
    reference = profile.effect == PAY and purpose_named(value)
    for source in sources:
        if source.origin != "untrusted" or (reference and source.named):
            continue
        hidden = [{stem(word) for word in texts.words(inner)} for _, _, inner in source.decoded]
        if any(len(own & here) >= _SHARE * len(own) for here in hidden):
            return True
        if len(own & source.stems) < _SHARE * len(own):
            continue
        for low, high in sentences(source.text):
            here = {stem(word) for word in texts.words(source.text[low:high])}
            if len(own & here) < _SHARE * len(own) or not speaks_of(profile, source.text[low:high]):
                continue
            told = _MUST.search(source.text, low, high) or CORRECTS.search(source.text, low, high)
            quoted = _QUOTES.search(source.text, low, high)
            told = told or _CAN_YOU.search(source.text, low, high)
            if source.named and source.level(low, high) < ASKS and not (told or quoted):
                continue
            hit = Hit(source=source, start=low, end=high, level=ASKS)
            if not (authored(hit, request) or (request.relies and vouched(hit, request))):
                return True
    return False
