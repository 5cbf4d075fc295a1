"""Short harmless lines that developers write, read and get back: no rule stops one of them."""

from pathlib import Path

import pytest

from seawall.core.verdicts import Action
from seawall.guard.api import Guard, default_rules

LINES = (
    (Path(__file__).parent / "data" / "developer_lines.txt")
    .read_text(encoding="utf-8")
    .splitlines()
)
# Trained models are measured over thousands of texts, not line by line.
_TRAINED = frozenset(("learnt-attack", "learnt-harm", "personal-names"))


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard([rule for rule in default_rules() if rule.detector not in _TRAINED])


@pytest.mark.parametrize("stage", ["input", "tool-result", "output"])
def test_no_line_is_stopped_or_changed(guard: Guard, stage: str) -> None:
    assert len(LINES) > 400
    passed = (Action.ALLOW, Action.FLAG)
    assert [line for line in LINES if guard.check(line, stage).action not in passed] == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Test card 4242 4242 4242 4242 works in test mode.", ""),
        ("My card is 4242 4242 4242 4242.", "payment-card"),
        ("In the test I paid with 4539 1488 0343 6467.", "payment-card"),
        ("The sandbox takes 5555555555554444 only.", ""),
        ("https://user:secret-word@mail.example.com/", ""),
        ("Write to https://x.example/ or anna.berg@post.example", "email"),
        ("smtp://user:pass@mail.example.com:587", ""),
        ("AA:BB:CC:DD:EE:FF", ""),
        ("device 3c:22:fb:4a:91:d7", "mac-address"),
    ],
)
def test_examples_are_told_from_values(guard: Guard, text: str, kind: str) -> None:
    found = guard.check(text, "input").findings
    assert {f.category for f in found if f.detector == "personal-data"} == ({kind} - {""})


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('password="test1234"', False),
        ('token="fake-token-123"', False),
        ('api_key="mock-api-key-0042"', False),
        ('password="tEst9!kq2Zr"', True),
        ('password="Tr0ub4dor&3x"', True),
        ("smtp://ops:Vf8kQz2mPw@mail.example.com:587", True),
    ],
)
def test_stand_ins_are_told_from_secrets(guard: Guard, text: str, secret: bool) -> None:
    found = guard.check(text, "input").findings
    assert any(f.detector == "secrets" for f in found) is secret
