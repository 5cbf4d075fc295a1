"""`seawall report`: files in, one HTML file out."""

from pathlib import Path

import govern_samples as samples
import msgspec
import pytest

from seawall.cli.main import run
from seawall.govern.inputs import ReportInputs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inputs = ReportInputs(
        evidence=samples.evidence(),
        profile=samples.profile(),
        controls=samples.controls(),
        harmless=tuple(samples.harmless()),
    )
    summary = {**msgspec.to_builtins(inputs), "schema": "other keys are ignored"}
    (tmp_path / "register.json").write_bytes(msgspec.json.encode(samples.register()))
    (tmp_path / "summary.json").write_bytes(msgspec.json.encode(summary))
    return tmp_path


def report(folder: Path, *more: str) -> int:
    return run(
        [
            "report",
            "--register",
            str(folder / "register.json"),
            "--out",
            str(folder / "report.html"),
            *more,
        ]
    )


def test_it_writes_the_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(folder, "--summary", str(folder / "summary.json")) == 0
    page = (folder / "report.html").read_text()
    assert "The gate passes" in page
    assert samples.evidence().audit_head in page
    assert "Seawall gateway" in page
    assert "Gate: passes" in capsys.readouterr().out


def test_without_a_summary_the_gate_says_what_is_missing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(folder) == 0
    assert "Only 0 harmless conversations" in capsys.readouterr().out
    assert "No harmless traffic was sent" in (folder / "report.html").read_text()
    assert report(folder, "--gate") == 4


def test_json_output(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(folder, "--summary", str(folder / "summary.json"), "--json") == 0
    assert msgspec.json.decode(capsys.readouterr().out)["gate"]["passes"] is True


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no register of ours"),
        (b"{}", "missing required field"),
        (b'{"application": 3}', "application"),
        (b"\xff\xfe", "is no register of ours"),
        (None, "cannot be read"),
    ],
)
def test_a_wrong_register_is_refused_by_name(
    folder: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, words: str
) -> None:
    path = folder / "register.json"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert report(folder) == 2
    told = capsys.readouterr().err
    assert "register.json" in told
    assert words in told
    assert not (folder / "report.html").exists()


def test_a_folder_that_does_not_exist_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(folder, "--out", str(folder / "none" / "report.html")) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_profile_can_be_given(folder: Path) -> None:
    profile = folder / "profile.yaml"
    profile.write_text(
        "application: harbour-shop-bank\ntitle: A\nfacts: {}\n"
        "elements: [{id: x, name: Kiosk, kind: process, zone: shop}]\n",
        encoding="utf-8",
    )
    assert report(folder, "--profile", str(profile)) == 0
    assert "Kiosk" in (folder / "report.html").read_text()


def test_a_profile_of_another_application_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = folder / "profile.yaml"
    profile.write_text("application: other\ntitle: Other\nfacts: {}\n", encoding="utf-8")
    assert report(folder, "--profile", str(profile)) == 2
    assert "the profile about other" in capsys.readouterr().err
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize(("until", "live"), [("2027-06-30", True), ("2026-07-03", False)])
def test_a_live_acceptance_stands_beside_its_risk(folder: Path, until: str, live: bool) -> None:
    register = samples.register()
    row = register.risks[0]
    open_ = msgspec.structs.replace(row, ucb95=None, passes=False)
    risks = (open_, *register.risks[1:])
    changed = msgspec.structs.replace(register, risks=risks)
    (folder / "register.json").write_bytes(msgspec.json.encode(changed))
    decided = folder / "decisions.yaml"
    decided.write_text(
        f"acceptances:\n- {{risk: {row.risk}, level: S5, requested_by: Ana, approved_by: Ben, "
        f"reason: pilot, compensating: none, date: 2026-07-02, until: {until}}}\n",
        encoding="utf-8",
    )
    assert report(folder, "--decisions", str(decided)) == 0
    page = (folder / "report.html").read_text()
    assert (f"Accepted by Ben until {until}" in page) is live
    assert ("not measured, accepted" in page) is live
    assert (f"{row.risk} ({row.title}) was not measured" in page) is not live
