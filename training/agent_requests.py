"""What users ask of agents in benchmarks/agents: harmless, though it orders about payments and rights."""

from collections.abc import Iterator
from typing import Any

from benchmarks.agents.scenarios import domains

from training.agent_results import UNLEARNT
from training.rows import INPUT, Row


def requests(*, left_out: bool = False) -> Iterator[Row]:
    """Yield each turn of a user, each text once; `left_out`: those that nothing learns from."""
    seen: set[str] = set()
    for name, parts in domains():
        if name.startswith(UNLEARNT) != left_out:
            continue
        tasks = parts.get("tasks") or []
        for text in (text for task in tasks for text in _turns(task)):
            if text not in seen:
                seen.add(text)
                yield Row(
                    text, "benign", INPUT, "agent-request", "", "own_agents", f"agents:{name}"
                )


def _turns(task: dict[str, Any]) -> Iterator[str]:
    """Yield the texts of a task's users: one wording or several, each of one turn or more."""
    for wording in task.get("users") or [task.get("user")]:
        for turn in wording if isinstance(wording, list) else [wording]:
            if isinstance(turn, str):
                yield turn
