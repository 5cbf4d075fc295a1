"""Oracles, found by scanning this folder: adding one is adding one file."""

import importlib
import pkgutil
from functools import cache

from seawall.core.errors import InputError
from seawall.redteam.oracles.base import Judgement, Oracle

__all__ = ["Judgement", "Oracle", "load_oracles", "oracle_of"]


@cache
def load_oracles() -> dict[str, Oracle]:
    """Return every oracle by kind. A file holds one `ORACLE`."""
    found: dict[str, Oracle] = {}
    for info in pkgutil.iter_modules(__path__, __name__ + "."):
        oracle = getattr(importlib.import_module(info.name), "ORACLE", None)
        if isinstance(oracle, Oracle):
            found[oracle.kind] = oracle
    return dict(sorted(found.items()))


def oracle_of(kind: str) -> Oracle:
    """Return the oracle of a kind. Raises InputError for an unknown one."""
    known = load_oracles()
    if kind not in known:
        raise InputError(f"Unknown oracle {kind}.", hint=f"Known: {', '.join(known)}.")
    return known[kind]
