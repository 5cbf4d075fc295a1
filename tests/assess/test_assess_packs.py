"""Packs: which apply, and what they change in register, plan and probe plan."""

from typing import Any

import pytest
from conftest import NOW

from seawall.assess.plan import build_plan
from seawall.assess.probeplan import probe_plan
from seawall.assess.questions import with_answer
from seawall.assess.register import build_register
from seawall.core.profile import Profile
from seawall.core.register import Register

BASE: dict[str, Any] = {
    "upstreams": [
        {
            "name": "provider",
            "base_url": "http://127.0.0.1:9/v1",
            "models": {"m": {"input_per_million": 1, "output_per_million": 2}},
        }
    ],
    "functions": {"chat": {}},
}


def register(profile: Profile, catalog, domain: str | None) -> Register:
    other = with_answer(profile, "purpose.domain", domain)
    return build_register(other, catalog, [], 0.0, seed=3, draws=1000, now=NOW, model_label="m")


@pytest.mark.parametrize(
    ("domain", "pack"),
    [
        ("finance", "PACK-FINANCE"), ("credit", "PACK-FINANCE"), ("insurance", "PACK-FINANCE"),
        ("health", "PACK-HEALTH"), ("hr", "PACK-HR"), ("education", "PACK-EDUCATION"),
        ("public_sector", "PACK-PUBLIC"), ("law_enforcement", "PACK-PUBLIC"),
        ("coding", "PACK-CODING"), ("marketing", ""),
    ],
)  # fmt: skip
def test_one_sector_for_one_domain(profile, catalog, domain: str, pack: str) -> None:
    sectors = [row for row in register(profile, catalog, domain).packs if row.kind == "sector"]
    assert [row.pack for row in sectors] == ([pack] if pack else [])
    for row in sectors:
        assert row.applicability == "applies" and f"purpose.domain is {domain}" in row.trace
        assert row.shows and row.metrics


def test_an_unknown_domain_leaves_every_sector_open(profile, catalog) -> None:
    packs = register(profile, catalog, None).packs
    sectors = {row.applicability for row in packs if row.kind == "sector"}
    assert sectors == {"unknown"} and packs[0].kind == "sector"


def test_risks_that_do_not_apply_are_not_shown(profile, catalog) -> None:
    found = register(profile, catalog, "coding")
    out = {row.risk for row in found.risks if row.applicability == "does not apply"}
    (pack,) = (row for row in found.packs if row.kind == "sector")
    assert out & set(catalog.packs["PACK-CODING"].shows)
    assert not out & {remark.subject for remark in pack.shows}


def test_a_sector_plans_its_controls_and_probes(profile, catalog) -> None:
    def made(domain: str) -> tuple[dict[str, str], set[str]]:
        other = with_answer(profile, "purpose.domain", domain)
        found = register(profile, catalog, domain)
        plan = build_plan(other, catalog, found, BASE)
        probes = {item.probe for item in probe_plan(found, catalog).probes}
        return {item.control: item.reason for item in plan.controls if item.required}, probes

    (health, tried), (marketing, less) = made("health"), made("marketing")
    reasons = [text for text in health.values() if text == "Part of PACK-HEALTH: Health care."]
    assert reasons and not [text for text in marketing.values() if "PACK-" in text]
    assert "CTL-DOMAIN-EVAL" in health and "CTL-DOMAIN-EVAL" not in marketing
    assert "PRB-OTHERS" in tried - less, "PRI-03 has a probe of its own; the pack adds one"
