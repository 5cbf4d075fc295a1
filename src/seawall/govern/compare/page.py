"""A comparison as one HTML file without script."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from seawall.core.html import environment, style_hash
from seawall.core.trials import Mode
from seawall.govern.compare.model import (
    About,
    Comparison,
    ControlChange,
    Direction,
    LossChange,
    Rate,
    RateChange,
    RiskChange,
)
from seawall.govern.context import Fields
from seawall.govern.headline import when
from seawall.govern.report import TEMPLATES
from seawall.govern.words import MISSING, count, interval, money, percent, plain, plural

ORDER: tuple[Direction, ...] = ("worse", "new", "better", "gone", "not comparable", "same")
_MODES = {Mode.OFF: "guards off", Mode.ON: "guards on"}


class Row(Fields, frozen=True, kw_only=True):
    """One line: what it is about, its direction, how it stood and stands, and what changed."""

    id: str
    title: str
    direction: Direction
    good: bool | None
    before: str
    after: str
    notes: tuple[str, ...] = ()


def render(found: Comparison) -> str:
    """Return the comparison as one HTML document."""
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8").strip()
    fields: dict[str, Any] = {
        "application": plain(found.after.application or found.before.application or "attacks"),
        "before": _about(found.before),
        "after": _about(found.after),
        "first": when(found.before.created),
        "last": when(found.after.created),
        "verdict": verdict(found),
        "worse": found.worse,
        "notes": tuple(plain(note) for note in found.notes),
        "risks": _sorted([_risk(row) for row in found.risks]),
        "controls": _sorted([_control(row) for row in found.controls]),
        "rates": _sorted([_rate(row) for row in found.rates]),
        "losses": _sorted([_loss(row) for row in found.losses]),
    }
    template = environment(TEMPLATES).get_template("compare.html.j2")
    return template.render(**fields, style=Markup(style), style_hash=style_hash(style))  # noqa: S704 - our own file


def _about(side: About) -> dict[str, str]:
    return {"name": plain(side.name), "model": plain(side.model)}


def verdict(found: Comparison) -> str:
    """Return what changed in one sentence."""
    rows: tuple[RiskChange | ControlChange | RateChange, ...]
    rows = (*found.risks, *found.controls, *found.rates)
    said = []
    for word in ("worse", "better", "new", "gone"):
        number = sum(row.direction == word for row in rows)
        if number:
            said.append(f"{count(number)} {word}")
    if not said:
        return "Nothing that was compared changed beyond chance."
    return (
        f"{', '.join(said)}, of {plural(len(found.risks), 'risk')}, "
        f"{plural(len(found.controls), 'control')} and {plural(len(found.rates), 'success rate')}."
    )


def _sorted(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (ORDER.index(row.direction), row.id))


def _good(direction: Direction) -> bool | None:
    return {"worse": False, "better": True}.get(direction)


def _risk(row: RiskChange) -> Row:
    return Row(
        id=plain(row.risk), title=plain(row.title), direction=row.direction,
        good=_good(row.direction), before=plain(row.before), after=plain(row.after),
        notes=tuple(plain(change) for change in row.changes),
    )  # fmt: skip


def _control(row: ControlChange) -> Row:
    return Row(
        id=plain(row.control), title=plain(row.title), direction=row.direction,
        good=_good(row.direction), before=row.before, after=row.after,
        notes=(plain(row.reason),) if row.before != row.after else (),
    )  # fmt: skip


def _rate(row: RateChange) -> Row:
    notes: tuple[str, ...] = ()
    if row.difference is not None and row.low is not None and row.high is not None:
        shown = "shown" if row.direction in ("worse", "better") else "not shown"
        notes = (
            f"Difference {_points(row.difference)} points (95%: {_points(row.low)} to "
            f"{_points(row.high)}), {shown}.",
        )
    return Row(
        id=plain(f"{row.probe}, {_MODES[row.mode]}"), title=plain(row.title),
        direction=row.direction, good=_good(row.direction), before=_share(row.before),
        after=_share(row.after), notes=notes,
    )  # fmt: skip


def _points(share: float) -> str:
    return f"{share * 100.0:+.1f}".replace("-", "−")


def _share(rate: Rate | None) -> str:
    if rate is None:
        return "not measured"
    return f"{percent(rate.asr)} ({interval(rate.low, rate.high)}) of {count(rate.n)}"


def _loss(row: LossChange) -> Row:
    show = percent if row.unit == "probability" else money
    return Row(
        id=plain(f"{row.subject}: {row.measure}"), title=plain(row.title),
        direction=row.direction, good=_good(row.direction),
        before=MISSING if row.before is None else show(row.before),
        after=MISSING if row.after is None else show(row.after),
        notes=(plain(row.unit),),
    )  # fmt: skip
