"""The example applications give what was reviewed: discover, assess and gate, word for word."""

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).parents[1]
NAMES = ("support-bot", "hr-screening", "coding-agent")


@pytest.fixture(scope="module")
def made() -> ModuleType:
    place = ROOT / "scripts" / "example_goldens.py"
    spec = importlib.util.spec_from_file_location("example_goldens", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["example_goldens"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", NAMES)
def test_an_example_gives_what_was_reviewed(name: str, made: ModuleType) -> None:
    folder = ROOT / "examples" / name / "golden"
    texts = made.goldens(name)
    assert {path.name for path in folder.iterdir()} == set(texts)
    for file, text in texts.items():
        assert text == (folder / file).read_text(encoding="utf-8"), (
            "`python scripts/example_goldens.py` writes it anew; read the difference"
        )


def test_every_example_is_compared(made: ModuleType) -> None:
    found = {path.parent.name for path in (ROOT / "examples").glob("*/profile.yaml")}
    assert found == set(NAMES) == set(made.APPLICATIONS)


@pytest.mark.parametrize("name", NAMES)
def test_every_question_of_an_example_is_answered_or_said_to_be_unknown(name: str) -> None:
    profile = yaml.safe_load((ROOT / "examples" / name / "profile.yaml").read_text())
    assert len(profile["facts"]) == 46
    assert all(fact["source"] and fact["date"] for fact in profile["facts"].values())


def test_code_of_examples_is_python() -> None:
    files = list((ROOT / "examples").glob("*/code/**/*.py"))
    assert len(files) >= 4
    for path in files:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_what_the_examples_are_there_to_show(made: ModuleType) -> None:
    support, hr, agent = (made.goldens(name) for name in NAMES)
    assert "rag.sources_trust: yes" in support["discover.txt"]
    assert "LEG-01 S5 A banned practice: Cannot be decided: practices.banned" in hr["assess.txt"]
    assert "cannot be ruled out" in hr["gate.md"]
    assert "goes into a shell" in agent["discover.txt"]
    assert "the repository shows send_message (tools/server.py:17" in agent["gate.md"].replace(
        "\\_", "_"
    )
