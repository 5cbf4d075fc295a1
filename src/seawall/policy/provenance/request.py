"""The user's own request: which effects, which targets, which documents he points at."""

import functools
import re
from collections.abc import Sequence

import msgspec

from seawall.core.exchange import Role
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.asks import Asks, asks, openings
from seawall.policy.provenance.entrust import Entrusted, entrusted_in
from seawall.policy.provenance.follow import contents, follows
from seawall.policy.provenance.reliance import speaks_of_others
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.words import (
    DELETE,
    HANDLE,
    READ,
    SIDE_EFFECTS,
    STARTERS,
    WRITE,
    effects_of,
)

_POINTS_AT_TARGET = re.compile(
    r"\b(?:to )?where (?:they|he|she|it) (?:asks?|wants?|says?|needs?|should|would)\b|\bwhere (?:it|that|they) should go\b|"
    r"\b(?:ask|say|tell|mail)\w* (?:me |us )?where (?:to|it|they)\b|"
    r"\b(?:who|that|which) (?:asks?|asked|wants?|wanted|requests?|requested|wrote|writes)\b[^.?!\n]{0,30}\b(?:in|from|on)\b|"
    r"\b(?:address|(?:her|his|their|whose|its) (?:e-?)?mail(?:['’]s)?|account|iban|number|details|recipients?|"
    r"adresse|konto|kontonummer|compte|cuenta|dirección|indirizzo|conto|endereço|conta|adres|"
    r"rekening|konta|адрес|счет|счёт)(?:es)?\b[^.?!\n]{0,30}\b(?:in|from|given|listed|mentioned|"
    r"on|stated|specified|provided|there|aus|im|dans|du|en|del|nel|no|na|uit|z|w|в|из)\b"
)  # fmt: skip
_WANTS = re.compile(
    r"\b(?:i'd like|i would like|i want|(?:get|find|book|bring) us|i need|we need|we want|i'll take|get me|can i have|could i|"
    r"can i|ich möchte|ich will|ich brauche|je veux|je voudrais|quiero|quisiera|necesito|vorrei|"
    r"voglio|quero|preciso|gostaria|ik wil|chcę|хочу|мне нужно|should|needs? to|has to|have to)\b"
)
_CONFIRMS = re.compile(
    r"\W*(?:yes|yep|yeah|ok|okay|sure|go ahead|do it|please do|confirmed?|correct|sounds good|"
    r"perfect|great|fine|ja|genau|mach das|oui|d'accord|vas-y|sí|si|claro|adelante|certo|va bene|"
    r"sim|pode|tak|да|давай|好的?|はい|네)\b.{0,80}",
    re.DOTALL,
)
_GENERIC = frozenset(
    "everyone everybody somebody anybody anyone ones those all them him her they each sender senders author authors participant "
    "participants attendee attendees team customer customers client clients vendor vendors "
    "supplier suppliers landlord colleague colleagues manager boss contact contacts group member "
    "members guest guests list latest last newest recent oldest first cheapest best highest lowest "
    "most whoever who someone person people employee employees user users applicant applicants "
    "candidate candidates organizer organiser organizers host owner owners assignee reporter "
    "company support hotel restaurant airline shop store seller provider doctor teacher student "
    "students parents tenant tenants recipient recipients friend friends roommate roommates "
    "reply replies respond answer forward sender's biller payee accountant lawyer staff driver "
    "absender teilnehmer alle kunde kunden lieferant vermieter chef team letzte letzten neueste "
    "günstigste beste antworte antwort expéditeur participants tous client fournisseur dernier "
    "dernière réponds remitente participantes todos cliente proveedor último última responde "
    "mittente partecipanti tutti fornitore ultimo ultima rispondi remetente fornecedor último "
    "afzender deelnemers iedereen klant laatste beantwoord nadawca uczestnicy wszyscy klient "
    "ostatni odpowiedz отправитель участники всем клиент последний ответь".split()
)
STOPWORDS = frozenset(
    "the and for with from that this have has been will would could should please can you your "
    "our his her their its are was were not but all any then than into onto over under about "
    "she he we you it me us him hers ours mine yours i'm i've i'd it's she's he's that's don't there's "
    "what which who when where how why out also just only more most some there here them they "
    "der die das und für mit von dem den des ein eine einen ist sind nicht auch bitte mir les des "
    "une pour avec dans est sont pas vous mon mes los las una para con por que del est son mis il "
    "txt pdf docx xlsx csv html www http https com org net example test local info "
    "new old please thanks thank hello dear today tomorrow best regards wishes hi "
    "lo la gli che per con una del sono het een voor met van zijn niet use using make sure".split()
)
STOPSTEMS = frozenset(stem(word) for word in STOPWORDS)
# What these are done to gives up its old date, seat or article.
_MOVES = frozenset("reschedule rebook postpone swap exchange".split())
# "Move my meeting with Ana", and neither "move mail 7" nor "move the meeting notes".
_MOVES_DATE = re.compile(
    r"\bmove (?:him|her|us|me) to the \d{1,2}(?:st|nd|rd|th)\b|\bmove (?:(?!about|from|of|on|in|to|with|for|regarding|and|e-?mails?\b|mails?\b)[\w'’-]+ ){0,3}?"
    r"(?:meeting|event|appointment|booking|reservation)s?\b"
    r"(?! (?:e-?mail|mail|message|note|file|folder|document|minute|invite|invitation|request|page)s?\b)"
)
_SHORT, _BARE = 3, 6
_TO_DO = re.compile(r"\bto-do\b")
# Doings that, beside a request, name what it is about.
_NAMES = frozenset("rent deposit tip charge".split())


