"""What a document that is to be followed may not bring about without a person."""

import re
from collections.abc import Sequence

from seawall.core.exchange import Role
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.choices import RIGHTS
from seawall.policy.provenance.infer import POWERS, ToolProfile, moves_money
from seawall.policy.provenance.request import FILE, QUOTED, STOPWORDS, Request
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import TRUSTED, Value
from seawall.policy.provenance.words import DELETE, EXECUTE, SEND

WAITS = "Only a document that is to be followed asks for this; a person has to decide."
# What holds many things: nobody can see what goes with it.
_WHOLES = frozenset(
    "folder folders directory database table account bucket repository repo volume disk device "
    "drive server tenant workspace project all everything backup backups archive".split()
)
# A field or a header line: "the file by Anna" in a sentence is anybody's word.
_AUTHOR = re.compile(
    r"(?:^|[\n{,(\[]|\\[n\f])[ \t>*-]{0,8}[\"']?\b(?:from|sender|author|by|reply-to|von|de|[a-z]{2,20}_by|owner)"
    r"[\"']?\s{0,2}[:=]\s{0,2}[\"'<]?([\w.@+-]{2,80})"
)
# A message says who sent it: anybody may give his the title that the user quotes.
_SIGNED = re.compile(
    r"\W*[^\n]{0,200}?\b(?:from|sender|reply-to|von|de|da)\b[\"']?\s?:|[^\n]*\n{1,2}(?:from|sender|von|de|da) ?:"
)
_OURS = re.compile(
    r"\b(?:my|our|mein\w*|unser\w*|mon|ma|mes|notre|nos|mi|mis|nuestr\w+)\b(?: [\w-]+){0,3}? "
    r"(?:to-?dos?|lists?|notes?|tasks?|files?|docs?|documents?|plans?|runbooks?|checklists?|sheets?|"
    r"memos?|liste\w*|aufgaben\w*|tâches|tareas|lista)\b"
)
_CARRIES = frozenset("attachment attachments file files document documents path paths".split())
# A right to see that these tools give.
_SHARES = frozenset("share shared access permission permissions".split())
_SEES = frozenset("r ro read reader reading readonly only view viewer viewing see guest".split())
_SHAPES = frozenset({"email", "url", "phone"})
# Money that goes back to whoever paid reaches nobody else.
_GIVES_BACK = frozenset("refund refunds reimburse erstatten reembolsar rembourser".split())
_PAYEES = frozenset({"account", "email"})
_OWN_WORDS = 0.5
# Words that nobody said may be as many of a text's: more could be anything, in any cipher.
_NEW_WORDS = 0.5
# Shorter words stand backwards, or in rot13, among others by chance.
_LONG = 5
_TOLD = (Role.TOOL, Role.DOCUMENT)


def own_document(source: Source, request: Request, arguments: str) -> bool:
    """Say whether the user vouches for a document: his file, his list, a person whom he named.

    `arguments`: folded, of the call that read it.
    """
    files = set(FILE.findall(request.text))
    if source.named and not (source.messages or _SIGNED.match(source.text)):
        files |= set(QUOTED.findall(request.text))
    if source.titled or any(name in arguments for name in files) or _OURS.search(request.text):
        return True
    authors = {word for match in _AUTHOR.finditer(source.text) for word in texts.words(match[1])}
    return bool(authors & request.naming)


def waits(
    profile: ToolProfile,
    values: Sequence[Value],
    followed: Sequence[Source],
    request: Request,
    *,
    own: bool,
) -> bool:
    """Say whether a person has to see a call that only a followed document asks for.

    `values`: as they stand without the document's word. `followed`: what the document says.
    `own`: the user vouches for it. Money, more rights and wholes wait in any case.
    """
    named = profile.nouns | profile.verbs
    if own and named & _GIVES_BACK and not any(v.shape in _PAYEES for v in values):
        return False
    if moves_money(profile) or (POWERS & named and not _lets_see(profile, values, request)):
        return True
    if profile.effect in (DELETE, EXECUTE):
        return not own or (profile.effect == DELETE and bool(_WHOLES & named))
    if profile.effect != SEND:
        return False
    away = any(v.shape in _SHAPES and v.origin not in TRUSTED and not _author(v) for v in values)
    carries = any(_CARRIES & set(split_name(v.argument)) for v in values if not v.empty)
    return away and (carries or not (own and _said(values, followed)))


def _lets_see(profile: ToolProfile, values: Sequence[Value], request: Request) -> bool:
    """Say whether only people whom the user named get something to see, and nothing beyond."""
    given = [value for value in values if value.kind == "target" and not value.empty]
    if not given or not POWERS & (profile.nouns | profile.verbs) <= _SHARES:
        return False
    rights = [one for one in values if RIGHTS & set(split_name(one.argument)) and not one.empty]
    if not all(one.origin in TRUSTED or _SEES.issuperset(texts.words(one.text)) for one in rights):
        return False
    if any(one.shape in _SHAPES and one.origin not in TRUSTED for one in given):
        return False  # who is named may be somebody else at another host
    people = [set(texts.words(value.text.partition("@")[0])) for value in given]
    return all(len(one) > 1 and one <= request.text_words for one in people)


def _author(value: Value) -> bool:
    """Say whether an address is the one that the document came from."""
    return any(
        match.start(1) <= hit.start < match.end(1)
        for hit in value.untrusted
        for match in _AUTHOR.finditer(hit.source.text, max(0, hit.start - 40), hit.end)
    )


def _said(values: Sequence[Value], followed: Sequence[Source]) -> bool:
    """Say whether the document holds what the call's texts say, or they carry nothing else away."""
    written = [value for value in values if value.long or value.kind == "content"]
    own = {stem(word) for value in written for word in texts.words(value.text)}
    own -= {stem(word) for word in STOPWORDS}
    known = {stem(word) for source in followed for word in source.words}
    if len(own & known) >= _OWN_WORDS * len(own):
        return True
    read = {source.part.pointer for source in followed}
    others = [s for value in written[:1] for s in value.sources if s.part.pointer not in read]
    known |= {one for s in others if s.origin in ("user", "operator") for one in s.stems}
    private = {one for s in others if s.part.role in _TOLD for one in s.stems}
    unknown = own - known
    counted = any(char.isdigit() for one in unknown for char in one)
    if counted or unknown & private or len(unknown) > _NEW_WORDS * len(own):
        return False
    return bool(own & known) and not _disguised(written, others)


def _disguised(written: Sequence[Value], others: Sequence[Source]) -> bool:
    """Say whether words of what tools said stand in a text backwards or in rot13."""
    said = {word for s in others if s.part.role in _TOLD for word in s.words if len(word) >= _LONG}
    words = {word for value in written for word in texts.words(value.text) if len(word) >= _LONG}
    return any(not said.isdisjoint(texts.turned(word)) for word in words)
