"""How the lines of a data-flow picture run: between free sides, round other elements."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import msgspec

from seawall.core.profile import Flow
from seawall.govern.charts.flow_column import Curve, Point, arcs
from seawall.govern.charts.flow_layout import Box, Layout
from seawall.govern.charts.svg import text_width

_Badge = tuple[Point, float]
BADGE = 13.0
STEPS = 64
FINE = 4 * STEPS
RUN_OVER, FOREIGN = 300.0, 40.0
# Two columns of zones are farther apart than this: no line between them leaves upwards.
APART = 90.0


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Flows between the same two elements. `numbers` are their places in the list, from 1.

    `forward` and `backward` say which ends carry an arrow; `curve` has the four points of a
    cubic Bezier; `badge` is where the numbers stand.
    """

    source: str
    target: str
    numbers: tuple[int, ...]
    forward: bool
    backward: bool
    crosses: bool
    curve: tuple[Point, Point, Point, Point]
    badge: Point


class _Pair(msgspec.Struct, kw_only=True):
    source: str
    target: str
    numbers: list[int]
    forward: bool
    backward: bool


def pair_up(flows: Sequence[Flow], known: Mapping[str, Box]) -> list[_Pair]:
    """Join flows that run between the same two elements, whatever their direction."""
    pairs: dict[frozenset[str], _Pair] = {}
    for number, flow in enumerate(flows, 1):
        if flow.source not in known or flow.target not in known or flow.source == flow.target:
            continue
        key = frozenset((flow.source, flow.target))
        pair = pairs.setdefault(
            key,
            _Pair(
                source=flow.source, target=flow.target, numbers=[], forward=False, backward=False
            ),
        )
        pair.numbers.append(number)
        if flow.source == pair.source:
            pair.forward = True
        else:
            pair.backward = True
    return list(pairs.values())


def route(flows: Sequence[Flow], zones: Mapping[str, str], layout: Layout) -> list[Line]:
    """Return the lines of all flows. `zones` gives the zone of each element id."""
    pairs = pair_up(flows, layout.elements)
    ends = [] if layout.stacked else _ports(pairs, layout.elements)
    ready = arcs([(p.source, p.target) for p in pairs], layout) if layout.stacked else []
    drawn = [[at(curve, step / FINE) for step in range(FINE + 1)] for curve in ready]
    lines: list[Line] = []
    badges: list[_Badge] = []
    for index, pair in enumerate(pairs):
        ways = _Ways(
            layout=layout,
            others=[b for k, b in layout.elements.items() if k not in (pair.source, pair.target)],
            own=[layout.elements[pair.source], layout.elements[pair.target]],
            foreign=[
                box
                for name, box in layout.zones.items()
                if name not in (zones[pair.source], zones[pair.target])
            ],
            badges=badges,
            drawn=list(chain.from_iterable((*drawn[:index], *drawn[index + 1 :]))),
        )
        curve = ready[index] if ready else _best(ends[index], ways)
        wide = badge_width(badge_text(pair.numbers))
        badge = _badge(curve, wide, ways)
        badges.append((badge, wide))
        lines.append(
            Line(
                source=pair.source,
                target=pair.target,
                numbers=tuple(pair.numbers),
                forward=pair.forward,
                backward=pair.backward,
                crosses=zones[pair.source] != zones[pair.target],
                curve=curve,
                badge=badge,
            )
        )
    return lines


Side = tuple[int, int]


def _sides(a: Box, b: Box) -> tuple[Side, Side]:
    """Return the sides on which a line leaves a and reaches b, as unit directions."""
    across = max(b.x - a.x - a.w, a.x - b.x - b.w)
    along = max(b.y - a.y - a.h, a.y - b.y - b.h)
    if across >= APART or (across >= 8.0 and (along < 8.0 or 3.0 * across >= along)):
        return ((1, 0), (-1, 0)) if a.x < b.x else ((-1, 0), (1, 0))
    return ((0, 1), (0, -1)) if a.y < b.y else ((0, -1), (0, 1))


def _ports(
    pairs: Sequence[_Pair], boxes: Mapping[str, Box]
) -> list[tuple[Point, Side, Point, Side]]:
    """Spread the lines' ends over each side of each box, in the order of their other ends."""
    users: defaultdict[tuple[str, Side], list[tuple[float, int, int]]] = defaultdict(list)
    sides = []
    for index, pair in enumerate(pairs):
        a, b = boxes[pair.source], boxes[pair.target]
        leave, reach = _sides(a, b)
        sides.append((leave, reach))
        for end, (key, side, other) in enumerate(
            ((pair.source, leave, b), (pair.target, reach, a))
        ):
            users[key, side].append((other.middle[1 if side[0] else 0], index, end))
    where: dict[tuple[int, int], Point] = {}
    for (key, side), ends in users.items():
        for place, (_, index, end) in enumerate(sorted(ends), 1):
            where[index, end] = _on_side(boxes[key], side, place / (len(ends) + 1))
    return [
        (where[index, 0], leave, where[index, 1], reach)
        for index, (leave, reach) in enumerate(sides)
    ]


def _on_side(box: Box, side: Side, share: float) -> Point:
    if side[0]:
        return (box.x + box.w if side[0] > 0 else box.x), box.y + box.h * share
    return box.x + box.w * share, (box.y + box.h if side[1] > 0 else box.y)


Ends = tuple[Point, Side, Point, Side]


