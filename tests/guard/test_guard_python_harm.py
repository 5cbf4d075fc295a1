"""Python of answers: what destroys, sends secrets away or trusts its users is found."""

import time
from pathlib import Path

import pytest
import yaml

from seawall.core.exchange import Stage
from seawall.guard import cards
from seawall.guard.api import default_rules
from seawall.guard.code import python_rules
from seawall.guard.code.shell import ShellError
from seawall.guard.contract import Context, Subject, View
from seawall.guard.self_test import part_at

CARD = cards.cards()["python-harm-code"]
SAMPLES = yaml.safe_load((Path(__file__).parent / "code" / "python.yaml").read_text("utf-8"))
HARMFUL = [(label, code) for label, codes in SAMPLES["harmful"].items() for code in codes]
HARMLESS: list[str] = SAMPLES["harmless"]


def found(text: str, stage: Stage = Stage.TOOL_CALL) -> dict[str, str]:
    subject = Subject(part=part_at(stage, text), views=(View(kind="raw", text=text),))
    verdict = cards.build(CARD.id).detect(subject, Context())
    return {item.label: text[item.start : item.end] for item in verdict.findings}


@pytest.mark.parametrize(("label", "code"), HARMFUL, ids=[code for _, code in HARMFUL])
def test_harmful_python_is_found(label: str, code: str) -> None:
    assert label in found(code)
    assert label in found(f"Do:\n\n```python\n{code}\n```\nDone.", Stage.OUTPUT)
    assert label in CARD.labels


@pytest.mark.parametrize("code", HARMLESS)
def test_ordinary_python_passes(code: str) -> None:
    assert found(code) == {}


def test_a_finding_stands_where_the_call_is() -> None:
    text = "Grüße:\n```python\nif ok:\n    import os\n    ä = os.system('rm -rf ~')  # ü\n```"
    assert found(text, Stage.OUTPUT) == {"shell-destructive": "os.system('rm -rf ~')"}
    broken = "x = = 1\n  y = os.system('rm -rf ~')\n"
    assert found(broken) == {"shell-destructive": "os.system('rm -rf ~')"}


def test_answers_are_flagged_by_default() -> None:
    rules = [rule for rule in default_rules() if rule.detector == CARD.id]
    assert [(rule.action, Stage.OUTPUT in rule.stages) for rule in rules] == [("flag", True)]


@pytest.mark.parametrize(
    "code",
    ["a" + ".b()" * 40_000, "x=" + "+".join(["a"] * 40_000), "x = = 1\n" * 4_000, "f(" * 5_000,
     ("x=a" + ".b(c)" * 300 + "\n") * 60, "exec(\"exec('x=1')\")\n" * 3_000, "a[0]" * 20_000],
    ids=["calls", "sums", "broken", "brackets", "chains", "exec", "items"],
)  # fmt: skip
def test_tangled_code_takes_no_longer_than_its_length(code: str) -> None:
    begin = time.process_time()
    try:
        python_rules.problems(code)
    except ShellError as error:
        assert "deep" in str(error)
    assert time.process_time() - begin < 3
