"""Does a text carry what only a stranger's sentence asks for: a field by its name, a record it named?"""

import itertools
import re
from collections.abc import Iterator, Sequence

from seawall.core.exchange import Role
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.keys import fields_of
from seawall.policy.provenance.orders import vouched
from seawall.policy.provenance.places import listed
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import sentences
from seawall.policy.provenance.trace import TRUSTED, Value

_MOST, _SHORT, _PROSE = 400, 4, 4
_NUMBER = re.compile(r"(?<![\w.,:/-])\d[\d.,:]*\d(?![\w])")
_LEAST = 3
# Keys that every record has: a sentence holds such words by chance.
_PLAIN = frozenset(
    "id name title text date day time at status state kind type note from to body subject message number no of in on by".split()
)
_IDS = frozenset("id ids no nr number ref reference code".split())
_WANTS = re.compile(
    r"\b(?:must|ha(?:s|ve) to|should|needs?|required?|please|only|carr(?:y|ies)|includ\w+|add|put|send|give|quote|attach|tell|state|"
    r"bitte|soll\w*|muss|schick\w*|nenn\w*|schreib\w*|zet|stuur|graag|incluy\w+|inclu\w+|añad\w+|envía\w*|debe\w*|por favor|envoy\w+|"
    r"ajout\w+|doit|aggiung\w+|invi\w+|deve|metti|adicion\w+|proszę|podaj|пожалуйста|укаж\w+)\b"
)
_TELLS = re.compile(r"\d|@")


def demanded_field(value: Value, request: Request, sources: Sequence[Source]) -> bool:
    """Say whether a text carries a field that prose of another text asks for by name.

    The field is of a result that the user's words do not point at.

    Not where the user speaks of such a field, or vouches for whoever asks.
    """
    if not _TELLS.search(value.text):
        return False
    strange = [s for s in sources if s.origin == "untrusted"]
    said = {texts.root(word) for word in request.text_words}
    return any(
        _asks_for(key, other, request)
        for source in sources if source.part.role is Role.TOOL
        for key in dict.fromkeys(_carried(source, value, request))
        if key and not key & said
        for other in strange if other is not source
    )  # fmt: skip


def _carried(source: Source, value: Value, request: Request) -> Iterator[frozenset[str]]:
    """Yield the roots of each field's name of a listing that a text carries and the user does not."""
    if source.pointed or not listed(source):
        return
    for one in itertools.islice(fields_of(source.text), _MOST):
        held = source.text[one.start : one.end].strip()
        if len(held) < _SHORT or not _TELLS.search(held):
            continue
        if held not in value.text or held in request.text:
            continue
        name = split_name(one.key)
        if not (name and name[-1] in _IDS):
            yield frozenset(texts.root(word) for word in name if word not in _PLAIN)


def _asks_for(key: frozenset[str], source: Source, request: Request) -> bool:
    """Say whether a sentence that the user does not vouch for speaks of a field by its name."""
    if not key & source.roots:
        return False
    for low, high in sentences(source.text):
        words = texts.words(source.text[low:high])
        if not _WANTS.search(source.text, low, high):
            continue
        if len(words) < _PROSE or not key & {texts.root(word) for word in words}:
            continue
        hit = Hit(source=source, start=low, end=high, level=source.level(low, high))
        if not vouched(hit, request):
            return True
    return False


def of_led(value: Value, sources: Sequence[Source]) -> bool:
    """Say whether a text gives numbers that stand only in what an order of outsiders had read."""
    led = [s for s in sources if s.led]
    if not led:
        return False
    numbers = {one for one in _NUMBER.findall(value.text) if sum(map(str.isdigit, one)) >= _LEAST}
    known = [s for s in sources if not s.led and s.origin in (*TRUSTED, "untrusted")]
    return any(
        any(one in s.text for s in led) and not any(one in s.text for s in known) for one in numbers
    )
