"""Better places for a data-flow picture: short lines, few crossings, nothing run over."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from seawall.core.profile import Profile
from seawall.govern.charts.flow_layout import Box, Layout, Plan, Size, first_plan, place

RUN_OVER, CROSSING, ROUNDS = 260.0, 90.0, 6
Point = tuple[float, float]
Edge = tuple[str, str]


def arrange(profile: Profile, size: Size) -> Layout:
    """Place the profile's elements: swap cells and zones as long as a swap makes it better."""
    plan = first_plan(profile, size)
    known = {element.id for element in profile.elements}
    pairs = {
        frozenset((flow.source, flow.target))
        for flow in profile.flows
        if flow.source in known and flow.target in known and flow.source != flow.target
    }
    edges: list[Edge] = sorted((min(pair), max(pair)) for pair in pairs)
    best = cost(place(plan), edges)
    for _ in range(ROUNDS):
        before = best
        for cells, a, b in _swaps(plan):
            cells[a], cells[b] = cells[b], cells[a]
            tried = cost(place(plan), edges)
            if tried < best - 1e-9:
                best = tried
            else:
                cells[a], cells[b] = cells[b], cells[a]
        if best >= before:
            break
    return place(plan)


def _swaps(plan: Plan) -> Iterator[tuple[list[str], int, int]]:
    """Return the lists that may be reordered, with two places each."""
    lists = [grid.cells for grid in plan.grids.values()]
    if not plan.size.stacked:
        lists += plan.columns
    for cells in lists:
        for a, b in combinations(range(len(cells)), 2):
            if cells[a] not in plan.fixed and cells[b] not in plan.fixed:
                yield cells, a, b


def cost(layout: Layout, edges: Sequence[Edge]) -> float:
    """Return how bad straight lines between the elements' centres would look."""
    boxes = layout.elements
    lines = [(a, b, boxes[a].middle, boxes[b].middle) for a, b in edges]
    total = 0.0
    for a, b, start, end in lines:
        total += abs(end[0] - start[0]) + abs(end[1] - start[1])
        total += RUN_OVER * sum(
            key not in (a, b) and runs_over(start, end, box) for key, box in boxes.items()
        )
    for one, other in combinations(lines, 2):
        if not {one[0], one[1]} & {other[0], other[1]}:
            total += CROSSING * crosses(one[2], one[3], other[2], other[3])
    return total


def runs_over(start: Point, end: Point, box: Box) -> bool:
    """Return whether a line meets a rectangle (Liang-Barsky clipping)."""
    first, last = 0.0, 1.0
    for origin, step, low, high in (
        (start[0], end[0] - start[0], box.x, box.x + box.w),
        (start[1], end[1] - start[1], box.y, box.y + box.h),
    ):
        if step == 0.0:
            if not low <= origin <= high:
                return False
            continue
        enter, leave = sorted(((low - origin) / step, (high - origin) / step))
        first, last = max(first, enter), min(last, leave)
    return first < last


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def crosses(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Return whether line a-b crosses line c-d."""
    return _turn(a, b, c) * _turn(a, b, d) < 0.0 and _turn(c, d, a) * _turn(c, d, b) < 0.0
