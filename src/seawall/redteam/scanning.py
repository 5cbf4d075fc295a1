"""What a run found as SARIF, for code scanning: one result a finding, the same one in every run."""

from collections.abc import Iterable
from typing import Any

from seawall.core.sarif import SarifResult, SarifRule, sarif_log
from seawall.redteam.findings import change
from seawall.redteam.rows import Head
from seawall.redteam.triage import Fault


def sarif(version: str, head: Head, found: Iterable[Fault], where: str) -> dict[str, Any]:
    """Return a SARIF 2.1.0 log, a rule a probe; `where` is the rows' file, told as the place.

    What a person called false is suppressed there, with name and reason.
    """
    kept = list(found)
    rules = {
        one.probe: SarifRule(
            id=one.probe,
            title=one.title,
            level="error",
            help=f"Risk {one.risk}. Controls that stop it: {', '.join(one.controls) or 'none'}.",
            tags=(one.risk, *one.controls),
        )
        for one in kept
    }
    results = [
        SarifResult(
            rule=one.probe,
            message=_message(head, one, where),
            path=where,
            suppressed=one.verdict if one.false else "",
            fingerprint=one.id,
        )
        for one in kept
    ]
    return sarif_log(version, rules, results)


def _message(head: Head, one: Fault, where: str) -> str:
    stops = change(head, where, one.id)
    return (
        f"{one.id}: {len(one.attempts)} of {one.tried} attempts. {one.evidence} "
        f"Repeat it: {one.reproduce}" + (f" Stop it: {stops}" if stops else "")
    )
