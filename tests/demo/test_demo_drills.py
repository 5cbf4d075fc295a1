"""Drills: every technical control that no probe tests is shown to make the difference."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall import __version__
from seawall.catalog.load import load_catalog
from seawall.cli._input import today
from seawall.cli.main import run
from seawall.core.drills import Shown
from seawall.demo.drills.base import Drill
from seawall.demo.drills.bench import Bench, Reply
from seawall.demo.drills.run import drills, run_drill
from seawall.policy.load import decode_policy

CATALOG = load_catalog()
PROFILE = "application: shop\nfacts: {audience: [customers]}\n"
POLICY = """\
version: 1
application: shop
upstreams:
  - {name: main, base_url: "http://127.0.0.1:9/v1", models: {m: {input_per_million: 1,
     output_per_million: 1}}}
functions: {chat: {}}
usage_policy: {required: true, version: "2026-7", url: "https://shop.example/rules"}
"""


def test_every_technical_control_has_either_a_probe_or_a_drill() -> None:
    technical = {key for key, card in CATALOG.controls.items() if card.type == "technical"}
    assert set(drills()) == technical - set(CATALOG.probes_of_control)


@pytest.mark.parametrize("control", sorted(drills()))
def test_it_gets_through_without_the_control_and_not_with_it(control: str) -> None:
    shown = run_drill(drills()[control], CATALOG.controls[control], None)
    assert shown.holds, shown.sentence
    assert shown.sentence.endswith(f"{shown.stopped}.") and not shown.error


@pytest.mark.parametrize("control", sorted(key for key, drill in drills().items() if drill.without))
def test_a_control_that_does_nothing_is_found_out(control: str) -> None:
    drill = drills()[control]
    asked = msgspec.structs.replace(
        CATALOG.controls[control].enforce, settings=dict(drill.without or {}), guards=()
    )
    card = msgspec.structs.replace(CATALOG.controls[control], enforce=asked)
    shown = run_drill(drill, card, None)
    assert shown.known and not shown.holds
    assert "although the control was there" in shown.sentence


def test_what_fails_is_told_and_shows_nothing() -> None:
    def fails(_: object) -> bool:
        raise ValueError("no answer")

    drill = Drill(control="CTL-KILL", what="a try", through=fails, without={})
    shown = run_drill(drill, CATALOG.controls["CTL-KILL"], None)
    assert (shown.known, shown.holds) == (False, False) and "no answer" in shown.sentence
    never = Drill(control="CTL-KILL", what="a try", through=lambda _: False, without={})
    shown = run_drill(never, CATALOG.controls["CTL-KILL"], None)
    assert not shown.known and "shows nothing" in shown.sentence


@pytest.mark.parametrize("control", sorted(drills()))
def test_a_gateway_that_refuses_everything_shows_nothing(
    control: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = Bench._send

    def broken(bench: Bench, *request: Any) -> Reply:
        return Reply(503, {}) if bench.on else send(bench, *request)

    monkeypatch.setattr(Bench, "_send", broken)
    shown = run_drill(drills()[control], CATALOG.controls[control], None)
    assert not shown.known and "HTTP 503" in shown.sentence


# CTL-FAIR-QUEUE would wait long for what never comes.
@pytest.mark.parametrize("control", sorted({*drills()} - {"CTL-FAIR-QUEUE"}))
def test_a_refusal_that_is_not_the_controls_own_never_speaks_for_it(
    control: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, plain = Bench._send, []

    def broken(bench: Bench, method: str, path: str, *rest: Any) -> Reply:
        if not bench.on or not plain:
            plain.extend([1] if bench.on and path.endswith("/completions") else [])
            return send(bench, method, path, *rest)
        return Reply(400, {"error": {"code": "other"}})

    monkeypatch.setattr(Bench, "_send", broken)
    shown = run_drill(drills()[control], CATALOG.controls[control], None)
    assert plain and not shown.holds


def test_a_refusal_counts_with_its_own_code_and_as_the_callers_fault_only(tmp_path: Path) -> None:
    bench = Bench(tmp_path, None)
    body = {"error": {"code": "switched_off", "seawall": {"controls": ["CTL-KILL"]}}}
    assert not bench.served(Reply(403, body), "switched_off")
    assert not bench.served(Reply(403, body), "CTL-KILL")
    assert bench.served(Reply(200, {}))
    for reply, name in ((Reply(503, body), "switched_off"), (Reply(403, body), "other")):
        with pytest.raises(ValueError, match="not by this control"):
            bench.served(reply, name)


def test_the_policys_own_setting_is_tried() -> None:
    policy = decode_policy(POLICY, "test")
    asked: list[str] = []

    def look(bench: object) -> bool:
        asked.append(bench.policy.usage_policy.version)  # type: ignore[attr-defined]
        return len(asked) == 1

    drill = msgspec.structs.replace(drills()["CTL-USAGE-POLICY"], through=look)
    assert run_drill(drill, CATALOG.controls["CTL-USAGE-POLICY"], policy).holds
    assert asked == ["1", "2026-7"]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    found = {name: str(tmp_path / name) for name in ("policy.yaml", "drills.json", "register.json")}
    Path(found["policy.yaml"]).write_text(POLICY)
    profile = tmp_path / "profile.yaml"
    profile.write_text(PROFILE)
    register = found["register.json"]
    assert run(["assess", str(profile), "--draws", "1000", "--out", register]) == 0
    return found


def states(files: dict[str, str], *more: str) -> list[str]:
    return ["controls", "--register", files["register.json"], "--drills", files["drills.json"],
            "--json", *more]  # fmt: skip


def test_a_drill_is_evidence_until_it_is_old_or_the_policy_changes(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    policy = ["--policy", files["policy.yaml"]]
    chosen = ["--control", "CTL-USAGE-POLICY", "--control", "CTL-KNOWN-CALLERS"]
    assert run(["drill", *policy, "--out", files["drills.json"], *chosen]) == 0
    capsys.readouterr()
    assert run(states(files, *policy)) == 0
    found = {one["control"]: one for one in json.loads(capsys.readouterr().out)["controls"]}
    assert found["CTL-KNOWN-CALLERS"]["state"] == "tested-pass"
    assert found["CTL-USAGE-POLICY"]["state"] == "tested-pass"
    assert found["CTL-BREAKER"]["state"] == "not tested"
    assert "seawall drill" in found["CTL-BREAKER"]["reason"]
    assert run(states(files, *policy, "--on", "2036-01-01")) == 0
    found = {one["control"]: one for one in json.loads(capsys.readouterr().out)["controls"]}
    assert found["CTL-USAGE-POLICY"]["state"] == "expired"
    text = Path(files["policy.yaml"]).read_text()
    Path(files["policy.yaml"]).write_text(text.replace("2026-7", "2026-8"))
    assert run(states(files, *policy)) == 2
    assert "CTL-USAGE-POLICY was tried otherwise" in capsys.readouterr().out


def test_an_attempt_that_gets_through_fails_the_control(
    files: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    always = msgspec.structs.replace(drills()["CTL-KILL"], through=lambda _: True)
    monkeypatch.setitem(drills(), "CTL-KILL", always)
    made = ["drill", "--out", files["drills.json"], "--control", "CTL-KILL"]
    assert run(made) == 4
    capsys.readouterr()
    assert run(states(files)) == 0
    (found,) = [
        one for one in json.loads(capsys.readouterr().out)["controls"]
        if one["control"] == "CTL-KILL"
    ]  # fmt: skip
    assert found["state"] in ("tested-fail", "not applicable")
    assert any(item["source"] == "drill" and not item["holds"] for item in found["evidence"])


def test_drills_of_another_version_and_of_nothing_are_refused(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    one = Shown(control="CTL-KILL", what="a try", fingerprint="0" * 64, without=True)
    old = {"made": "2026-11-29", "seawall": "0.0", "policy": "", "drills": [one]}
    Path(files["drills.json"]).write_bytes(msgspec.json.encode(old))
    assert run(states(files)) == 2
    assert "was made by Seawall 0.0" in capsys.readouterr().out
    for control, said in (("CTL-X", "no drill"), ("CTL-LOOPS", "does not hold")):
        asked = ["drill", "--policy", files["policy.yaml"], "--control", control]
        assert run(asked) == 2
        assert said in capsys.readouterr().err


def drill_file(files: dict[str, str], **changes: Any) -> None:
    """A file of drills of two controls that hold: one always on, one that a policy sets."""
    shown = [
        Shown(control=key, what="a try", fingerprint="0" * 64, without=True)
        for key in ("CTL-KILL", "CTL-LOOPS")
    ]
    run_ = {"made": today().isoformat(), "seawall": __version__, "policy": "", "drills": shown}
    Path(files["drills.json"]).write_bytes(msgspec.json.encode(run_ | changes))


def test_without_a_policy_only_what_is_always_on_counts(
    files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    drill_file(files)
    capsys.readouterr()
    assert run(states(files)) == 0
    told = capsys.readouterr()
    found = {one["control"]: one for one in json.loads(told.out)["controls"]}
    sources = {key: [item["source"] for item in one["evidence"]] for key, one in found.items()}
    assert "drill" in sources["CTL-KILL"] and "drill" not in sources["CTL-LOOPS"]
    assert found["CTL-LOOPS"]["state"] != "tested-pass"
    assert "CTL-LOOPS does not count without --policy" in told.err
    assert "CTL-KILL" not in told.err


@pytest.mark.parametrize(
    ("made", "says"),
    [((today() + timedelta(days=1)).isoformat(), "is to come"), ("soon", "on which day")],
)
def test_drills_of_no_day_or_of_one_to_come_are_refused(
    files: dict[str, str], capsys: pytest.CaptureFixture[str], made: str, says: str
) -> None:
    drill_file(files, made=made)
    assert run(states(files)) == 2
    assert says in capsys.readouterr().out
