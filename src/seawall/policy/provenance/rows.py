"""What a call says of a thing that it names, and what the list says that the thing stands in."""

import re
from collections.abc import Sequence

from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.best import PRICES, rows_of
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.places import fields
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.trace import TRUSTED, Value
from seawall.policy.provenance.words import DELETE, PAY, READ

_CHANGES = frozenset(
    "update change edit modify amend alter adjust correct set move adapt raise lower patch".split()
)
_OF_CHANGE = re.compile(
    r"\b(?:new|chang\w+|correct\w*|updat\w+|instead|revis\w+|adjust\w*|rais\w+|lower\w*|discount\w*|offer\w*|agreed|negotiat\w+|"
    r"neu\w*|änder\w*|rabatt\w*|angebot\w*|nouve\w+|remise|nuev\w+|descuento|nuov\w+|sconto)\b"
)
_PRICE = re.compile(r"\d{1,9}(?:\.\d{1,4})?")


def against_its_row(
    profile: ToolProfile, values: Sequence[Value], request: Request
) -> Value | None:
    """Return the price from prose that the row of the thing named beside it gives otherwise.

    Not where something is changed: then the row holds what was before.
    """
    changes = _CHANGES & ({profile.doing} | profile.verbs)
    if profile.effect in (READ, DELETE, PAY) or changes or _OF_CHANGE.search(request.text):
        return None
    for value in values:
        if not value.numeric or value.origin in TRUSTED:
            continue
        if not value.untrusted or fields(value.untrusted):
            continue
        parent, _, key = value.argument.rpartition("/")
        if not PRICES & set(split_name(key)):
            continue
        named = [v for v in values if v.text and v.argument.rpartition("/")[0] == parent]
        held = {row for one in named for row in _held(one, key.casefold())}
        if held and float(value.value) not in held:
            return value
    return None


def _held(name: Value, key: str) -> set[float]:
    """Return what the rows that a name fills a field of say under a key."""
    found: set[float] = set()
    for hit in fields(name.untrusted + name.hits.get("trusted", [])):
        for row in rows_of(hit.source.text).values():
            text = row.fields.get(key, "")
            if name.text in row.fields.values() and _PRICE.fullmatch(text):
                found.add(float(text))
    return found
