"""Own rules and allow-lists at work: engine, Guard, policy, seawall check."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.core.errors import InputError
from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, Outcome
from seawall.gateway.serve import build_engine
from seawall.guard.api import Guard
from seawall.guard.detectors.custom import holds
from seawall.guard.engine import GuardEngine
from seawall.guard.own import with_guards
from seawall.guard.self_test import part_at
from seawall.policy.load import decode_policy
from seawall.policy.model import GuardRule
from seawall.policy.own_rules import AllowList, OwnGuard, OwnRule, OwnRules

CARD = "4111 1111 1111 1111"
POLICY = """\
version: 1
application: shop
upstreams:
  - {name: main, base_url: "http://x", models: {m: {input_per_million: 1, output_per_million: 1}}}
functions: {chat: {}}
guards:
  - {detector: custom, control: CTL-PII, action: redact, stages: [input]}
  - {detector: personal-data, control: CTL-PII, action: redact, stages: [input]}
rules:
  - {id: project, expression: 'kestrel-[0-9]+'}
allow:
  - {detectors: [personal-data], values: [4111 1111 1111 1111]}
"""


def engine(own: OwnRules, *more: GuardRule) -> GuardEngine:
    return GuardEngine(with_guards(more, own), own_rules=own)


def labels(own: OwnRules, text: str, stage: Stage = Stage.INPUT) -> list[str]:
    decision = engine(own).inspect([part_at(stage, text)])
    return [finding.label for part in decision.parts for finding in part.findings]


def one(expression: str, **fields: object) -> OwnRules:
    return OwnRules(rules=(OwnRule(id="mine", expression=expression, **fields),))  # type: ignore[arg-type]


def personal(*allow: AllowList) -> GuardEngine:
    rule = GuardRule(
        detector="personal-data", control="c", action=Action.BLOCK, stages=(Stage.INPUT,)
    )
    return engine(OwnRules(allow=allow), rule)


@pytest.mark.parametrize(
    ("own", "text", "found"),
    [
        (one("kestrel-[0-9]+"), "about KESTREL-12", True),
        (one("kestrel-[0-9]+", case_sensitive=True), "about KESTREL-12", False),
        (one("kestrel-[0-9]+"), "a2VzdHJlbC0xMiBpcyBhIHNlY3JldCBwcm9qZWN0", True),
        (one("kestrel-[0-9]+", stages=(Stage.OUTPUT,)), "about kestrel-12", False),
        (one(r"\b\d{8}\b", keywords=("Payroll",)), "payroll no. 20261128", True),
        (
            one(r"\b\d{8}\b", keywords=("payroll",)),
            "on 20261128 " + "it rained " * 9 + "on payroll",
            False,
        ),
        (one(r"\b\d{4} \d{4} \d{3}\b", checksum="luhn"), "4992 7398 716", True),
        (one(r"\b\d{4} \d{4} \d{3}\b", checksum="luhn"), "4992 7398 715", False),
        (one(r"\b[0-9A-Z]{20}\b", checksum="mod97"), "lei 5493001KJTIIGC8Y1R12", True),
        (one(r"\b[0-9A-Z]{20}\b", checksum="mod97"), "lei 5493001KJTIIGC8Y1R21", False),
        (one("k[é{}]{2,40}l"), "kéééééél", True),
        (one(r"(?U)k.{2,60}l"), "the kestrel", True),
    ],
)
def test_a_rule_finds_what_it_says(own: OwnRules, text: str, found: bool) -> None:
    assert labels(own, text) == (["mine"] if found else [])


@pytest.mark.parametrize("checksum", ["luhn", "mod97", "iban", "verhoeff"])
def test_check_digits_do_not_hold_for_what_has_none(checksum: str) -> None:
    for text in ("", "-", "é", "1", "x" * 5_000, "٣٤٥"):
        assert not holds(checksum, text)
    assert holds("iban", "DE89 3704 0044 0532 0130 00")
    assert holds("verhoeff", "2363")


def test_the_group_value_is_the_finding() -> None:
    text = "no staff 99, but staff  20261128!"
    decision = engine(one(r"\bstaff\s+(?P<value>\d{8})\b", label="staff")).inspect(
        [part_at(Stage.INPUT, text)]
    )
    (finding,) = decision.parts[0].findings
    assert (finding.label, text[finding.start : finding.end]) == ("staff", "20261128")
    optional = engine(one(r"staff(?: (?P<value>\d))?")).inspect([part_at(Stage.INPUT, "staff x")])
    assert (optional.parts[0].findings[0].start, optional.parts[0].findings[0].end) == (0, 5)


def test_rules_block_unless_the_file_says_otherwise() -> None:
    own = one("kestrel")
    assert engine(own).inspect([part_at(Stage.OUTPUT, "kestrel")]).action is Action.BLOCK
    flagged = OwnRules(rules=own.rules, guards=(OwnGuard(action="flag", stages=(Stage.INPUT,)),))
    assert engine(flagged).inspect([part_at(Stage.INPUT, "kestrel")]).action is Action.FLAG
    assert engine(flagged).inspect([part_at(Stage.OUTPUT, "kestrel")]).action is Action.ALLOW


def test_a_rule_that_misjudges_its_own_text_stops_the_start() -> None:
    engine(
        one(
            "kestrel",
            found=("a kestrel", "YSBrZXN0cmVsIG9uIHRoZSByb29mIG9mIG91ciBob3VzZQ=="),
            clean=("a falcon",),
        )
    )
    with pytest.raises(InputError, match="'mine': number 2 of its texts in found is not found"):
        engine(one("kestrel", found=("a kestrel", "a falcon")))
    with pytest.raises(InputError, match="'mine': number 1 of its texts in clean is found"):
        engine(one("kestrel", clean=("two kestrels",)))


def test_a_pattern_that_matches_everywhere_is_unknown_not_clean() -> None:
    decision = engine(one("[a-z]")).inspect([part_at(Stage.INPUT, "abc " * 1_000)])
    assert (decision.outcome, decision.action) == (Outcome.UNKNOWN, Action.BLOCK)


@pytest.mark.parametrize(
    ("allow", "allowed"),
    [
        (AllowList(detectors=("personal-data",), values=(CARD,)), True),
        (AllowList(detectors=("personal-data",), values=(CARD[:-1],)), False),
        (AllowList(detectors=("personal-data",), expressions=(r"4111[ 1]+",)), True),
        (AllowList(detectors=("personal-data",), expressions=(r"4111",)), False),
        (
            AllowList(
                detectors=("personal-data",), hashes=(hashlib.sha256(CARD.encode()).hexdigest(),)
            ),
            True,
        ),
        (AllowList(detectors=("secrets",), values=(CARD,)), False),
        (AllowList(detectors=("personal-data",), labels=("payment-card",), values=(CARD,)), True),
        (AllowList(detectors=("personal-data",), labels=("iban",), values=(CARD,)), False),
    ],
)
def test_what_is_allowed_is_no_finding(allow: AllowList, allowed: bool) -> None:
    decision = personal(allow).inspect([part_at(Stage.INPUT, f"pay with {CARD}, please")])
    assert decision.action is (Action.ALLOW if allowed else Action.BLOCK)
    assert decision.outcome is (Outcome.CLEAN if allowed else Outcome.FOUND)


def test_one_allowed_value_does_not_cover_another() -> None:
    guard = personal(AllowList(detectors=("personal-data",), values=(CARD,)))
    both = guard.inspect([part_at(Stage.INPUT, f"{CARD} and 5555 5555 5555 4444")])
    assert both.action is Action.BLOCK
    assert [(f.start, f.end) for f in both.parts[0].findings] == [(24, 43)]


def test_a_policys_rules_reach_the_gateways_engine() -> None:
    built = build_engine(decode_policy(POLICY, "p", {"custom", "personal-data"}))
    decision = built.inspect([part_at(Stage.INPUT, f"kestrel-7 costs {CARD}")])
    assert decision.parts[0].redacted == f"[removed by Seawall: project] costs {CARD}"


def test_guard_takes_rules_from_files(tmp_path: Path) -> None:
    policy, rules = tmp_path / "p.yaml", tmp_path / "r.yaml"
    policy.write_text(POLICY)
    rules.write_text("version: 1\nrules:\n  - {id: bird, expression: osprey}\n")
    both = Guard.from_policy(policy, own_rules=rules)
    assert [f.category for f in both.check("kestrel-7, osprey").findings] == ["project", "bird"]
    assert Guard([], own_rules=str(rules)).check("an osprey").action is Action.BLOCK
    rules.write_text("version: 1\nrules:\n  - {id: project, expression: osprey}\n")
    with pytest.raises(InputError, match="'project' stands in the policy and in the rules file"):
        Guard.from_policy(policy, own_rules=rules)
    with pytest.raises(InputError, match=r"rules\.0\.expression: .*RE2"):
        Guard([], own_rules=one("("))


def test_seawall_check_takes_a_rules_file(tmp_path: Path) -> None:
    policy, rules = tmp_path / "p.yaml", tmp_path / "r.yaml"
    policy.write_text(POLICY)
    rules.write_text("version: 1\nrules:\n  - {id: bird, expression: osprey}\n")
    script = "from seawall.cli.main import main; main()"
    command = [sys.executable, "-c", script, "check", "--policy", str(policy), "--rules"]
    ran = subprocess.run(
        [*command, str(rules)], input=b'{"text": "an osprey"}\n', capture_output=True
    )
    assert b'"category":"bird"' in ran.stdout
    rules.write_text("version: 1\nrules:\n  - {id: bird, expression: 'a(?!b)'}\n")
    ran = subprocess.run([*command, str(rules)], input=b"", capture_output=True)
    assert ran.returncode == 2
    assert f"{rules}:3: ".encode() in ran.stderr
