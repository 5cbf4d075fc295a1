"""The main picture: attack success rate of every pitfall, guards off and on, with intervals."""

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from seawall.core.register import PitfallRow
from seawall.core.trials import ProbeResult
from seawall.govern.charts import svg
from seawall.govern.charts.scale import Linear
from seawall.govern.words import MISSING, interval, percent, plural

ROW, HEADING, TOP, BOTTOM = 24.5, 28.0, 46.0, 10.0
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
SIZE = 13.0


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are: the chart's width, the plot's ends, and whether titles stand above."""

    width: float
    left: float
    right: float
    above: bool
    row: float

    def scale(self) -> Linear:
        """Return the scale of attack success rates."""
        return Linear(0.0, 1.0, self.left, self.right)


WIDE = Frame(width=1000.0, left=320.0, right=772.0, above=False, row=ROW)
NARROW = Frame(width=360.0, left=14.0, right=246.0, above=True, row=44.0)


def chart(
    groups: Sequence[tuple[str, Sequence[PitfallRow]]], *, narrow: bool, key: str = "asr"
) -> Markup:
    """Draw (category, pitfalls) groups. Circle: guards off; diamond: guards on; | is tau."""
    frame = NARROW if narrow else WIDE
    rows = [row for _, found in groups for row in found]
    height = TOP + BOTTOM + HEADING * len(groups) + frame.row * len(rows)
    body = [*_legend(frame), *_grid(frame, height)]
    y = TOP
    for name, found in groups:
        body.append(svg.words(0.0, y + 18.5, name, "t strong"))
        body.append(svg.line(0.0, y + 24.5, frame.width, y + 24.5, "rule"))
        y += HEADING
        for row in found:
            body.extend(_row(frame, row, y))
            y += frame.row
    kind = "narrow" if narrow else "wide"
    title = f"Attack success rate of {plural(len(rows), 'pitfall')}, guards off and on"
    return svg.picture(f"{key}-{kind}", frame.width, height, title, _summary(rows), body, kind)


def _summary(rows: Sequence[PitfallRow]) -> str:
    lines = (
        f"{row.title}: {_rate(row.off)} off, {_rate(row.on)} on "
        f"({interval(row.on.low, row.on.high) if row.on.n else 'not measured'})"
        for row in rows
    )
    return "; ".join(lines) + "."


def _rate(result: ProbeResult) -> str:
    return percent(result.asr) if result.n else MISSING


def _legend(frame: Frame) -> list[Markup]:
    x, y = (frame.left, 14.0) if not frame.above else (8.0, 12.0)
    gap = 128.0 if not frame.above else 92.0
    drawn = [
        circle(x + 6.0, y - 4.0),
        svg.words(x + 18.0, y, "guards off", "t"),
        diamond(x + gap + 6.0, y - 4.0),
        svg.words(x + gap + 18.0, y, "guards on", "t"),
        svg.line(x + 2 * gap + 6.0, y - 11.0, x + 2 * gap + 6.0, y + 3.0, "tau"),
        svg.words(x + 2 * gap + 14.0, y, "tolerance", "t"),
    ]
    if not frame.above:
        x += 3 * gap - 4.0
        drawn += [*whisker(x, x + 22.0, y - 4.0, "w"), svg.words(x + 30.0, y, "95% interval", "t")]
    return drawn


def _grid(frame: Frame, height: float) -> list[Markup]:
    scale = frame.scale()
    drawn = []
    for tick in TICKS:
        x = scale(tick)
        drawn.append(svg.line(x, TOP - 8.0, x, height - BOTTOM, "grid"))
        drawn.append(svg.words(x, TOP - 13.0, f"{tick:.0%}", "t small muted", "middle"))
    return drawn


def _row(frame: Frame, row: PitfallRow, y: float) -> list[Markup]:
    scale = frame.scale()
    middle = y + (frame.row / 2.0 if not frame.above else 32.0)
    apart = row.on.high < row.off.low - 0.03 or not row.on.n or not row.off.n
    off, on = (middle, middle) if apart else (middle - 5.0, middle + 5.0)
    drawn = list(_title(frame, row, y))
    drawn.append(svg.line(scale(row.tau), middle - 10.0, scale(row.tau), middle + 10.0, "tau"))
    if row.off.n and row.on.n:
        drawn.append(svg.line(scale(row.off.asr), middle, scale(row.on.asr), middle, "bar"))
    drawn += _mark(scale, row.off, off, "off")
    drawn += _mark(scale, row.on, on, "on")
    change = f"{_rate(row.off)} → {_rate(row.on)}"
    if frame.above:
        drawn.append(svg.words(frame.width, middle + 4.0, change, "t num", "end"))
        return drawn
    bounds = f"({interval(row.on.low, row.on.high)})" if row.on.n else "(not measured)"
    drawn.append(svg.words(frame.right + 20.0, middle + 4.5, change, "t num"))
    drawn.append(svg.words(frame.width, middle + 4.5, bounds, "t small muted num", "end"))
    return drawn


def _title(frame: Frame, row: PitfallRow, y: float) -> list[Markup]:
    if frame.above:
        text = svg.wrap(row.title, SIZE, frame.width - 4.0, 1)[0]
        return [svg.words(0.0, y + 16.0, text, "t")]
    text = svg.wrap(row.title, SIZE, frame.left - 22.0, 1)[0]
    return [svg.words(0.0, y + frame.row / 2.0 + 4.5, text, "t")]


def _mark(scale: Linear, result: ProbeResult, y: float, mode: str) -> list[Markup]:
    if not result.n:
        return []
    drawn = whisker(scale(result.low), scale(result.high), y, f"w {mode}")
    shape = circle if mode == "off" else diamond
    return [*drawn, shape(scale(result.asr), y)]


def whisker(low: float, high: float, y: float, class_: str) -> list[Markup]:
    """Draw an interval with caps at its ends."""
    return [
        svg.line(low, y, high, y, class_),
        svg.line(low, y - 3.0, low, y + 3.0, class_),
        svg.line(high, y - 3.0, high, y + 3.0, class_),
    ]


def circle(x: float, y: float) -> Markup:
    """Draw the mark of "guards off"."""
    return svg.element("circle", cx=x, cy=y, r=4.5, class_="mark off")


def diamond(x: float, y: float) -> Markup:
    """Draw the mark of "guards on"."""
    points = f"M{svg.number(x)} {svg.number(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5z"
    return svg.element("path", d=points, class_="mark on")
