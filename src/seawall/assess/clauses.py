"""Which legal clauses concern an application: by place, by risk, by date."""

from datetime import date, timedelta

from seawall.catalog.load import Catalog
from seawall.catalog.model import Clause
from seawall.core.profile import Profile
from seawall.core.register import Register


def protects(clause: Clause, profile: Profile) -> bool:
    """Return whether people of the application live where the clause holds; unknown counts."""
    places = profile.value("geo.users")
    return not clause.where or places is None or bool({*places} & {*clause.where})


def binding(clause: Clause, today: date) -> bool:
    """Return whether a clause binds on a day: enacted or in force, its date reached, not gone."""
    return clause.status in ("in_force", "enacted") and clause.applies_from <= today.isoformat()


def concerning(register: Register, profile: Profile, catalog: Catalog) -> dict[str, Clause]:
    """Return the clauses that a risk of the application endangers, by id."""
    named = {
        key
        for row in register.risks
        if row.applicability != "does not apply"
        for key in catalog.risks[row.risk].clauses
    }
    return {
        key: catalog.clauses[key]
        for key in sorted(named)
        if protects(catalog.clauses[key], profile)
    }


def upcoming(
    register: Register, profile: Profile, catalog: Catalog, today: date, days: int = 180
) -> list[Clause]:
    """Return what starts to bind the application within `days` after today, by date."""
    last = (today + timedelta(days=days)).isoformat()
    found = [
        clause
        for clause in concerning(register, profile, catalog).values()
        if clause.status in ("in_force", "enacted")
        and today.isoformat() < clause.applies_from <= last
    ]
    return sorted(found, key=lambda clause: (clause.applies_from, clause.id))
