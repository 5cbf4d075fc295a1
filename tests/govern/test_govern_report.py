"""The report's HTML: whole, accessible, escaped, and every number the register's."""

import base64
import hashlib
import re
from itertools import pairwise

import govern_samples as samples
import msgspec
import pytest
from govern_page import Node, read

from seawall.core.profile import Element, Profile
from seawall.core.register import Loss, PackRow, PitfallRow, Register, Remark
from seawall.core.trials import Mode
from seawall.govern.report import render

replace = msgspec.structs.replace
HOSTILE = "<script>alert(1)</script>\"><img src=x onerror=alert(2)> {{ 7*7 }} ' & \u202e\x00"


def html(register: Register | None = None, **changes: object) -> str:
    given = {
        "profile": samples.profile(),
        "controls": samples.controls(),
        "harmless": samples.harmless(),
        "evidence": samples.evidence(),
        **changes,
    }
    return render(
        register or samples.register(),
        given["profile"],  # type: ignore[arg-type]
        given["controls"],  # type: ignore[arg-type]
        given["harmless"],  # type: ignore[arg-type]
        given["evidence"],  # type: ignore[arg-type]
    )


def failing() -> Register:
    row = samples.pitfall(1, on=7, status="failed", reason="Seven got through.")
    return samples.with_pitfall(1, row)


VARIANTS = {
    "passing": lambda: html(),
    "failing": lambda: html(failing(), harmless=samples.harmless(blocked=40, errors=3)),
    "a real model": lambda: html(
        replace(samples.register(), model="model-a"), evidence=samples.evidence(simulated=False)
    ),
    "nothing but the register": lambda: html(profile=None, controls=(), harmless=[]),
    "an empty register": lambda: html(
        replace(samples.register(), risks=(), pitfalls=(), curve=(), not_tested=())
    ),
}


@pytest.fixture(scope="module", params=list(VARIANTS))
def page(request: pytest.FixtureRequest) -> Node:
    return read(VARIANTS[request.param]())


