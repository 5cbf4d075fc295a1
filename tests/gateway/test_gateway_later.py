"""Code that is loaded with the first request for it: once, beside the loop, errors on record."""

import asyncio
import json
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from gateway_support import Gateway, Provider, gateway_of, make_policy

from seawall.gateway import later
from seawall.gateway.routes import later as routes

SLOW = """
import time
open({mark!r}, "w").close()
time.sleep(0.3)
DONE = True
"""


async def test_who_comes_while_another_loads_waits_beside_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, mark = "seawall_test_slow_module", tmp_path / "begun"
    (tmp_path / f"{name}.py").write_text(SLOW.format(mark=str(mark)))
    monkeypatch.syspath_prepend(str(tmp_path))
    thread = threading.Thread(target=import_module, args=(name,))
    thread.start()
    while not mark.exists():  # noqa: ASYNC110 - a thread of its own says when
        await asyncio.sleep(0.005)
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    beating = asyncio.ensure_future(beat())
    try:
        await later.load(name)
        assert getattr(sys.modules[name], "DONE", False)
        assert beats > 3
    finally:
        beating.cancel()
        thread.join()
        del sys.modules[name]


@pytest.fixture
def fresh(provider: Provider, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway of its own, which has loaded no area yet."""
    provider.reset()
    with gateway_of(make_policy(provider), provider, tmp_path) as gateway:
        yield gateway


def asked(gateway: Gateway, path: str) -> tuple[int, dict[str, object]]:
    request = urllib.request.Request(
        f"{gateway.url}{path}", headers={"authorization": f"Bearer {gateway.key}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.mark.parametrize("step", ["load", "handlers"])
def test_an_area_that_cannot_be_loaded_is_an_error_on_record(
    fresh: Gateway, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    with monkeypatch.context() as broken:
        if step == "load":

            async def fail(name: str) -> None:
                raise ImportError(f"no {name} here")

            broken.setattr(routes, "load", fail)
        else:

            def fails(*args: object) -> None:
                raise RuntimeError("no area here")

            broken.setattr(routes, "handlers", fails)
        status, body = asked(fresh, "/batches")
    assert status == 500
    assert "here" not in json.dumps(body) and isinstance(body["error"], dict)
    (record,) = fresh.exchanges()
    assert (record["result"], record["status"]) == ("failed", 500)
    assert asked(fresh, "/batches")[0] == 200, "the next request tries again"


def test_requests_that_wait_together_build_an_area_once(
    fresh: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []
    handlers = routes.handlers

    async def slow(name: str) -> None:
        await asyncio.sleep(0.2)
        import_module(name)

    def counted(*args: object) -> object:
        built.append(args)
        return handlers(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(routes, "load", slow)
    monkeypatch.setattr(routes, "handlers", counted)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(asked(fresh, "/batches")[0])) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (found, len(built)) == ([200] * 3, 1)
