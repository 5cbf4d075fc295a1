"""Where the elements of a data-flow picture stand: zones in the order data travels."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from seawall.core.profile import Element, Profile

N = TypeVar("N", bound=Hashable)
HEAD, PAD, MARGIN = 30.0, 16.0, 12.0


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle: left, top, width, height (pixels)."""

    x: float
    y: float
    w: float
    h: float

    @property
    def middle(self) -> tuple[float, float]:
        """Return the centre."""
        return self.x + self.w / 2.0, self.y + self.h / 2.0

    def holds(self, x: float, y: float, room: float = 0.0) -> bool:
        """Return whether a point is inside, or nearer than `room`."""
        across = self.x - room <= x <= self.x + self.w + room
        return across and self.y - room <= y <= self.y + self.h + room


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """The sizes of one drawing; `columns` is how many columns of elements a zone may have."""

    width: float
    box: tuple[float, float]
    gap: tuple[float, float]
    columns: int
    stacked: bool


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """The finished places: elements by id, zones by name, and the whole size."""

    elements: dict[str, Box]
    zones: dict[str, Box]
    width: float
    height: float


WIDE = Size(width=1000.0, box=(138.0, 46.0), gap=(62.0, 30.0), columns=2, stacked=False)
NARROW = Size(width=360.0, box=(136.0, 46.0), gap=(44.0, 34.0), columns=2, stacked=True)


def ranks(nodes: Sequence[N], edges: Iterable[tuple[N, N]]) -> dict[N, int]:
    """Return the longest-path rank of each node; an edge that would close a circle is left out."""
    forward: defaultdict[N, list[N]] = defaultdict(list)
    kept: list[tuple[N, N]] = []
    for source, target in edges:
        if source == target or target in forward[source] or _reaches(forward, target, source):
            continue
        forward[source].append(target)
        kept.append((source, target))
    rank = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for source, target in kept:
            rank[target] = max(rank[target], rank[source] + 1)
    return rank


def _reaches(forward: Mapping[N, Sequence[N]], start: N, goal: N) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        node = waiting.pop()
        if node == goal:
            return True
        fresh = [target for target in forward.get(node, ()) if target not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return False


def zone_columns(profile: Profile) -> list[list[str]]:
    """Return the zones by rank, in the order data travels from people inwards."""
    first = sorted(profile.elements, key=lambda element: element.kind != "person")
    names = list(dict.fromkeys(element.zone for element in first))
    zone = {element.id: element.zone for element in profile.elements}
    edges = [(zone[f.source], zone[f.target]) for f in profile.flows if _known(zone, f)]
    edges.sort(key=lambda edge: names.index(edge[0]))
    rank = ranks(names, edges)
    return [[n for n in names if rank[n] == r] for r in sorted(set(rank.values()))]


def _known(zone: Mapping[str, str], flow: object) -> bool:
    return getattr(flow, "source", "") in zone and getattr(flow, "target", "") in zone


def place(profile: Profile, size: Size) -> Layout:
    """Place every element. Zones stand side by side (or stacked on a narrow screen)."""
    grids = {
        name: _grid(profile, name, size.columns)
        for column in zone_columns(profile)
        for name in column
    }
    columns = zone_columns(profile)
    if size.stacked:
        columns = [[name for column in columns for name in column]]
    _order_rows(profile, grids)
    return _place_columns(columns, grids, size)


Grid = list[list[str]]


def _grid(profile: Profile, zone: str, most: int) -> Grid:
    """Return the element ids of a zone in columns, by the order data travels inside it."""
    inside = [element for element in profile.elements if element.zone == zone]
    ids = [element.id for element in inside]
    edges = [(f.source, f.target) for f in profile.flows if f.source in ids and f.target in ids]
    rank = ranks(ids, edges)
    columns: Grid = [[] for _ in range(min(most, max(rank.values(), default=0) + 1))]
    for key in ids:
        columns[min(rank[key], len(columns) - 1)].append(key)
    return _balanced(columns, most, inside)


def _balanced(columns: Grid, most: int, inside: Sequence[Element]) -> Grid:
    """Spread a zone of one long column over two, so that the picture stays flat."""
    if most > 1 and len(columns) == 1 and len(inside) > 4:
        half = (len(inside) + 1) // 2
        return [columns[0][:half], columns[0][half:]]
    return columns


def _order_rows(profile: Profile, grids: dict[str, Grid]) -> None:
    """Sort each column by the mean row of its neighbours, a few times (barycentre)."""
    pairs = [(f.source, f.target) for f in profile.flows]
    for _ in range(6):
        row = {
            key: (index + 0.5) / len(column)
            for grid in grids.values()
            for column in grid
            for index, key in enumerate(column)
        }
        for grid in grids.values():
            for column in grid:
                column.sort(key=lambda key: _mean(key, pairs, row))


def _mean(key: str, pairs: Iterable[tuple[str, str]], row: Mapping[str, float]) -> float:
    near = [row[b if a == key else a] for a, b in pairs if key in (a, b) and a in row and b in row]
    return sum(near) / len(near) if near else row[key]


def _zone_size(grid: Grid, size: Size) -> tuple[float, float]:
    wide = len(grid) * size.box[0] + (len(grid) - 1) * size.gap[0] + 2 * PAD
    rows = max(len(column) for column in grid)
    return wide, rows * size.box[1] + (rows - 1) * size.gap[1] + HEAD + PAD


def _place_columns(columns: list[list[str]], grids: dict[str, Grid], size: Size) -> Layout:
    between = size.gap[1] + 8.0
    widths = [max(_zone_size(grids[name], size)[0] for name in column) for column in columns]
    heights = [
        sum(_zone_size(grids[name], size)[1] for name in column) + between * (len(column) - 1)
        for column in columns
    ]
    tall = max(heights) + 2 * MARGIN
    spare = size.width - 2.0 - sum(widths)
    gap = max(size.gap[0], spare / (len(columns) - 1)) if len(columns) > 1 else 0.0
    x = 1.0 if len(columns) > 1 else max(1.0, (size.width - widths[0]) / 2.0)
    elements: dict[str, Box] = {}
    zones: dict[str, Box] = {}
    for column, wide, high in zip(columns, widths, heights, strict=True):
        y = MARGIN + (tall - 2 * MARGIN - high) / 2.0
        for name in column:
            deep = _zone_size(grids[name], size)[1]
            zones[name] = Box(x=x, y=y, w=wide, h=deep)
            elements.update(_fill(grids[name], zones[name], size))
            y += deep + between
        x += wide + gap
    return Layout(elements=elements, zones=zones, width=max(size.width, x - gap + 1.0), height=tall)


def _fill(grid: Grid, zone: Box, size: Size) -> dict[str, Box]:
    """Place a zone's elements; a short column stands in the middle."""
    wide, high = size.box
    inner = len(grid) * wide + (len(grid) - 1) * size.gap[0]
    rows = max(len(column) for column in grid)
    found = {}
    for index, column in enumerate(grid):
        x = zone.x + (zone.w - inner) / 2.0 + index * (wide + size.gap[0])
        start = (rows - len(column)) * (high + size.gap[1]) / 2.0
        for row, key in enumerate(column):
            y = zone.y + HEAD + start + row * (high + size.gap[1])
            found[key] = Box(x=x, y=y, w=wide, h=high)
    return found
