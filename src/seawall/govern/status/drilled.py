"""What a run of drills shows of controls."""

from datetime import date, timedelta
from typing import NamedTuple

from seawall.catalog.load import Catalog
from seawall.core.drills import Drilled
from seawall.core.errors import InputError
from seawall.govern.status.enforced import fingerprint
from seawall.govern.status.model import EvidenceItem
from seawall.policy.model import Policy


class DrillEvidence(NamedTuple):
    """Evidence by control, and the controls whose drills do not count without a policy."""

    found: dict[str, list[EvidenceItem]]
    left: list[str]


def drill_evidence(
    run: Drilled, catalog: Catalog, policy: Policy | None, *, made: date, subject: str
) -> DrillEvidence:
    """Return what the drills of a day show; those that show nothing count for nothing.

    Without a policy only the drills of what is always on count: nobody knows if the rest runs.
    `subject` names the file. Raises InputError for a control that stands otherwise in the policy.
    """
    found: dict[str, list[EvidenceItem]] = {}
    left = []
    for one in run.drills:
        card = catalog.controls.get(one.control)
        if card is None or not one.known:
            continue
        if policy is None and not card.enforce.built_in:
            left.append(one.control)
            continue
        if policy is not None and one.fingerprint != fingerprint(card, policy):
            raise InputError(
                f"{subject}: {one.control} was tried otherwise than the policy has it.",
                hint="Run `seawall drill` again.",
            )
        until = made + timedelta(days=card.fresh_days)
        item = EvidenceItem(
            source="drill", subject=subject, sentence=one.sentence, holds=one.holds,
            date=made.isoformat(), until=until.isoformat(),
        )  # fmt: skip
        found.setdefault(one.control, []).append(item)
    return DrillEvidence(found, left)
