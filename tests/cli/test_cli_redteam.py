"""`seawall redteam`: the commands of `seawall attack` under another name, with their own codes."""

from pathlib import Path

import pytest

from seawall.cli import _attack_lab, _attack_mitigate, _lazy
from seawall.cli.main import run
from seawall.core.files import write_atomically
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.policy.load import load_policy
from seawall.redteam.rows import Head, RowFile


@pytest.fixture
def rows(tmp_path: Path):
    def write(name: str, outcome: AttemptOutcome) -> str:
        path = tmp_path / f"{name}.jsonl"
        with RowFile(path, Head(run="r", target="t", mode=Mode.OFF, seed=0)) as file:
            for n in range(40):
                file.append(
                    Attempt(
                        id=f"PRB-A/{n}", probe="PRB-A", mode=Mode.OFF, outcome=outcome,
                        strategy="plain", cluster=f"s{n}",
                    )
                )  # fmt: skip
        return str(path)

    return write


def test_both_names_hold_the_same_commands(capsys) -> None:
    groups = [_lazy.load(name) for name in ("attack", "redteam")]
    names = [list(group.commands) for group in groups]
    assert names[0] == names[1] and "compare" in names[0]
    assert [group.name for group in groups] == ["attack", "redteam"]
    assert run(["--help"]) == 0
    assert "Another name of `seawall attack`" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("outcome", "codes"),
    [
        (AttemptOutcome.REFUSED, {"attack": 0, "redteam": 0}),
        (AttemptOutcome.COMPLIED, {"attack": 4, "redteam": 1}),
        (AttemptOutcome.UNSCORED, {"attack": 6, "redteam": 3}),
    ],
)
def test_compare_ends_with_the_codes_of_its_name(rows, outcome, codes, capsys) -> None:
    first, second = rows("first", AttemptOutcome.REFUSED), rows("second", outcome)
    for name, code in codes.items():
        assert run([name, "compare", first, second, "--max-asr", "0.5"]) == code, name
        assert run([name, "compare", first, "--max-asr", "2"]) == 2
    capsys.readouterr()


@pytest.mark.parametrize("name", ["attack", "redteam"])
@pytest.mark.parametrize(("preset", "n", "harmless"), [("--quick", 1, 12), ("--full", 12, 200)])
def test_a_preset_is_that_of_the_lab(name, preset, n, harmless, monkeypatch, tmp_path) -> None:
    orders = []
    monkeypatch.setattr(_attack_lab, "both", orders.append)
    out = str(tmp_path / "lab")
    assert run([name, preset, "--out", out]) == run([name, "lab", preset, "--out", out]) == 0
    assert orders[0] == orders[1]
    assert (orders[0].n, orders[0].harmless, orders[0].every) == (n, harmless, True)
    assert run([name, preset, "--n", "2", "--probe", "PRB-PACKAGE", "--harmless", "0"]) == 0
    assert (orders[2].n, orders[2].harmless, orders[2].probes) == (2, 0, ("PRB-PACKAGE",))


def test_a_preset_takes_no_other_target_and_no_file(tmp_path, capsys) -> None:
    assert run(["redteam", "--quick", "--target", "http://127.0.0.1:1/v1"]) == 2
    assert run(["redteam", "--quick", "--full"]) == 2
    assert run(["redteam", "--quick", "--max-asr", "0.1"]) == 2
    (tmp_path / "rows.jsonl").write_text("")
    assert run(["redteam", "--full", "--out", str(tmp_path / "rows.jsonl")]) == 2
    assert "is a file" in capsys.readouterr().err


def test_plan_from_a_run_writes_what_mitigate_proposes(monkeypatch, tmp_path, capsys) -> None:
    policy, out = Path("examples/policy.yaml"), tmp_path / "plan"
    wanted = []

    def propose(one) -> None:
        wanted.append(one)
        write_atomically(one.out, policy.read_text())

    monkeypatch.setattr(_attack_mitigate, "propose", propose)
    arguments = ["plan", "--from-run", "rows.jsonl", "--running", str(policy), "--out", str(out)]
    assert run(arguments) == 0
    assert wanted[0].run == Path("rows.jsonl") and wanted[0].policy == policy
    assert load_policy(out / "policy-from-run.yaml")
    assert "does all of this already" in capsys.readouterr().out
    assert run(["plan", "profile.yaml", *arguments[1:]]) == 2
    assert run(["plan", "--from-run", "rows.jsonl", "--out", str(tmp_path)]) == 2
    assert "--running" in capsys.readouterr().err
    assert run(["plan"]) == 2 and len(wanted) == 1
