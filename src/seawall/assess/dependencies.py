"""Which facts a risk's row depends on: its rules, its frequency, its loss, its controls."""

from collections.abc import Iterator

from seawall.catalog.load import Catalog
from seawall.catalog.model import Risk
from seawall.catalog.rules import leaves

REQUESTS, TURNOVER, AUDIENCE = "volume.requests_per_day", "business.turnover", "audience"
# Not of a risk: it draws the bands of all of them.
APPETITE = "business.appetite"


def rule_facts(risk: Risk) -> frozenset[str]:
    """Return the facts of the rules that decide whether a risk applies, how severe, how likely."""
    rules = [entry["if"] for entry in (*risk.severity_when, *risk.chain_when, *risk.frequency.when)]
    rules += [risk.applies_when] if risk.applies_when else []
    return frozenset(leaf["fact"] for rule in rules for leaf in leaves(rule))


def loss_facts(risk: Risk) -> frozenset[str]:
    """Return the facts that set how often it happens and what one event costs."""
    return frozenset(_loss(risk))


def _loss(risk: Risk) -> Iterator[str]:
    if risk.frequency.error_rate is not None:
        yield REQUESTS
    elif "any" not in risk.frequency.prior:
        yield AUDIENCE
    if risk.magnitude.per_record is not None and risk.magnitude.records_fact:
        yield risk.magnitude.records_fact
    if risk.magnitude.fine_cap or risk.magnitude.churn:
        yield TURNOVER


def control_facts(risk: Risk, catalog: Catalog) -> frozenset[str]:
    """Return the facts that decide which controls make sense against a risk."""
    cards = (catalog.controls[key] for key in catalog.controls_of_risk.get(risk.id, ()))
    return frozenset(
        leaf["fact"] for card in cards if card.default_when for leaf in leaves(card.default_when)
    )


def facts_of(risk: Risk, catalog: Catalog) -> frozenset[str]:
    """Return every fact that can change the risk's row, but for the appetite."""
    return rule_facts(risk) | loss_facts(risk) | control_facts(risk, catalog)
