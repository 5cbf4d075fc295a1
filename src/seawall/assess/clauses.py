"""Which legal clauses concern an application: by place, by risk, by date."""

from datetime import date

from seawall.assess.applicability import Judgement
from seawall.catalog.model import Clause
from seawall.core.profile import Profile


def lives(clause: Clause, profile: Profile) -> Judgement:
    """Judge whether people whom a clause protects use the application.

    Who says "us" and names no state leaves open whether a state's law applies.
    """
    places = profile.value("geo.users")
    if not clause.where:
        return Judgement(True, "it holds everywhere")
    if places is None:
        return Judgement(None, "geo.users is not known", "geo.users")
    inside = [place for place in clause.where if place in places]
    if inside:
        return Judgement(True, f"geo.users includes {', '.join(inside)}")
    for place in clause.where:
        country = place.partition("_")[0]
        if country in places:
            sentence = f"geo.users includes {country} and leaves open whether {place} is in it"
            return Judgement(None, sentence, "geo.users")
    return Judgement(False, f"geo.users does not include {' or '.join(clause.where)}")


def protects(clause: Clause, profile: Profile) -> bool:
    """Return whether people of the application may live where the clause holds."""
    return lives(clause, profile).applies is not False


def binding(clause: Clause, today: date) -> bool:
    """Return whether a clause binds on a day: in force or enacted, its date reached, not ended.

    One in force whose date is not known binds; one only enacted does not.
    """
    day = today.isoformat()
    if clause.until and clause.until <= day:
        return False
    if clause.status == "enacted" and not clause.applies_from:
        return False
    return clause.status in ("in_force", "enacted") and clause.applies_from <= day