# A thing where something is found, not one that something is done to.
_PLACED = re.compile(
    r"\b(?:in|from|of|at|on|within|aus|von|im|dans|du|en|del|nel)\s+(?:(?:the|my|our|this|a|one of "
    r"the|der|dem|meinem|le|la|mon|ma|el|mi|il|mio)\s+)?\w+"
)
FILE = re.compile(
    r"\b[\w-]+\.(?:txt|md|docx?|xlsx?|pptx?|pdf|csv|json|ya?ml|html?|log|png|jpe?g)\b"
)


def bare_name(one: str) -> str:
    """Return a file's name without its ending, where it is long enough to be one; else all of it."""
    name, dot, _ = one.rpartition(".")
    return name if dot and len(name) >= _BARE and FILE.fullmatch(one) else one


# A title, as the user writes it.
QUOTED = re.compile(r"[\"'“‘«„]([^\"'“”‘’«»„\n]{3,60})[\"'”’»“]")


# A file with its folders, a channel, a user: their names say nothing of what is to be done.
_PATHS = re.compile(
    r"[\w./-]{1,80}/[\w./-]{1,80}|\b[\w-]{1,60}\.[a-z]{2,4}\b|(?<!\w)[#@][\w-]{1,40}"
)
CHANNEL = re.compile(r"(?<!\w)#[a-z][\w-]*")
_RELIES = re.compile(
    r"\b(?:message|mail|e-?mail|letter|note|fax|minutes|invoice|form) (?:came )?(?:by mail )?(?:from|of|by) (?!(?:an?|the|some|one|any|my|our|her|his|their)\b)\w|\b(?:came|arrived) (?:by mail |in )?from \w|"
    r"\b(?:from|by|per) the (?:minutes|handover|invoice|bill|protocol)\b|\b(?:saying|announced)\b|\b(?:they|he|she|who) (?:ask|want|say|need|write|offer)s?\b|"
    r"\b(?:says|said|writes?|wrote|written|ask(?:s|ed|ing)|wants?|wanted|wish(?:es|ed)?|would like|requests?|"
    r"requested|recommend\w*|mention\w*|suggest\w*|propos\w*|offer\w*|according|accordingly|tells?|told|names?|named|"
    r"lists?|listed|gives|gave|given|states?|stated|needs|left|moved|reported|reports|attached|enclosed|"
    r"details|describes?|described|their|whose|schreibt|steht|bittet|möchte|will|dit|demande|pide|dice|chiede)\b|"
    r"\b(?:(?:e-?)?mailed|texted|messaged) (?:me|us|how|what|where|when|his|her|their)\b|"
    r"\b(?:sent|posted|forwarded|left) (?:me |us )?(?:the|his|her|their|its|how|what|where) ?(?:bank )?"
    r"(?:details?|data|account|iban|numbers?|address|bill|amount|sum|much|to)?\b|"
    r"\b(?:data|details|address|info|information|everything|number|account|iban|form|list)(?:'s|’s| is| are) (?:on|in|at)\b|"
    r"\b(?:see|in|from|per|as in|look at|read) (?:the|my|his|her|their|our|an?|that|this|[\w-]+(?:'s|’s)) (?:[\w-]+ ){0,2}?(?:e-?mail|mail|"
    r"message|letter|note|memo|text|post|chat|dm|ticket|page|list|file|document|form|brief|nachricht)s?\b"
)
_THING = re.compile(
    r"\b(?:the|a|an|my|our|your|his|her|its|their|whose|der|die|das|den|dem|le|la|el|il|lo|o|het|de) "
    r"([^\W\d_]{3,})"
)
_ID = re.compile(
    r"(?<![\w-])(?:[^\W\d_]{1,6}[-/#. ]?)?\d[\d/-]*\d(?![\w-])|(?<!\w)[^\W\d_]{1,6}-\d\b"
)
_SENTENCE = re.compile(r"[^.!?;\n]+(?:\.(?=\S)[^.!?;\n]+)*[.!?;]?")
_QUESTION = re.compile(
    r"\W*(?:and |so |also |please )?(?:what|who|whose|which|when|where|why|how|is|are|was|were|does|did|has|(?:do|have) (?:i|we|you|they)|"
    r"whether|welche\w*|wer|wann|wo|wie|quel\w*|qui|qué|cuál\w*|quién|quale|chi|qual|quem|wat|wie)\b"
)
_WISH = re.compile(
    r"\b(?:can|could|may|might|shall|should|would|will|must) (?:it|this|that|these|they|we|he|she|i|you)\b"
)
_PAST = re.compile(
    r"\b(?:\w{2,}ed|was|were|had|did|said|sent|came|got|wrote|gave|went|told|been)\b"
)
# A doing after a comma or "and" that acts on something.
_AND_THEN = re.compile(
    r"(?:,|\b(?:and|then|und|et|y|e|en)\b) (\w+) (?:the|it|them|him|her|my|his|all|those|these|every\w*|each|any|"
    r"away|off|out|up)\b"
)


