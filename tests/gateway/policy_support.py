"""Gateways that follow a published policy, as processes, on both stores."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fault_support import POLICY, Paced, Served, got, paced
from servers import Postgres, Valkey
from test_gateway_serve import started

from seawall.core.roles import Role
from seawall.store.db import COUNTERS_ENV, URL_ENV, open_store
from seawall.store.keys import ADMIN_SCOPE, create_key
from seawall.store.replica_copy import FILE

PEPPER = "0123456789abcdef"
AN_AI = "disclosure: {text: An AI answers.}\n"
_CODE = "from seawall.cli.main import main; main()"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Paced]:
    with paced() as running:
        yield running


@pytest.fixture(params=["embedded", "servers"])
def stores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the gateway of a test keeps what it must keep."""
    monkeypatch.setenv("SEAWALL_PEPPER", PEPPER)
    if request.param == "servers":
        postgres: Postgres = request.getfixturevalue("postgres")
        valkey: Valkey = request.getfixturevalue("valkey")
        monkeypatch.setenv(URL_ENV, postgres.migrated())
        monkeypatch.setenv(COUNTERS_ENV, valkey.empty())
    return str(request.param)


@pytest.fixture
def shared(postgres: Postgres, valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> Postgres:
    """PostgreSQL and Valkey, for tests of what only replicas have."""
    monkeypatch.setenv("SEAWALL_PEPPER", PEPPER)
    monkeypatch.setenv(URL_ENV, postgres.migrated())
    monkeypatch.setenv(COUNTERS_ENV, valkey.empty())
    return postgres


@pytest.fixture
def away(shared: Postgres) -> Iterator[Postgres]:
    """PostgreSQL, which a test may stop; it runs again afterwards."""
    yield shared
    if not shared.answers():
        shared.start()


def change(data: Path, statement: sa.Update | sa.Delete | sa.Insert) -> None:
    """Write to the database as somebody who may not."""
    store = open_store(data)
    with store.write() as connection:
        connection.execute(statement)
    store.close()


def kept_body(data: Path) -> bytes:
    """Return what a replica kept for an outage; empty where it kept nothing yet."""
    path = data / FILE
    if not path.exists():
        return b""
    return base64.b64decode(json.loads(path.read_bytes())["body"])


def keeps(data: Path, key: str) -> bool:
    """Say whether a replica has kept a key for an outage."""
    return key.split("_")[1].encode() in kept_body(data)


def write(folder: Path, upstream: Paced, extra: str = "", limits: str = "") -> Path:
    """Write policy.yaml and return its path."""
    policy = POLICY.format(upstream=upstream.url, main="", limits=limits, tokens=500)
    path = folder / "policy.yaml"
    path.write_text(policy + extra)
    return path


def cli(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of `seawall`."""
    return subprocess.run(
        [sys.executable, "-c", _CODE, *arguments], capture_output=True, text=True, check=False,
        env={**os.environ, **(env or {})},
    )  # fmt: skip


def publish(path: Path, data: Path, *more: str, code: int = 0) -> dict[str, Any]:
    """Publish a policy from the command line."""
    done = cli("policy", "publish", str(path), "--data", str(data), "--json", *more)
    assert done.returncode == code, done.stderr
    value: dict[str, Any] = json.loads(done.stdout)
    return value


def serving(data: Path, *more: str, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a gateway; what follows it is up to the caller."""
    command = [sys.executable, "-c", _CODE, "serve", "--data", str(data), "--port", "0", "--json"]
    return subprocess.Popen(
        [*command, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "UPSTREAM_KEY": "up", **(env or {})},
    )  # fmt: skip


@contextlib.contextmanager
def following(data: Path, *more: str, key: str = "", env: dict[str, str] | None = None
              ) -> Iterator[Served]:  # fmt: skip
    """Run a gateway that follows what is published; `key` is one made before."""
    running = serving(data, *more, env=env)
    try:
        url = started(running)["url"]
        port = int(url.rpartition(":")[2].partition("/")[0])
        yield Served(running, port, key or chat_key(data), data)
    finally:
        running.kill()
        running.communicate()


def chat_key(data: Path) -> str:
    store = open_store(data)
    key = create_key(store, application="shop", function="chat")[1]
    store.close()
    return key


def admin_key(data: Path, role: Role = Role.OWNER) -> dict[str, str]:
    """Return the headers of a new admin key."""
    store = open_store(data)
    key = create_key(store, application="shop", function="", scopes=(ADMIN_SCOPE,),
                     roles=(role,))[1]  # fmt: skip
    store.close()
    return {"authorization": f"Bearer {key}"}


def state(gateway: Served) -> dict[str, Any]:
    """Return what /readyz says."""
    value: dict[str, Any] = json.loads(got(gateway.port, "GET", "/readyz")[2])
    return value


def told(gateway: Served) -> dict[str, Any]:
    """Return what /readyz says of the policy."""
    value: dict[str, Any] = state(gateway)["policy"]
    return value


def hang_up(gateway: Served) -> None:
    gateway.running.send_signal(signal.SIGHUP)


def refused(data: Path, *more: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Return exit code and all that was said by a gateway that must not start."""
    running = serving(data, *more, env=env)
    try:
        said = "".join(running.communicate(timeout=60))
    finally:
        running.kill()
        running.communicate()
    return running.returncode, said
