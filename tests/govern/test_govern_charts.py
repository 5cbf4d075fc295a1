"""Charts: marks stand where the numbers say, nothing is drawn over anything."""

from itertools import combinations, permutations

import govern_samples as samples
import msgspec
import pytest
from govern_page import Node, read
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.core.profile import Element, Flow, Profile
from seawall.core.trials import Mode
from seawall.govern import rows
from seawall.govern.charts import asr, curve, flow, svg
from seawall.govern.charts.flow_layout import NARROW, WIDE, Layout, ranks
from seawall.govern.charts.flow_routes import at, route
from seawall.govern.charts.flow_search import arrange, crosses, runs_over
from seawall.govern.charts.scale import Linear, Log, decades

replace = msgspec.structs.replace
KINDS = ("person", "process", "store", "model", "external")


def marks(picture: Node, mode: str) -> list[float]:
    """The x of each mark of a mode, the legend's first one left out."""
    if mode == "off":
        found = [n for n in picture.all("circle") if n.attributes["class"] == "mark off"]
        return [float(node.attributes["cx"]) for node in found[1:]]
    found = [n for n in picture.all("path") if n.attributes["class"] == "mark on"]
    return [float(n.attributes["d"][1:].split()[0]) for n in found[1:]]


@pytest.mark.parametrize("narrow", [False, True])
def test_marks_and_whiskers_stand_at_the_rates(narrow: bool) -> None:
    found = [samples.pitfall(0, on=3, off=40), samples.pitfall(4, on=0, off=48)]
    picture = read(str(asr.chart(rows.by_category(found), narrow=narrow)))
    frame = asr.NARROW if narrow else asr.WIDE
    wide = frame.right - frame.left

    def share(x: float) -> float:
        return (x - frame.left) / wide

    assert [share(x) for x in marks(picture, "off")] == pytest.approx([40 / 48, 1.0], abs=1e-4)
    assert [share(x) for x in marks(picture, "on")] == pytest.approx([3 / 48, 0.0], abs=1e-4)
    lines = [n for n in picture.all("line") if n.attributes["class"] == "w on"]
    first = lines[0].attributes
    assert share(float(first["x1"])) == pytest.approx(found[0].on.low, abs=1e-4)
    assert share(float(first["x2"])) == pytest.approx(found[0].on.high, abs=1e-4)


def test_overlapping_intervals_are_drawn_apart() -> None:
    row = samples.pitfall(0, on=20, off=24)
    picture = read(str(asr.chart([("Security", [row])], narrow=False)))
    off = [n for n in picture.all("circle") if n.attributes["class"] == "mark off"][1]
    on = [n for n in picture.all("path") if n.attributes["class"] == "mark on"][1]
    assert float(on.attributes["d"].split()[1].split("l")[0]) + 5.5 > float(off.attributes["cy"])


def test_a_mode_that_was_not_measured_has_no_mark() -> None:
    row = replace(samples.pitfall(0), on=samples.result(Mode.ON, n=0))
    picture = read(str(asr.chart([("Security", [row])], narrow=False)))
    assert marks(picture, "on") == []
    assert len(marks(picture, "off")) == 1
    assert "not measured" in picture.text()


def test_what_was_not_scored_has_no_rate() -> None:
    row = samples.pitfall(0)
    none = replace(row.off, n=0, complied=0, asr=0.5, low=0.0, high=1.0, ucb95=1.0)
    for kind in (True, False):
        row = replace(row, off=none, on=replace(none, mode=row.on.mode))
        text = str(asr.chart([("all", [row])], narrow=kind))
        assert "50% → 50%" not in text and "– → –" in text and ": – off, – on" in text


def test_the_curve_passes_through_the_register_s_points() -> None:
    register = samples.register()
    picture = read(str(curve.chart(register, narrow=False)))
    path = next(n for n in picture.all("path") if n.attributes["class"] == "line residual")
    pairs = [p.split() for p in path.attributes["d"].replace("M", "").split("L")]
    points = [p for p in register.curve if p.loss > 0]
    assert len(pairs) == len(points)
    bottom, top = curve.WIDE.height - curve.FOOT, curve.TOP
    drawn = [(bottom - float(y)) / (bottom - top) for _, y in pairs]
    assert drawn == pytest.approx([p.residual for p in points], abs=1e-3)
    text = picture.text()
    assert "appetite 500k" in text
    assert "43% without the guards" in text


def test_a_curve_without_points_is_not_drawn() -> None:
    register = samples.register(curve=samples.curve()[:2])
    assert curve.chart(register, narrow=False) is None


def test_a_register_without_appetite_has_a_curve_without_line() -> None:
    picture = curve.chart(samples.register(appetite=None), narrow=True)
    assert 'class="appetite"' not in str(picture)