def _only_reads(found: Asks, text: str) -> bool:
    """Say whether a request only wants to know something: it asks, or opens with a reading word."""
    if found.effects & (SIDE_EFFECTS | {HANDLE}):
        return False
    asked = False
    for match in _SENTENCE.finditer(text):
        said = match.group().strip()
        wish = _WISH.search(said) is not None
        if _QUESTION.match(said) or _opens_reading(said) or (said.endswith("?") and not wish):
            asked = True
        elif said and not _PAST.search(said):
            return False
    others = [match[1] for match in _AND_THEN.finditer(text)]
    return asked and all(READ in effects_of(one) or one in STOPWORDS for one in others)


_WH = re.compile(
    r"\W*(?:and |so |also |please )?(?:what(?! about)|who|whose|which|when|where|why(?! (?:don['’]t|not))|how(?! about)|welche\w*|wer|wann|wo|wie|"
    r"warum|quel\w*|qui|où|quand|comment|qué|cuál\w*|quién|cuándo|dónde|quale|chi|quando|dove|qual|quem|wat|wie|wanneer|waar)\b(?!.*\b(?:can|could|would|will) you\b)"
)
# "Look whether it came": a reading, where nothing follows from it.
_LOOKS = re.compile(
    r"\W*(?:please |kindly )?(?:look|check|see|find out|tell me|let me know|show me)(?: up)? (?:whether|if|what|when|how|which|who|where|why)\b[^,;:]*$"
)
_IF_SO = re.compile(r"\b(?:if (?:so|yes|not|it|they|he|she)|in that case|otherwise|else)\b")
_THEN = re.compile(r"(?:,|\b(?:and|then|und|et|y|e|en)\b) (?:then |please |also )?(\w+)")


