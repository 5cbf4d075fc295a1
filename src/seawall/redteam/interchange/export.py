"""Rows of ours in the formats of other tools, with what was said where transcripts are given."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from seawall import __version__
from seawall.core.trials import Attempt, AttemptOutcome
from seawall.redteam.measure import SCORED
from seawall.redteam.rows import Head
from seawall.redteam.transcripts import Transcript

_NAMES = uuid.UUID("6b1d5f0e-58a4-4f39-9a51-0c2f7a3f9d10")
_NOT_KEPT = "[not kept]"
DETECTOR = "seawall"
Said = Mapping[str, Transcript]


def to_garak(head: Head, rows: Sequence[Attempt], said: Said) -> bytes:
    """Return a report of garak (JSON Lines): attempts and a line of counts for each probe."""
    start = f"{head.created or '1970-01-01'}T00:00:00"
    lines: list[dict[str, Any]] = [
        {
            "entry_type": "start_run setup", "transient.run_id": head.run,
            "transient.starttime_iso": start, "run.eval_threshold": 0.5, "run.seed": head.seed,
            "plugins.target_type": "seawall", "plugins.target_name": head.target,
        },
        {"entry_type": "init", "garak_version": f"seawall {__version__}", "start_time": start,
         "run": head.run},
    ]  # fmt: skip
    lines += [_garak_attempt(number, row, said.get(row.id)) for number, row in enumerate(rows)]
    for probe in dict.fromkeys(row.probe for row in rows):
        outcomes = [row.outcome for row in rows if row.probe == probe]
        scored = [outcome for outcome in outcomes if outcome in SCORED]
        hits = scored.count(AttemptOutcome.COMPLIED)
        lines.append(
            {
                "entry_type": "eval", "probe": probe, "detector": DETECTOR,
                "passed": len(scored) - hits, "fails": hits, "total_evaluated": len(scored),
                "nones": len(outcomes) - len(scored), "total_processed": len(outcomes),
            }
        )  # fmt: skip
    lines.append({"entry_type": "completion", "end_time": start, "run": head.run})
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def _turns(*turns: tuple[str, str]) -> dict[str, Any]:
    return {
        "turns": [
            {"role": role, "content": {
                "text": text, "lang": "*", "data_path": None, "data_type": None,
                "data_checksum": None, "notes": {},
            }}
            for role, text in turns
        ],
        "notes": {},
    }  # fmt: skip


def _texts(transcript: Transcript | None) -> tuple[list[str], str]:
    """Return what was asked and answered; a text that was not kept is named so."""
    if transcript is None:
        return [_NOT_KEPT], _NOT_KEPT
    return list(transcript.messages) or [_NOT_KEPT], transcript.answer


def _garak_attempt(number: int, row: Attempt, transcript: Transcript | None) -> dict[str, Any]:
    asked, answer = _texts(transcript)
    prompt = _turns(*(("user", text) for text in asked))
    whole = _turns(*(("user", text) for text in asked), ("assistant", answer))
    lost = row.outcome is AttemptOutcome.ERROR
    scored = row.outcome in SCORED
    hit = float(row.outcome is AttemptOutcome.COMPLIED)
    return {
        "entry_type": "attempt", "uuid": str(uuid.uuid5(_NAMES, row.id)), "seq": number,
        "status": 2 if scored else 1, "probe_classname": row.probe, "probe_params": {},
        "targets": [], "prompt": prompt,
        "outputs": [None] if lost else [whole["turns"][-1]["content"]],
        "detector_results": {DETECTOR: [hit]} if scored else {},
        "notes": {"seawall": _notes(row)}, "goal": row.probe,
        "conversations": [prompt if lost else whole], "reverse_translation_outputs": [],
    }  # fmt: skip


def _notes(row: Attempt) -> dict[str, Any]:
    return {
        "attempt": row.id, "outcome": row.outcome.value, "strategy": row.strategy,
        "controls": list(row.controls), "reason": row.reason,
    }  # fmt: skip


def to_promptfoo(head: Head, rows: Sequence[Attempt], said: Said) -> bytes:
    """Return results of promptfoo: a red-team test for each attempt."""
    results = [_promptfoo(head, row, place, said.get(row.id)) for place, row in enumerate(rows)]
    passed = sum(one["success"] for one in results)
    errors = sum(one["failureReason"] == 2 for one in results)
    summary = {
        "version": 3, "timestamp": f"{head.created or '1970-01-01'}T00:00:00.000Z",
        "prompts": [], "results": results,
        "stats": {"successes": passed, "failures": len(results) - passed - errors,
                  "errors": errors, "tokenUsage": {}},
    }  # fmt: skip
    whole = {
        "evalId": f"seawall-{head.run}",
        "results": summary,
        "config": {},
        "shareableUrl": None,
    }
    return msgspec.json.encode(whole)


def _promptfoo(
    head: Head, row: Attempt, number: int, transcript: Transcript | None
) -> dict[str, Any]:
    asked, answer = _texts(transcript)
    hit, lost = row.outcome is AttemptOutcome.COMPLIED, row.outcome is AttemptOutcome.ERROR
    response: dict[str, Any] = {"output": answer}
    if row.outcome is AttemptOutcome.BLOCKED:
        response["guardrails"] = {"flagged": True, "reason": ", ".join(row.controls)}
    verdict = {"pass": not hit, "score": float(not hit), "reason": row.reason}
    grading = verdict | {"componentResults": [verdict | {"assertion": {"type": DETECTOR}}]}
    meta = {"pluginId": row.probe, "strategyId": row.strategy, "originalText": row.cluster,
            "seawall": _notes(row)}  # fmt: skip
    prompt = "\n\n".join(asked)
    return {
        "id": str(uuid.uuid5(_NAMES, row.id)), "promptIdx": 0, "testIdx": number, "promptId": "",
        "provider": {"id": head.target}, "prompt": {"raw": prompt, "label": row.probe},
        "vars": {"prompt": prompt}, "response": response, "testCase": {"metadata": meta},
        "metadata": meta, "success": row.outcome in SCORED and not hit,
        "failureReason": 2 if lost else 1 if hit else 0, "error": row.reason if lost else None,
        "score": float(row.outcome in SCORED and not hit), "namedScores": {},
        "gradingResult": grading if row.outcome in SCORED else None,
        "latencyMs": round(row.seconds * 1000),
    }  # fmt: skip


def to_inspect(head: Head, rows: Sequence[Attempt], said: Said) -> bytes:
    """Return a log of Inspect (JSON): a sample for each attempt, scored C where it succeeded."""
    created = f"{head.created or '1970-01-01'}T00:00:00+00:00"
    samples = [_inspect(row, said.get(row.id)) for row in rows]
    scored = [row for row in rows if row.outcome in SCORED]
    hits = sum(row.outcome is AttemptOutcome.COMPLIED for row in scored)
    rate = hits / len(scored) if scored else 0.0
    metric = {"accuracy": {"name": "accuracy", "value": rate, "params": {}}}
    log = {
        "version": 2, "status": "success",
        "eval": {
            "eval_id": head.run, "run_id": head.run, "created": created, "task": "seawall-attack",
            "task_id": head.run, "task_version": 0, "task_attribs": {}, "task_args": {},
            "dataset": {"name": "seawall", "samples": len(rows), "shuffled": False},
            "model": f"seawall/{head.target}", "model_args": {}, "config": {},
            "packages": {"seawall": __version__},
        },
        "plan": {"name": "plan", "steps": [], "config": {}},
        "results": {
            "total_samples": len(rows), "completed_samples": len(rows),
            "scores": [{"name": DETECTOR, "scorer": DETECTOR, "params": {}, "metrics": metric}],
        },
        "stats": {"started_at": created, "completed_at": created, "model_usage": {}},
        "samples": samples,
    }  # fmt: skip
    return msgspec.json.encode(log)


def _inspect(row: Attempt, transcript: Transcript | None) -> dict[str, Any]:
    asked, answer = _texts(transcript)
    lost = row.outcome is AttemptOutcome.ERROR
    value = "C" if row.outcome is AttemptOutcome.COMPLIED else "I"
    score = {"value": value, "answer": None, "explanation": row.reason, "metadata": _notes(row)}
    sample: dict[str, Any] = {
        "id": row.id, "epoch": 1, "input": "\n\n".join(asked), "target": "",
        "messages": [
            *({"role": "user", "content": text} for text in asked),
            {"role": "assistant", "content": answer, "source": "generate"},
        ],
        "output": {
            "model": "seawall", "completion": answer,
            "choices": [{"message": {"role": "assistant", "content": answer},
                         "stop_reason": "stop"}],
        },
        "scores": {DETECTOR: score} if row.outcome in SCORED else {},
        "metadata": {"probe": row.probe, "strategy": row.strategy}, "store": {}, "events": [],
        "model_usage": {}, "attachments": {}, "total_time": row.seconds,
    }  # fmt: skip
    if lost:
        sample["error"] = {"message": row.reason or "error", "traceback": "", "traceback_ansi": ""}
    return sample
