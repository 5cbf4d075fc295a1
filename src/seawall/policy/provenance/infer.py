"""What a tool does, read from its name, description and schema, for tools that nobody described."""

import functools
import re
from typing import Any, Literal

import msgspec

from seawall.policy.provenance import words as lexicon
from seawall.policy.provenance.words import PAY, READ, SEND, WRITE

Kind = Literal["target", "amount", "content", "selector", "date", "code", "other"]
Effect = Literal["read", "write", "send", "pay", "execute", "delete"]
_SPLIT = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_]+|\d+")
_TARGETS = frozenset(
    "to cc bcc recipient recipients email emails mail account iban bic payee beneficiary receiver "
    "url uri link webhook endpoint host domain channel channels participant participants attendee "
    "attendees user users username member members person people phone number mobile address "
    "destination target vendor merchant invitee invitees guest guests contact contacts group "
    "team empfänger empfaenger konto an destinatario destinataire compte cuenta destinatari "
    "wallet handle assignee seller supplier owner collaborator hotel restaurant company airline".split()
)
_AMOUNTS = frozenset("amount sum price total quantity qty count value betrag importe montant "
                     "importo cantidad budget limit".split())  # fmt: skip
_CONTENTS = frozenset(
    "body subject text message content title description note notes comment memo summary reason "
    "caption details remarks html markdown betreff inhalt nachricht asunto mensaje cuerpo objet "
    "corps oggetto testo".split()
)
_SELECTORS = frozenset("id ids query path file filename name key index page folder directory "
                       "keyword search slug ref reference number uuid".split())  # fmt: skip
_DATES = frozenset("date day time start end deadline due when until from month year datum "
                   "fecha checkin checkout timestamp begin".split())  # fmt: skip
# Doings that are also things: in email_search and order_cancel the other word decides.
_THINGS = frozenset(
    "email mail message post sms order transfer review label comment log contact tweet refund "
    "invite plan schedule track return".split()
)
_CODE = frozenset("code script command sql cmd program".split())
_OWN = frozenset(
    "time date day clock now today balance calculator math unit timezone rate rates exchange iban "
    "profile settings preferences self me my own contacts contact".split()
)


class ToolProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What was inferred of a tool.

    `trusted`: outsiders cannot write what it returns. `kinds`: argument name to what it is.
    `nouns`: words for what it acts on. `why`: how the effect was found, for a person to confirm.
    """

    name: str
    effect: Effect
    trusted: bool = False
    kinds: dict[str, Kind] = {}
    verbs: frozenset[str] = frozenset()
    nouns: frozenset[str] = frozenset()
    why: str = ""


def split_name(name: str) -> list[str]:
    """Return the words of an identifier: send_email, sendEmail, SendEmail, send-email."""
    return [word.casefold() for word in _SPLIT.findall(name)]


def argument_kind(name: str) -> Kind:
    """Return what an argument is, by its name; the last known word decides."""
    tokens = split_name(name)
    if not tokens:
        return "other"
    last, known = tokens[-1], set(tokens)
    if last in ("id", "ids") and known & _TARGETS:
        return "target"
    if last in _DATES and not (last == "from" and len(tokens) == 1):
        return "date"
    if last == "number" and len(tokens) == 1:
        return "selector"
    tables: tuple[tuple[frozenset[str], Kind], ...] = (
        (_CODE, "code"), (_AMOUNTS, "amount"), (_CONTENTS, "content"), (_TARGETS, "target"),
        (_SELECTORS, "selector"),
    )  # fmt: skip
    for token in reversed(tokens):
        for table, kind in tables:
            if token in table:
                return kind
    return "other"


def _properties(schema: Any, depth: int = 0) -> dict[str, Any]:
    if not isinstance(schema, dict) or depth > 4:
        return {}
    found: dict[str, Any] = {}
    own = schema.get("properties")
    if isinstance(own, dict):
        for name, item in own.items():
            found[name] = item
            found.update(_properties(item, depth + 1))
    if isinstance(schema.get("items"), dict):
        found.update(_properties(schema["items"], depth + 1))
    return found


def _effect(tokens: list[str], description: str, kinds: dict[str, Kind]) -> tuple[Effect, str]:
    verbs = [token for token in tokens if token in lexicon.NAME_EFFECT]
    plain = [token for token in verbs if token not in _THINGS]
    chosen = (plain if verbs and verbs[0] in _THINGS and plain else verbs)[:1]
    found = lexicon.NAME_EFFECT[chosen[0]] if chosen else ""
    known = set(tokens)
    if found in (SEND, WRITE) and known & lexicon.MONEY and "amount" in kinds.values():
        found = PAY
    if (
        found == PAY
        and "transfer" in known
        and not (known & lexicon.MONEY or "amount" in kinds.values())
    ):
        found = SEND if "target" in kinds.values() else WRITE
    if found:
        return _as_effect(found), "its name"
    for word in re.findall(r"[a-zà-ÿ]+", description.casefold())[:12]:
        stem = word[:-1] if word.endswith("s") and word[:-1] in lexicon.NAME_EFFECT else word
        if stem in lexicon.NAME_EFFECT:
            return _as_effect(lexicon.NAME_EFFECT[stem]), "its description"
    return "write", "nothing known: counts as write"


def _as_effect(found: str) -> Effect:
    effect: Effect = msgspec.convert(found, Effect)
    return effect


@functools.lru_cache(maxsize=1024)
def _inferred(name: str, definition: bytes) -> ToolProfile:
    value = msgspec.json.decode(definition)
    description = value.get("description") if isinstance(value.get("description"), str) else ""
    properties = _properties(value.get("parameters"))
    kinds = {argument: argument_kind(argument) for argument in properties}
    tokens = split_name(name)
    effect, why = _effect(tokens, description, kinds)
    verbs = {token for token in tokens if token in lexicon.NAME_EFFECT and token not in _THINGS}
    nouns = {token for token in tokens if token not in verbs and len(token) > 2}
    if not nouns:
        nouns = set(re.findall(r"[a-zà-ÿ]{4,}", description.casefold())[:20])
    trusted = (
        effect == READ
        and bool(nouns)
        and bool(set(tokens) & _OWN)
        and not (
            {"transactions", "messages", "mail", "emails", "events", "search", "web"} & set(tokens)
        )
    )
    return ToolProfile(
        name=name, effect=effect, trusted=trusted, kinds=kinds, verbs=frozenset(verbs),
        nouns=frozenset(nouns), why=why,
    )  # fmt: skip


def infer(name: str, definition: dict[str, Any]) -> ToolProfile:
    """Return what the tool's name, description and schema say; an unknown effect is write."""
    return _inferred(name, msgspec.json.encode(definition))
