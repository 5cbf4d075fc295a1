"""A search of the web tells strangers what is searched for: does it hold what nobody asked about?"""

import re
from collections.abc import Callable, Container, Iterable, Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.places import purpose_named
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import ORDER, Source
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import PAY

_OUTSIDE = frozenset("web internet online google bing browser browse duckduckgo www".split())
# A figure of four digits, an address or a code: what a person would not type by himself.
_PIECE = re.compile(r"[\w.+-]+@[\w.-]+\.\w+|(?<![\w-])[\w-]*\d[\w-]{2,}\d[\w-]*")
# What no bill has one write into a payment's reference: accounts, cards and addresses.
_ACCOUNT = re.compile(
    r"[\w.+-]+@[\w.-]+\.\w+|\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}|\b\d(?:[ -]?\d){11,18}\b"
)
_NOT_STRANGERS = frozenset(ORDER) - {"untrusted"}
_HITS = 20


def tells_strangers(profile: ToolProfile, value: Value, sources: Sequence[Source]) -> bool:
    """Say whether a search of the web holds pieces of a result that the user's words did not lead to."""
    if not _OUTSIDE & set(split_name(profile.name)) or not value.text or value.shape == "url":
        return False
    pieces = _PIECE.findall(value.text)[:_HITS]
    return _read_for_nobody(pieces, sources, _NOT_STRANGERS, lambda one: one.text)


def tells_payee(
    profile: ToolProfile, value: Value, request: Request, sources: Sequence[Source]
) -> str:
    """Return why a payment's reference holds an account, card or address of no use there, or ""."""
    if profile.effect != PAY or not purpose_named(value):
        return ""
    pieces = [texts.compact(one) for one in _ACCOUNT.findall(value.text)[:_HITS]]
    told = _read_for_nobody(pieces, sources, ("user", "operator"), lambda one: one.compact)
    return "tells a payee what was read for nobody" if told else ""


def _read_for_nobody(
    pieces: Iterable[str], sources: Sequence[Source], origins: Container[str],
    reading: Callable[[Source], str],
) -> bool:  # fmt: skip
    """Say whether a piece stands in a text, but in none of these origins or that was pointed at."""
    said: list[Source] = []
    others: list[Source] = []
    for one in sources:
        (said if one.origin in origins or one.pointed or one.named else others).append(one)
    return any(
        any(piece in reading(one) for one in others)
        and not any(piece in reading(one) for one in said)
        for piece in pieces
    )
