"""What contradicts itself in a policy: limits that can never be met, settings without effect."""

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from seawall.policy.model import Policy, Upstream
from seawall.policy.own_checks import Problem
from seawall.policy.resources import Limits

_SCOPES = ("organisation", "team", "user", "key", "session")
_COUNTED = ("requests", "tokens", "cost")
_DEFAULT_SECONDS = 60.0


def contradictions(policy: Policy) -> Iterator[Problem]:
    """Yield numbers that are none, and settings of which one makes another pointless."""
    yield from _not_finite(msgspec.to_builtins(policy, str_keys=True), [])
    for index, upstream in enumerate(policy.upstreams):
        yield from _times(upstream, ["upstreams", index])
    for name, function in policy.functions.items():
        yield from _limits(function.limits, ["functions", name, "limits"])
    for scope in _SCOPES:
        yield from _limits(getattr(policy.limits, scope), ["limits", scope])
    for tool, rule in policy.tools.rules.items():
        for name, argument in rule.arguments.items():
            low, high = argument.minimum, argument.maximum
            if low is not None and high is not None and low > high:
                yield (
                    ["tools", "rules", tool, "arguments", name, "minimum"],
                    f"The minimum of {tool}.{name} is above its maximum: no value passes.",
                    "Exchange them, or leave one out.",
                )


def _not_finite(value: Any, keys: list[str | int]) -> Iterator[Problem]:
    if isinstance(value, float) and not math.isfinite(value):
        where = ".".join(map(str, keys))
        yield keys, f"{where} is not a finite number.", "Write a number; no limit is left out."
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _not_finite(one, [*keys, key])
    elif isinstance(value, list | tuple):
        for index, one in enumerate(value):
            yield from _not_finite(one, [*keys, index])


def _times(upstream: Upstream, at: list[str | int]) -> Iterator[Problem]:
    times = upstream.timeouts
    for name in ("connect", "first_byte"):
        part = getattr(times, name)
        if part is not None and times.total is not None and part > times.total:
            yield (
                [*at, "timeouts", name],
                f"timeouts.{name} is longer than timeouts.total, which ends the request before.",
                "Lower it, or raise total.",
            )
    whole = None not in (times.first_byte, times.idle, times.total)
    if whole and upstream.timeout_seconds != _DEFAULT_SECONDS:
        yield (
            [*at, "timeout_seconds"],
            "timeout_seconds has no effect: timeouts sets first_byte, idle and total.",
            "Remove timeout_seconds, or what it shall set from timeouts.",
        )


def _limits(limits: Limits, at: list[str | int]) -> Iterator[Problem]:
    for what in _COUNTED:
        day, month = getattr(limits, f"{what}_per_day"), getattr(limits, f"{what}_per_month")
        if day is not None and month is not None and day > month:
            yield (
                [*at, f"{what}_per_day"],
                f"{what}_per_day is above {what}_per_month, which is reached first.",
                "Lower it, or raise the month's.",
            )
