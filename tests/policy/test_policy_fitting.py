"""Rules that do not fit their detector, and what contradicts itself: each with file and line."""

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.guard.cards import cards
from seawall.policy.load import decode_policy

GOOD = """\
version: 1
application: shop
upstreams:
  - name: main
    base_url: https://api.example/v1
    models:
      small: {input_per_million: 1, output_per_million: 2}
functions:
  chat:
    models: [small]
guards:
  - detector: personal-data
    control: CTL-PII
    action: redact
    stages: [input, output]
    labels: [payment-card, iban]
  - detector: json-schema
    control: CTL-FORM
    action: block
    stages: [output]
    answer_schema: {type: object}
tools:
  rules:
    pay:
      effect: pay
      control: CTL-TOOL-RULES
      arguments:
        amount: {minimum: 1, maximum: 5}
"""
MODELS = "    models:\n      small"
FUNCTION = "    models: [small]\n"
COST = "{cost_per_day: 9, cost_per_month: 8}"
BOTH = "    timeout_seconds: 5\n    timeouts: {first_byte: 1, idle: 2, total: 3}\n"
PROBLEMS = [
    ("[payment-card, iban]", "[payment-crad, iban]", 16, "'payment-crad'", "'payment-card'"),
    ("[payment-card, iban]", "\n      - iban\n      - q7", 18, "'q7'", "Its labels: "),
    ("stages: [output]", "stages: [output, input]", 20, "stage input", "Its stages: output."),
    ("[payment-card, iban]", "[iban]\n    depth: static", 17, "no depth `static`", "learnt-attack"),
    ("[payment-card, iban]", "[iban]\n    registered: [x.txt]", 17, "takes no registered", ""),
    ("{type: object}", "{type: 7}", 21, "not a JSON Schema", ""),
    ("[payment-card, iban]", "[iban]\n    answer_schema: {}", 17, "no answer_schema", "json"),
    ("action: block", "action: redact", 19, "no part to redact", "flag"),
    ("minimum: 1", "minimum: 6", 28, "minimum of pay.amount", "maximum"),
    ("input_per_million: 1", "input_per_million: .inf", 7, "input_per_million", "finite"),
    (FUNCTION, f"{FUNCTION}    weight: .inf\n", 11, "weight", "finite"),
    (FUNCTION, f"{FUNCTION}    limits: {COST}\n", 11, "cost_per_day", ""),
    (FUNCTION, f"{FUNCTION}    limits: {COST.replace('cost', 'tokens')}\n", 11, "tokens", ""),
    ("guards:", f"limits: {{user: {COST}}}\nguards:", 11, "cost", ""),
    (MODELS, f"    timeouts: {{connect: 9, total: 8}}\n{MODELS}", 6, "timeouts.connect", "total"),
    (MODELS, f"    timeouts: {{first_byte: 9, total: 8}}\n{MODELS}", 6, "timeouts.first_byte", ""),
    (MODELS, f"{BOTH}{MODELS}", 6, "timeout_seconds has no effect", "timeouts"),
]  # fmt: skip


def test_what_fits_is_taken() -> None:
    decode_policy(GOOD, "p.yaml", cards())
    times = f"    timeout_seconds: 5\n    timeouts: {{connect: 1, total: 9}}\n{MODELS}"
    equal = GOOD.replace("minimum: 1", "minimum: 5").replace(MODELS, times)
    decode_policy(equal, "p.yaml", cards())


@pytest.mark.parametrize(("old", "new", "line", "word", "hint"), PROBLEMS)
def test_errors_name_file_line_and_what_to_do(
    old: str, new: str, line: int, word: str, hint: str
) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        decode_policy(GOOD.replace(old, new, 1), "p.yaml", cards())
    assert str(caught.value).startswith(f"p.yaml:{line}: ")
    assert word in caught.value.message and hint in str(caught.value) and caught.value.hint


def test_two_documents_in_a_file_are_told_with_their_line() -> None:
    with pytest.raises(InputError, match=r"p.yaml:29: a second document"):
        decode_policy(f"{GOOD}---\n{GOOD}", "p.yaml", cards())


def test_a_control_with_a_slip_is_told_and_an_own_one_is_not(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(GOOD.replace("CTL-PII", "CTL-EGRES").replace("CTL-FORM", "ACME-42"))
    assert run(["policy", "check", str(path)]) == 0
    told = capsys.readouterr()
    assert f"{path}:13: The catalogue has no control CTL-EGRES." in told.err
    assert "Did you mean CTL-EGRESS?" in told.err and "ACME" not in told.err
    assert run(["policy", "check", str(path), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["warnings"]) == 1


def test_check_names_file_and_line_where_a_rule_does_not_fit(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(GOOD.replace("stages: [output]", "stages: [input]"))
    assert run(["policy", "check", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"{path}:20: ")
