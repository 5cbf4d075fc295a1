"""What the arguments of a tool are, by their names and schemas."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.traced import Kind
from seawall.wire.hosted.parts import call_of

_SHORT = 2
_SPLIT = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[^\W\d_]+|\d+")
_TARGETS = frozenset(
    "to cc bcc recipient recipients email emails mail account iban bic payee beneficiary receiver "
    "url uri link webhook endpoint host domain channel channels participant participants attendee "
    "attendees user users username member members person people phone number mobile address "
    "destination target vendor merchant invitee invitees guest guests login logins payee payees contact contacts group "
    "team empfänger empfaenger konto an destinatario destinataire compte cuenta destinatari "
    "wallet handle assignee seller supplier owner collaborator hotel restaurant company airline "
    "rcpt addr dst acct usr addressee grantee viewer beneficiary "
    "teilnehmer mitglied mitglieder adresse empfänger benutzer nutzer kunde destinatarios destinataires participantes "
    "invités usuario utilisateur utente ontvanger odbiorca adresat получатель".split()
)
_AMOUNTS = frozenset("amount sum price total quantity qty count value betrag importe montant "
                     "importo cantidad quantité menge anzahl budget limit "
                     "amt pcs pax packs eur euro euros gbp usd pounds dollars cents".split())  # fmt: skip
_CONTENTS = frozenset(
    "body subject text message content title description note notes comment memo summary reason "
    "topic subj txt msg blurb caption details remarks html markdown betreff inhalt nachricht asunto mensaje cuerpo objet "
    "corps oggetto testo titel text kommentar notiz título titulo titre texte texto titolo messaggio nota".split()
)
_SELECTORS = frozenset("id ids query path file filename name key index page folder directory "
                       "keyword search slug ref reference number uuid".split())  # fmt: skip
_DATES = frozenset("date day time start end deadline due when until from month year datum "
                   "fecha checkin checkout timestamp begin beginn ende inicio fin début debut giorno".split())  # fmt: skip

# Names of arguments that any tool may have: they tell no tool from others.
ANY = frozenset(
    "id ids no nr num number text body name date day time hour hours to from value kind type reason "
    "note notes message content title query page subject amount description status until since "
    "of in on by with for and new old key code data info list item items ref end start cc bcc "
    "due priority category tag tags label count sum total details comment format limit".split()
)

_CODE = frozenset("code script command sql cmd program".split())


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


def properties_of(schema: Any, depth: int = 0) -> dict[str, Any]:
    if not isinstance(schema, dict) or depth > 4:
        return {}
    found: dict[str, Any] = {}
    own = schema.get("properties")
    if isinstance(own, dict):
        for name, item in own.items():
            found[name] = item
            found.update(properties_of(item, depth + 1))
    if isinstance(schema.get("items"), dict):
        found.update(properties_of(schema["items"], depth + 1))
    return found


def options_of(properties: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return the folded values of the arguments, or of their items, that have a list of them."""
    found = {}
    for name, one in properties.items():
        held = one.get("items") if isinstance(one, dict) and "enum" not in one else one
        listed = held.get("enum") if isinstance(held, dict) else None
        if isinstance(listed, list):
            found[name] = frozenset(text.casefold() for text in listed if isinstance(text, str))
    return found


def telling_words(arguments: Iterable[str]) -> frozenset[str]:
    """Return the words of argument names that say what this tool is about."""
    found = {word for one in arguments for word in split_name(one)}
    return frozenset(word for word in found - ANY if len(word) > _SHORT and not word.isdigit())


def calls_of(body: Mapping[str, Any]) -> dict[int, str]:
    """Return the folded arguments of the call that each result of a tool answers, by its turn."""
    found: dict[int, str] = {}
    arguments: dict[str, str] = {}
    for turn, message in enumerate(body.get("messages") or ()):
        for call in message.get("tool_calls") or ():
            arguments[call.get("id", "")] = call.get("function", {}).get("arguments", "")
        if "hosted" in message and (asked := call_of(message["hosted"])) is not None:
            found[turn] = texts.fold(asked.arguments)
        elif message.get("role") == "tool":
            found[turn] = texts.fold(arguments.get(message.get("tool_call_id", ""), ""))
    return found
