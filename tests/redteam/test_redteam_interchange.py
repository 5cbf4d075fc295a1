"""Results of other tools: read as they mean them, written as they read them, never guessed."""

import json
import zipfile
from pathlib import Path

import msgspec
import pytest

from seawall.cli.main import run as seawall
from seawall.core.errors import InputError, MissingPartError
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.interchange import garak, inspect_log, promptfoo
from seawall.redteam.interchange.export import to_garak, to_inspect, to_promptfoo
from seawall.redteam.rows import Head, RowFile, read_rows
from seawall.redteam.transcripts import Transcript

C, R, B, E, U = (
    AttemptOutcome.COMPLIED, AttemptOutcome.REFUSED, AttemptOutcome.BLOCKED, AttemptOutcome.ERROR,
    AttemptOutcome.UNSCORED,
)  # fmt: skip
SECRET = "the answer that must not be in a row"


def lines(path, *entries):
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return path


def garak_attempt(name, status, outputs, scores, seq=0):
    return {
        "entry_type": "attempt", "uuid": name, "seq": seq, "status": status,
        "probe_classname": "promptinject.Hijack", "outputs": outputs, "detector_results": scores,
    }  # fmt: skip


def test_garak(tmp_path) -> None:
    path = lines(
        tmp_path / "x.report.jsonl",
        {"entry_type": "start_run setup", "run.eval_threshold": 0.7, "plugins.target_name": "m1",
         "transient.starttime_iso": "2026-11-02T10:00:00"},
        garak_attempt("a", 1, [{"text": SECRET}], {}),
        garak_attempt("a", 2, [{"text": SECRET}, {"text": "no"}, None],
                      {"d.One": [0.2, 0.0, None], "d.Two": [0.9, 0.6, None]}),
        garak_attempt("b", 1, [{"text": "late"}], {}, 1),
        garak_attempt("c", 2, ["old form"], {"d.One": [None]}, 2),
        {"entry_type": "eval", "probe": "promptinject.Hijack"},
    )  # fmt: skip
    found = garak.read(path, Mode.ON)
    assert [(row.id.rpartition("Hijack/")[2], row.outcome) for row in found.rows] == [
        ("a/0", C), ("a/1", R), ("a/2", E), ("b/0", U), ("c/0", U),
    ]  # fmt: skip
    assert found.rows[0].reason == "Found by d.Two."
    assert (found.head.target, found.head.created, found.head.mode) == (
        "garak: m1", "2026-11-02", Mode.ON,
    )  # fmt: skip
    assert found.left_out == 1
    assert SECRET not in str(found)


def graded(passed):
    return {"pass": passed, "componentResults": [{"pass": passed, "reason": SECRET}]}


def promptfoo_result(test, success, failure, grading, **more):
    meta = {"pluginId": "hijacking", "strategyId": more.pop("strategy", "")}
    return {
        "testIdx": test, "promptIdx": 0, "provider": {"id": "echo"}, "success": success,
        "failureReason": failure, "gradingResult": grading, "testCase": {"metadata": meta}, **more,
    }  # fmt: skip


BLOCK = (
    'API error: 400 Bad Request\n{"error": {"code": "content_filter", '
    '"seawall": {"controls": ["CTL-INJ-INPUT"], "action": "block"}}}'
)
RESULTS = [
    # A failed assertion also stands in `error`: it is a success of the attack all the same.
    promptfoo_result(0, False, 1, graded(False), error=SECRET, strategy="base64", latencyMs=1500),
    promptfoo_result(1, True, 0, graded(True)),
    promptfoo_result(2, False, 2, None, error="timeout"),
    promptfoo_result(3, True, 0, {"pass": True, "reason": "No assertions"}),
    promptfoo_result(4, True, 0, graded(True), response={"guardrails": {"flagged": True}}),
    promptfoo_result(5, False, 2, None, response={"error": BLOCK}),
    promptfoo_result(6, False, 2, None, response={"error": "API error: 500 {no json"}),
    {"testIdx": 7, "success": False, "failureReason": 1, "testCase": {"metadata": {}}},
]


