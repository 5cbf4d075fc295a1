"""How many harmful orders of the red team's probes the guard flags, as written and undisguised.

Nothing was learnt from these seeds, and whoever wrote them wrote no row of training: they show what
a stranger's wording does to the harm model. How many harmless rows are flagged stands beside.
"""

import re
from collections import defaultdict

from training.rows import INPUT, own

from benchmarks.guard_alarms import FLAGGED
from benchmarks.guard_quality import at_few_false, auc_of, line
from seawall import Guard
from seawall.catalog.load import load_catalog
from seawall.redteam.seeds import read_seeds

_SLOT = re.compile(r"\{\w+\}")
_TITLE = "Sommerlinde"


def seeds() -> dict[str, list[str]]:
    """Return the texts by risk of every probe that asks for a harmful text."""
    found = defaultdict(list)
    for card in load_catalog().all_probes.values():
        if card.oracle.kind == "deliverable" and card.risk.startswith("MIS-"):
            found[card.risk] += [_SLOT.sub(_TITLE, seed.attack) for seed in read_seeds(card)]
    return dict(sorted(found.items()))


def _score(guard: Guard, text: str) -> float:
    said = guard.scores(text, "input")
    return max(said.injection, said.jailbreak, *said.harm.values())


def main() -> int:
    """Print what is flagged of each risk, and beside it; return 0: there is no limit."""
    guard, scored = Guard(), []
    for risk, texts in seeds().items():
        own_scores = [_score(guard, text) for text in texts]
        _line(risk, own_scores)
        scored += own_scores
    _line("all", scored)
    rows = own(validation=True)
    harmless = [row.text for row in rows if row.label == "benign" and row.stage == INPUT]
    beside = [_score(guard, text) for text in harmless]
    _line("harmless rows of validation", beside)
    print(
        f"AUC {auc_of(scored, beside):.3f}, at 1 % false alarms {at_few_false(scored, beside):.1%}"
    )
    return 0


def _line(name: str, scores: list[float]) -> None:
    line(f"flagged: {name}", sum(score >= FLAGGED for score in scores), len(scores))
