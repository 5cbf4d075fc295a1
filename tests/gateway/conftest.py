"""Fixtures of the gateway's tests: a provider and gateways that run for the whole session.

Every test runs twice: on files and counters of this process, and on PostgreSQL and Valkey
(`places.py`). Two marks say otherwise, and each is checked:

- `once`: the store is not what it is about. It fails when it opens a store, or when a gateway
  asks for tables beside those of a plain request (`plain_tables.py`).
- `one_place("why")`: it says itself where it keeps, or is about one of the two.
"""

import itertools
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from gateway_support import POLICY, Gateway, Provider, gateway_of, make_policy, running
from places import EMBEDDED, ON_SERVERS, Places, of_test, placed
from plain_tables import only_plain
from servers import postgres, valkey

from seawall.gateway.shared.counters import SharedCounters
from seawall.policy.load import decode_policy

__all__ = ["postgres", "valkey"]

_numbers = itertools.count()
# Under nohup what the tests start would ignore hang-ups, too, and never read a policy anew.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


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
            # A busy machine is no server that is away.
            patch.setattr("seawall.gateway.shared.line.ANSWER_SECONDS", 20.0)
        yield str(request.param)
    for counters in made:
        counters.shut()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "once: not about the store, so it runs on files only")
    config.addinivalue_line("markers", "one_place(why): about the place that it names itself")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    node = metafunc.definition
    if own := node.get_closest_marker("one_place"):
        assert own.args and own.args[0], f"{node.nodeid} does not say why it has a place of its own"
    alone = own or node.get_closest_marker("once")
    kinds = [EMBEDDED] if alone else [EMBEDDED, ON_SERVERS]
    metafunc.parametrize("places", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session", autouse=True)
def places(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where all stores and counters are: `embedded` or `servers`."""
    if request.param == EMBEDDED:
        yield EMBEDDED
        return
    servers = (request.getfixturevalue("postgres"), request.getfixturevalue("valkey"))
    with placed(Places(*servers), tmp_path_factory.mktemp("session") / "data"):
        yield ON_SERVERS


@pytest.fixture(autouse=True)
def place(places: str, tmp_path: Path) -> Iterator[None]:
    """Tell what a test starts where its data folder has its place."""
    with of_test(tmp_path):
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Let no fixture of a module or session live on in another place, or in another folder."""
    if nextitem is not None and _place_of(item) != _place_of(nextitem):
        item.session._setupstate.teardown_exact(None)


def _place_of(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    return str(callspec.params.get("places", "")) if callspec else ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    if item.get_closest_marker("once") is None:
        return (yield)
    with only_plain() as beside:
        result = yield
    assert not beside, (
        f"This test is marked `once`, but asks for {', '.join(sorted(beside))}: take the mark away."
    )
    return result


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


@pytest.fixture
def tight(provider: Provider, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway whose function has room for one job or batch a day, not for two."""
    provider.reset()
    text = POLICY.format(upstream=provider.url, mode="error")
    limits = "chat: {max_output_tokens: 500, limits: {cost_per_day: 0.003}}"
    text = text.replace("chat: {max_output_tokens: 500}", limits)
    with gateway_of(decode_policy(text, "test"), provider, tmp_path) as gateway:
        yield gateway
