"""What people type, and what does not fit."""

import pytest

from seawall.assess.interview.typed import read_typed
from seawall.catalog.load import load_catalog

QUESTIONS = load_catalog().questions


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("rag.used", " Y ", True),
        ("rag.used", "no", False),
        ("rag.used", "unknown", None),
        ("rag.used", "?", None),
        ("volume.users", "2,000", 2000.0),
        ("volume.users", "2_000_000", 2e6),
        ("volume.users", "1.5m", 1.5e6),
        ("volume.users", "80 k", 8e4),
        ("volume.users", "0", 0.0),
        ("model.ids", "gpt-4o, claude-sonnet-4-5 ", ("gpt-4o", "claude-sonnet-4-5")),
        ("tools.list", "none", ()),
        ("model.hosting", "2", "cloud_hosted"),
        ("model.hosting", "Vendor API", "vendor_api"),
        ("audience", "1, 4", ("employees", "anonymous")),
        ("audience", "1 4", ("employees", "anonymous")),
        ("audience", "customers; partners", ("customers", "partners")),
        ("tools.writes_or_spends", "run code", ("run_code",)),
        ("tools.writes_or_spends", "none", ()),
        ("tools.writes_or_spends", "nothing", ()),
        ("tools.writes_or_spends", "-", ()),
        ("decision.effect", "none", "none"),
        ("purpose.intended_use", "Customers ask about orders.", "Customers ask about orders."),
    ],
)
def test_answers(fact: str, text: str, value: object) -> None:
    assert read_typed(text, QUESTIONS[fact]) == value


@pytest.mark.parametrize(
    ("fact", "text", "says"),
    [
        ("rag.used", "maybe", "yes, no or unknown"),
        ("volume.users", "many", "number"),
        ("volume.users", "-3", "number"),
        ("volume.users", "2.000", "two ways"),
        ("volume.users", "١٢", "number"),
        ("model.hosting", "9", "1 to 4"),
        ("model.hosting", "0", "1 to 4"),
        ("model.hosting", "vendr_api", "did you mean 'vendor_api'"),
        ("audience", "1, everybody", "everybody"),
        ("purpose.intended_use", "  ", "sentence"),
    ],
)
def test_what_does_not_fit_says_what_would(fact: str, text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_typed(text, QUESTIONS[fact])
