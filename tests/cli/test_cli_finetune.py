"""`seawall opt-outs` and `seawall finetune`: what is registered, and which lines name it."""

import json
from pathlib import Path
from typing import Any

import pytest

from seawall.cli.main import run
from seawall.store.db import open_store

POLICY = """\
version: 1
application: shop
upstreams: [{name: main, base_url: "https://x.example/v1", models: {m: {input_per_million: 1, output_per_million: 1}}}]
functions: {chat: {}}
guards:
  - {detector: finetune-harm, control: CTL-TRAIN-FILES, action: block, stages: [file]}
  - {detector: secrets, control: CTL-TRAIN-FILES, action: block, stages: [file]}
"""  # noqa: E501
SAID = ["Fine weather today.", "Write to a+x@b.example.", "The key is AKIAQ3EGRTZ5KLMNOP27.",
        "Anna Müller of Ghent"]  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    policy, lines = tmp_path / "policy.yaml", tmp_path / "train.jsonl"
    policy.write_text(POLICY)
    lines.write_text("\n".join(
        json.dumps({"messages": [{"role": "user", "content": text},
                                 {"role": "assistant", "content": "Noted."}]}) for text in SAID
    ))  # fmt: skip
    open_store(tmp_path / "data").close()
    return str(policy), str(lines), str(tmp_path / "data")


def told(capsys: Any) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_file_is_judged_with_and_without_the_register(files: Any, capsys: Any) -> None:
    policy, lines, data = files
    known = ["--application", "shop", "--data", data, "--json"]
    ask = ["finetune", lines, "--policy", policy, "--json"]
    assert run([*ask, "--without-opt-outs"]) == 4
    without = told(capsys)
    assert [row["line"] for row in without["report"]] == [3]
    secret = without["report"][0]
    assert run(["opt-outs", "add", "--email", "A@b.example", *known]) == 0
    assert told(capsys) == {"changed": 1}
    name = ["--name", "Müller, Anna", "--beside", "Ghent", "--beside", "1980-05-17"]
    assert run(["opt-outs", "add", *name, *known]) == 0
    assert told(capsys) == {"changed": 2}
    assert run([*ask, "--data", data]) == 4
    found = told(capsys)
    assert found["refused"] == 3 and found["report"] == [
        {"line": 2, "reasons": ["opted-out-email"]}, secret,
        {"line": 4, "reasons": ["opted-out-name"]},
    ]  # fmt: skip
    assert run(["opt-outs", "list", *known]) == 0
    assert told(capsys) == {"kinds": {"email": 1, "name": 2}, "users": 0}
    assert run(["opt-outs", "remove", "--email", "a+other@B.example", *known]) == 0
    assert told(capsys) == {"changed": 1}


def test_opt_outs_are_for_an_application_that_exists(files: Any, capsys: Any) -> None:
    data = files[2]
    asked = ["opt-outs", "add", "--email", "a@b.example", "--data", data, "--application"]
    assert run([*asked, "shpo"]) == 0
    assert "no key here says whether shpo is right" in capsys.readouterr().err
    keys = ["keys", "create", "--application", "shop", "--function", "chat", "--data", data]
    assert run([*keys, "--name", "app"]) == 0
    capsys.readouterr()
    assert run([*asked, "shopp"]) == 2
    said = capsys.readouterr()
    assert "no application 'shopp'" in said.err and "shop" in said.err and not said.out
    assert run(["opt-outs", "list", "--application", "shopp", "--data", data]) == 2
    assert run([*asked, "shop"]) == 0
    assert run(["opt-outs", "list", "--application", "shpo", "--data", data]) == 0
    gone = ["opt-outs", "remove", "--email", "a@b.example", "--data", data, "--application"]
    assert run([*gone, "shpo"]) == 0, "what a slip registered before can be taken out"
    assert run([*gone, "shpo"]) == 2


def test_a_mistyped_folder_is_no_new_register(tmp_path: Path, capsys: Any) -> None:
    place = tmp_path / "dta"
    asked = ["opt-outs", "add", "--application", "shop", "--email", "a@b.example"]
    assert run([*asked, "--data", str(place)]) == 2
    said = capsys.readouterr().err
    assert str(place) in said and "seawall serve --data" in said
    assert not place.exists()


def test_a_file_of_identifiers(files: Any, tmp_path: Path, capsys: Any) -> None:
    data, given = files[2], tmp_path / "out.jsonl"
    known = ["opt-outs", "add", "--application", "shop", "--data", data, "--file", str(given)]
    given.write_text('{"kind": "phone", "value": "+49 30 1234567"}\n\n'
                     '{"kind": "name", "value": "Jean Dupont", "beside": "Lyon"}\n')  # fmt: skip
    assert run([*known, "--json"]) == 0 and told(capsys) == {"changed": 2}
    for line, why in (("{", "no kind"), ('{"kind": "email", "value": "secretname"}', "address")):
        given.write_text(f"\n{line}\n")
        assert run(known) == 2
        said = capsys.readouterr().err
        assert "line 2" in said and why in said and "secretname" not in said


@pytest.mark.parametrize(
    ("more", "code"),
    [(["--data", "nowhere"], 2), (["--without-opt-outs"], 2)],
)
def test_what_cannot_be_read_is_no_clean_file(
    files: Any, tmp_path: Path, more: list[str], code: int, capsys: Any
) -> None:
    policy, lines, _ = files
    if "--without-opt-outs" in more:
        Path(lines).write_text('{"messages": []}\n')
    assert run(["finetune", lines, "--policy", policy, *more]) == code
    assert "pass" not in capsys.readouterr().out


def test_nothing_given_is_no_opt_out(files: Any, capsys: Any) -> None:
    assert run(["opt-outs", "add", "--application", "shop", "--data", files[2]]) == 2
    assert run(["opt-outs", "list", "--application", "shop", "--data", f"{files[2]}x"]) == 2
    assert capsys.readouterr().out == ""


def test_a_file_of_opt_outs_that_is_not_utf8_is_named_by_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gone.jsonl"
    file.write_bytes(
        b'{"kind": "email", "value": "a@b.example"}\n{"kind": "email", "value": "\xff"}\n'
    )
    words = ["opt-outs", "add", "--application", "shop", "--file", str(file)]
    assert run([*words, "--data", str(tmp_path / "data")]) == 2
    assert "gone.jsonl, line 2: no kind and value." in capsys.readouterr().err


def test_who_has_no_gateway_yet_is_told_how_to_judge_a_file(
    files: Any, tmp_path: Path, capsys: Any
) -> None:
    policy, lines, _ = files
    none = str(tmp_path / "none")
    assert run(["finetune", lines, "--policy", policy, "--data", none]) == 2
    assert "--without-opt-outs" in capsys.readouterr().err