@given(
    st.floats(min_value=0.001, max_value=1e9),
    st.floats(min_value=1.01, max_value=1e12),
    st.integers(min_value=2, max_value=12),
)
def test_ticks_are_inside_and_not_too_many(low: float, factor: float, most: int) -> None:
    ticks = decades(low, low * factor, most)
    assert len(ticks) <= most
    assert ticks == sorted(ticks)
    assert all(low * 0.999 <= tick <= low * factor * 1.001 for tick in ticks)


def test_scales_hold_their_ends() -> None:
    linear, log = Linear(0.0, 1.0, 10.0, 110.0), Log(1.0, 1000.0, 0.0, 300.0)
    assert [linear(v) for v in (-1.0, 0.5, 2.0)] == [10.0, 60.0, 110.0]
    assert [log(v) for v in (0.0, 10.0, 1e9)] == pytest.approx([0.0, 100.0, 300.0])


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("Short", 200.0, ["Short"]),
        ("Two words here", 60.0, ["Two", "words…"]),
        ("Unbreakablelongword", 50.0, ["Unbre…"]),
        ("claude-sonnet-4-20", 90.0, ["claude-sonnet-", "4-20"]),
        ("銀行のチャット", 60.0, ["銀行のチャ", "ット"]),
        ("see claude-sonnet-4-20-long-tail", 90.0, ["see claude-", "sonnet-4-…"]),
        ("", 50.0, [""]),
    ],
)
def test_text_is_wrapped_to_its_room(text: str, width: float, lines: list[str]) -> None:
    found = svg.wrap(text, 12.0, width)
    assert [line[:4] for line in found] == [line[:4] for line in lines]
    assert len(found) == len(lines)
    assert all(svg.text_width(line, 12.0) <= width for line in found)


# Measured in DejaVu Sans (bold), the widest of the fonts that the style names, in em.
@pytest.mark.parametrize(
    ("text", "bold", "measured"),
    [
        ("claude-sonnet-4-20", True, 10.91),
        ("lookup_account", True, 8.76),
        ("who writes documents", False, 11.30),
        ("WWWW", True, 4.41),
        ("銀行のチャット", True, 7.0),
        ("e\u0301e\u0301", False, 1.23),
    ],
)
def test_the_estimate_of_a_text_s_width_is_near(text: str, bold: bool, measured: float) -> None:
    assert 0.92 * measured <= svg.text_width(text, 1.0, bold=bold) <= 1.2 * measured


def _bank(tools: int) -> Profile:
    """An assistant outside which two models and many tools stand, one zone over the other."""
    others = [*(f"model:{n}" for n in "ab"), *(f"tool:{n}" for n in range(tools))]
    elements = [Element(id="app", name="app", kind="process", zone="own")]
    elements += [Element(id=x, name=x, kind="external", zone=x.partition(":")[0]) for x in others]
    flows = [Flow(source="app", target=x, label="call") for x in others]
    return Profile(
        application="a", title="t", facts={}, elements=tuple(elements), flows=tuple(flows)
    )


@pytest.mark.parametrize("tools", [1, 4, 6, 12])
def test_calls_of_tools_run_past_other_tools_and_zones(tools: int) -> None:
    profile = _bank(tools)
    layout = arrange(profile, WIDE)
    zone = {element.id: element.zone for element in profile.elements}
    for line in route(profile.flows, zone, layout):
        ends = (line.source, line.target)
        boxes = [box for key, box in layout.elements.items() if key not in ends]
        zones = [box for key, box in layout.zones.items() if key not in {zone[x] for x in ends}]
        assert not any(box.holds(*line.badge) for box in zones), ends
        for step in range(401):
            point = at(line.curve, step / 400)
            assert not any(box.holds(*point) for box in (*boxes, *zones)), ends


def test_attributes_and_text_are_escaped() -> None:
    drawn = svg.element("text", "<b> & 'x'", class_='"><script>')
    assert "<script" not in str(drawn)
    assert read(str(drawn)).all("text")[0].text() == "<b> & 'x'"


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_sample_s_picture_runs_over_nothing(size: object) -> None:
    profile = samples.profile()
    layout = arrange(profile, size)  # type: ignore[arg-type]
    zone = {element.id: element.zone for element in profile.elements}
    for line in route(profile.flows, zone, layout):
        others = [b for k, b in layout.elements.items() if k not in (line.source, line.target)]
        for step in range(41):
            x, y = at(line.curve, step / 40)
            assert not any(box.holds(x, y) for box in others), (line.source, line.target)
            assert 0 <= x <= layout.width
            assert 0 <= y <= layout.height
    badges = [line.badge for line in route(profile.flows, zone, layout)]
    for (x1, y1), (x2, y2) in combinations(badges, 2):
        assert abs(x1 - x2) > 20 or abs(y1 - y2) > 14