def _only_asks(text: str) -> bool:
    """Say whether each sentence of a request asks what is so, and none goes on with a doing."""
    said = [one for match in _SENTENCE.finditer(text) if (one := match.group().strip(" \n'\"”’)"))]
    if not said or not all(_asks_what_is(one) for one in said):
        return False
    follow = [match[1] for match in _THEN.finditer(text)]
    return not any(effects_of(one, english=True) & (SIDE_EFFECTS | {HANDLE}) for one in follow)


def _asks_what_is(said: str) -> bool:
    if _WH.match(said):
        return said.endswith("?")
    return _LOOKS.match(said) is not None and _IF_SO.search(said) is None


def _opens_reading(said: str) -> bool:
    words = [word for word in texts.words(said) if word not in STARTERS]
    return bool(words) and READ in effects_of(words[0])


_EVERYBODY = re.compile(
    r"\b(?:everybody|everyone|each(?: of (?:them|us))?|all of (?:them|us)|they all|jeder|alle)\b[^.?!\n]{0,20}?"
    r"\b(?:wrote|writes?|asked|asks?|wants?|wanted|said|says|ordered|orders|wishes|need(?:s|ed)?|picked|chose|"
    r"geschrieben|will|wollen|möchte|bestellt)\b"
)


_DESCRIBES = frozenset(
    "old older oldest new newer newest first second third last latest big large small final draft copy temp temporary backup "
    "alte alten altes neue neuen neues erste zweite letzte ancien vieux vieille nouveau nouvelle dernier viejo vieja nuevo nueva "
    "último vecchio vecchia nuovo nuova ultimo".split()
)


