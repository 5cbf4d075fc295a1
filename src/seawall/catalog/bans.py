"""Which risks are banned practices on a day: the dates stand in the clauses that ban them."""

from datetime import date

from seawall.catalog.load import Catalog
from seawall.catalog.model import Clause


def banned_on(catalog: Catalog, day: date | None) -> frozenset[str]:
    """Return the risks that stop a release on a day.

    A card with `stop` counts from the first day on which a clause that bans it binds; one that no
    such clause dates always counts, and so does every one where the day is not known (None).
    """
    found = set()
    for key, risk in catalog.risks.items():
        bans = [catalog.clauses[one] for one in risk.clauses if catalog.clauses[one].prohibited]
        if risk.stop and (day is None or not bans or any(_binds(one, day) for one in bans)):
            found.add(key)
    return frozenset(found)


def _binds(clause: Clause, day: date) -> bool:
    """Return whether it binds; one without a known date does, for unknown is not safe."""
    today = day.isoformat()
    if clause.status in ("proposed", "voluntary", "repealed"):
        return False
    return clause.applies_from <= today and not (clause.until and clause.until <= today)
