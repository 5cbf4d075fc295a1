"""The policy file's types for what is kept of conversations beside the audit log's records."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from seawall.core.retention import Retention, shorter

Days = Annotated[float, Meta(gt=0, le=3660)]


class RetentionDays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many days each class keeps; the class none keeps nothing."""

    short: Days = 7.0
    standard: Days = 30.0
    long: Days = 366.0

    def seconds(self, retention: Retention) -> float:
        """Return how long a class keeps."""
        days = {
            Retention.NONE: 0.0, Retention.SHORT: self.short,
            Retention.STANDARD: self.standard, Retention.LONG: self.long,
        }  # fmt: skip
        return days[retention] * 86_400


class AuditRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether the content of requests is kept, sealed, beside their audit records.

    `capture`: redacted keeps texts as the guard's redaction left them, without what it blocked or
    could not judge; full keeps them as they came. `retention` is the application's class: nothing
    of a conversation is kept longer. `max_kib`: the most of one request; the rest is left out.
    """

    capture: Literal["none", "redacted", "full"] = "none"
    retention: Retention = Retention.LONG
    days: RetentionDays = RetentionDays()
    max_kib: Annotated[int, Meta(ge=1, le=16_384)] = 256

    def keeps(self) -> dict[Retention, float]:
        """Return the seconds for which each class that a user may choose keeps here."""
        return {one: self.days.seconds(shorter(self.retention, one)) for one in Retention}
