"""From the states of controls to the report's lines."""

from collections.abc import Sequence
from datetime import date

from seawall.catalog.load import load_catalog
from seawall.core.register import Register
from seawall.govern.context import Line, StateLine
from seawall.govern.status.judge import control_states
from seawall.govern.status.model import STATES, ControlState, EvidenceItem, State, counts
from seawall.govern.words import count, plain

_GOOD: dict[State, bool] = {"tested-pass": True, "tested-fail": False, "expired": False}


def measured_states(register: Register) -> tuple[ControlState, ...]:
    """Return the states on the register's own day, from its measurements and nothing else."""
    try:
        day = date.fromisoformat(register.created[:10])
    except ValueError:
        day = date.max  # without a day, nothing that ages counts
    return control_states(register, load_catalog(), today=day)


def lines(states: Sequence[ControlState]) -> tuple[StateLine, ...]:
    """Return the controls with their states, those first that need attention.

    Controls about which the same is said, with nothing seen of any, share a line.
    """
    order = sorted(states, key=lambda one: (STATES.index(one.state), one.control))
    grouped: dict[tuple[str, ...], list[ControlState]] = {}
    for one in order:
        alone = (one.control,) if one.evidence else ()
        grouped.setdefault((one.state, one.reason, *alone), []).append(one)
    return tuple(_line(group) for group in grouped.values())


def _line(group: Sequence[ControlState]) -> StateLine:
    first = group[0]
    return StateLine(
        controls=tuple(Line(name=plain(one.title), value=plain(one.control)) for one in group),
        state=first.state,
        good=_GOOD.get(first.state),
        reason=plain(first.reason),
        evidence=tuple(_said(item) for item in first.evidence),
    )


def counted(states: Sequence[ControlState]) -> str:
    """Return how many controls are in each state: "2 tested-fail, 1 expired"."""
    return ", ".join(f"{count(number)} {name}" for name, number in counts(states).items())


def _said(item: EvidenceItem) -> str:
    days = f" Of {item.date}, counts until {item.until}." if item.until else ""
    named = item.source if item.source in ("policy", "built in") else item.subject
    return plain(f"{named}: {item.sentence}{days}")