def test_flows_between_the_same_elements_share_a_line() -> None:
    profile = samples.profile()
    layout = arrange(profile, WIDE)
    zone = {element.id: element.zone for element in profile.elements}
    lines = route(profile.flows, zone, layout)
    numbers = sorted(number for line in lines for number in line.numbers)
    assert numbers == list(range(1, len(profile.flows) + 1))
    both = next(line for line in lines if set(line.numbers) == {1, 2})
    assert both.forward
    assert both.backward
    assert both.crosses


def test_crossing_flows_are_marked_and_listed() -> None:
    profile = samples.profile()
    picture = read(str(flow.chart(profile, narrow=False)))
    pills = [n for n in picture.all("rect") if n.attributes["class"].startswith("pill")]
    crossing = [n for n in pills if n.attributes["class"] == "pill cross"]
    marks_ = flow.crossings(profile)
    assert sum(marks_) == 8
    assert len(crossing) == 1 + 6  # the legend's, and eight flows on six lines
    assert [line.crosses for line in rows.flows(profile)] == list(marks_)


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    count = draw(st.integers(min_value=1, max_value=14))
    zones = draw(st.integers(min_value=1, max_value=5))
    elements = tuple(
        Element(
            id=f"e{index}",
            name=draw(st.text(max_size=30)),
            kind=draw(st.sampled_from(KINDS)),
            zone=f"z{draw(st.integers(min_value=0, max_value=zones - 1))}",
        )
        for index in range(count)
    )
    ends = st.integers(min_value=0, max_value=count + 1)  # count and count + 1 do not exist
    flows = draw(st.lists(st.tuples(ends, ends), max_size=20))
    return Profile(
        application="a",
        title="t",
        facts={},
        elements=elements,
        flows=tuple(Flow(source=f"e{a}", target=f"e{b}", label="x") for a, b in flows),
    )


def apart(layout: Layout) -> None:
    for one, other in combinations(layout.elements.values(), 2):
        over = one.x < other.x + other.w and other.x < one.x + one.w
        assert not (over and one.y < other.y + other.h and other.y < one.y + one.h)


@settings(max_examples=40, deadline=None)
@given(profiles(), st.sampled_from([WIDE, NARROW]))
def test_any_profile_is_placed_without_overlap(profile: Profile, size: object) -> None:
    layout = arrange(profile, size)  # type: ignore[arg-type]
    assert set(layout.elements) == {element.id for element in profile.elements}
    apart(layout)
    for element in profile.elements:
        box, zone = layout.elements[element.id], layout.zones[element.zone]
        assert zone.holds(box.x, box.y)
        assert zone.holds(box.x + box.w, box.y + box.h)
    read(str(flow.chart(profile, narrow=False)))


@settings(max_examples=40, deadline=None)
@given(profiles())
def test_on_a_phone_no_line_runs_over_an_element_or_out_of_the_picture(profile: Profile) -> None:
    layout = arrange(profile, NARROW)
    zone = {element.id: element.zone for element in profile.elements}
    for line in route(profile.flows, zone, layout):
        ends = (line.source, line.target)
        others = [box for key, box in layout.elements.items() if key not in ends]
        for step in range(201):
            x, y = at(line.curve, step / 200)
            assert not any(box.holds(x, y) for box in others), ends
            assert 0 < x < layout.width and 0 < y < layout.height


@pytest.mark.parametrize("tools", [1, 4, 12])
def test_on_a_phone_every_number_stands_clear_of_the_other_lines(tools: int) -> None:
    profile = _bank(tools)
    layout = arrange(profile, NARROW)
    lines = route(profile.flows, {e.id: e.zone for e in profile.elements}, layout)
    ends = [line.curve[end] for line in lines for end in (0, 3)]
    assert all(abs(a[1] - b[1]) > 9.0 for a, b in combinations(ends, 2) if a[0] == b[0])
    for line, other in permutations(lines, 2):
        for step in range(201):
            x, y = at(other.curve, step / 200)
            assert abs(x - line.badge[0]) > 12.0 or abs(y - line.badge[1]) > 9.0


def test_ranks_leave_circles_out() -> None:
    assert ranks(["a", "b", "c"], [("a", "b"), ("b", "c"), ("c", "a"), ("a", "a")]) == {
        "a": 0,
        "b": 1,
        "c": 2,
    }


def test_geometry() -> None:
    box = arrange(samples.profile(), WIDE).elements["gateway"]
    x, y = box.middle
    assert runs_over((x - 500, y), (x + 500, y), box)
    assert not runs_over((x - 500, y + 100), (x + 500, y + 100), box)
    assert crosses((0, 0), (2, 2), (0, 2), (2, 0))
    assert not crosses((0, 0), (1, 1), (2, 0), (3, 1))
