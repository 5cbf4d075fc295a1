"""Is a target an entry of a list of people, or the author of the one message on a topic?"""

import itertools
import re
from collections.abc import Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.funds import takes_from
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.places import authored, listed
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.scope import quoted
from seawall.policy.provenance.sources import Hit
from seawall.policy.provenance.spans import ASKS
from seawall.policy.provenance.swaps import REPLACES
from seawall.policy.provenance.trace import TRUSTED, Value

_MOST, _LEAD, _ENTRIES = 40, 40, 2
_NAME = 4
_CHANGED = re.compile(
    r"\b(?:new|newly|other|another|changed|updated|neue\w*|nouve\w+|nuev\w+|nuov\w+|nov[oa]s?|nieuwe?)\b"
)
_FORMS = {"email": texts.EMAIL, "account": texts.IBAN}
# Each of a list: "every person gets", "one mail each", "everyone who".
_EACH = re.compile(
    r"\b(?:everyone|everybody|each|every (?:person|member|one|participant|guest|colleague)|all (?:of them|who|those)|all (?:the |of the |our )?(?:\w+s|people)|"
    r"jede[mnrs]?|alle[nr]?|chacune?|chaque|cada (?:uno|una|um|uma)|todos los que|ciascun\w*|ognuno|iedereen|elk\w*)\b"
)
# All whom somebody names.
_THOSE = re.compile(
    r"\b(?:those|all|everyone|everybody|both|the (?:people|persons|names|ones|others)|whom?|who)"
    r"(?: \w+){0,2} (?:he|she|they) (?:\w+ )?(?:names?|lists?|mentions?|writes?|says?|wants?)\b"
)
# A name of up to three words stands before an address, and before that the line or another entry.
_NAMED_BEFORE = re.compile(
    r"(?:^|\n *|\\[n\f] *|[,;:|] {0,8}|- )(?:[^\W\d_][\w.'’-]{0,24} ?){1,3}[ ,;:|<(\[]{1,3}$"
)


def of_roster(value: Value, hit: Hit, request: Request) -> bool:
    """Say whether the user wants something for each of a document, and this is an entry of it.

    An entry: a name of few words and then the address or account, as at least one other has it.
    """
    form = _FORMS.get(value.shape)
    if form is None or hit.level >= ASKS or not _EACH.search(request.text):
        return False
    if not (hit.source.named or hit.source.pointed):
        return False
    text, own = hit.source.text, texts.compact(value.text)
    entries = [
        texts.compact(one.group()) for one in itertools.islice(form.finditer(text), _MOST)
        if _NAMED_BEFORE.search(text, max(0, one.start() - _LEAD), one.start())
    ]  # fmt: skip
    return len(entries) >= _ENTRIES and own in entries


def of_those_named(hit: Hit, request: Request) -> bool:
    """Say whether the user wants all whom somebody names, and this one is of his own message."""
    if not (request.relies and hit.level < ASKS and _THOSE.search(request.text)):
        return False
    return listed(hit.source) and authored(hit, request) and not quoted(hit)


def of_another_row(profile: ToolProfile, values: Sequence[Value], request: Request) -> Value | None:
    """Return the account or address of a call whose name stands in a row with another one only.

    Not where the user speaks of a change, or of where the account stands; where he relies on
    somebody, only one that is said to replace what was known.
    """
    if request.points_at_target or _CHANGED.search(request.text):
        return None
    names = [
        value for value in values
        if value.kind in ("selector", "target", "other") and not value.shape
        and len(value.text) >= _NAME and value.text.replace(" ", "").isalpha()
    ]  # fmt: skip
    for value in values:
        form = _FORMS.get(value.shape)
        if form is None or value.origin in TRUSTED or not value.untrusted:
            continue
        if takes_from(profile, value):
            continue
        if request.relies and not all(map(_in_its_place, value.untrusted)):
            continue
        own = texts.compact(value.text)
        for name in names:
            rows = [_row(hit) for hit in name.untrusted if hit.source.in_field(hit.start, hit.end)]
            held = [{texts.compact(one.group()) for one in form.finditer(row)} for row in rows]
            if any(held) and not any(own in one for one in held):
                return value
    return None


def _in_its_place(hit: Hit) -> bool:
    """Say whether a sentence gives a value in place of one that was known before."""
    low, high = hit.source.sentence(hit.start, hit.end)
    return REPLACES.search(hit.source.text, low, high) is not None


def _row(hit: Hit) -> str:
    """Return the line of a table, or the object of a list, around a place."""
    text = hit.source.text
    if text.lstrip()[:1] in ("[", "{"):
        return hit.source.record(hit.start, hit.end)
    if text.startswith("- "):
        return hit.source.record(hit.start, hit.end)
    low, high = text.rfind("\n", 0, hit.start) + 1, text.find("\n", hit.end)
    return text[low : high if high >= 0 else len(text)]


def on_topic(hit: Hit, request: Request, without: frozenset[str]) -> bool:
    """Say whether a single message, below its own header, speaks of what the user speaks of.

    `without`: stems that tell nothing.
    """
    rest = texts.words(hit.source.text[hit.end :])
    return len(hit.source.messages) == 1 and request.links(frozenset(rest), without)