def test_there_is_one_h1_and_no_level_is_skipped(page: Node) -> None:
    levels = [int(node.tag[1]) for node in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_have_captions_and_scoped_headers(page: Node) -> None:
    for table in page.all("table"):
        assert table.all("caption")[0].text()
        assert {node.attributes.get("scope") for node in table.all("th")} == {"col", "row"}
        columns = len(table.all("thead")[0].all("th"))
        for row in table.all("tbody")[0].all("tr"):
            assert len(row.all("th")) == 1
            assert len(row.all("th", "td")) == columns


def test_pictures_say_what_they_show(page: Node) -> None:
    for picture in page.all("svg"):
        assert picture.attributes["role"] == "img"
        label = picture.attributes.get("aria-label")
        names = picture.attributes.get("aria-labelledby", "").split()
        assert label or (len(names) == 2 and all(page.by_id(name).text() for name in names))


def test_ids_are_unique_and_links_lead_somewhere(page: Node) -> None:
    ids = [node.attributes["id"] for node in page.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    targets = [node.attributes["href"] for node in page.all("a")]
    assert targets
    assert all(target.startswith("#") and target[1:] in ids for target in targets)


def test_the_page_holds_no_script_and_points_nowhere(page: Node) -> None:
    assert not page.all("script", "iframe", "object", "embed", "link", "img", "base", "form")
    for node in page.all():
        for name in node.attributes:
            assert name not in ("src", "style", "srcset", "xlink:href"), name
            assert not name.startswith("on"), name
    style = page.all("style")[0].text()
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_names_the_style_by_its_hash() -> None:
    found = html()
    style = found.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = read(found).all("meta")[1].attributes["content"]
    assert policy.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}';" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("register", [samples.register(), failing()], ids=["passing", "failing"])
def test_every_pitfall_row_says_the_register_s_numbers(register: Register) -> None:
    found = read(html(register))
    for row in register.pitfalls:
        cells = [cell.text() for cell in found.by_id(row.probe).all("th", "td")]
        assert row.title in cells[0]
        assert cells[2] == f"{row.off.n} / {row.on.n}"
        assert cells[3] == said(row.off.asr)
        assert cells[4] == f"{said(row.on.asr)} {bounds(row.on.low, row.on.high)}"
        assert cells[5] == f"{said(row.on.ucb95)} / {said(row.tau)}"
        effect = row.effectiveness
        assert cells[6] == f"{said(effect.value)} {bounds(effect.low, effect.high)}"
        assert cells[7] == said(row.coverage)
        assert cells[8] == ", ".join(row.controls)
        assert cells[9].startswith(row.status)


def said(share: float) -> str:
    """A share as the page must say it, written a second time on purpose."""
    return f"{round(share * 100, 1):g}%"


def bounds(low: float, high: float) -> str:
    return f"{round(low * 100, 1):g}–{said(high)}"


def figures(amount: float) -> str:
    """An amount with three figures, written a second time on purpose."""
    for limit, unit in ((1e6, "m"), (1e3, "k")):
        if amount >= limit:
            return f"{amount / limit:.3g}{unit}"
    return f"{amount:.3g}"


def test_every_risk_row_says_the_register_s_numbers() -> None:
    register = samples.register()
    found = read(html(register))
    for risk in register.risks:
        if risk.applicability != "applies":
            continue
        assert risk.inherent is not None
        assert risk.residual is not None
        cells = [cell.text() for cell in found.by_id(risk.risk).all("th", "td")]
        assert cells[1] == risk.severity
        ale = f"{figures(risk.inherent.ale)} → {figures(risk.residual.ale)}"
        assert cells[2] == f"{ale} {risk.residual.basis}"
        assert cells[3] == f"{figures(risk.inherent.p95)} → {figures(risk.residual.p95)}"
        assert cells[4] == f"{risk.band_inherent} {risk.band_residual}"
        assert cells[5] == ("–" if risk.ucb95 is None else said(risk.ucb95))
        assert cells[6] == ("–" if risk.tau == 0 else said(risk.tau))


def test_the_portfolio_s_numbers_are_the_register_s() -> None:
    register = samples.register()
    found = read(html(register)).by_id("loss").all("tbody")[0].all("tr")
    rows = {row.all("th")[0].text(): [cell.text() for cell in row.all("td")] for row in found}

    def pair(read_loss: object) -> list[str]:
        return [read_loss(register.inherent), read_loss(register.residual)]  # type: ignore[operator]

    assert rows["Expected loss in a year (ALE)"] == pair(lambda x: figures(x.ale))
    assert rows["Middle year (P50)"] == pair(lambda x: figures(x.p50))
    assert rows["One year in ten is worse (P90)"] == pair(lambda x: figures(x.p90))
    assert rows["One year in twenty is worse (P95)"] == pair(lambda x: figures(x.p95))
    assert rows["Mean of that worst twentieth (ES95)"] == pair(lambda x: figures(x.es95))
    over = pair(lambda x: said(x.over_appetite))
    assert rows["Chance of a year above the appetite"] == over


NUMBER = re.compile(r"(?<![\w.-])\d[\d,.]*(?:%|k|m|bn)?(?![\w-])")


def test_no_number_in_the_tables_is_invented() -> None:
    """Numbers shown in results must be in the register; changing them there changes the page."""
    register = samples.register()
    scaled = replace(
        register,
        coverage=0.873,
        appetite=123_000.0,
        inherent=scale(register.inherent, 7.31),
        residual=scale(register.residual, 3.17),
        pitfalls=tuple(scale_pitfall(row) for row in register.pitfalls),
    )
    before, after = read(html(register)), read(html(scaled))
    for section in ("loss", "pitfalls", "coverage"):
        old = NUMBER.findall(before.by_id(section).all("tbody")[0].text())
        new = NUMBER.findall(after.by_id(section).all("tbody")[0].text())
        assert len(old) == len(new)
        fixed = {"100%", "95%", "80%", "50%", "0%", "10%"}
        same = [a for a, b in zip(old, new, strict=True) if a == b and a not in fixed]
        assert not same, f"{section}: {same}"


def scale(loss: Loss, factor: float) -> Loss:
    names = ("ale", "p50", "p90", "p95", "es95")
    changed = {name: getattr(loss, name) * factor for name in names}
    return replace(loss, **changed, over_appetite=loss.over_appetite / factor)


def scale_pitfall(row: PitfallRow) -> PitfallRow:
    return replace(
        row,
        off=samples.result(Mode.OFF, n=33, complied=31),
        on=samples.result(Mode.ON, n=37, complied=3),
        effectiveness=replace(row.effectiveness, value=0.913, low=0.777, high=0.955),
        tau=0.222,
        coverage=0.873,
    )


def test_harmless_numbers_are_those_of_the_conversations() -> None:
    found = read(html(harmless=samples.harmless(n=300, blocked=2, altered=1, errors=4)))
    text = found.by_id("harmless").text()
    assert "1% of 300 harmless conversations" in text
    assert "4 ended in an error" in text
    rows = found.by_id("harmless").all("tbody")[0].all("tr")
    assert sum(int(row.all("td")[0].text()) for row in rows) == 300
    assert sum(int(row.all("td")[1].text()) for row in rows) == 2
    assert sum(int(row.all("td")[3].text()) for row in rows) == 4


def test_a_simulated_model_is_named_at_every_result() -> None:
    found = read(html())
    for section in ("found", "gate", "loss", "pitfalls", "risks", "coverage", "harmless"):
        node = found.by_id(section)
        captions = [c.text() for c in node.all("figcaption", "caption")]
        assert captions
        assert all("simulated model" in caption for caption in captions), captions
    assert "simulated model" in found.all("header")[0].text()


def test_a_real_model_is_not_called_simulated() -> None:
    register = replace(samples.register(), model="model-a")
    text = read(html(register, evidence=samples.evidence(simulated=False))).all("body")[0].text()
    assert "model-a" in text
    assert "simulated" not in text


def test_the_verdict_and_every_reason_are_said() -> None:
    passing, failed = read(html()), read(html(failing()))
    assert passing.all("header")[0].text().count("The gate passes") == 1
    assert "does not pass, for 1 reason" in failed.all("header")[0].text()
    assert "strengthen CTL-INJ-UNTRUSTED" in failed.by_id("gate").text()
    assert "Seven got through." in failed.by_id("PRB-INJ-DOC").text()


def test_what_is_not_tested_is_said_before_the_gate() -> None:
    found = html()
    assert found.index('id="limits"') < found.index('id="gate"')
    text = read(found).by_id("limits").text()
    assert "LEG-09 Logs and records missing (attested)" in text
    assert "SEC-10" in text
    assert "the model is simulated" in text.lower()


def test_an_attack_that_never_worked_shows_no_effect() -> None:
    row = replace(samples.pitfall(2), off=samples.result(Mode.OFF, complied=0))
    found = read(html(samples.with_pitfall(2, row)))
    cells = [cell.text() for cell in found.by_id(row.probe).all("th", "td")]
    assert cells[6] == "– never worked, guards off"
    assert row.probe in found.by_id("limits").text()
    assert row.probe not in read(html()).by_id("limits").text()


def test_too_few_tries_are_not_called_an_attack_that_works_no_better() -> None:
    few = {"n": 2, "n_effective": 2.0, "clusters": 2, "refused": 0}
    off = replace(samples.result(Mode.OFF), complied=2, asr=1.0, low=0.3, high=1.0, **few)
    on = replace(samples.result(Mode.ON), complied=0, blocked=2, asr=0.0, low=0.0, high=0.7, **few)
    row = replace(samples.pitfall(2), off=off, on=on)
    text = read(html(samples.with_pitfall(2, row))).by_id("limits").text()
    assert "in too few tries to rule chance out" in text
    assert "worked no better" not in text


def test_open_questions_and_reasons_why_risks_do_not_apply() -> None:
    text = read(html()).by_id("questions").text()
    assert "Does the application talk to other agents?" in text
    assert "The application makes no images." in text


def test_evidence_is_complete() -> None:
    evidence = samples.evidence()
    text = read(html()).by_id("evidence").text()
    for part in (evidence.audit_head, "1,312", *evidence.runs, *evidence.formulas, evidence.verify):
        assert part in text


def hostile_page() -> str:
    """Every text of the inputs is hostile."""
    base = samples.register()
    row = replace(
        samples.pitfall(0),
        title=HOSTILE,
        controls=(HOSTILE,),
        reason=HOSTILE,
        status="failed",
        risk=HOSTILE,
        probe=HOSTILE,
    )
    risks = tuple(
        replace(r, title=HOSTILE, trace=HOSTILE, question=HOSTILE, reason=HOSTILE)
        for r in base.risks
    )
    register = replace(
        base,
        title=HOSTILE,
        application=HOSTILE,
        model=HOSTILE,
        created=HOSTILE,
        currency=HOSTILE,
        risks=(replace(risks[0], risk=HOSTILE), *risks[1:]),
        pitfalls=(row, *base.pitfalls[1:]),
        not_tested=(HOSTILE,),
    )
    profile = samples.profile()
    elements = tuple(replace(e, name=HOSTILE, zone=e.zone + HOSTILE) for e in profile.elements)
    flows = tuple(replace(f, label=HOSTILE) for f in profile.flows)
    harmless = [
        replace(r, id=HOSTILE, kind=HOSTILE, language=HOSTILE, controls=(HOSTILE,), reason=HOSTILE)
        for r in samples.harmless()
    ]
    controls = tuple(
        replace(c, title=HOSTILE, reason=HOSTILE, enforced_by=HOSTILE, risks=(HOSTILE,))
        for c in samples.controls()
    )
    return html(
        register,
        profile=replace(profile, title=HOSTILE, elements=elements, flows=flows),
        harmless=harmless,
        controls=controls,
        evidence=samples.evidence(
            versions={HOSTILE: HOSTILE},
            runs=(HOSTILE,),
            formulas=(HOSTILE,),
            audit_head=HOSTILE,
            verify=HOSTILE,
        ),
    )


def test_hostile_text_stays_text() -> None:
    found = hostile_page()
    node = read(found)
    assert not node.all("script", "img")
    assert not any(name.startswith("on") for n in node.all() for name in n.attributes)
    assert "<script" not in found
    assert "49" not in node.by_id("evidence").text()
    assert "{{ 7*7 }}" in node.by_id("evidence").text()
    assert "\u202e" not in found
    assert "\x00" not in found
    assert "alert(1)" in node.all("h1")[0].text()


def test_a_profile_with_one_element_and_no_flow_is_drawn() -> None:
    profile = Profile(
        application="one",
        title="One",
        facts={},
        elements=(Element(id="a", name="Only", kind="process", zone="here"),),
    )
    assert "Only" in read(html(profile=profile)).by_id("application").text()


def test_the_page_stays_small() -> None:
    assert len(html().encode()) < 200_000


def test_an_appetite_that_nobody_named_is_not_called_the_owners() -> None:
    page = html(replace(samples.register(), appetite=None))
    assert "Nobody said yet how much a year may cost" in page
    assert "what the owner said" not in page and "above the appetite" not in page
    assert "what the owner said" in html()
    nothing = html(replace(samples.register(), appetite=0.0))
    assert "The appetite of 0 EUR is what the owner said" in nothing
    assert "Nobody said" not in nothing


def test_a_profile_without_elements_gets_a_drawn_picture() -> None:
    bare = Profile(application="shop", title="Shop", facts={})
    page = html(profile=bare)
    assert "Drawn from the facts of the profile" in page and "model (not known)" in page
    assert "Drawn from the facts" not in html()


def test_packs_that_apply_say_how_risks_show() -> None:
    def pack(key: str, applies: str) -> PackRow:
        return PackRow(
            pack=key, title="Health <care>", kind="sector", applicability=applies,  # type: ignore[arg-type]
            trace="Applies because purpose.domain is health.", metrics=("unsafe answers",),
            shows=(Remark(subject="QUA-04", sentence="a symptom is missed"),),
        )  # fmt: skip

    packs = (pack("PACK-HEALTH", "applies"), pack("PACK-OTHER", "unknown"))
    page = html(replace(samples.register(), packs=packs))
    assert "a symptom is missed" in page and "Health &lt;care&gt;" in page
    assert "Count: unsafe answers." in page and "PACK-OTHER" not in page
    assert "How risks show" not in html()


@pytest.mark.parametrize("tried", [True, False])
def test_the_same_loss_means_nothing_measured_only_where_nothing_was(tried: bool) -> None:
    register = samples.register()
    register = replace(
        register, residual=register.inherent, pitfalls=register.pitfalls if tried else ()
    )
    assert ("Nothing was measured with the guards on" in html(register)) is not tried
