"""How the lines of a data-flow picture run: between free sides, round other elements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from seawall.core.profile import Flow
from seawall.govern.charts.flow_layout import Box, Layout

Point = tuple[float, float]
BADGE = 13.0
STEPS = 40


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
    ends = _ports(pairs, layout.elements)
    lines: list[Line] = []
    badges: list[Point] = []
    for index, pair in enumerate(pairs):
        others = [
            box for key, box in layout.elements.items() if key not in (pair.source, pair.target)
        ]
        curve = _best(ends[index], others, badges, layout)
        badge = _badge(curve, badges, list(layout.elements.values()))
        badges.append(badge)
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
    if across >= 8.0 and (along < 8.0 or across >= along):
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


Curve = tuple[Point, Point, Point, Point]


def _best(
    ends: tuple[Point, Side, Point, Side],
    others: Sequence[Box],
    badges: Sequence[Point],
    layout: Layout,
) -> Curve:
    """Try the direct curve, then ever wider detours; take the one that runs over least."""
    tries = [
        _curve(ends, aside, pull)
        for pull in (0.45, 0.2, 0.75)
        for step in range(14)
        for aside in ((0.0,) if step == 0 else (step * 24.0, step * -24.0))
    ]
    return min(tries, key=lambda curve: _cost(curve, ends, others, badges, layout))


def _curve(ends: tuple[Point, Side, Point, Side], aside: float, share: float = 0.45) -> Curve:
    """Return a curve that leaves and arrives at right angles, pushed aside by `aside` pixels."""
    start, leave, end, reach = ends
    reach_out = share * max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    pull = min(max(20.0, reach_out), 300.0)
    dx, dy = (0.0, aside) if leave[0] else (aside, 0.0)
    return (
        start,
        (start[0] + leave[0] * pull + dx, start[1] + leave[1] * pull + dy),
        (end[0] + reach[0] * pull + dx, end[1] + reach[1] * pull + dy),
        end,
    )


def at(curve: Curve, t: float) -> Point:
    """Return the point of a cubic Bezier at t in 0..1."""
    u = 1.0 - t
    weights = (u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t)
    x = sum(w * point[0] for w, point in zip(weights, curve, strict=True))
    y = sum(w * point[1] for w, point in zip(weights, curve, strict=True))
    return x, y


def _cost(
    curve: Curve,
    ends: tuple[Point, Side, Point, Side],
    others: Sequence[Box],
    badges: Sequence[Point],
    layout: Layout,
) -> float:
    straight = _curve(ends, 0.0)
    cost = abs(curve[1][0] - straight[1][0]) + abs(curve[1][1] - straight[1][1])
    for step in range(1, STEPS):
        x, y = at(curve, step / STEPS)
        if any(box.holds(x, y, 7.0) for box in others):
            cost += 300.0
        if not (4.0 <= x <= layout.width - 4.0 and 4.0 <= y <= layout.height - 4.0):
            cost += 1000.0
        cost += sum(60.0 for bx, by in badges if abs(bx - x) < BADGE and abs(by - y) < BADGE)
    return cost


def _badge(curve: Curve, badges: Sequence[Point], boxes: Sequence[Box]) -> Point:
    """Return the free place on the curve that is nearest to its middle."""
    places = sorted((step / 40 for step in range(4, 37)), key=lambda t: abs(t - 0.5))
    points = [at(curve, t) for t in places]
    for x, y in points:
        near = any(abs(bx - x) < 2.6 * BADGE and abs(by - y) < 2.0 * BADGE for bx, by in badges)
        if not near and not any(box.holds(x, y, BADGE - 2.0) for box in boxes):
            return x, y
    return points[0]
