"""JUnit, SARIF and Markdown of the gate's answer."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))
import govern_samples as samples

from seawall.govern.gate import Condition, GateResult, Reason, judge
from seawall.govern.release.output import _CONDITION_KINDS, junit, markdown, sarif

HOSTILE = "a | b <script> \x00 `x` ] ![i](http://x) \n# h"
FAILED = judge(samples.with_pitfall(1, samples.pitfall(1, on=7)), [], stops=())


def hostile() -> GateResult:
    reason = Reason(kind="risk", subject=HOSTILE, sentence=HOSTILE)
    condition = Condition(
        name="Risks under their tolerance", required=HOSTILE, measured=HOSTILE, passes=False
    )
    return GateResult(
        passes=False, reasons=(reason,), conditions=(condition,), not_tested=(reason,),
        accepted=(reason,),
    )  # fmt: skip


def test_junit_counts_what_it_holds() -> None:
    suite = ElementTree.fromstring(junit(FAILED, "bot")).find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    failures = [case for case in cases if case.find("failure") is not None]
    assert int(suite.get("tests", "")) == len(cases)
    assert int(suite.get("failures", "")) == len(failures) > 0
    skipped = [case for case in cases if case.find("skipped") is not None]
    idle = [condition for condition in FAILED.conditions if condition.known is None]
    assert int(suite.get("skipped", "")) == len(skipped) == len(FAILED.not_tested) + len(idle)
    text = "".join(case.find("failure").text or "" for case in failures)  # type: ignore[union-attr]
    assert all(reason.sentence in text for reason in FAILED.reasons)


def test_a_condition_with_nothing_to_look_at_is_neither_good_nor_bad() -> None:
    nothing = msgspec.structs.replace(samples.register(), pitfalls=())
    result = judge(nothing, samples.harmless(), stops=())
    idle = [one for one in result.conditions if one.known is None]
    assert [one.name for one in idle] == ["Nothing unknown"] and idle[0].passes
    page = markdown(result, "bot", [])
    assert "| nothing was tried | not known |" in page
    suite = ElementTree.fromstring(junit(result, "bot")).find("testsuite")
    assert suite is not None
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    assert cases["Nothing unknown"].find("skipped") is not None
    bad = Condition(name="n", required="r", measured="m", passes=False, looked=False)
    assert bad.known is False


def test_every_condition_knows_its_reasons() -> None:
    assert {condition.name for condition in FAILED.conditions} <= set(_CONDITION_KINDS)
    for condition in FAILED.conditions:
        kinds = _CONDITION_KINDS[condition.name]
        assert condition.passes or [r for r in FAILED.reasons if r.kind in kinds]


def test_hostile_words_stay_words() -> None:
    ElementTree.fromstring(junit(hostile(), HOSTILE))
    page = markdown(hostile(), HOSTILE, [HOSTILE])
    assert "<script" not in page and "![i]" not in page
    assert "\n# h" not in page
    rows = [line for line in page.splitlines() if line.startswith("| Risks")]
    assert len(rows) == 1 and rows[0].replace("\\|", "").count("|") == 5


def test_markdown_says_the_verdict_first_and_the_steps_next() -> None:
    page = markdown(FAILED, "bot", ["Do this."])
    assert page.startswith("## Seawall: the gate does not pass for bot\n")
    assert page.index("1. Do this.") < page.index("| Condition |")
    good = judge(samples.register(), samples.harmless(), stops=())
    assert "the gate passes" in markdown(good, "bot", [])


def test_sarif_has_a_result_for_each_reason() -> None:
    log = sarif(FAILED, "1.0", lambda reason: ("profile.yaml", 3))
    run = log["runs"][0]
    assert [r["message"]["text"] for r in run["results"]] == [r.sentence for r in FAILED.reasons]
    assert {r["ruleId"] for r in run["results"]} == {f"gate/{r.kind}" for r in FAILED.reasons}
    assert all(r["level"] == "error" for r in run["results"])
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("profile.yaml", 3)
    msgspec.json.encode(log)