class _Ways(msgspec.Struct, frozen=True, kw_only=True):
    """What a line has to mind: other boxes, its own two, zones that are not its, badges.

    `drawn` are points of other curves that its badge should not cover.
    """

    layout: Layout
    others: list[Box]
    own: list[Box]
    foreign: list[Box]
    badges: list[_Badge]
    drawn: list[Point]


def _best(ends: Ends, ways: _Ways) -> Curve:
    """Try the direct curve, then ever wider detours; take the one that runs over least.

    Where each runs over something, detours follow whose two ends go aside by themselves.
    """
    aside = [0.0, *(way * step * 24.0 for step in range(1, 14) for way in (1, -1))]
    best, least = _least(
        ((ends, (one, one), pull) for pull in (0.45, 0.2, 0.75) for one in aside), ways
    )
    if least >= RUN_OVER:
        wide = [way * step * 48.0 for step in range(7) for way in (1, -1)]
        more, cost = _least(
            ((ends, (one, other), pull) for pull in (0.45, 0.75) for one in wide for other in wide),
            ways, least,
        )  # fmt: skip
        best = best if more is None or cost >= least else more
    assert best is not None
    return best


def _least(
    tries: Iterable[tuple[Ends, tuple[float, float], float]], ways: _Ways, least: float = math.inf
) -> tuple[Curve | None, float]:
    """Return the curve of least cost below `least`, and that cost."""
    best = None
    for ends, aside, pull in tries:
        curve = _curve(ends, aside, pull)
        cost = _cost(curve, _curve(ends, (0.0, 0.0)), ways, least)
        if cost < least:
            best, least = curve, cost
    return best, least


def _curve(ends: Ends, aside: tuple[float, float], share: float = 0.45) -> Curve:
    """Return a curve that leaves and arrives at right angles, each end pushed aside (pixels)."""
    start, leave, end, reach = ends
    reach_out = share * max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    pull = min(max(20.0, reach_out), 300.0)
    (dx, dy), (ex, ey) = ((0.0, one) if leave[0] else (one, 0.0) for one in aside)
    return (
        start,
        (start[0] + leave[0] * pull + dx, start[1] + leave[1] * pull + dy),
        (end[0] + reach[0] * pull + ex, end[1] + reach[1] * pull + ey),
        end,
    )


def at(curve: Curve, t: float) -> Point:
    """Return the point of a cubic Bezier at t in 0..1."""
    u = 1.0 - t
    weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
    x = sum(w * point[0] for w, point in zip(weights, curve, strict=True))
    y = sum(w * point[1] for w, point in zip(weights, curve, strict=True))
    return x, y


def _cost(curve: Curve, straight: Curve, ways: _Ways, most: float) -> float:
    """Return how bad a curve is: how far aside it goes, and what it runs over; at least `most`
    stops the count."""
    cost = (
        sum(
            abs(curve[end][0] - straight[end][0]) + abs(curve[end][1] - straight[end][1])
            for end in (1, 2)
        )
        / 2.0
    )
    layout = ways.layout
    for step in range(1, STEPS):
        if cost >= most:
            return cost
        x, y = at(curve, step / STEPS)
        if any(box.holds(x, y, 7.0) for box in ways.others):
            cost += RUN_OVER
        if any(box.holds(x, y, -3.0) for box in ways.own):
            cost += RUN_OVER
        if any(box.holds(x, y) for box in ways.foreign):
            cost += FOREIGN
        if not (4.0 <= x <= layout.width - 4.0 and 4.0 <= y <= layout.height - 4.0):
            cost += 1000.0
        cost += sum(
            60.0 for (bx, by), wide in ways.badges
            if abs(bx - x) < wide / 2.0 and abs(by - y) < BADGE
        )  # fmt: skip
    return cost


def badge_text(numbers: Sequence[int]) -> str:
    """Return the numbers of a line's flows as its badge shows them."""
    return "·".join(str(number) for number in numbers)


def badge_width(text: str) -> float:
    """Return how wide a badge is (pixels)."""
    return max(2 * BADGE - 6.0, text_width(text, 12.5) + 13.0)


def _badge(curve: Curve, wide: float, ways: _Ways) -> Point:
    """Return the free place on the curve that is nearest to its middle.

    Where none is free and outside other zones, one that is free of boxes and badges.
    """
    places = sorted((step / 60 for step in range(4, 57)), key=lambda t: abs(t - 0.5))
    points = [at(curve, t) for t in places]
    free = [
        (x, y)
        for x, y in points
        if not any(
            abs(bx - x) < (wide + other) / 2.0 + 3.0 and abs(by - y) < 2.0 * BADGE - 4.0
            for (bx, by), other in ways.badges
        )
        and not any(_meets(box, x, y, wide) for box in (*ways.others, *ways.own))
    ]
    outside = [p for p in free if not any(_meets(zone, *p, wide) for zone in ways.foreign)]
    clear = (
        (x, y)
        for x, y in (*outside, *free)
        if not any(
            abs(a - x) < wide / 2.0 + 2.0 and abs(b - y) < BADGE - 2.0 for a, b in ways.drawn
        )
    )
    return next(chain(clear, outside, free, points))


def _meets(box: Box, x: float, y: float, wide: float) -> bool:
    """Return whether a badge at x, y would lie over a box."""
    across = box.x - wide / 2.0 < x < box.x + box.w + wide / 2.0
    return across and box.y - BADGE + 3.0 < y < box.y + box.h + BADGE - 3.0
