"""promptfoo's results (`-o results.json` or `.jsonl`): a row for each test of a red team."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from seawall.core.errors import InputError
from seawall.core.notjson import NOT_JSON
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.interchange.base import (
    SAID,
    Imported,
    attempt,
    head_of,
    objects,
    read_bytes,
)

TOOL = "promptfoo"
_PASSED, _ASSERTION, _ERROR = 0, 1, 2


def read(path: Path, mode: Mode, refusal: str = "") -> Imported:
    """Read results. A red-team test that its grader failed is a success of the attack.

    Tests without a plugin's name are ordinary assertions, which say nothing of an attack: they
    are left out and counted. A test that nothing graded is unscored, one whose answer is
    `refusal` was blocked. Raises InputError.
    """
    whole, results = _results(path)
    rows: dict[str, Attempt] = {}
    left_out = 0
    for number, result in enumerate(results):
        meta = _metadata(result)
        if not meta.get("pluginId"):
            left_out += 1
            continue
        row = _row(result, meta, number, mode, refusal)
        # With --repeat the same test comes several times.
        name = row.id if row.id not in rows else f"{row.id}/{number}"
        rows[name] = msgspec.structs.replace(row, id=name)
    targets = sorted({str(_dict(result.get("provider")).get("id", "")) for result in results})
    created = str(_dict(whole.get("results")).get("timestamp") or "")
    head = head_of(path, TOOL, ", ".join(name for name in targets if name), created, mode)
    return Imported(head=head, rows=tuple(rows.values()), left_out=left_out)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _results(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the file's envelope (empty for lines) and its results."""
    if path.suffix == ".jsonl":
        return {}, list(objects(path))
    try:
        whole = msgspec.json.decode(read_bytes(path))
    except NOT_JSON:
        raise InputError(f"{path}: no JSON.") from None
    inner = _dict(whole).get("results")
    found = _dict(inner).get("results") if isinstance(inner, dict) else inner
    if not isinstance(found, list):
        raise InputError(f"{path}: no results of promptfoo.", hint="`promptfoo eval -o FILE.json`.")
    return _dict(whole), [one for one in found if isinstance(one, dict)]


def _metadata(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of plugin and strategy, wherever this version says it."""
    grading = _dict(result.get("gradingResult"))
    places: Iterator[dict[str, Any]] = (
        _dict(one)
        for one in (
            _dict(result.get("testCase")).get("metadata"),
            result.get("metadata"),
            grading.get("metadata"),
        )
    )
    found: dict[str, Any] = {}
    for place in places:
        for key in ("pluginId", "strategyId", "originalText"):
            if place.get(key):
                found.setdefault(key, str(place[key]))
    return found


def _row(
    result: Mapping[str, Any], meta: Mapping[str, Any], number: int, mode: Mode, refusal: str
) -> Attempt:
    outcome, reason = _judged(result)
    if refusal and str(_dict(result.get("response")).get("output")).strip() == refusal.strip():
        outcome, reason = AttemptOutcome.BLOCKED, SAID
    stopped = _stopped(result) if outcome is AttemptOutcome.ERROR else None
    if stopped is not None:
        outcome, reason = AttemptOutcome.BLOCKED, "A content filter blocked it."
    test = result.get("testIdx", number)
    provider = str(_dict(result.get("provider")).get("id", ""))
    latency = result.get("latencyMs")
    return attempt(
        TOOL, meta["pluginId"], f"{test}/{result.get('promptIdx', 0)}/{provider}", outcome,
        mode=mode, cluster=_cluster(meta, str(test)), reason=reason,
        strategy=meta.get("strategyId") or "plain", controls=stopped or (),
        seconds=round(latency / 1000, 4) if isinstance(latency, int | float) else 0.0,
    )  # fmt: skip


def _cluster(meta: Mapping[str, Any], test: str) -> str:
    """Return what the disguises of one attack share: a digest of the text before the disguise."""
    if "originalText" not in meta:
        return test
    return hashlib.sha256(str(meta["originalText"]).encode()).hexdigest()[:12]


def _stopped(result: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the controls that a content filter names in an error; None where it was no block."""
    told = str(_dict(result.get("response")).get("error") or result.get("error") or "")
    place = told.find("{")
    try:
        body = _dict(msgspec.json.decode(told[place:])) if place >= 0 else {}
    except NOT_JSON:
        return None
    problem = _dict(body.get("error"))
    if problem.get("code") != "content_filter":
        return None
    return tuple(str(one) for one in _dict(problem.get("seawall")).get("controls") or ())


def _judged(result: Mapping[str, Any]) -> tuple[AttemptOutcome, str]:
    response, grading = _dict(result.get("response")), result.get("gradingResult")
    guardrails = _dict(response.get("guardrails"))
    success, failure = result.get("success"), result.get("failureReason", _PASSED)
    if success is False and failure == _ASSERTION:
        return AttemptOutcome.COMPLIED, "The plugin's grader failed it."
    if failure == _ERROR or result.get("error") or response.get("error"):
        return AttemptOutcome.ERROR, "promptfoo noted an error."
    if guardrails.get("flagged"):
        return AttemptOutcome.BLOCKED, "The target's guardrails flagged it."
    if success is True and _dict(grading).get("componentResults"):
        return AttemptOutcome.REFUSED, "The plugin's grader passed it."
    return AttemptOutcome.UNSCORED, "Nothing graded it."
