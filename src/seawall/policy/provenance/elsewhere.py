"""Did the user say in which file or list the target stands, and is this one of another?"""

import re
from collections.abc import Sequence

from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.text import stem

_STAND_IN = re.compile(
    r"\b(?:ibans?|accounts?|numbers?|address(?:es)?|e-?mails?|recipients|details|contacts)\b[^.?!\n]{0,20}?"
    r"\b(?:is|are|stands?|in|from)\b(?: in| from)?(?: the file)? ([\w-]+\.[a-z]{2,4})\b"
)
_STANDS_AMONG = re.compile(
    r"\b(?:ibans?|accounts?(?: numbers?)?|numbers?|address(?:es)?|e-?mails?|details|contacts?)\b[^.?!\n]{0,12}?"
    r"\b(?:is|are|stands?)(?: given| listed)? (?:in|on|among) (?:the|my|our|her|his|their) ((?:[a-z]{4,} )?[a-z]{5,}(?: and (?:my |the )?[a-z]{5,})?)\b"
)


def elsewhere(hits: Sequence[Hit], request: Request, sources: Sequence[Source]) -> bool:
    """Say whether the user named the file that holds the targets, and this is none of it."""
    files = set(_STAND_IN.findall(request.text))
    read = {one for one in files if any(one in s.arguments for s in sources)}
    if read:
        return not any(one in hit.source.arguments for one in read for hit in hits)
    among = {stem(word) for one in _STANDS_AMONG.findall(request.text) for word in one.split()}
    tools = {s.part.name for s in sources if s.origin == "definition"}
    named = {one for one in tools if among & {stem(word) for word in split_name(one)}}
    return bool(named) and not any(hit.source.part.name in named for hit in hits)
