"""Where the elements of a data-flow picture stand: zones in the order data travels."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from seawall.core.profile import Element, Flow, Profile

N = TypeVar("N", bound=Hashable)
HEAD, PAD, MARGIN = 30.0, 16.0, 12.0
ONE_COLUMN = 14
# What the end of a line takes of a side, in a drawing of one column.
LINE_END = 11.0


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
    """The sizes of one drawing; `columns` is how many columns of elements a zone may have.

    `stacked`: all elements stand in one column, and the lines run right of it.
    """

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
    stacked: bool = False


WIDE = Size(width=1000.0, box=(138.0, 50.0), gap=(66.0, 34.0), columns=3, stacked=False)
NARROW = Size(width=360.0, box=(156.0, 50.0), gap=(0.0, 40.0), columns=1, stacked=True)


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


def _known(zone: Mapping[str, str], flow: Flow) -> bool:
    return flow.source in zone and flow.target in zone


class Grid(msgspec.Struct, kw_only=True):
    """A zone's cells, row by row; an empty text is an empty cell."""

    columns: int
    cells: list[str]

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.cells) // self.columns


class Plan(msgspec.Struct, kw_only=True):
    """What the search may change: the order of zones in a column, of elements in a zone.

    Elements of `fixed` stay where a person put them; `high` are heights other than the size's.
    """

    columns: list[list[str]]
    grids: dict[str, Grid]
    size: Size
    fixed: frozenset[str] = frozenset()
    high: dict[str, float] = {}

    def rows(self, grid: Grid) -> list[float]:
        """Return the height of each row of a grid."""
        high = [self.high.get(key, self.size.box[1]) for key in grid.cells]
        return [
            max(high[row * grid.columns : (row + 1) * grid.columns]) for row in range(grid.rows)
        ]


def first_plan(profile: Profile, size: Size) -> Plan:
    """Return zones in the order data travels, elements in the order they were written."""
    columns = zone_columns(profile)
    if size.stacked:
        columns = [[name for column in columns for name in column]]
    grids = {name: _grid(profile, name, size) for column in columns for name in column}
    fixed = frozenset(element.id for element in profile.elements if _put(element, size))
    high = _high(profile, size) if size.stacked else {}
    return Plan(columns=columns, grids=grids, size=size, fixed=fixed, high=high)


def _high(profile: Profile, size: Size) -> dict[str, float]:
    """Return the heights that give the end of every line on one side a place of its own."""
    ends: defaultdict[str, set[str]] = defaultdict(set)
    for flow in profile.flows:
        ends[flow.source].add(flow.target)
        ends[flow.target].add(flow.source)
    return {key: max(size.box[1], LINE_END * (len(others) + 1)) for key, others in ends.items()}


def _put(element: Element, size: Size) -> bool:
    """Say whether a person chose the element's place; a phone's drawing has its own."""
    return element.at is not None and not size.stacked


def _grid(profile: Profile, zone: str, size: Size) -> Grid:
    inside = [element for element in profile.elements if element.zone == zone]
    placed = {element.at: element.id for element in inside if _put(element, size)}
    wanted = 1 if len(inside) < 4 else (2 if len(inside) < 9 else 3)
    if len(inside) <= ONE_COLUMN and not _inner(profile, {element.id for element in inside}):
        wanted = 1  # each is reached from outside, past no other
    columns = min(size.columns, max([wanted, *(at[0] + 1 for at in placed if at)]))
    free = [element.id for element in inside if element.id not in placed.values()]
    cells: list[str] = []
    last = max((at[1] for at in placed if at), default=-1)
    while free or len(cells) < (last + 1) * columns:
        row, column = divmod(len(cells), columns)
        cells.append(placed.get((column, row)) or (free.pop(0) if free else ""))
    return Grid(columns=columns, cells=[*cells, *[""] * (-len(cells) % columns)])


def _inner(profile: Profile, inside: Collection[str]) -> bool:
    """Return whether a flow runs between two elements of a zone."""
    return any(f.source in inside and f.target in inside for f in profile.flows)


def _zone_size(plan: Plan, grid: Grid) -> tuple[float, float]:
    size = plan.size
    wide = grid.columns * size.box[0] + (grid.columns - 1) * size.gap[0] + 2 * PAD
    high = sum(plan.rows(grid)) + (grid.rows - 1) * size.gap[1] + HEAD + PAD
    return (size.width - 2.0 if size.stacked else wide), high


def place(plan: Plan) -> Layout:
    """Give every zone and element its rectangle."""
    size, between = plan.size, plan.size.gap[1] + 8.0
    shapes = {name: _zone_size(plan, grid) for name, grid in plan.grids.items()}
    widths = [max(shapes[name][0] for name in column) for column in plan.columns]
    heights = [
        sum(shapes[name][1] for name in column) + between * (len(column) - 1)
        for column in plan.columns
    ]
    tall = max(heights) + 2 * MARGIN
    spare = size.width - 2.0 - sum(widths)
    several = len(plan.columns) > 1
    gap = max(size.gap[0], spare / (len(plan.columns) - 1)) if several else 0.0
    x = 1.0 if several else max(1.0, (size.width - widths[0]) / 2.0)
    elements: dict[str, Box] = {}
    zones: dict[str, Box] = {}
    for column, wide, high in zip(plan.columns, widths, heights, strict=True):
        y = (tall - high) / 2.0
        for name in column:
            zones[name] = Box(x=x, y=y, w=wide, h=shapes[name][1])
            elements.update(_fill(plan, plan.grids[name], zones[name]))
            y += shapes[name][1] + between
        x += wide + gap
    wide = max(size.width, x - gap + 1.0)
    return Layout(elements=elements, zones=zones, width=wide, height=tall, stacked=size.stacked)


def _fill(plan: Plan, grid: Grid, zone: Box) -> dict[str, Box]:
    size = plan.size
    wide, high = size.box
    inner = grid.columns * wide + (grid.columns - 1) * size.gap[0]
    left = zone.x + (PAD if size.stacked else (zone.w - inner) / 2.0)
    tops = [zone.y + HEAD]
    for row in plan.rows(grid):
        tops.append(tops[-1] + row + size.gap[1])
    found = {}
    for index, key in enumerate(grid.cells):
        row, column = divmod(index, grid.columns)
        if key:
            x = left + column * (wide + size.gap[0])
            found[key] = Box(x=x, y=tops[row], w=wide, h=plan.high.get(key, high))
    return found
