"""Who has no key cannot fill the disk: beyond so many a minute, records count requests."""

import asyncio
import http.client
import json
from collections import Counter

import pytest
from gateway_support import Gateway, Provider, gateway_of, make_policy

from seawall.gateway.call import Call
from seawall.gateway.steps import strangers
from seawall.gateway.steps.strangers import Strangers
from seawall.store.audit import AuditError
from seawall.store.verify import records


def flood(gateway: Gateway, number: int) -> Counter[str]:
    """Ask without a key over one connection; return the codes of the refusals."""
    link, codes = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30), Counter[str]()
    for index in range(number):
        link.request("GET", "/v1/models" if index % 2 else "/nowhere")
        codes[json.loads(link.getresponse().read())["error"]["code"]] += 1
    link.close()
    return codes


def test_strangers_are_counted_beyond_what_has_a_record_each(
    provider: Provider, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(Strangers.__init__, "__defaults__", (lambda: 7.0, 10))
    with gateway_of(make_policy(provider), provider, tmp_path) as gateway:
        asked = flood(gateway, 50)
        assert asked == {"unknown_route": 25, "missing_api_key": 25}
        alone = Counter(record["code"] for record in gateway.exchanges())
        assert alone.total() == 10
        # Whoever has a key has a record, whatever strangers do.
        gateway.client().models.list()
        assert gateway.exchanges()[-1]["result"] == "answered"
        store = gateway.store
        monkeypatch.undo()
        seen: list[dict[str, object]] = []
        close = type(gateway.audit).stop

        def stop(audit: object) -> None:
            bodies = [record.body for record in records(store, limit=1000)]
            seen.extend(body for body in bodies if body.get("action") == "requests.counted")
            close(audit)  # type: ignore[arg-type]

        monkeypatch.setattr(type(gateway.audit), "stop", stop)
    (told,) = seen
    counted = Counter({k: v for k, v in told["details"].items() if k != "requests"})  # type: ignore[attr-defined]
    assert counted + alone == asked and told["details"]["requests"] == 40  # type: ignore[index]


class Log:
    """An audit log that fails so many times as it is told to, after a moment."""

    def __init__(self) -> None:
        self.fails, self.written = 0, list[dict[str, object]]()

    async def append(self, record: dict[str, object]) -> None:
        await asyncio.sleep(0)
        if self.fails:
            self.fails -= 1
            raise AuditError("full")
        self.written.append(record)


async def test_counts_come_a_moment_later_and_wait_for_a_log_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(strangers, "_TELL_SECONDS", 0.0)
    log, now = Log(), [0.0]
    counter = Strangers(log, lambda: now[0], most=2)  # type: ignore[arg-type]
    call = Call("none")
    call.code = "unknown_route"
    assert [counter.counts(call) for _ in range(4)] == [False, False, True, True]
    now[0] = 30.0
    assert [counter.counts(call) for _ in range(2)] == [False, True]
    log.fails = 1
    await counter.tell()
    assert log.written == []
    await counter.tell()
    await counter.tell()
    (record,) = log.written
    assert record["details"] == {"requests": 3, "unknown_route": 3}


def counted(log: Log, number: int) -> tuple[Strangers, Call]:
    """Return what has counted so many refused requests, and one of them."""
    counter = Strangers(log, lambda: 0.0, most=0)  # type: ignore[arg-type]
    call = Call("none")
    call.code = "missing_api_key"
    assert [counter.counts(call) for _ in range(number)] == [True] * number
    return counter, call


async def test_a_stop_waits_for_what_is_being_told_and_for_a_log_that_fails_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(strangers, "_AGAIN_SECONDS", 0.0)
    log = Log()
    counter, call = counted(log, 3)
    log.fails = 2
    counter._due()  # a minute is over at the very moment of the stop
    await asyncio.sleep(0)
    await counter.close()
    (record,) = log.written
    assert record["details"] == {"requests": 3, "missing_api_key": 3}
    # Who is still open then has a record: nobody would tell what is counted now.
    assert not counter.counts(call)


async def test_what_a_stop_cannot_write_down_is_logged_with_its_numbers(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(strangers, "_AGAIN_SECONDS", 0.0)
    log = Log()
    counter, _ = counted(log, 4)
    log.fails = 99
    await counter.close()
    assert "on no record: 4 missing_api_key" in caplog.text


async def test_a_kill_forgets_a_few_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert strangers._TELL_SECONDS <= 5
    monkeypatch.setattr(strangers, "_TELL_SECONDS", 0.0)
    log = Log()
    counted(log, 2)
    for _ in range(5):
        await asyncio.sleep(0.001)
    assert [record["details"] for record in log.written] == [{"requests": 2, "missing_api_key": 2}]