@pytest.mark.parametrize("form", ["json", "jsonl", "old"])
def test_promptfoo(form, tmp_path) -> None:
    path = tmp_path / ("r.jsonl" if form == "jsonl" else "r.json")
    if form == "jsonl":
        lines(path, *RESULTS)
    else:
        inner = {"timestamp": "2026-11-03T00:00:00Z", "results": RESULTS}
        path.write_text(json.dumps({"results": inner if form == "json" else RESULTS}))
    found = promptfoo.read(path, Mode.OFF)
    assert [row.outcome for row in found.rows] == [C, R, E, U, B, B, E]
    assert found.rows[5].controls == ("CTL-INJ-INPUT",)
    assert found.left_out == 1
    first = found.rows[0]
    assert (first.probe, first.strategy, first.seconds) == ("promptfoo:hijacking", "base64", 1.5)
    assert SECRET not in str(found)


def sample(name, value, **more):
    scores = {} if value is None else {"judge": {"value": value}, "other": {"value": 0}}
    return {"id": name, "epoch": 1, "scores": scores, **more}


SAMPLES = [sample("a", 0.9), sample("b", 0.2), sample("c", None), sample("d", 1, error={"m": 1}),
           sample("e", "C"), sample("f", {"x": 1})]  # fmt: skip
SPEC = {"task": "agent", "model": "m2", "created": "2026-11-04T01:02:03+00:00"}
LOG = {"version": 2, "status": "success", "eval": SPEC}


