"""What the quick models catch of attacks alone, and all models, on rows that none learnt from."""

import json
import time
from pathlib import Path

from benchmarks.guard_quality import ATTACKS, at_few_false, auc_of
from seawall.core.exchange import Stage
from seawall.guard.model import classifier

DATA = Path(__file__).parent.parent / "training" / "data"
LIMIT_FALSE = 0.08
Row = dict[str, str]


def _report(rows: list[Row], scores: list[float]) -> float:
    """Print a line; return the share of harmless rows that reach 0.5."""
    said = list(zip(rows, scores, strict=True))
    hits = [score for row, score in said if row["label"] in ATTACKS]
    clean = [score for row, score in said if row["label"] == "benign"]
    caught = sum(score >= 0.5 for score in hits) / len(hits)
    wrong = sum(score >= 0.5 for score in clean) / len(clean)
    print(f"  AUC {auc_of(hits, clean):.3f}")
    print(
        f"  at 0.5: caught {caught:.0%} of {len(hits)}, flagged wrongly {wrong:.1%} of {len(clean)}"
    )
    print(f"  at 1 % false alarms: caught {at_few_false(hits, clean):.0%}")
    return wrong


def main() -> int:
    """Print both depths for all validation rows together; 1 when the quick one errs too often."""
    rows: list[Row] = [
        json.loads(line)
        for path in sorted(DATA.glob("validation*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    model, wrong = classifier.load(), {}
    for depth in ("quick", "full"):
        began = time.process_time()
        said = [model.judge(row["text"], Stage(row["stage"]), quick=depth == "quick", strays=True)
                for row in rows]  # fmt: skip
        each = (time.process_time() - began) / len(rows) * 1000
        print(f"depth {depth}: {len(rows)} rows, {each:.2f} ms of CPU each")
        wrong[depth] = _report(rows, [max(one.injection, one.jailbreak) for one in said])
    return int(wrong["quick"] > LIMIT_FALSE)
