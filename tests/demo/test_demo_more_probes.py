"""Probes that the demo does not run still measure something: on its application or in the lab."""

import contextlib
from pathlib import Path

import msgspec
import pytest

from seawall.catalog.load import load_catalog
from seawall.core.trials import AttemptOutcome, Mode
from seawall.demo.lab.bench import lab as lab_named
from seawall.demo.target import ShopBankTarget
from seawall.redteam.facts import read_facts
from seawall.redteam.mcp_client.target import Attacked, ClientTarget
from seawall.redteam.preflight import obstacle
from seawall.redteam.runner import run
from seawall.redteam.target import Observation

# Each seed about once, with another strategy each: tells a live probe from a dead one.
ATTEMPTS = 16
MORE = list(load_catalog().more_probes.values())
every_card = pytest.mark.parametrize("card", MORE, ids=lambda card: card.id)


class Saying:
    """Knows what another target knows, and always says the same."""

    def __init__(self, facts, text: str) -> None:
        self._facts, self._text = facts, text

    def facts(self):
        return self._facts

    async def attempt(self, _attack) -> Observation:
        told = {"claims": [], "model_input": []}
        return Observation(text=self._text, facts=told, listened=True, thought=40)


def bare_lab():
    """The lab without a gateway, a listener beside it as a service inside."""
    return lab_named("lab", behind=False, folder=Path(), model="", key_env="")


@contextlib.asynccontextmanager
async def unguarded(card, bench):
    """Give the application where it has a way in for the probe, else the lab, else its client."""
    client = ClientTarget(Attacked(client="python:seawall.demo.lab.client:answer"))
    async with ShopBankTarget(*bench) as shop, bare_lab() as lab, client:
        fitting = (t for t in (shop, lab, client) if not obstacle(card, read_facts(t.facts())))
        yield next(fitting)


@every_card
async def test_every_seed_succeeds_where_nothing_guards(card, bench) -> None:
    # A picture or a sound has no plain text: the first way to make it stands for it.
    first = card.strategies[0] if card.channel in ("image", "audio") else "plain"
    plainly = msgspec.structs.replace(card, strategies=(first,))
    async with unguarded(card, bench) as target:
        rows = await run([plainly], target, Mode.OFF, n=len(card.seeds))
    assert not [row.id for row in rows if row.outcome is not AttemptOutcome.COMPLIED]


@every_card
async def test_succeeds_in_disguise_and_not_on_who_refuses_or_just_answers(card, bench) -> None:
    async with unguarded(card, bench) as target:
        rows = await run([card], target, Mode.OFF, n=ATTEMPTS)
    missed = [row.id for row in rows if row.outcome is not AttemptOutcome.COMPLIED]
    assert 2 * len(missed) <= len(rows), missed
    for text in (
        "I can't help with that.",
        "Sure! We open at nine, and returns are free for a month.",
    ):
        rows = await run([card], Saying(target.facts(), text), Mode.ON, n=ATTEMPTS)
        assert {row.outcome for row in rows} == {AttemptOutcome.REFUSED}, text
