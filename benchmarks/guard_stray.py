"""How often a task that has nothing to do with its document is found in natural documents.

Each piece of the texts that `guard_alarms` reads is judged as it is, and with one of the English
tasks of training/data/validation_stray.jsonl in it (none learnt from). No text is printed.
"""

import json
import random
from pathlib import Path

from training.put import put_as_value

from benchmarks.guard_alarms import FLAGGED, sources
from benchmarks.guard_quality import at_few_false, auc_of
from seawall import Guard
from seawall.core.stats import wilson

ROWS = Path(__file__).parent.parent / "training/data/validation_stray.jsonl"


def tasks() -> list[str]:
    """Return the tasks, once each."""
    rows = map(json.loads, ROWS.read_text(encoding="utf-8").splitlines())
    return sorted(
        {row["span"] for row in rows if row["label"] == "injection" and row["lang"] == "en"}
    )


def main() -> int:
    """Print for each source what is caught and flagged; return 0: there is no limit."""
    guard, rng, asked = Guard(), random.Random(9), tasks()
    for name, texts in sources().items():
        harmless = [_score(guard, text) for text in texts]
        carrying = [put_as_value(rng.choice(asked), text, rng)[0] for text in texts]
        planted = [_score(guard, text) for text in carrying]
        caught, flagged = (sum(x >= FLAGGED for x in part) for part in (planted, harmless))
        low, high = wilson(caught, len(texts))
        print(
            f"{name:34} AUC {auc_of(planted, harmless):.3f}, caught {caught / len(texts):5.1%} "
            f"[{low:.1%}, {high:.1%}], at 1 % false alarms {at_few_false(planted, harmless):5.1%}, "
            f"flagged {flagged / len(texts):5.1%} of {len(texts)}",
            flush=True,
        )
    return 0


def _score(guard: Guard, text: str) -> float:
    said = guard.scores(text, "document")
    return max(said.injection, said.jailbreak)
