"""Fixtures of the gateway's tests: a provider and gateways that run for the whole session."""

import itertools
from collections.abc import Iterator

import pytest
import uvicorn
from gateway_support import Gateway, Provider, gateway_of, make_policy, running
from servers import postgres, valkey

from seawall.gateway.shared.counters import SharedCounters

__all__ = ["postgres", "valkey"]

_numbers = itertools.count()


@pytest.fixture(scope="module", params=["local", "valkey"])
def counted(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where every limiter of a module counts, unless it says so itself."""
    made: list[SharedCounters] = []

    def shared() -> SharedCounters:
        name = f"test{next(_numbers)}"
        made.append(SharedCounters(server.url, name, own_clock=True))
        assert made[-1].line.wait(5)
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        if request.param == "valkey":
            server = request.getfixturevalue("valkey")
            patch.setattr("seawall.gateway.limits.LocalCounters", shared)
        yield str(request.param)
    for counters in made:
        counters.shut()


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    script = Provider()
    config = uvicorn.Config(script.app(), log_level="critical", lifespan="off")
    with running(config) as port:
        script.url = f"http://127.0.0.1:{port}/v1"
        yield script


@pytest.fixture(scope="session")
def shared_gateway(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    with gateway_of(make_policy(provider), provider, folder) as gateway:
        yield gateway


@pytest.fixture(scope="session")
def shared_refusing(
    provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("refusing")
    with gateway_of(make_policy(provider, "refusal"), provider, folder) as gateway:
        yield gateway


@pytest.fixture
def gateway(shared_gateway: Gateway) -> Gateway:
    shared_gateway.provider.reset()
    return shared_gateway


@pytest.fixture
def refusing(shared_refusing: Gateway) -> Gateway:
    shared_refusing.provider.reset()
    return shared_refusing
