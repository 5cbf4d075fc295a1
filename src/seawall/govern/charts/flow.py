"""The data-flow picture: elements in their trust zones, flows numbered, crossings marked."""

import math
from collections.abc import Collection, Sequence

from markupsafe import Markup

from seawall.core.profile import Element, Profile
from seawall.govern.charts import svg
from seawall.govern.charts.flow_column import Point
from seawall.govern.charts.flow_layout import NARROW, WIDE, Box
from seawall.govern.charts.flow_routes import BADGE, Line, badge_text, badge_width, route
from seawall.govern.charts.flow_search import arrange
from seawall.govern.words import plural

FOOT, LISTED = 30.0, 17.0
# What a slanted or a round outline takes of a text's room, left and right together.
_RIM = {"model": 22.0, "person": 24.0}


def crossings(profile: Profile) -> tuple[bool, ...]:
    """Return for each flow, in order, whether it crosses a trust boundary."""
    zone = {element.id: element.zone for element in profile.elements}
    return tuple(zone.get(flow.source) != zone.get(flow.target) for flow in profile.flows)


def chart(
    profile: Profile, *, narrow: bool, attacked: Collection[int] = (), style: str = ""
) -> Markup | None:
    """Draw the profile's elements and flows. None where the profile has no elements.

    `attacked` are the numbers (from 1) of flows on a way that stands open. `style` is CSS for a
    picture outside a page, which then lists its flows below.
    """
    if not profile.elements:
        return None
    layout = arrange(profile, NARROW if narrow else WIDE)
    zone = {element.id: element.zone for element in profile.elements}
    lines = route(profile.flows, zone, layout)
    below = _listed(profile, layout.height + FOOT + 14.0) if style else []
    body = [
        *([svg.element("style", Markup(style))] if style else ()),  # noqa: S704 - our own text
        *(_zone(box) for box in layout.zones.values()),
        *(_line(line, attacked) for line in lines),
        *(_zone_name(name, box) for name, box in layout.zones.items()),
        *(_element(element, layout.elements[element.id]) for element in profile.elements),
        *(_badge(line) for line in lines),
        *_legend(layout.height + 16.0, narrow, open_ways=bool(attacked)),
        *below,
    ]
    kind = "narrow" if narrow else "wide"
    title = f"Data flows of {profile.title} and their trust boundaries"
    height = layout.height + FOOT + LISTED * len(below) + (10.0 if below else 0.0)
    return svg.picture(f"flow-{kind}", layout.width, height, title, _summary(profile), body, kind)


def _listed(profile: Profile, y: float) -> list[Markup]:
    """List the flows by number, one a line."""
    names = {element.id: element.name for element in profile.elements}
    return [
        svg.words(
            2.0, y + LISTED * index,
            f"{index + 1}  {names.get(flow.source, flow.source)} → "
            f"{names.get(flow.target, flow.target)}: {flow.label}", "t small",
        )
        for index, flow in enumerate(profile.flows)
    ]  # fmt: skip


def _summary(profile: Profile) -> str:
    names = {element.id: element.name for element in profile.elements}
    zones = len({element.zone for element in profile.elements})
    marks = crossings(profile)
    flows = "; ".join(
        f"{number}: {names.get(flow.source, flow.source)} to {names.get(flow.target, flow.target)}"
        for number, flow in enumerate(profile.flows, 1)
    )
    return (
        f"{plural(len(profile.elements), 'element')} in {plural(zones, 'trust zone')}, "
        f"{plural(len(marks), 'flow')} of which {sum(marks)} cross a boundary. {flows}."
    )


def _zone(box: Box) -> Markup:
    return svg.element("rect", x=box.x, y=box.y, width=box.w, height=box.h, rx=10, class_="zone")


def _zone_name(name: str, box: Box) -> Markup:
    title = svg.wrap(name[:1].upper() + name[1:], 12.0, box.w - 24.0, 1, bold=True)[0]
    return svg.words(box.x + 12.0, box.y + 19.0, title, "t small strong zone-name")


