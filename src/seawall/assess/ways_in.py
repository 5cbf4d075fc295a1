"""Which probes have a way in here; one is left out only where a person's answer says so."""

from collections.abc import Iterator

from seawall.assess.applicability import judge
from seawall.catalog.load import Catalog
from seawall.core.profile import Profile
from seawall.core.register import Remark, RiskRow


def left_out(catalog: Catalog, profile: Profile, rows: list[RiskRow]) -> Iterator[Remark]:
    """Give the probes without a way in of risks that may apply, each with the reason."""
    for row in rows:
        if row.applicability == "does not apply":
            continue
        for key in catalog.probes_of_risk.get(row.risk, ()):
            if key not in row.probes:
                card = catalog.probes[key]
                verdict = judge(card.applies_when, profile)
                yield Remark(subject=key, sentence=f"{card.title}: {verdict.sentence}")
