"""SQL that loses whole tables, reaches files and programs, or carries an injection."""

from collections.abc import Sequence

from seawall.guard.code import sql_rules
from seawall.guard.code.detector import CodeDetector
from seawall.guard.code.problem import Problem
from seawall.guard.contract import Card, Detector

_KEYS = ("sql", "query", "statement", "sql_query", "queries")


def _judge(code: str, offset: int, allowed: Sequence[str]) -> list[Problem]:
    return sql_rules.problems(code, offset)


def build(card: Card) -> Detector:
    """Return the detector."""
    return CodeDetector(card.id, ("sql", ""), _KEYS, _judge)
