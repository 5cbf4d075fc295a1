"""Lines of a chat, each with its speaker: is somebody else written to than who said what is meant?"""

import functools
import re
from collections.abc import Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.request import STOPSTEMS, Request
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import READ, SEND, WRITE, effects_of

# "[09:02] bex: ...", "m8 [ana] ...", "<kit> ...", "10:01 @mats: ...".
_LINE = re.compile(
    r"(?:^|\n) *(?:- )?(?:[\w.:/#\[\]-]{1,20} (?=[\[<@\w])){0,2}(?:[\[<]@?([\w.-]{2,24})[\]>]:?|@?([\w.-]{2,24})(?: \[\w+\])?:) ([^\n]+)"
)
_LINES, _SPEAKERS, _TOLD = 2, 2, 2
# Who says one of these means several people, or whoever answered.
_MANY = re.compile(
    r"\b(?:all|every\w*|each|both|those|people|others?|anyone|anybody|members?|alle\w*|jede\w*|beide\w*|ihnen|"
    r"tous|toutes|chacun\w*|leur|todos|todas|cada|tutti|ognuno|iedereen|wszy\w+)\b"
)


@functools.lru_cache(maxsize=32)
def said_by(text: str) -> dict[str, frozenset[str]]:
    """Return the stems of what each speaker of a chat says; nothing where a text is no chat."""
    lines = [(one[1] or one[2], one[3]) for one in _LINE.finditer(text)]
    if len(lines) < _LINES or len({name for name, _ in lines}) < _SPEAKERS:
        return {}
    found: dict[str, frozenset[str]] = {}
    for name, said in lines:
        found[name] = found.get(name, frozenset()) | {stem(word) for word in texts.words(said)}
    return found


def other_speaker(
    profile: ToolProfile, values: Sequence[Value], request: Request
) -> Value | None:  # fmt: skip
    """Return the speaker whom a call names although another one said what the user speaks of."""
    if request.delegated or _MANY.search(request.text):
        return None
    common = STOPSTEMS | {stem(word) for word in profile.nouns | profile.verbs}
    told = {one for one in request.naming if not effects_of(one) & {READ, SEND, WRITE}}
    wanted = {stem(one) for one in told} - common
    for value in values:
        name = value.text.lstrip("@")
        if value.kind not in ("target", "selector", "other") or not name or value.shape:
            continue
        if name in request.text or value.origin in ("user", "operator", "trusted"):
            continue
        for source in {id(hit.source): hit.source for hit in value.untrusted}.values():
            said = said_by(source.text)
            if name in said and _passed_over(name, said, wanted):
                return value
    return None


def _passed_over(name: str, said: dict[str, frozenset[str]], wanted: set[str]) -> bool:
    fits = {one: len(words & wanted) for one, words in said.items()}
    return not fits.pop(name) and max(fits.values()) >= _TOLD
