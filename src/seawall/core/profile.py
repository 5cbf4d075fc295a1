"""The application's profile: facts with their source, as read from a YAML file."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from seawall.core.normal_forms import normalized

# Sources of facts that a program saw: what it did not see may be there all the same.
DISCOVERED, OBSERVED = "discover", "traffic"


# The cards' rates and amounts are those of a house between these, by turnover in EUR.
_HOUSE = (10e6, 1e9)
_BUSY = 100.0
_ID = re.compile(r"[a-z][a-z0-9-]{0,62}", re.ASCII)


def short_id(name: str) -> str:
    """Return a name as policies, keys and records can carry it; unchanged where it can be."""
    if _ID.fullmatch(name):
        return name
    plain = normalized("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = "-".join(re.findall(r"[a-z0-9]+", plain))
    return (words if words[:1].isalpha() else f"app-{words}").strip("-")[:63].rstrip("-")


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. `value` None means unknown; `source`, `date` and `owner` say where from.

    `grounds` are places that show it, `file:line what`, where a repository was read.
    """

    key: str
    value: Any = None
    source: str = ""
    date: str = ""
    owner: str = ""
    grounds: tuple[str, ...] = ()

    @property
    def partial(self) -> bool:
        """Return whether more may hold than the value says: seen, and confirmed by nobody."""
        return self.source in (DISCOVERED, OBSERVED)


KINDS = ("person", "process", "store", "model", "external")


class Element(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One element of the data-flow picture. kind: person, process, store, model, external.

    `at` is its (column, row) in its zone, from 0; None: the drawing chooses. `note` is for people.
    """

    id: str
    name: str
    kind: str
    zone: str
    at: tuple[Annotated[int, Meta(ge=0, le=2)], Annotated[int, Meta(ge=0, le=50)]] | None = None
    note: str = ""


class Flow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One data flow between two elements (ids)."""

    source: str
    target: str
    label: str
    note: str = ""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A named application, its facts by key and its data-flow elements.

    Money facts are in `currency`; `per_eur` is how many units of it one EUR buys.
    """

    application: str
    title: str
    facts: dict[str, Fact]
    elements: tuple[Element, ...] = ()
    flows: tuple[Flow, ...] = ()
    currency: str = "EUR"
    per_eur: float = 1.0

    def value(self, key: str) -> Any:
        """Return the fact's value, or None where it is unknown or not answered."""
        fact = self.facts.get(key)
        return None if fact is None else fact.value

    def partial(self, key: str) -> bool:
        """Return whether the fact is a lower bound only: code or traffic shows that much of it."""
        fact = self.facts.get(key)
        return fact is not None and fact.partial


def unlike_the_cards(profile: Profile) -> str:
    """Say where the application is so small or large that the cards' numbers do not fit; or ""."""
    turnover = profile.value("business.turnover")
    requests = profile.value("volume.requests_per_day")
    low, high = (bound * profile.per_eur for bound in _HOUSE)
    found, ways = [], set()
    if turnover is not None and not low <= turnover <= high:
        found.append(f"a turnover of {turnover:,.0f} {profile.currency}")
        ways.add("too low" if turnover > high else "too high")
    if requests is not None and requests < _BUSY:
        found.append(f"{requests:,.0f} requests a day")
        ways.add("too high")
    if not found:
        return ""
    way = ways.pop() if len(ways) == 1 else "off"
    return (
        f"The cards' rates and amounts are those of a house with a turnover of {low:,.0f} to "
        f"{high:,.0f} {profile.currency} and hundreds of requests a day; with "
        f"{' and '.join(found)} the sums are likely {way}. Go by the order "
        "of the risks, and put numbers of your own into their cards."
    )
