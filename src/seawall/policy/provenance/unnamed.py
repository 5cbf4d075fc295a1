"""What nobody named: a file, a host, a person, everything at once, a right above all others.

A model that somebody turned puts such values into a call that the user did ask for. They stand
nowhere in the conversation, so no text of outsiders gives them away.
"""

import re
from collections.abc import Sequence

from seawall.policy.provenance import carry
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.addressees import adds_header
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.choices import slot_of
from seawall.policy.provenance.files import holds_keys, runs_later
from seawall.policy.provenance.infer import POWERS, ToolProfile, grave
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import DELETE, PAY, READ, SEND

_ONE_LINE = frozenset(
    "subject subj betreff objet oggetto asunto assunto to cc bcc from name title recipient recipients".split()
)
_LEAVES = re.compile(r"[^./\\\s][^/\\]*[/\\]+\.\.(?:[/\\]|$)")
_ANYTHING = frozenset({"*", "**", "%", ".*", "*.*", "**/*", "*@*"})
_ROOTS = frozenset({"/", "~", "~/", "\\", "c:\\", "c:/", "/*", "~/*", "/home", "/etc"})
_ALL = re.compile(
    r"\b(?:all|any|every\w*|whole|entire|complete\w*|wildcards?|root|home|alle\w*|sämtliche\w*|ganze\w*|jede\w*|tou[ts]\w*|"
    r"todo\w*|toda\w*|cada|tutt\w*|ogni|alles|wszystk\w*|все\w*)\b|[*%]"
)
_FILES = frozenset("attach attachment attachments file files path document anhang datei".split())
_PATH = re.compile(r"[/\\]|\.[a-z0-9]{1,5}$")
_HOOKS = frozenset("webhook hook callback endpoint notify notification".split())
_LINK_WITHIN = re.compile(r"(?:://|:%2f%2f|%3a%2f%2f)", re.IGNORECASE)


def unnamed(profile: ToolProfile, value: Value, request: Request, sources: Sequence[Source]) -> str:
    """Return why a value that nobody named stops a call, or ""."""
    raw = value.value
    content = value.kind == "content"
    if not isinstance(raw, str) or value.kind == "code" or (content and raw.isprintable()):
        return ""
    slot = frozenset(split_name(slot_of(value)))
    if slot & _ONE_LINE and profile.effect == SEND and adds_header(raw):
        return "holds a line of a mail's head that is none of its own"
    if content:
        return ""
    if reason := path_problem(value, request, writes=profile.effect != READ):
        return reason
    if _everything(profile, value) and not _ALL.search(request.text):
        return "means everything, of which the user did not speak"
    if value.origin not in ("nowhere", "definition"):
        return ""
    if _foreign_definition(profile, value):
        return "stands only in what another tool says of itself"
    if value.origin != "nowhere":
        return ""
    if profile.effect == SEND and slot & _FILES and _no_known_file(value, request, sources):
        return "is a file that nobody named"
    if value.shape == "url":
        return _other_host(value, slot, request, sources)
    return _nobody(profile, value, request)


def path_problem(value: Value, request: Request, *, writes: bool) -> str:
    """Return why a path is not what it looks like, or no file of the user's task; else ""."""
    if value.origin == "user" or value.long or value.shape == "email" or not value.text:
        return ""
    if _LEAVES.search(value.text):
        return "leaves the folder that it names"
    if writes and runs_later(value.text, request.text):
        return "is a file that runs later, of which the user did not speak"
    if holds_keys(value.text, request.text):
        return "is a file of keys that the user did not speak of"
    return ""


def _everything(profile: ToolProfile, value: Value) -> bool:
    if value.kind == "amount" or profile.effect == READ:
        return False
    strong = profile.effect in (DELETE, SEND) or grave(profile)
    return value.text in _ANYTHING or (strong and value.text in _ROOTS)


def _foreign_definition(profile: ToolProfile, value: Value) -> bool:
    """Say whether only the definitions of other tools hold an address, link or account."""
    hits = value.hits.get("definition", ())
    if value.shape not in ("email", "url", "account") or not hits:
        return False
    return all(hit.source.part.name not in (profile.name, profile.tool) for hit in hits)


def _no_known_file(value: Value, request: Request, sources: Sequence[Source]) -> bool:
    """Say whether a path's last part stands nowhere, and is not made of the user's words."""
    if not _PATH.search(value.text) or value.shape == "url":
        return False
    last = re.split(r"[/\\]", value.text.rstrip("/\\"))[-1]
    if last and any(last in s.text for s in sources if s.origin != "definition"):
        return False
    said = {texts.root(one) for one in request.text_words}
    return not {texts.root(one) for one in texts.words(last.rpartition(".")[0] or last)} <= said


def _other_host(
    value: Value, slot: frozenset[str], request: Request, sources: Sequence[Source]
) -> str:
    """Judge a link from nowhere: it goes where the user's own links go, and no further."""
    own = [s.text for s in sources if s.origin in ("user", "operator")]
    hosts = frozenset[str]().union(*(carry.named(one) for one in own))
    host, rest = carry.split(str(value.value))
    given = any(texts.URL.search(s.text) for s in sources if s.origin == "user")
    if (given or slot & _HOOKS) and not carry.belongs(host, hosts):
        return "is a link to another host than the user named"
    return "is a link that leads on to another one" if _LINK_WITHIN.search(rest) else ""


def _nobody(profile: ToolProfile, value: Value, request: Request) -> str:
    """Judge the name of whoever gets a right: the user says it, in letters that are comparable."""
    if value.kind != "target" or value.shape or not POWERS & (profile.nouns | profile.verbs):
        return ""
    words = frozenset(texts.words(value.text))
    if not words or profile.effect == PAY or not request.text.isascii():
        return ""
    return "" if words & request.text_words else "stands nowhere in the conversation"
