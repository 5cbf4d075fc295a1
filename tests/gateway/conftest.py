"""Fixtures of the gateway's tests: a provider and gateways that run for the whole session."""

from collections.abc import Iterator

import pytest
import uvicorn
from gateway_support import Gateway, Provider, gateway_of, make_policy, running
from servers import postgres, valkey

__all__ = ["postgres", "valkey"]


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
