"""A search of the web tells strangers what is searched for: does it hold what nobody asked about?"""

import re
from collections.abc import Sequence

from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.trace import Value

_OUTSIDE = frozenset("web internet online google bing browser browse duckduckgo www".split())
# A figure of four digits, an address or a code: what a person would not type by himself.
_PIECE = re.compile(r"[\w.+-]+@[\w.-]+\.\w+|(?<![\w-])[\w-]*\d[\w-]{2,}\d[\w-]*")
_HITS = 20


def tells_strangers(profile: ToolProfile, value: Value, sources: Sequence[Source]) -> bool:
    """Say whether a search of the web holds pieces of a result that the user's words did not lead to."""
    if not _OUTSIDE & set(split_name(profile.name)) or not value.text or value.shape == "url":
        return False
    pieces = _PIECE.findall(value.text)[:_HITS]
    said = [s for s in sources if s.origin != "untrusted" or s.pointed or s.named]
    private = [s for s in sources if s.origin == "untrusted" and not (s.pointed or s.named)]
    return any(
        any(piece in one.text for one in private) and not any(piece in one.text for one in said)
        for piece in pieces
    )
