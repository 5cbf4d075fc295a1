"""Which probes have a way in here; one is left out only where a person's answer says so."""

from collections.abc import Iterator

from seawall.assess.applicability import Judgement, judge
from seawall.assess.interview.relevance import DISCOVERED, OBSERVED
from seawall.catalog.load import Catalog
from seawall.catalog.model import ProbeCard
from seawall.core.profile import Profile
from seawall.core.register import Remark, RiskRow


def way_in(card: ProbeCard, profile: Profile) -> Judgement:
    """Judge whether a probe has a way in.

    What code or traffic shows is a lower bound: that an item was not seen there rules nothing out.
    """
    sources = (DISCOVERED, OBSERVED)
    partial = [key for key, fact in profile.facts.items() if fact.source in sources]
    return judge(card.applies_when, profile, partial=partial)


def left_out(catalog: Catalog, profile: Profile, rows: list[RiskRow]) -> Iterator[Remark]:
    """Give the probes without a way in of risks that may apply, each with the reason."""
    for row in rows:
        if row.applicability == "does not apply":
            continue
        for key in catalog.probes_of_risk.get(row.risk, ()):
            if key not in row.probes:
                card = catalog.probes[key]
                verdict = way_in(card, profile)
                yield Remark(subject=key, sentence=f"{card.title}: {verdict.sentence}")
