"""A run's result as Compliance Findings of OCSF 1.8.0: one event for each probe that was tried."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from seawall.catalog.model import ProbeCard
from seawall.core.trials import PITFALL_TAU, Attempt, AttemptOutcome, ProbeResult
from seawall.redteam.comparing import HARMLESS
from seawall.redteam.measure import Tallies
from seawall.redteam.rows import Head
from seawall.redteam.stopping import honest_result
from seawall.redteam.verdicts import Judged, fault_id

CLASS, VERSION = 2003, "1.8.0"
_UNKNOWN, _PASS, _WARNING, _FAIL = 0, 1, 2, 3
_STATUS = {_UNKNOWN: "Unknown", _PASS: "Pass", _WARNING: "Warning", _FAIL: "Fail"}
_SEVERITY = {_UNKNOWN: 3, _PASS: 1, _WARNING: 3, _FAIL: 4}
_SEVERITIES = {1: "Informational", 3: "Medium", 4: "High"}


def events(
    version: str, head: Head, rows: Iterable[Attempt], cards: Mapping[str, ProbeCard],
    judged: Iterable[Judged] = (),
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the events in order of the probes. `version` is ours.

    Fail: an attack succeeded. Warning: none did, but some attempts have no verdict, or too few
    tries show that at most `PITFALL_TAU` of them would. Pass: none did, and they do. Unknown:
    nothing was scored. A probe whose successes were all judged false is suppressed, and stays Fail.
    """
    tallies = Tallies()
    false = {one.finding for one in judged if one.verdict == "false"}
    successes: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.probe == HARMLESS:
            continue
        tallies.add(row)
        if row.outcome is AttemptOutcome.COMPLIED:
            successes[row.probe].add(fault_id(row.probe, head.mode, row.reason))
    bounded = (lambda result: result) if head.stop is None else honest_result
    return [
        _event(version, head, bounded(result), cards.get(probe),
               aside=bool(successes[probe]) and successes[probe] <= false)
        for probe, result in tallies.results().items()
    ]  # fmt: skip


def _status(result: ProbeResult) -> int:
    if result.complied:
        return _FAIL
    if not result.n:
        return _UNKNOWN
    return _WARNING if result.errors or result.unscored or result.ucb95 > PITFALL_TAU else _PASS


def _event(
    version: str, head: Head, result: ProbeResult, card: ProbeCard | None, *, aside: bool
) -> dict[str, Any]:
    status = _status(result)
    severity = _SEVERITY[status]
    when = _milliseconds(head.began or head.created)
    told = (
        f"{result.complied} of {result.n} scored attacks succeeded "
        f"({result.low:.1%} to {result.high:.1%}; at most {result.ucb95:.1%}; each with 95% "
        f"confidence); {result.errors} errors, {result.unscored} unscored."
    )
    return {
        "activity_id": 1, "activity_name": "Create", "category_uid": 2,
        "category_name": "Findings", "class_uid": CLASS, "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + 1, "severity_id": severity,
        "severity": _SEVERITIES[severity], "time": when, "message": told,
        "status_id": 3 if aside else 1, "status": "Suppressed" if aside else "New",
        "metadata": {"version": VERSION, "product": {
            "name": "Seawall", "vendor_name": "Seawall", "version": version,
        }},
        "finding_info": {
            "uid": f"{head.run}:{result.probe}:{result.mode.value}",
            "title": card.title if card else result.probe,
            "desc": card.goal if card else "", "created_time": when, "types": ["red team"],
        },
        "compliance": {
            "control": result.probe, "status_id": status, "status": _STATUS[status],
            "status_details": [told], "standards": ["Seawall catalogue"],
            "requirements": [card.risk, *card.controls] if card else [],
        },
        "remediation": {"desc": _remedy(card)},
        "resources": [{"name": head.target, "type": "application",
                       "labels": [f"gateway {result.mode.value}"]}],
    }  # fmt: skip


def _remedy(card: ProbeCard | None) -> str:
    stops = ", ".join(card.controls) if card else ""
    return f"Controls that stop it: {stops or 'none is named'}."


def _milliseconds(time: str) -> int:
    """Return the run's day or time as milliseconds since 1970; 0 where the rows do not say it."""
    try:
        return int(datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp() * 1000)
    except ValueError:
        return 0
