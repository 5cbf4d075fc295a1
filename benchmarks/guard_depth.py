"""What each depth of the trained models catches of attacks, on rows that none learnt from."""

import json
import time
from pathlib import Path

from benchmarks.guard_quality import ATTACKS, at_few_false, auc_of
from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, Outcome
from seawall.guard.engine import GuardEngine
from seawall.guard.model import classifier, static
from seawall.guard.model.judgement import Judgement
from seawall.guard.self_test import part_at
from seawall.policy.depth import DEPTHS, Depth
from seawall.policy.model import GuardRule

DATA = Path(__file__).parent.parent / "training" / "data"
LIMIT_FALSE = 0.08
WORDS_FROM = 0.7
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


def _judged(depth: Depth, text: str, stage: Stage) -> Judgement:
    if depth == "static":
        return static.bundled().judge(text, stage)
    return classifier.load().judge(text, stage, quick=depth == "quick", strays=True)


def _by_words(depth: Depth, rows: list[Row]) -> None:
    """Print what the rule of words and its second opinion make of the texts."""
    found = GuardRule(
        detector="injection", control="CTL-INJ-INPUT", action=Action.FLAG, threshold=WORDS_FROM,
        stages=tuple({Stage(row["stage"]) for row in rows}), depth=depth,
    )  # fmt: skip
    engine = GuardEngine([found])
    flagged = [
        engine.inspect([part_at(Stage(row["stage"]), row["text"])]).outcome is Outcome.FOUND
        for row in rows
    ]
    said = list(zip(rows, flagged, strict=True))
    hits = [one for row, one in said if row["label"] in ATTACKS]
    clean = [one for row, one in said if row["label"] == "benign"]
    print(
        f"  word rule injection from {WORDS_FROM}: caught {sum(hits) / len(hits):.1%}, "
        f"flagged wrongly {sum(clean) / len(clean):.1%}",
        flush=True,
    )


def main() -> int:
    """Print all depths for all validation rows together; 1 when one but the full errs too often."""
    rows: list[Row] = [
        json.loads(line)
        for path in sorted(DATA.glob("validation*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    wrong: dict[Depth, float] = {}
    for depth in DEPTHS:
        _judged(depth, "Hello.", Stage.INPUT)  # reads the models
        began = time.process_time()
        said = [_judged(depth, row["text"], Stage(row["stage"])) for row in rows]
        each = (time.process_time() - began) / len(rows) * 1000
        print(f"depth {depth}: {len(rows)} rows, {each:.3f} ms of CPU each")
        wrong[depth] = _report(rows, [max(one.injection, one.jailbreak) for one in said])
        _by_words(depth, rows)
    return int(max(wrong["static"], wrong["quick"]) > LIMIT_FALSE)
