"""The loss-exceedance curve: how likely a year is to cost more than an amount."""

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from seawall.core.register import CurvePoint, Register
from seawall.govern.charts import svg
from seawall.govern.charts.scale import Linear, Log, decades
from seawall.govern.words import money, percent

TOP, FOOT = 46.0, 52.0


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """Sizes of the drawing: the whole, and the plot's left end."""

    width: float
    height: float
    left: float
    right: float


WIDE = Frame(width=1000.0, height=400.0, left=56.0, right=980.0)
NARROW = Frame(width=360.0, height=330.0, left=46.0, right=342.0)


def chart(register: Register, *, narrow: bool) -> Markup | None:
    """Draw P(yearly loss > x), inherent and residual, and the appetite. None without points."""
    points = [p for p in register.curve if p.loss > 0.0]
    if len(points) < 2:
        return None
    frame = NARROW if narrow else WIDE
    edges = [p.loss for p in points] + ([register.appetite] if register.appetite else [])
    x = Log(min(edges), max(edges), frame.left, frame.right)
    y = Linear(0.0, 1.0, frame.height - FOOT, TOP)
    body = [
        *_axes(frame, x, y, register.currency),
        *_appetite(frame, x, register),
        _path(points, x, y, "inherent"),
        _path(points, x, y, "residual"),
        *_legend(frame),
    ]
    kind = "narrow" if narrow else "wide"
    return svg.picture(
        f"curve-{kind}",
        frame.width,
        frame.height,
        "Loss-exceedance curve, inherent and residual",
        _summary(register),
        body,
        kind,
    )


def _summary(register: Register) -> str:
    if register.appetite is None:
        return "Nobody said how much a year may cost: there is no appetite to compare with."
    return (
        f"The chance that a year costs more than the appetite of {money(register.appetite)} "
        f"{register.currency} is {percent(register.inherent.over_appetite)} without the guards and "
        f"{percent(register.residual.over_appetite)} with them."
    )


def _axes(frame: Frame, x: Log, y: Linear, currency: str) -> list[Markup]:
    drawn = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        drawn.append(svg.line(frame.left, y(share), frame.right, y(share), "grid"))
        drawn.append(
            svg.words(frame.left - 7.0, y(share) + 4.0, f"{share:.0%}", "t small muted", "end")
        )
    bottom = frame.height - FOOT
    for tick in decades(x.low, x.high, 5 if frame.width < 500 else 9):
        drawn.append(svg.line(x(tick), bottom, x(tick), bottom + 5.0, "axis"))
        drawn.append(svg.words(x(tick), bottom + 19.0, money(tick), "t small muted", "middle"))
    drawn.append(svg.line(frame.left, bottom, frame.right, bottom, "axis"))
    middle = (frame.left + frame.right) / 2.0
    label = f"loss in a year, {currency} (log scale)"
    drawn.append(svg.words(middle, frame.height - 8.0, label, "t small muted", "middle"))
    return drawn


def _appetite(frame: Frame, x: Log, register: Register) -> list[Markup]:
    if not register.appetite:  # 0 has no place on a logarithmic axis
        return []
    at = x(register.appetite)
    label = f"appetite {money(register.appetite)}"
    wide = svg.text_width(label, 13.0) + 10.0
    left = at - wide < frame.left or at + wide < frame.right
    return [
        svg.line(at, TOP - 12.0, at, frame.height - FOOT, "appetite"),
        svg.words(at + (6.0 if left else -6.0), TOP - 4.0, label, "t", "start" if left else "end"),
    ]


def _path(points: Sequence[CurvePoint], x: Log, y: Linear, which: str) -> Markup:
    steps = []
    for index, point in enumerate(points):
        share = point.inherent if which == "inherent" else point.residual
        pair = f"{svg.number(x(point.loss))} {svg.number(y(share))}"
        steps.append(f"{'L' if index else 'M'}{pair}")
    return svg.element("path", d="".join(steps), class_=f"line {which}")


def _legend(frame: Frame) -> list[Markup]:
    x, y = frame.left, 14.0
    gap = 180.0 if frame.width > 500 else 158.0
    return [
        svg.line(x, y - 4.0, x + 26.0, y - 4.0, "line inherent"),
        svg.words(x + 33.0, y, "guards off (inherent)" if gap > 160 else "off (inherent)", "t"),
        svg.line(x + gap, y - 4.0, x + gap + 26.0, y - 4.0, "line residual"),
        svg.words(x + gap + 33.0, y, "guards on (residual)" if gap > 160 else "on (residual)", "t"),
    ]
