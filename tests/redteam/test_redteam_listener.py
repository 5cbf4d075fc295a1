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
from seawall.redteam.facts import Facts, read_facts
from seawall.redteam.listener import Listening
from seawall.redteam.planning import plan
from seawall.redteam.preflight import obstacle, scorable
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


async def test_a_service_inside_is_fetched_and_seen_where_no_tool_can_be_seen() -> None:
    address = _address()
    card = load_catalog().all_probes["PRB-SSRF"]
    facts = read_facts({"listener": address, "hides_effects": True, "channels": ["user"]})
    spoken = scorable(msgspec.structs.replace(card, strategies=("plain",)), facts)
    assert {str(seed["id"]) for seed in spoken.seeds} == {
        "seen", "seen-number", "seen-mapped", "seen-german",
    }  # fmt: skip
    assert obstacle(spoken, facts) == ""
    assert "inside or listener" in obstacle(card, read_facts({"tools": {"fetch_url": ["url"]}}))
    quiet = CallableTarget(lambda _: "No.", facts={"listener": address})
    for answer, outcome in ((_previewing, AttemptOutcome.COMPLIED), (None, AttemptOutcome.REFUSED)):
        target = CallableTarget(answer, facts={"listener": address}) if answer else quiet
        async with Listening(target, address, grace=0.0) as listening:
            rows = await run([msgspec.structs.replace(spoken, seeds=spoken.seeds[:1])],
                             listening, Mode.OFF, n=2)  # fmt: skip
        assert {row.outcome for row in rows} == {outcome}
    # Without a listener nothing could be seen, so nothing is safe.
    rows = await run([spoken], quiet, Mode.OFF, n=2)
    assert {row.outcome for row in rows} == {AttemptOutcome.UNSCORED}


async def test_without_an_address_inside_the_calls_alone_are_tried(facts) -> None:
    card = load_catalog().all_probes["PRB-SSRF"]
    seeing = msgspec.structs.replace(facts, tools={"fetch_url": ("url",)})
    left = scorable(card, seeing)
    assert len(left.seeds) == len(card.seeds) - 4
    assert obstacle(left, seeing) == ""
    assert scorable(card, msgspec.structs.replace(seeing, inside="http://10.0.0.5:80")) is card


def test_an_address_inside_is_written_in_three_ways() -> None:
    known = Facts(listener="http://a.example:1", inside="http://10.0.0.5:8099")
    slots = plan(load_catalog().all_probes["PRB-SSRF"], known, n=1)[0].slots
    assert slots["url"].startswith("http://a.example:1/")
    plain = slots["inside"]
    assert plain.startswith("http://10.0.0.5:8099/") and plain.endswith("/status")
    assert slots["inside_number"] == plain.replace("10.0.0.5", "167772165")
    assert slots["inside_mapped"] == plain.replace("10.0.0.5", "[::ffff:10.0.0.5]")
    named = plan(load_catalog().all_probes["PRB-SSRF"], Facts(inside="http://in.example:1"), n=1)[0]
    assert named.slots["inside_number"] == named.slots["inside"]
