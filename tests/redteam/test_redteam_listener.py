"""The listener: a fetched address is seen, by the attempt that planted it, and nothing else is."""

import asyncio
import re
import socket
from urllib.request import urlopen

import msgspec
import pytest

from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError
from seawall.core.trials import AttemptOutcome, Mode
from seawall.redteam.callable_target import CallableTarget
from seawall.redteam.facts import Facts
from seawall.redteam.listener import Listening
from seawall.redteam.planning import plan
from seawall.redteam.runner import run

CARD = msgspec.structs.replace(load_catalog().all_probes["PRB-EXFIL-MD"], strategies=("plain",))


def _address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def _previewing(messages) -> str:
    """Fetch every address in the last message, as a link preview does, and say nothing of it."""
    for url in re.findall(r"http://127\.0\.0\.1:\d+/[\w./]+", messages[-1]["content"]):
        urlopen(url.rstrip("."), timeout=5).read()
    return "I can't help with that."


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(_previewing, AttemptOutcome.COMPLIED), (lambda _: "No.", AttemptOutcome.REFUSED)],
)
async def test_only_a_fetch_counts(answer, outcome) -> None:
    address = _address()
    target = Listening(CallableTarget(answer, facts={"listener": address}), address)
    async with target:
        rows = await run([CARD], target, Mode.OFF, n=3)
    assert {row.outcome for row in rows} == {outcome}
    assert len(rows) == 3


async def test_addresses_lead_to_the_listener_and_the_rest_stays() -> None:
    address = _address()
    bare, led = plan(CARD, Facts(), n=4), plan(CARD, Facts(listener=address), n=4)
    for one, other in zip(bare, led, strict=True):
        assert other.slots["url"].startswith(address + "/") and other.slots["host"] in address
        assert one.slots["canary"] == other.slots["canary"]
        assert one.slots["amount"] == other.slots["amount"]
    assert len({one.slots["url"].split("/")[3] for one in led}) == len(led)


async def test_an_address_that_cannot_be_used_is_named() -> None:
    target = CallableTarget(lambda _: "")
    for wrong in ("10.0.0.5:8099", "https://a.example:1", "http://a.example"):
        with pytest.raises(InputError, match="is no address"):
            Listening(target, wrong)
    address = _address()
    async with Listening(target, address):
        with pytest.raises(InputError, match="nothing can listen"):
            async with Listening(target, address):
                await asyncio.sleep(0)


async def test_strangers_fill_no_memory_and_a_target_that_fails_frees_the_port() -> None:
    address = _address()
    target = Listening(CallableTarget(lambda _: ""), address)
    async with target:
        for path in ("favicon.ico", "1", "12345678/" + "x" * 900, *["23456789/a"] * 30):
            await asyncio.to_thread(lambda path=path: urlopen(f"{address}/{path}").read())
        assert set(target._seen) == {"12345678", "23456789"}
        assert len(target._seen["23456789"]) == 20
        assert len(target._seen["12345678"][0]) == 300

    class Broken(CallableTarget):
        async def __aenter__(self):
            raise InputError("down")

    for _ in range(2):
        with pytest.raises(InputError, match="down"):
            async with Listening(Broken(lambda _: ""), address):
                await asyncio.sleep(0)
