"""How long anything of a conversation may be kept: four classes, from nothing to long."""

from enum import StrEnum

import msgspec


class Retention(StrEnum):
    """A class; the policy gives each its days. `none`: nothing is kept at all."""

    NONE = "none"
    SHORT = "short"
    STANDARD = "standard"
    LONG = "long"


_ORDER = {retention: place for place, retention in enumerate(Retention)}


def shorter(one: Retention, other: Retention) -> Retention:
    """Return the class that keeps less."""
    return min(one, other, key=_ORDER.__getitem__)


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What an end user chose. `opt_out`: no training, and no content kept beside the audit log.

    `retention`: the most they allow; the application's own class goes on counting.
    """

    opt_out: bool = False
    retention: Retention = Retention.LONG


# Where nobody can know what a user chose, nothing is kept of them.
UNKNOWN_CONSENT = Consent(opt_out=True, retention=Retention.NONE)
