"""A search of the web tells strangers what is searched for: does it hold what nobody asked about?"""

import re
from collections.abc import Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.places import purpose_named
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import PAY

_OUTSIDE = frozenset("web internet online google bing browser browse duckduckgo www".split())
# A figure of four digits, an address or a code: what a person would not type by himself.
_PIECE = re.compile(r"[\w.+-]+@[\w.-]+\.\w+|(?<![\w-])[\w-]*\d[\w-]{2,}\d[\w-]*")
# What no bill has one write into a payment's reference: accounts, cards and addresses.
_ACCOUNT = re.compile(
    r"[\w.+-]+@[\w.-]+\.\w+|\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}|\b\d(?:[ -]?\d){11,18}\b"
)
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


def tells_payee(
    profile: ToolProfile, value: Value, request: Request, sources: Sequence[Source]
) -> str:
    """Return why a payment's reference holds an account, card or address of no use there, or ""."""
    if profile.effect != PAY or not purpose_named(value):
        return ""
    pieces = [texts.compact(one) for one in _ACCOUNT.findall(value.text)[:_HITS]]
    said = [s for s in sources if s.origin in ("user", "operator") or s.pointed or s.named]
    told = any(
        any(piece in one.compact for one in sources if one not in said)
        and not any(piece in one.compact for one in said)
        for piece in pieces
    )
    return "tells a payee what was read for nobody" if told else ""
