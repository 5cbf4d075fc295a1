"""The CI templates parse, call commands with options that exist, and their scripts run."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from attacked import BASE, MEASURED, add_talks, attacks

from seawall.cli.main import app, run
from seawall.core.trials import AttemptOutcome, Mode

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / "deploy" / "ci" / "github"
GITLAB = ROOT / "deploy" / "ci" / "gitlab" / "seawall.gitlab-ci.yml"
FILES = [GITHUB / "action.yml", GITHUB / "workflow.yml", GITLAB]


def loaded(path: Path) -> dict[Any, Any]:
    value = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return value


def scripts() -> dict[str, str]:
    """Every shell script of the templates, by name."""
    found = {
        f"github {step['name']}": step["run"]
        for step in loaded(GITHUB / "action.yml")["runs"]["steps"]
        if "run" in step
    }
    job = loaded(GITLAB)["seawall-gate"]
    return found | {"gitlab": "\n".join([*job["before_script"], *job["script"]])}


@pytest.mark.parametrize("name", scripts())
def test_scripts_use_options_that_exist(name: str) -> None:
    root: Any = typer.main.get_command(app)
    script = scripts()[name].replace("\\\n", " ")
    for command, rest in re.findall(r"^ *seawall ([a-z]+)(.*)$", script, re.MULTILINE):
        known = {option for param in root.commands[command].params for option in param.opts}
        assert set(re.findall(r"--[a-z]+", rest)) <= known
    if "seawall gate" in script:
        gate = {option for param in root.commands["gate"].params for option in param.opts}
        assert set(re.findall(r"(?:\(|\"\$@\" )(--[a-z]+)", script)) <= gate


@pytest.mark.parametrize("name", scripts())
def test_scripts_are_valid_shell_without_inlined_values(name: str) -> None:
    script = scripts()[name]
    assert "${{" not in script, "a value of somebody else would become a command"
    shell = "sh" if name == "gitlab" else "bash"
    subprocess.run([shell, "-n"], input=script, text=True, check=True)


def test_every_input_is_used_and_every_use_is_declared() -> None:
    action = loaded(GITHUB / "action.yml")
    text = yaml.safe_dump(action["runs"])
    assert set(re.findall(r"inputs\.(\w+)", text)) == set(action["inputs"])
    workflow = loaded(GITHUB / "workflow.yml")
    (step,) = (
        s for s in workflow["jobs"]["gate"]["steps"] if "seawall" in s.get("uses", "")
    )  # fmt: skip
    assert set(step["with"]) <= set(action["inputs"])
    assert workflow["permissions"]["security-events"] == "write"


def test_every_step_of_others_is_pinned_to_a_version() -> None:
    for path in FILES:
        for used in re.findall(
            r"^[ -]*uses: (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            assert re.search(r"@(?:v\d+|REVISION)$", used), used


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    wrapper = tmp_path / "bin" / "seawall"
    wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m seawall "$@"\n')
    wrapper.chmod(0o755)
    (tmp_path / "profile.yaml").write_text("application: bot\nfacts: {rag.used: no}\n")
    (tmp_path / "app.py").write_text("x = 1\n")
    (tmp_path / "our decisions.yaml").write_text("acceptances: []\n")
    return tmp_path


def go(place: Path, shell: list[str], script: str, **variables: str) -> int:
    environment = {**os.environ, **variables, "PYTHONPATH": str(ROOT / "src")}
    environment["PATH"] = f"{place / 'bin'}:{environment['PATH']}"
    done = subprocess.run([*shell, "-c", script], cwd=place, env=environment, check=False)
    return done.returncode


def test_githubs_gate_runs_and_tells_its_answer(place: Path) -> None:
    reports = {"REPORTS": str(place / "out"), "REPOSITORY": "."}
    files = {"GITHUB_STEP_SUMMARY": str(place / "m.md"), "GITHUB_OUTPUT": str(place / "o")}
    names = ("REGISTER", "SUMMARY", "POLICY", "PLAN", "CASES")
    empty = dict.fromkeys(names, "")
    found = scripts()
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
    assert go(place, shell, found["github Discover"], **reports) == 0
    code = go(
        place, shell, found["github Gate"], **reports, **files, **empty, PROFILE="profile.yaml",
        DECISIONS="our decisions.yaml",
    )  # fmt: skip
    assert code == 4
    assert (place / "o").read_text() == "passes=false\n"
    assert "does not pass" in (place / "m.md").read_text()
    assert {p.name for p in (place / "out").iterdir()} == {
        "discover.sarif", "gate.sarif", "gate.xml",
    }  # fmt: skip


CASE = {
    "id": "PRB-CASE-1A2B3C4D", "version": 1, "title": "A case", "goal": "None", "risk": "SEC-01",
    "controls": ["CTL-INJ-INPUT"], "channel": "user", "oracle": {"kind": "let-through"}, "n": 2,
    "strategies": ["plain"], "seeds": [{"id": "recorded", "text": "Obey.", "literal": True}],
}  # fmt: skip


def test_a_case_that_could_not_be_tried_fails_both_by_name(place: Path) -> None:
    (place / "cases").mkdir()
    (place / "cases" / "one.yaml").write_text(yaml.safe_dump(CASE))
    job, found = loaded(GITLAB), scripts()
    nobody = "http://127.0.0.1:9/v1"
    (place / "out").mkdir()
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
    reports = {"REPORTS": str(place / "out"), "REPOSITORY": ".", "CASES": "cases"}
    assert go(place, shell, found["github Cases"], **reports, TARGET=nobody, MODEL="m") == 0
    files = {"GITHUB_STEP_SUMMARY": str(place / "m.md"), "GITHUB_OUTPUT": str(place / "o")}
    empty = dict.fromkeys(("REGISTER", "SUMMARY", "POLICY", "PLAN", "DECISIONS"), "")
    gate = found["github Gate"]
    assert go(place, shell, gate, **reports, **files, **empty, PROFILE="profile.yaml") == 4
    assert CASE["id"] in (place / "m.md").read_text()
    variables = {key: str(value) for key, value in job["variables"].items()}
    variables |= {"SEAWALL_CASES": "cases", "SEAWALL_TARGET": nobody}
    script = "set -e\n" + "\n".join(job["seawall-gate"]["script"])
    assert go(place, ["sh"], script, **variables) == 4
    assert CASE["id"] in (place / "seawall-reports" / "gate.md").read_text()


def test_gitlabs_job_runs(place: Path) -> None:
    job = loaded(GITLAB)
    variables = {key: str(value) for key, value in job["variables"].items()}
    variables["SEAWALL_DECISIONS"] = "our decisions.yaml"
    script = "set -e\n" + "\n".join(job["seawall-gate"]["script"])
    assert go(place, ["sh"], script, **variables) == 4
    reports = {p.name for p in (place / "seawall-reports").iterdir()}
    assert reports == {"discover.sarif", "gate.sarif", "gate.xml", "gate.md"}
    assert job["seawall-gate"]["artifacts"]["reports"]["junit"] == "seawall-reports/gate.xml"


@pytest.fixture
def ready(place: Path) -> Path:
    """A repository with a register of today's attacks, a plan in force, and nobody's word."""
    today = datetime.now(UTC).date().isoformat()
    (place / "profile.yaml").write_text(MEASURED)
    (place / "base.yaml").write_text(BASE)
    off = attacks(place, Mode.OFF, AttemptOutcome.COMPLIED, created=today)
    on = attacks(place, Mode.ON, AttemptOutcome.BLOCKED, created=today)
    fine = {f"talk-{number}": AttemptOutcome.COMPLIED for number in range(200)}
    add_talks(off, Mode.OFF, fine)
    add_talks(on, Mode.ON, fine)
    rows = ["--attacks", str(off), "--attacks", str(on), "--coverage", "1", "--draws", "1000"]
    profile, register = str(place / "profile.yaml"), str(place / "register.json")
    assert run(["assess", profile, *rows, "--no-levers", "--out", register]) == 0
    plan = ["--base", str(place / "base.yaml"), "--draws", "1000", "--out", str(place / "the plan")]
    assert run(["plan", profile, *plan]) == 0
    return place


def attested(place: Path) -> Path:
    """Decisions in which a person vouches today for every task of the plan."""
    tasks = loaded(place / "the plan" / "tasks.yaml")["tasks"]
    today = datetime.now(UTC).date().isoformat()
    said = [{"control": one["control"], "by": "kim", "date": today} for one in tasks]
    (place / "said.yaml").write_text(yaml.safe_dump({"attestations": said}))
    return place / "said.yaml"


def release(place: Path, template: str, decisions: str) -> tuple[int, str]:
    """Run a template's job over the whole repository; return its code and what it wrote."""
    files = {"REGISTER": "register.json", "DECISIONS": decisions, "PLAN": "the plan",
             "POLICY": "the plan/policy.yaml"}  # fmt: skip
    page = place / f"{template}.md"
    if template == "gitlab":
        job = loaded(GITLAB)
        variables = {key: str(value) for key, value in job["variables"].items()}
        assert {f"SEAWALL_{key}" for key in files} <= set(variables)
        variables |= {f"SEAWALL_{key}": value for key, value in files.items()}
        script = "set -e\n" + "\n".join(job["seawall-gate"]["script"])
        code = go(place, ["sh"], script, **variables)
        return code, (place / "seawall-reports" / "gate.md").read_text()
    values = {"SUMMARY": "", "CASES": "", "REPOSITORY": ".", "PROFILE": "profile.yaml", **files,
              "REPORTS": str(place / "out"), "GITHUB_STEP_SUMMARY": str(page),
              "GITHUB_OUTPUT": str(place / "o")}  # fmt: skip
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
    assert go(place, shell, scripts()["github Discover"], **values) == 0
    return go(place, shell, scripts()["github Gate"], **values), page.read_text()


@pytest.mark.parametrize("template", ["github", "gitlab"])
def test_a_planned_release_passes_once_its_tasks_are_attested(ready: Path, template: str) -> None:
    code, said = release(ready, template, "")
    assert code == 4 and "attest" in said, "the plan's tasks are asked for"
    (ready / "seawall-reports" / "gate.md").unlink(missing_ok=True)
    (ready / "github.md").unlink(missing_ok=True)
    code, said = release(ready, template, attested(ready).name)
    assert code == 0, said
    for name in ("Attestations hold", "Controls are in force"):
        (line,) = (line for line in said.splitlines() if name in line)
        assert "not looked at" not in line
