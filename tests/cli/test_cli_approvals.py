"""Approvals at the command line."""

import json
from pathlib import Path

from typer.testing import CliRunner

from seawall.cli.main import app
from seawall.core.errors import NotFoundError
from seawall.store.approvals import Approvals
from seawall.store.db import open_store
from seawall.store.turns import Owner

RUN = CliRunner()


def waiting(folder: Path, name: str) -> str:
    approvals = Approvals(open_store(str(folder)))
    owner = Owner(application="shop", function="chat", key_id="k1", user="")
    return approvals.ask(
        owner, "pay", json.dumps({"to": name}, ensure_ascii=False), "why"
    ).approval_id


def test_list_approve_deny(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first, second = waiting(folder, "ana"), waiting(folder, "ben")
    done = RUN.invoke(app, ["approvals", "approve", first, "--data", str(folder)])
    assert (done.exit_code, done.output) == (0, "The call of pay is approved.\n")
    denied = RUN.invoke(app, ["approvals", "deny", second, "--data", str(folder), "--json"])
    assert json.loads(denied.output)["state"] == "denied"
    shown = RUN.invoke(app, ["approvals", "list", "--data", str(folder), "--json"])
    assert [one["state"] for one in json.loads(shown.output)] == ["approved", "denied"]
    assert "ana" in RUN.invoke(app, ["approvals", "list", "--data", str(folder)]).output


def test_who_decides_sees_every_letter_and_sign_of_the_arguments(tmp_path: Path) -> None:
    name = "x" * 300 + "-and-the-end"
    waiting(tmp_path / "data", name)
    waiting(tmp_path / "data", "AB\u202e12\u200b")
    shown = RUN.invoke(app, ["approvals", "list", "--data", str(tmp_path / "data")]).output
    cells = [line.split("│")[6].strip() for line in shown.splitlines() if line.startswith("│")]
    assert name in "".join(cells)
    assert (
        "AB\\u202e12\\u200b" in shown and "…" not in shown and not set("\u202e\u200b") & set(shown)
    )


def test_what_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    waiting(tmp_path / "data", "ana")
    wrong = RUN.invoke(app, ["approvals", "approve", "apr_0", "--data", str(tmp_path / "data")])
    assert isinstance(wrong.exception, NotFoundError)