def _element(element: Element, box: Box) -> Markup:
    shapes = [_shape(element.kind, box)]
    x, y = box.middle
    lines = svg.wrap(element.name, 12.5, box.w - _RIM.get(element.kind, 14.0), 2, bold=True)
    top = y - 6.5 * (len(lines) - 1) - 2.0
    for index, line in enumerate(lines):
        shapes.append(svg.words(x, top + 13.5 * index, line, "t box-name", "middle"))
    foot = svg.words(x, top + 13.5 * len(lines), element.kind, "t tiny muted", "middle")
    return svg.join((*shapes, foot))


def _shape(kind: str, box: Box) -> Markup:
    """Return the outline: person round, process rounded, store two lines, model six corners."""
    if kind == "store":
        fill = svg.element("rect", x=box.x, y=box.y, width=box.w, height=box.h, class_="node-fill")
        right, bottom = box.x + box.w, box.y + box.h
        above = svg.line(box.x, box.y, right, box.y, "node-line")
        return svg.join((fill, above, svg.line(box.x, bottom, right, bottom, "node-line")))
    if kind == "model":
        cut, half = 12.0, svg.number(box.h / 2.0)
        across = svg.number(box.w - 2 * cut)
        path = (
            f"M{svg.number(box.x + cut)} {svg.number(box.y)}h{across}l{cut:.0f} {half}"
            f"l-{cut:.0f} {half}h-{across}l-{cut:.0f} -{half}z"
        )
        return svg.element("path", d=path, class_="node")
    radius = {"person": box.h / 2.0, "external": 0.0}.get(kind, 8.0)
    return svg.element(
        "rect", x=box.x, y=box.y, width=box.w, height=box.h, rx=radius, class_="node"
    )


def _line(line: Line, attacked: Collection[int]) -> Markup:
    a, b, c, d = line.curve
    path = "".join(
        f"{letter}{svg.number(x)} {svg.number(y)} "
        for letter, (x, y) in zip("MC  ", (a, b, c, d), strict=True)
    )
    class_ = "flow cross" if line.crosses else "flow"
    class_ += " open" if {*line.numbers} & {*attacked} else ""
    drawn = [svg.element("path", d=" ".join(path.split()), class_=class_)]
    if line.forward:
        drawn.append(_arrow(c, d, line.crosses))
    if line.backward:
        drawn.append(_arrow(b, a, line.crosses))
    return svg.join(drawn)


def _arrow(before: Point, tip: Point, crosses: bool) -> Markup:
    angle = math.atan2(tip[1] - before[1], tip[0] - before[0])
    corners = [tip]
    for turn in (2.7, -2.7):
        corners.append(
            (tip[0] + 9.0 * math.cos(angle + turn), tip[1] + 9.0 * math.sin(angle + turn))
        )
    points = " ".join(f"{svg.number(x)},{svg.number(y)}" for x, y in corners)
    return svg.element("polygon", points=points, class_="arrow cross" if crosses else "arrow")


def _badge(line: Line) -> Markup:
    return _pill(line.badge, badge_text(line.numbers), line.crosses)


def _pill(middle: Point, text: str, crosses: bool) -> Markup:
    wide = badge_width(text)
    high = 2 * BADGE - 8.0
    return svg.join(
        (
            svg.element(
                "rect",
                x=middle[0] - wide / 2.0,
                y=middle[1] - high / 2.0,
                width=wide,
                height=high,
                rx=high / 2.0,
                class_="pill cross" if crosses else "pill",
            ),
            svg.words(
                middle[0],
                middle[1] + 4.0,
                text,
                "t pill-text cross" if crosses else "t pill-text",
                "middle",
            ),
        )
    )


def _legend(y: float, narrow: bool, *, open_ways: bool = False) -> Sequence[Markup]:
    step = 176.0 if narrow else 230.0
    way = (
        svg.line(2 * step, y - 4.0, 2 * step + 26.0, y - 4.0, "flow cross open"),
        svg.words(2 * step + 34.0, y, "an attack path that nothing stops", "t small"),
    )
    return (
        *(way if open_ways else ()),
        _pill((14.0, y - 4.0), "n", True),
        svg.words(30.0, y, "crosses a boundary", "t small"),
        _pill((14.0 + step, y - 4.0), "n", False),
        svg.words(30.0 + step, y, "stays in its zone", "t small"),
    )
