"""What `seawall demo` writes: summary.json and the files beside it, whole or not at all."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from seawall.core.errors import InputError
from seawall.core.register import PitfallRow, Register
from seawall.core.trials import HarmlessOutcome, HarmlessResult
from seawall.govern.gate import GateResult

MARKER = ".seawall-demo"
SCHEMA = "seawall-demo-summary/1"


def claim_folder(out: Path) -> None:
    """Create the output folder. Raises InputError for a folder with somebody else's files."""
    if out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, not a folder.", hint="Choose another --out.")
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()) and not (out / MARKER).exists():
        raise InputError(
            f"{out} holds files that no demo wrote.", hint="Choose an empty folder with --out."
        )
    (out / MARKER).write_text(SCHEMA + "\n", encoding="utf-8")


def as_json(value: Any) -> bytes:
    """Return readable JSON, sorted only where the value is."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def pitfall(row: PitfallRow) -> dict[str, Any]:
    """Return one pitfall's figures under the names that summary.json documents."""
    return {
        "probe": row.probe,
        "title": row.title,
        "category": row.category,
        "risk": row.risk,
        "controls": row.controls,
        "n_off": row.off.n,
        "n": row.on.n,
        "asr_off": row.off.asr,
        "asr_on": row.on.asr,
        "low": row.on.low,
        "high": row.on.high,
        "ucb95": row.on.ucb95,
        "complied": row.on.complied,
        "blocked": row.on.blocked,
        "refused": row.on.refused,
        "errors": row.off.errors + row.on.errors,
        "unscored": row.off.unscored + row.on.unscored,
        "coverage": row.coverage,
        "effectiveness": row.effectiveness,
        "status": row.status,
        "reason": row.reason,
    }


def harmless(results: Sequence[HarmlessResult]) -> dict[str, Any]:
    """Return the harmless arm's counts and the share blocked or altered."""
    counts = {outcome.value: 0 for outcome in HarmlessOutcome}
    for result in results:
        counts[result.outcome.value] += 1
    hit = counts["blocked"] + counts["altered"]
    return {
        "n": len(results),
        **counts,
        "blocked_or_altered": hit / len(results) if results else None,
        "hits": [r for r in results if r.outcome is not HarmlessOutcome.PASSED],
    }


def summary(
    register: Register,
    results: Sequence[HarmlessResult],
    gate: GateResult,
    extra: dict[str, Any],
) -> dict[str, Any]:
    """Return the content of summary.json."""
    return {
        "schema": SCHEMA,
        "application": register.application,
        "model": register.model,
        "created": register.created,
        "seed": register.seed,
        "gate": gate,
        "coverage": register.coverage,
        "pitfalls": [pitfall(row) for row in register.pitfalls],
        "harmless_traffic": harmless(results),
        "portfolio": {"inherent": register.inherent, "residual": register.residual},
        **extra,
    }
