"""Which packs of sectors and topics an application takes in, and how its risks show there."""

from collections.abc import Iterable

from seawall.assess.applicability import judge
from seawall.catalog.load import Catalog
from seawall.core.profile import Profile
from seawall.core.register import Applicability, PackRow, Remark, RiskRow


def pack_rows(profile: Profile, catalog: Catalog, risks: Iterable[RiskRow]) -> tuple[PackRow, ...]:
    """Return the packs that apply or may apply, sectors first, with the risks that may apply."""
    open_ = {row.risk for row in risks if row.applicability != "does not apply"}
    rows: list[PackRow] = []
    for pack in catalog.packs.values():
        verdict = judge(pack.applies_when, profile)
        shows = tuple(
            Remark(subject=risk, sentence=text)
            for risk, text in pack.shows.items()
            if risk in open_
        )
        if verdict.applies is False or not shows:
            continue
        applies: Applicability = "applies" if verdict.applies else "unknown"
        rows.append(
            PackRow(
                pack=pack.id, title=pack.title, kind=pack.kind, applicability=applies,
                trace=verdict.sentence, shows=shows, metrics=pack.metrics,
            )
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.kind, row.pack)))
