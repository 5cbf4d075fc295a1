"""The gate's look at saved cases: none succeeds again, all were tried, not too long ago."""

from collections.abc import Sequence
from datetime import date

from seawall.core.regressions import Regression
from seawall.govern.gate import Check, Reason, check
from seawall.govern.release.decisions import day
from seawall.govern.words import count

AGAIN = "succeeds again"


def held(found: Sequence[Regression], today: date, days: int) -> Check:
    """Check that every saved case failed in a run of the last `days` days."""
    reasons = [
        Reason(kind="regression", subject=one.case, sentence=sentence, ref=one.run)
        for one in found
        if (sentence := _why(one, today, days))
    ]
    return check(
        "Saved cases hold",
        f"every saved case was tried in the last {count(days)} days, and none succeeds again",
        f"{count(len(found) - len(reasons))} of {count(len(found))}",
        reasons,
    )


def _why(one: Regression, today: date, days: int) -> str:
    named = f"{one.case} ({one.title})"
    made = day(one.day)
    if one.state == "succeeded":
        return (
            f"{named} {AGAIN}: {one.succeeded} of {one.tried} attempts on {one.day} "
            f"({one.run}). Repeat it: {one.repeat}"
        )
    if one.state == "not tried":
        return f"{named} stands in no run: attack with --cases."
    if one.state == "stale":
        return (
            f"{named} was edited after its run of {one.day} ({one.run}), or that run does not say "
            "which text it tried: that result is not scored. Attack with --cases again."
        )
    if one.state == "unknown":
        return (
            f"{named}: {count(one.unknown)} attempts on {one.day} ({one.run}) are missing or have "
            "no verdict, and unknown is not safe: attack again."
        )
    if made is None or made > today:
        return f"{named}: the run {one.run} has no day that counts: attack again."
    if (age := (today - made).days) > days:
        return f"{named} was tried {count(age)} days ago ({one.run}): attack again."
    return ""