def zipped(path, kind=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.writestr("_journal/start.json", json.dumps(LOG))
        for one in SAMPLES:
            archive.writestr(f"samples/{one['id']}_epoch_1.json", json.dumps(one))
        archive.writestr("header.json", json.dumps(LOG))
    return path


@pytest.mark.parametrize("form", ["json", "eval"])
def test_inspect(form, tmp_path) -> None:
    path = tmp_path / f"log.{form}"
    if form == "json":
        path.write_text(json.dumps({**LOG, "samples": SAMPLES}))
    else:
        zipped(path)
    found = inspect_log.read(path, Mode.OFF, "judge", ">= 0.5")
    assert [row.outcome for row in found.rows] == [C, R, U, E, U, U]
    assert found.head.target == "inspect: m2"
    named = inspect_log.read(path, Mode.OFF, "judge", "C")
    assert [row.outcome for row in named.rows] == [R, R, U, E, C, U]
    with pytest.raises(InputError) as error:
        inspect_log.read(path, Mode.OFF, "none", "C")
    assert "judge, other" in error.value.hint


def test_a_log_packed_in_another_way_says_what_to_do(tmp_path, monkeypatch) -> None:
    path = zipped(tmp_path / "log.eval", zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset : at + offset + 2] = (93).to_bytes(2, "little")
            at = data.find(mark, at + 4)
    path.write_bytes(bytes(data))
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    with pytest.raises(MissingPartError) as error:
        inspect_log.read(path, Mode.OFF, "judge", "C")
    assert "--to json" in error.value.hint


@pytest.mark.parametrize("reader", [
    lambda path: garak.read(path, Mode.OFF),
    lambda path: promptfoo.read(path, Mode.OFF),
    lambda path: inspect_log.read(path, Mode.OFF, "s", "C"),
])  # fmt: skip
@pytest.mark.parametrize("text", ["", "[]", "{}", "no json", "[1, 2]", '{"results": 4}'])
def test_what_is_no_result_is_refused_or_empty(reader, text, tmp_path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    try:
        assert reader(path).rows == ()
    except InputError as error:
        assert "x.json" in error.message


HEAD = Head(run="0" * 32, target="lab", mode=Mode.ON, seed=3, created="2026-11-28")


def row(number, outcome):
    return Attempt(
        id=f"PRB-X/s{number % 2}/hex/00{number}", probe="PRB-X", mode=Mode.ON, outcome=outcome,
        strategy="hex", cluster=f"PRB-X/s{number % 2}", reason="Why.", controls=("CTL-X",),
    )  # fmt: skip


ROWS = [row(number, outcome) for number, outcome in enumerate((C, R, B, E, U))]


@pytest.mark.parametrize(
    ("write", "read", "blocked"),
    [
        (to_garak, lambda path: garak.read(path, Mode.ON), R),
        (to_promptfoo, lambda path: promptfoo.read(path, Mode.ON), B),
        (to_inspect, lambda path: inspect_log.read(path, Mode.ON, "seawall", "C"), R),
    ],
)
def test_what_is_written_is_read_back_with_the_same_verdicts(
    write, read, blocked, tmp_path
) -> None:
    path = tmp_path / "out.json"
    said = {ROWS[0].id: Transcript(attempt=ROWS[0].id, messages=("Say it.",), answer="It.")}
    path.write_bytes(write(HEAD, ROWS, said))
    again = read(path)
    assert [one.outcome for one in again.rows] == [C, R, blocked, E, U]
    assert len({one.cluster for one in again.rows}) >= 2
    text = path.read_text()
    assert "Say it." in text and "[not kept]" in text and "CTL-X" in text
    assert write(HEAD, ROWS, said) == path.read_bytes()


def test_commands(tmp_path, capsys) -> None:
    report = lines(
        tmp_path / "r.report.jsonl", {"entry_type": "init", "start_time": "2026-11-02T10:00:00"},
        garak_attempt("a", 2, [{"text": "x"}], {"d.One": [1.0]}),
    )  # fmt: skip
    out = tmp_path / "rows.jsonl"
    words = ["attack", "import", str(report), "--from", "garak", "--out", str(out)]
    assert seawall(words) == 0
    assert seawall(words) == 2, "an existing file is not written over"
    assert seawall(["attack", "import", str(report), "--from", "inspect", "--out", "n"]) == 2
    assert [one.outcome for one in read_rows(out)[1]] == [C]
    capsys.readouterr()
    assert seawall(["attack", "triage", str(out), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert found["probe"] == "garak:promptinject.Hijack"
    assert seawall(["attack", "report", str(out), "--junit", str(tmp_path / "j.xml")]) == 0
    assert seawall(["attack", "compare", str(out), str(out), "--max-asr", "0.1"]) == 4


def test_harmless_talks_are_no_attacks_of_another_tool(tmp_path) -> None:
    run, out = tmp_path / "on.jsonl", tmp_path / "p.json"
    talk = msgspec.structs.replace(ROWS[0], id="harmless/x", probe="harmless", cluster="h")
    with RowFile(run, HEAD) as file:
        for one in (*ROWS, talk):
            file.append(one)
    assert seawall(["attack", "export", str(run), "--to", "promptfoo", "--out", str(out)]) == 0
    assert len(json.loads(out.read_text())["results"]["results"]) == len(ROWS)


RECORDED = Path(__file__).parent / "recorded"
REFUSAL = "I can't help with that request."


def _found(name, *more):
    reader = garak if name.startswith("garak") else promptfoo
    return reader.read(RECORDED / name, Mode.ON, *more)


def test_a_real_report_of_garak_behind_the_gateway() -> None:
    """garak 0.17.1 against the demo's gateway with `block_mode: refusal`; its prompts taken out."""
    plainly, told = _found("garak.report.jsonl"), _found("garak.report.jsonl", REFUSAL)
    assert plainly.head.target == "garak: harbour-sim-1"
    assert plainly.head.created == "2026-11-29"
    outcomes = {row.id: row.outcome for row in told.rows}
    assert set(outcomes.values()) == {C, R, B}
    for row in plainly.rows:
        # One of its detectors takes any text that it does not know for an attack's success.
        assert outcomes[row.id] in (row.outcome, B)
    assert any(row.outcome is C and outcomes[row.id] is B for row in plainly.rows)
    ansi = [row for row in told.rows if row.probe == "garak:ansiescape.AnsiRaw"]
    assert [row.reason for row in ansi if row.outcome is C] == ["Found by ansiescape.Raw."] * 2


def test_real_results_of_promptfoo_behind_the_gateway() -> None:
    """promptfoo 0.121.20 against the demo's gateway, in both block modes."""
    errors = _found("promptfoo.json")
    assert [row.outcome for row in errors.rows] == [B, R, R]
    assert errors.rows[0].controls == ("CTL-INJ-INPUT",)
    assert errors.left_out == 1
    for found in (_found("promptfoo-refusal.json"), _found("promptfoo-refusal.json", REFUSAL)):
        assert [row.outcome for row in found.rows] == [B, R, C]


def test_a_real_log_of_inspect_behind_the_gateway() -> None:
    """Inspect 0.3.285 against the demo's gateway: a filter that stopped the answer is a block."""
    found = inspect_log.read(RECORDED / "inspect.json", Mode.ON, "includes", "C")
    outcomes = {row.id.split("/")[1]: row.outcome for row in found.rows}
    assert outcomes == {"obey": B, "hours": R, "thanks": C}


def test_a_refusal_is_for_tools_that_keep_texts(tmp_path, capsys) -> None:
    words = ["attack", "import", str(RECORDED / "inspect.json"), "--from", "inspect", "--scorer"]
    words += ["includes", "--success", "C", "--out", str(tmp_path / "o.jsonl"), "--refusal", "No."]
    assert seawall(words) == 2
    assert "--refusal is for garak and promptfoo" in capsys.readouterr().err
