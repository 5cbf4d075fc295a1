"""What a run did not try, and why: risks, and the threats of MITRE ATLAS that they stand for."""

from collections.abc import Iterable, Mapping

import msgspec

from seawall.catalog.model import Framework, ProbeCard, Risk
from seawall.redteam.measure import Tallies
from seawall.redteam.rows import Head

ATLAS = "mitre-atlas"
_NAMED = 4


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A risk (or an ATLAS technique) of which no attempt was scored, with the reason."""

    id: str
    title: str
    why: str


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """How many of all risks and ATLAS techniques were tried, and which were not.

    A technique counts as tried with any of the risks whose cards name it.
    """

    risks: int
    tried: int
    threats: int
    threats_tried: int
    untried: tuple[Gap, ...]
    threats_untried: tuple[Gap, ...]

    @property
    def told(self) -> str:
        """One sentence for people."""
        return (
            f"Tried: {self.tried} of {self.risks} risks, {self.threats_tried} of {self.threats} "
            "threats of MITRE ATLAS. The page (--html) and --json say which not, and why."
        )


def coverage(
    head: Head, tallies: Tallies, cards: Mapping[str, ProbeCard],
    risks: Mapping[str, Risk], atlas: Framework,
) -> Coverage:  # fmt: skip
    """Return what a run left untried. `cards` and `risks` are the catalogue's."""
    scored = {cards[name].risk for name, one in tallies.probes.items() if name in cards and one.n}
    untried = {
        name: Gap(id=name, title=risk.title, why=_why(name, head, tallies, cards))
        for name, risk in risks.items()
        if name not in scored
    }
    threats: dict[str, list[str]] = {}
    for name, risk in risks.items():
        for reference in risk.references:
            if reference.fw == ATLAS:
                threats.setdefault(reference.id, []).append(name)
    missed = {one: of for one, of in threats.items() if not scored.intersection(of)}
    return Coverage(
        risks=len(risks), tried=len(risks) - len(untried), threats=len(threats),
        threats_tried=len(threats) - len(missed), untried=tuple(untried.values()),
        threats_untried=tuple(
            Gap(id=one, title=atlas.entries.get(one, one), why=f"Untried with it: {_listed(of)}.")
            for one, of in sorted(missed.items())
        ),
    )  # fmt: skip


def _why(risk: str, head: Head, tallies: Tallies, cards: Mapping[str, ProbeCard]) -> str:
    probes = [name for name, card in cards.items() if card.risk == risk]
    if not probes:
        return "No probe tries it; its controls are drilled, attested or read from the policy."
    if lost := [name for name in probes if name in tallies.probes]:
        return f"No attempt of {_listed(lost)} has a verdict."
    if barred := [name for name in probes if name in head.left_out]:
        return f"{barred[0]}: {head.left_out[barred[0]]}"
    return f"Not part of this run: {_listed(probes)}."


def _listed(names: Iterable[str]) -> str:
    kept = list(names)
    more = f" and {len(kept) - _NAMED} more" if len(kept) > _NAMED else ""
    return ", ".join(kept[:_NAMED]) + more