class Request(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What the user's turns ask for.

    `words`: content words by which data can be linked to the request. `delegated`: a document's
    own instructions are to be followed. `lists`: what a document lists is meant. `generic`: targets are named by what they are. `naming`:
    every word that may tell one text from others. `only_reads`: nothing is to be done. `only_asks`: it is nothing but questions. `own`: his words alone. `relies`: what somebody else says, wants or gives counts. `objects`: stems without those of places where
    things are ("in the channel").
    """

    asks: Asks
    words: frozenset[str]
    stems: frozenset[str]
    delegated: bool
    lists: bool
    generic: bool
    points_at_target: bool
    wants: bool
    empty: bool
    only_reads: bool
    only_asks: bool
    own: str
    relies: bool
    text: str
    naming: frozenset[str]
    objects: frozenset[str]

    def links(self, words: frozenset[str], without: frozenset[str] = frozenset()) -> bool:
        """Say whether a record of data holds a word of the request.

        `without`: stems that do not count, because they tell no record from others.
        """
        return bool({stem(word) for word in words} & self.linkable - without)

    def means(self, text: str, without: frozenset[str] = frozenset()) -> bool:
        """Say whether a text holds a word or an id of the request. `without`: as for `links`."""
        own = frozenset(texts.words(text))
        if self.links(own, without):
            return True
        found = [one for one in self.ids if one in (own if one.isdigit() else text)]
        return any(not {stem(word) for word in texts.words(one)} <= without for one in found)

    @functools.cached_property
    def things(self) -> frozenset[str]:
        """Return the stems of words after a determiner: "the PIN" is a thing, whatever "pin" is."""
        return frozenset(stem(match[1]) for match in _THING.finditer(self.text)) | self.linkable

    @functools.cached_property
    def text_words(self) -> frozenset[str]:
        """Return every word of the request."""
        return frozenset(texts.words(self.text))

    @functools.cached_property
    def everybody(self) -> bool:
        """Say whether what each of many wrote is to be done: "order what everybody wants"."""
        return _EVERYBODY.search(self.text) is not None

    @functools.cached_property
    def entrusted(self) -> Entrusted | None:
        """Return what the user leaves to whose words: "as its card says"."""
        return entrusted_in(self.own)

    @functools.cached_property
    def described(self) -> frozenset[str]:
        """Return the words by which the user tells one thing of a kind from the others: old, first."""
        return self.text_words & _DESCRIBES

    @functools.cached_property
    def ids(self) -> frozenset[str]:
        """Return what the user names by number: P-17, 40, 23/555."""
        return frozenset(match.group() for match in _ID.finditer(self.text))

    @functools.cached_property
    def doings(self) -> frozenset[str]:
        """Return the stems of words that stand where a doing is expected."""
        return frozenset(stem(word) for word in openings(self.text))

    @functools.cached_property
    def only_moves(self) -> bool:
        """Say whether a deletion is only asked for as a part of moving a date or a booking."""
        return DELETE in self.asks.effects and DELETE not in asks(self.text).effects

    @functools.cached_property
    def linkable(self) -> frozenset[str]:
        """Return the stems of the content words."""
        return frozenset(stem(word) for word in self.words)


def _moved(found: Asks, text: str) -> Asks:
    """Add what moving a date or a booking takes: the old one goes."""
    moves = not found.words.isdisjoint(_MOVES) or _MOVES_DATE.search(text)
    if WRITE not in found.effects or not moves:
        return found
    return msgspec.structs.replace(found, effects=found.effects | {DELETE} - found.forbidden)


def _kinds(text: str) -> frozenset[str]:
    """Return words for the kinds of things that a text names by their form."""
    found = {"file"} if FILE.search(text) else set()
    if texts.URL.search(text):
        found.add("webpage")
    if CHANNEL.search(text):
        found.add("channel")
    return frozenset(found | ({"email"} if texts.EMAIL.search(text) else set()))


def _proposal(sources: Sequence[Source], confirmed: Source) -> str:
    """Return what the assistant said last before a user's turn that only confirms."""
    said = ""
    for source in sources:
        if source is confirmed:
            break
        if source.part.role is Role.ASSISTANT and source.part.pointer.endswith("content"):
            said = source.text
    return said


def request_of(sources: Sequence[Source], delegates: Sequence[Source] = ()) -> Request:
    """Return the request of all user turns; a turn that only confirms takes the proposal in.

    `delegates`: texts that the user wants followed; what they ask for is asked for.
    """
    own = [s for s in sources if s.origin == "user" and s.part.pointer.startswith("/messages/")]
    own = [s for s in own if not s.part.pointer.endswith("/name")]
    whole = [s.text for s in own]
    if own and len(own[-1].text) < 100 and _CONFIRMS.match(own[-1].text):
        whole.append(_proposal(sources, own[-1]))
    said = "\n".join(whole)
    whole += [source.text for source in delegates]
    text = "\n".join(whole)
    found = _moved(asks(text), text)
    tokens = frozenset(texts.words(_TO_DO.sub("todo", text)))
    content = frozenset(
        word
        for word in tokens - STOPWORDS - _GENERIC
        if len(word) >= _SHORT and (word in _NAMES or not effects_of(word, english=True))
    )
    return Request(
        asks=found,
        words=content,
        stems=frozenset(stem(word) for word in tokens | _kinds(text)),
        objects=frozenset(
            stem(word) for word in texts.words(_PLACED.sub(" ", _PATHS.sub(" ", text)))
        ),
        delegated=follows(text) and not _only_asks(text),
        lists=contents(text),
        generic=bool(tokens & _GENERIC),
        points_at_target=_POINTS_AT_TARGET.search(text) is not None,
        wants=_WANTS.search(text) is not None,
        only_reads=not follows(text) and _only_reads(found, text),
        only_asks=_only_asks(text),
        relies=_RELIES.search(text) is not None or speaks_of_others(text),
        text=text,
        own=said,
        naming=tokens - STOPWORDS,
        empty=not (found.effects & (SIDE_EFFECTS | {HANDLE, "read"})),
    )
