"""What the user typed and redaction takes out goes to the tool that the user asked for."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from seawall.core.errors import RequestError
from seawall.core.exchange import Part, Role, ToolCall, Trust
from seawall.core.notjson import is_json
from seawall.gateway.call import Place
from seawall.guard import cards, redact
from seawall.guard.decision import Decision, PartDecision
from seawall.wire import strict_json

if TYPE_CHECKING:
    from seawall.policy.provenance import Provenance

# Detectors that take a value out, no passage around it.
_VALUES = frozenset({"secrets", "personal-data", "personal-names", "custom"})
_SHORTEST = 4
# Arguments that say anything to anybody; and the names of those that a secret is meant for.
_FREE = re.compile(
    r"(?:^|[_\W])(?:body|texts?|messages?|msg|contents?|query|q|ur[il]|link|subject|title|notes?|comments?|"
    r"description|prompt|html|data|command|cmd|script|search|summary|reply|answer|input|payload|file|path|"
    r"keywords?|terms?|topic|details|reason|memo)(?:$|[_\W])",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"pass|pwd|secret|token|key|credential|pin(?:$|[_\W])|otp|login|auth|kennwort|contrase|senha|wachtwoord|has[łl]o",
    re.IGNORECASE,
)


def of_user(part: Part) -> bool:
    """Return whether the end user typed a part."""
    return part.trust is Trust.USER and part.role is Role.USER and part.image is None


def numbered(parts: Sequence[Part], decision: Decision, edits: dict[Place, str]) -> dict[str, str]:
    """Give each different value that the user typed a notice of its own; change the edits to it.

    Returns the values by notice.
    """
    held: dict[str, str] = {}
    notices: dict[tuple[str, str], str] = {}
    # What is judged over several messages has their offsets, and the last one's place.
    redacted = (one for one in decision.parts if one.redacted is not None)
    decided = {
        (one.pointer, one.span): one
        for one in redacted
        if edits.get((one.pointer, one.span)) == one.redacted
    }
    for part in filter(of_user, parts):
        place = (part.pointer, part.span)
        if place not in decided or not _only_values(part, decided[place]):
            continue
        ranges = []
        for start, end, notice in redact.ranges(part.text, decided[place].acting):
            value = part.text[start:end]
            if (notice, value) not in notices:
                before = sum(known == notice for known, _ in notices)
                notices[notice, value] = redact.another(notice, before)
                held[notices[notice, value]] = value
            ranges.append((start, end, notices[notice, value]))
        edits[place] = redact.replaced(part.text, ranges)
    return held


def _only_values(part: Part, decided: PartDecision) -> bool:
    """Return whether what was taken out are values in a text: no passages, no pieces of JSON."""
    if any(one.detector not in _VALUES for one in decided.acting):
        return False
    plain = not is_json(part.text, ("{", "[", '"'))
    return plain and redact.redact(part.text, decided.acting) == decided.redacted


def meant_for(tool: str, argument: str, *, secret: bool) -> bool:
    """Return whether an argument is one for such a value, and no text that somebody reads."""
    if _FREE.search(argument):
        return False
    return not secret or _SECRET.search(f"{tool} {argument}") is not None


def given_back(item: ToolCall, held: Mapping[str, str]) -> str:
    """Return a call's arguments with values in place of the notices that are all of one."""

    def value(argument: str, text: str) -> str:
        notice = text.strip()
        secret = redact.label_of(notice) in cards.cards()["secrets"].labels
        fits = notice in held and meant_for(item.name, argument, secret=secret)
        return held[notice] if fits else text

    return _changed(item.arguments, value) if redact.BEGINNING in item.arguments else item.arguments


def as_meant(item: ToolCall, held: Mapping[str, str]) -> ToolCall:
    """Return a call with values in place of their notices, in longer texts too: for judging."""
    if not any(notice in item.arguments for notice in held):
        return item
    pattern = re.compile("|".join(map(re.escape, held)))
    said = _changed(item.arguments, lambda _, text: pattern.sub(lambda found: held[found[0]], text))
    return msgspec.structs.replace(item, arguments=said)


def without_own(item: ToolCall, decided: PartDecision, texts: Sequence[str]) -> str:
    """Return arguments as redaction leaves them, but for values that the user typed like that."""
    own: set[str] = set()
    arguments, secret = item.arguments, any(one.detector == "secrets" for one in decided.acting)

    def note(argument: str, text: str) -> str:
        typed = len(text) >= _SHORTEST and any(_typed(text, said) for said in texts)
        if typed and meant_for(item.name, argument, secret=secret):
            own.add(strict_json.dumps(text).decode())
        elif typed:
            free.add(strict_json.dumps(text).decode())
        return text

    free: set[str] = set()
    _changed(arguments, note)
    own -= free
    scalars = [one.span() for one in redact.SCALAR.finditer(arguments) if one[0] in own]
    left = [
        one
        for one in decided.acting
        if not any(start <= one.start and one.end <= end for start, end in scalars)
    ]
    return redact.redact(arguments, left)


def _typed(value: str, text: str) -> bool:
    """Return whether a text holds a value, not as a piece of a longer word."""
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def asked_for(item: ToolCall, arguments: str, provenance: "Provenance") -> bool:
    """Return whether the user asked for what a call does, with these arguments."""
    try:
        given = strict_json.loads(arguments.encode("utf-8", "surrogatepass"))
        return isinstance(given, dict) and provenance.judge(item.name, given).passes
    except (KeyError, RequestError):
        return False


def notice_in(arguments: str) -> bool:
    """Return whether a value of a call's arguments is nothing but a notice."""
    found: list[str] = []

    def note(_: str, text: str) -> str:
        if redact.label_of(text.strip()):
            found.append(text)
        return text

    if redact.BEGINNING in arguments:
        _changed(arguments, note)
    return bool(found)


def _changed(arguments: str, change: Callable[[str, str], str]) -> str:
    """Return arguments with all texts in them changed; what is no JSON stays as it is.

    `change` gets the name of the field and its text.
    """

    def of(name: str, value: Any) -> Any:
        if isinstance(value, str):
            return change(name, value)
        if isinstance(value, list):
            return [of(name, one) for one in value]
        if isinstance(value, dict):
            return {key: of(key, one) for key, one in value.items()}
        return value

    try:
        given = strict_json.loads(arguments.encode("utf-8", "surrogatepass"))
    except RequestError:
        return arguments
    return strict_json.dumps(of("", given)).decode()
