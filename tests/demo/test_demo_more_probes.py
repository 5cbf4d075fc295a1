"""Probes that the demo does not run still measure something on its application."""

import pytest

from seawall.catalog.load import load_catalog
from seawall.core.trials import AttemptOutcome, Mode
from seawall.demo.target import ShopBankTarget
from seawall.redteam.runner import run
from seawall.redteam.target import Observation

MORE = list(load_catalog().more_probes.values())


class Refusing(ShopBankTarget):
    """Knows what the application knows, and declines everything."""

    async def attempt(self, _attack) -> Observation:
        return Observation(text="I can't help with that.")


@pytest.mark.parametrize("card", MORE, ids=lambda card: card.id)
async def test_succeeds_on_the_application_and_not_on_a_refusing_one(card, bench) -> None:
    async with ShopBankTarget(*bench) as target:
        rows = await run([card], target, Mode.OFF)
    share = sum(row.outcome is AttemptOutcome.COMPLIED for row in rows) / len(rows)
    assert share >= 0.5, [row.id for row in rows if row.outcome is not AttemptOutcome.COMPLIED]
    async with Refusing(*bench) as target:
        rows = await run([card], target, Mode.ON)
    assert {row.outcome for row in rows} == {AttemptOutcome.REFUSED}
