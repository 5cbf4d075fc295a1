"""Lines of a picture whose elements stand in one column: arcs right of it, over no element."""

from collections import defaultdict
from collections.abc import Sequence

from seawall.govern.charts.flow_layout import Layout

Point = tuple[float, float]
Curve = tuple[Point, Point, Point, Point]
FIRST, STEP, ROOM = 28.0, 24.0, 150.0
# Where a line between neighbours runs, as a share of the width: right of the zones' titles.
ASIDE = 0.75


def arcs(pairs: Sequence[tuple[str, str]], layout: Layout) -> list[Curve]:
    """Return the curve of each pair: a straight line between neighbours, else an arc.

    The farther apart two elements are, the farther out their arc runs.
    """
    place = {key: index for index, key in enumerate(_from_top(layout))}
    apart = [abs(place[a] - place[b]) for a, b in pairs]
    far = sorted((n for n, steps in enumerate(apart) if steps > 1), key=lambda n: apart[n])
    ports = _ports({n: pairs[n] for n in far}, place, layout)
    step = min(STEP, (ROOM - FIRST) / max(1, len(far) - 1))
    out = {n: FIRST + step * lane for lane, n in enumerate(far)}
    return [
        _arc(ports[n, 0], ports[n, 1], out[n]) if n in out else _straight(*pair, layout)
        for n, pair in enumerate(pairs)
    ]


def _from_top(layout: Layout) -> list[str]:
    return sorted(layout.elements, key=lambda key: layout.elements[key].y)


def _ports(
    pairs: dict[int, tuple[str, str]], place: dict[str, int], layout: Layout
) -> dict[tuple[int, int], Point]:
    """Spread the arcs' ends over each right side so that one arc lies within the next."""
    ends: defaultdict[str, list[tuple[bool, int, int, int]]] = defaultdict(list)
    for number, (a, b) in pairs.items():
        for end, (own, other) in enumerate(((a, b), (b, a))):
            steps = place[other] - place[own]
            ends[own].append((steps > 0, -steps, number, end))
    found = {}
    for key, mine in ends.items():
        box = layout.elements[key]
        for index, (_, _, number, end) in enumerate(sorted(mine), 1):
            found[number, end] = (box.x + box.w, box.y + box.h * index / (len(mine) + 1))
    return found


def _arc(start: Point, end: Point, out: float) -> Curve:
    reach = out * 4.0 / 3.0  # A cubic's middle goes three quarters of the way to its handles.
    return start, (start[0] + reach, start[1]), (end[0] + reach, end[1]), end


def _straight(source: str, target: str, layout: Layout) -> Curve:
    a, b = layout.elements[source], layout.elements[target]
    x = a.x + a.w * ASIDE
    first, last = (a.y + a.h, b.y) if a.y < b.y else (a.y, b.y + b.h)
    third = (last - first) / 3.0
    return (x, first), (x, first + third), (x, last - third), (x, last)
