"""What each technical control writes into a policy: it loads, and it alone is found again."""

from typing import Any

import pytest
from test_assess_plan import BASE

from seawall.assess.policyfile import compose, places, render
from seawall.catalog.load import load_catalog
from seawall.catalog.model import Control
from seawall.govern.status.enforced import enforced
from seawall.policy.load import decode_policy
from seawall.policy.model import Policy

CATALOG = load_catalog()
TECHNICAL = [card for card in CATALOG.controls.values() if card.type == "technical"]
WITH_SETTINGS = [card for card in TECHNICAL if card.enforce.settings]
# The other value of each setting, or the text that a notice must have.
WEAKER: dict[str, Any] = {
    "on_unknown": "flag",
    "spotlight": {"mode": "off"},
    "mcp": {"allow": ["sampling"]},
    "files": {"unread_types": ["application/zip"]},
    "wallet": {},
    "cache": {"scope": "function"},
    "audit": {"capture": "full"},
    "conversations": {"keep_hours": 24},
    "tools": {"followed": "allow", "taint": {"keep_hours": 0}},
    "usage_policy": {"required": False},
    "consent": {"training_opt_out": False},
    "disclosure": {"text": ""},
}


def _policy(profile, cards: list[Control], **own: Any) -> Policy:
    composed = {**compose(profile, cards, BASE), **own}
    return decode_policy(render(composed, {}, ""), "composed")


@pytest.mark.parametrize("card", TECHNICAL, ids=lambda card: card.id)
def test_the_fragment_loads_and_is_found_again(card, profile) -> None:
    policy = _policy(profile, [card])
    assert card.id in enforced(policy, CATALOG)


@pytest.mark.parametrize("card", WITH_SETTINGS, ids=lambda card: card.id)
def test_a_weaker_setting_does_not_count(card, profile) -> None:
    weaker = {key: WEAKER[key] for key in card.enforce.settings}
    assert card.id not in enforced(_policy(profile, [card], **weaker), CATALOG)


def test_all_fragments_stand_together(profile) -> None:
    policy = _policy(profile, TECHNICAL)
    missing = {card.id for card in TECHNICAL} - set(enforced(policy, CATALOG))
    assert not missing, f"overwritten by another control: {missing}"


def test_each_enforced_control_is_told_at_a_key_or_a_guard() -> None:
    told = {name for names in places(TECHNICAL).values() for name in names}
    guarded = {card.id for card in TECHNICAL if card.enforce.guards}
    assert {card.id for card in TECHNICAL} == told | guarded
    assert "CTL-FAIL-CLOSED" in places(TECHNICAL)["on_unknown"]
    assert "CTL-AUDIT" in places(TECHNICAL)["version"]
