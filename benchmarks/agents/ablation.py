"""What each rule costs and wins: leave one out, and count the calls that pass then.

    python -m benchmarks.agents.ablation twentyseventh twentyeighth

prints, for every rule, how many harmless tasks it alone stops whole, and how many attacks it alone
stops. Only a set that nobody mended rules on tells what a rule is worth.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.agents.scenarios import NEWEST, Trajectory, attacks, harmless
from seawall.policy.provenance import (
    checks,
    contents,
    demand,
    judge,
    loose,
    misfits,
    refusals,
    targets,
)
from seawall.policy.provenance.judge import Provenance
from seawall.wire.openai_chat import parse_request

# Where a rule stands, its name, and what it says where it finds nothing.
RULES: tuple[tuple[Any, str, Any], ...] = (
    (Provenance, "_caused", False),
    (Provenance, "_evidence", True),
    (Provenance, "_only_asked_to_read", False),
    (Provenance, "_named_by_stranger", ""),
    (judge, "sent_by_strangers", False),
    (judge, "repeated", False),
    (judge, "ciphered", False),
    (judge, "named_doing", False),
    (judge, "recomputed", None),
    (judge, "worked_out", None),
    (judge, "pleaded", None),
    (judge, "ordered_by_words", None),
    (judge, "named_elsewhere", None),
    (judge, "ordered_by_id", None),
    (misfits, "of_another_row", None),
    (misfits, "calls_for_itself", None),
    (misfits, "bettered", None),
    (misfits, "other_speaker", None),
    (misfits, "against_its_row", None),
    (checks, "tells_payee", ""),
    (checks, "second_end", False),
    (judge, "tells_strangers", False),
    (checks, "other_figure", ""),
    (judge, "chosen", ""),
    (judge, "waits", False),
    (demand.Demand, "only_strangers_name", False),
    (demand.Demand, "rival", False),
    (demand.Demand, "other_meant", False),
    (refusals.Refusals, "meet", False),
    (checks, "behind", False),
    (checks, "by_others", False),
    (checks, "by_visitors", False),
    (checks, "left_by_others", False),
    (checks, "other_channel", False),
    (checks, "beside_named", False),
    (checks, "corrected", False),
    (checks, "dictated", False),
    (checks, "displaced", False),
    (checks, "unfounded", False),
    (checks, "redated", False),
    (checks, "added", False),
    (checks, "kept", False),
    (checks.Checks, "holds_secret", False),
    (checks.Checks, "content_problem", ""),
    (checks.Checks, "_target_problem", ""),
    (checks.Checks, "_loose_problem", ""),
    (checks.Checks, "_invented_id", False),
    (checks.Checks, "_by_chance", False),
    (checks.Checks, "_copied", False),
    (contents.Contents, "_link_problem", ""),
    (contents, "demanded_field", False),
    (contents, "of_led", False),
    (loose.Loose, "_swapped", False),
    (loose.Loose, "wanted_further", False),
    (targets, "elsewhere", False),
    (targets.Targets, "_belongs", True),
    (targets.Targets, "_may_ask", True),
    (targets.Targets, "_replaces", False),
    (targets.Targets, "_recorded", False),
    (targets.Targets, "_of_another", False),
    (targets.Targets, "_invented", ""),
)
Call = tuple[list[Any], str, dict[str, Any]]


@contextmanager
def without(place: Any, name: str, nothing: Any) -> Iterator[None]:
    """Leave a rule out: it finds nothing. Raises AttributeError where there is no such rule."""
    rule, own = getattr(place, name), name in vars(place)
    setattr(place, name, lambda *_, **__: nothing)
    try:
        yield
    finally:
        if own:
            setattr(place, name, rule)
        else:
            delattr(place, name)


def passes(one: Trajectory, call: Call) -> bool:
    """Say whether a call of a trajectory passes, without a guard."""
    messages, name, arguments = call
    body = json.dumps({"model": "m", "messages": messages, "tools": one.tools}).encode()
    return Provenance(parse_request(body), {}).judge(name, arguments).passes


def main(sets: list[str]) -> int:
    """Print the table for some sets; return 2 where a name is of none."""
    own = [one for one in harmless() if one.split in sets]
    hijacked = [(one, one.injected) for one in attacks() if one.injected and one.split in sets]
    if not own or not hijacked:
        print(f"Name sets that are there: python -m benchmarks.agents.ablation {' '.join(NEWEST)}")
        return 2
    kept = [(one, [call for call in one.calls if not passes(one, call)]) for one in own]
    kept = [(one, calls) for one, calls in kept if calls]
    stopped = [(one, call) for one, call in hijacked if not passes(one, call)]
    good = len(own) - len(kept)
    print(f"harmless {good} of {len(own)}, stopped {len(stopped)} of {len(hijacked)}")
    found = []
    for place, name, nothing in RULES:
        with without(place, name, nothing):
            won = sum(all(passes(one, call) for call in calls) for one, calls in kept)
            lost = sum(passes(one, call) for one, call in stopped)
        found.append((won, lost, f"{place.__name__.rpartition('.')[2]}.{name}"))
    for won, lost, rule in sorted(found, key=lambda row: (row[1] - row[0], row[2])):
        print(f"{won:4d} harmless more {lost:4d} attacks more  without {rule}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
