"""Acceptances and exceptions of a data folder, as they stand today; and the facts behind a risk."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seawall.cli._input import read_json

if TYPE_CHECKING:
    from seawall.core.profile import Profile
    from seawall.core.register import Register
    from seawall.govern.acceptances import Acceptance, Standing
    from seawall.govern.exceptions import PolicyException
    from seawall.govern.release.carried import Carried
    from seawall.govern.release.controls import Release
    from seawall.store.db import Store
    from seawall.store.registers import Entry

    Accepted = list[tuple[Entry, Acceptance, Standing]]
    Excepted = list[tuple[Entry, PolicyException, Standing]]


def read_register(path: Path) -> "Register":
    """Read a register. Raises InputError."""
    from seawall.core.register import Register

    return read_json(path, Register, what="register", hint="`seawall assess --out` writes one.")


def same_application(register: "Register", profile: "Profile") -> None:
    """Raise InputError where a register and a profile are of two applications."""
    from seawall.core.errors import InputError

    if register.application != profile.application:
        raise InputError(
            f"The register is about {register.application}, the profile about "
            f"{profile.application}.",
            hint="Give both of the same application.",
        )


def answers(profile: Path | None, register: "Register | None" = None) -> dict[str, Any] | None:
    """Return a profile's answers by fact, an unknown one as None; None without a profile.

    Raises InputError for a profile of another application than the register's.
    """
    from seawall.assess.profile import load_profile

    if profile is None:
        return None
    loaded = load_profile(profile)
    if register is not None:
        same_application(register, loaded)
    return {key: fact.value for key, fact in loaded.facts.items()}


def facts_of(profile: "Profile | None", risk: str) -> dict[str, Any]:
    """Return the answers that decide about a risk, by fact; nothing without a profile."""
    from seawall.assess.dependencies import rule_facts
    from seawall.catalog.load import load_catalog

    card = load_catalog().risks.get(risk)
    if profile is None or card is None:
        return {}
    return {key: profile.value(key) for key in sorted(rule_facts(card))}


def acceptances(
    store: "Store", register: "Register | None", today: date, facts: Mapping[str, Any] | None
) -> "Accepted":
    """Return the acceptances with how each stands; of the register's application, if given."""
    from seawall.govern.acceptances import accepted, standing
    from seawall.govern.incidents import listed, risks_since

    incidents = listed(store)
    rows: Accepted = []
    for entry, found in accepted(store, "" if register is None else register.application):
        mine = [one for one in incidents if one[0].application == entry.application]
        since = risks_since(mine, entry.time)
        known = None if register is None or not _knows(register, [found.risk]) else register
        today_is = standing(found, today, register=known, incidents=since, facts=facts)
        rows.append((entry, found, today_is))
    return rows


def carried(
    register: "Register", day: date, decisions: Path | None, data: str,
    facts: Mapping[str, Any] | None,
) -> "dict[str, Carried]":  # fmt: skip
    """Return the acceptances that hold on a day, by risk: of a file of decisions and a folder.

    Raises InputError, and what `acting` does.
    """
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import reading
    from seawall.govern.release.carried import of_entry, of_file, sort
    from seawall.govern.release.decisions import load_decisions

    items = []
    if decisions is not None:
        written = load_decisions(decisions, load_catalog()).acceptances
        items += [of_file(item, day, facts) for item in written]
    if data:
        recorded = acceptances(reading(data), register, day, facts)
        items += [one for row in recorded if (one := of_entry(*row)) is not None]
    live, _ = sort(items, {row.risk: [row] for row in register.risks})
    return live


def exceptions(
    store: "Store", register: "Register | None", today: date, facts: Mapping[str, Any] | None,
    in_force: frozenset[str],
) -> "Excepted":  # fmt: skip
    """Return the exceptions with how each stands; of the register's application, if given."""
    from seawall.govern.exceptions import excepted, standing
    from seawall.govern.incidents import listed, risks_since

    incidents = listed(store)
    rows: Excepted = []
    for entry, found in excepted(store, "" if register is None else register.application):
        mine = [one for one in incidents if one[0].application == entry.application]
        known = None if register is None or not _knows(register, found.snapshots) else register
        today_is = standing(
            found, today, register=known, incidents=risks_since(mine, entry.time),
            in_force=in_force, facts=facts,
        )  # fmt: skip
        rows.append((entry, found, today_is))
    return rows


def _knows(register: "Register", risks: "Mapping[str, Any] | list[str]") -> bool:
    """Say whether a register has a row for each risk; one without shows no state of it."""
    return {*risks} <= {row.risk for row in register.risks}


def teams_of(store: "Store") -> dict[str, list[str]]:
    """Return the members of each team of the directory."""
    from seawall.store.directory import list_members

    found: dict[str, list[str]] = {}
    for member in list_members(store):
        found.setdefault(member.team, []).append(member.member)
    return found


def with_registers(release: "Release", data: str, today: date) -> "Release":
    """Return the release with what the registers of a data folder carry.

    Raises InputError, and what `acting` does.
    """
    import msgspec

    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import bought, reading, recorded
    from seawall.govern.people.training import completed
    from seawall.govern.release.carried import of_entry
    from seawall.govern.release.controls import in_force
    from seawall.govern.release.decisions import vouched

    catalog, register, store = load_catalog(), release.register, reading(data)
    given = recorded(store, register.application, catalog)
    written = vouched(release.decisions, catalog, "")
    shown = bought(store, register.application, today)
    held = in_force(release.policy, [*written, *given], catalog, today, shown)
    accepted = [of_entry(*row) for row in acceptances(store, register, today, release.facts)]
    excepted = [of_entry(*row) for row in exceptions(store, register, today, release.facts, held)]
    return msgspec.structs.replace(
        release,
        vouched=tuple(given),
        accepted=tuple(one for one in accepted if one is not None),
        excepted=tuple(one for one in excepted if one is not None),
        trained=tuple(done for _, done in completed(store, register.application)),
        teams=teams_of(store),
        bought=shown,
    )
