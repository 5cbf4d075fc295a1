"""Real servers for tests: PostgreSQL and Valkey (or Redis) on free ports of 127.0.0.1."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, LiteralString, TypeVar, cast

import pytest

from seawall.store.db import SHARED_ENV, URL_ENV, known_revision, open_store
from seawall.store.tables import metadata

WAIT_SECONDS = 30.0
KEYSPACES = 512
# No test may write to a database that whoever runs the tests works with.
for _name in SHARED_ENV:
    os.environ.pop(_name, None)
S = TypeVar("S", bound="Server")
# Fails where a test has changed the tables: then a new database is made.
_EMPTY = cast(
    LiteralString,
    "".join(f'DELETE FROM "{table.name}";' for table in metadata.sorted_tables)
    + f"SELECT 1 / count(*) FROM alembic_version WHERE version_num = '{known_revision()}'",
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _found(*names: str, package: str) -> str:
    """Return the first program there is; say what to install when there is none."""
    folders = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"))[::-1]]
    path = os.pathsep.join([os.environ.get("PATH", ""), *folders])
    for name in names:
        if found := shutil.which(name, path=path):
            return found
    raise AssertionError(f"{names[0]} is not installed: apt-get install {package}")


def _unprivileged() -> dict[str, Any]:
    """Arguments of Popen for a server that must not run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []


def _lives(pid: int) -> bool:
    """Say whether a process runs; one that is only waited for does not."""
    try:
        said = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return said.rpartition(")")[2].split()[0] not in "ZX"


class Server:
    """One server process with a folder; it can be killed and started again."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="seawall-test-"))
        self._as = _unprivileged()
        if self._as:
            os.chown(self.folder, self._as["user"], self._as["group"])
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        with contextlib.closing(log):
            self._process = subprocess.Popen(
                self.command(), cwd=self.folder, stdout=log, stderr=log,
                start_new_session=True, **self._as,
            )  # fmt: skip
        until = time.monotonic() + WAIT_SECONDS
        while not self.answers():
            said = (self.folder / "log").read_text(errors="replace")[-2000:]
            assert self._process.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL the server and its children, as a power cut would; returns when all are gone.

        It is stopped first, so that no child is born in between. One that lived on would hold the
        shared memory that the next server asks for.
        """
        if self._process is not None:
            self.signal(signal.SIGSTOP)
            children = _children(self._process.pid)
            self.signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
            until = time.monotonic() + WAIT_SECONDS
            while left := [pid for pid in children if _lives(pid)]:
                assert time.monotonic() < until, f"{left} outlived their server"
                time.sleep(0.005)

    def signal(self, number: int) -> None:
        """Send a signal to the server and its children (SIGSTOP: it hangs)."""
        assert self._process is not None
        for pid in (self._process.pid, *_children(self._process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(Server):
    """A PostgreSQL cluster that trusts 127.0.0.1; `database` makes a fresh database."""

    def __init__(self) -> None:
        super().__init__()
        self._binary = str(Path(_found("postgres", package="postgresql")).resolve())
        self._made = 0
        self._migrated = ""
        self._pattern = ""
        initdb = [str(Path(self._binary).with_name("initdb")), "-D", "data", "-U", "seawall",
                  "--auth=trust", "--no-sync", "--locale=C", "-E", "UTF8"]  # fmt: skip
        made = subprocess.run(initdb, cwd=self.folder, capture_output=True, check=False, **self._as)
        assert made.returncode == 0, made.stderr.decode(errors="replace")

    def command(self) -> list[str]:
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "max_connections": 200,
                    "unix_socket_directories": "", "shared_buffers": "16MB",
                    "full_page_writes": "off", "autovacuum": "off"}  # fmt: skip
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self._binary, "-D", "data", *options]

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://seawall@127.0.0.1:{self.port}/{name}"

    def run(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.url(), autocommit=True, connect_timeout=5) as connection:
            connection.execute(cast(LiteralString, statement))

    def answers(self) -> bool:
        import psycopg

        with contextlib.suppress(psycopg.OperationalError):
            self.run("SELECT 1")
            return True
        return False

    def database(self, like: str = "template1") -> str:
        """Return the URL of a new database: empty, or a copy of one that nobody uses now."""
        self._made += 1
        name = f"test{self._made}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    def migrated(self) -> str:
        """Return the URL of a database with every table and no row; each call empties it."""
        if not self._migrated or not emptied(self._migrated):
            self._migrated = self.another()
        return self._migrated

    def another(self) -> str:
        """Return the URL of a new database with every table and no row."""
        if not self._pattern:
            url = self.database()
            with tempfile.TemporaryDirectory() as folder:
                open_store(folder, env={URL_ENV: url}).close()
            self._pattern = url.rpartition("/")[2]
        return self.database(self._pattern)


def emptied(url: str) -> bool:
    """Delete every row of a database; say whether it still has the tables of this program."""
    import psycopg

    with contextlib.suppress(psycopg.Error), psycopg.connect(url) as connection:
        connection.execute(_EMPTY)
        return True
    return False


class Valkey(Server):
    """A Valkey or Redis server that keeps an append-only file, with many numbered keyspaces."""

    def __init__(self) -> None:
        super().__init__()
        self._binary = _found(
            "valkey-server", "redis-server", package="valkey-server (or redis-server)"
        )

    def command(self) -> list[str]:
        return [self._binary, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "",
                "--appendonly", "yes", "--appendfsync", "everysec",
                "--databases", str(KEYSPACES)]  # fmt: skip

    @property
    def url(self) -> str:
        return self.keyspace(0)

    def keyspace(self, number: int) -> str:
        """Return the URL of one of `KEYSPACES` keyspaces."""
        return f"redis://127.0.0.1:{self.port}/{number}"

    def answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=1) as wire,
        ):
            wire.sendall(b"PING\r\n")
            return wire.recv(64).startswith(b"+PONG")
        return False

    def empty(self, number: int = 0) -> str:
        """Forget what is in a keyspace and return its URL."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as wire:
            for command in (f"SELECT {number}", "FLUSHDB"):
                wire.sendall(f"{command}\r\n".encode())
                assert wire.recv(64).startswith(b"+OK")
        return self.keyspace(number)


_running: dict[type[Server], Server] = {}


def shared(kind: type[S], config: pytest.Config) -> S:
    """Return the one server of its kind in this test run; it starts with the first who asks."""
    if kind not in _running:
        server = _running[kind] = kind()
        config.add_cleanup(server.remove)
        server.start()
    found = _running[kind]
    assert isinstance(found, kind)
    return found


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Postgres:
    return shared(Postgres, pytestconfig)


@pytest.fixture(scope="session")
def valkey(pytestconfig: pytest.Config) -> Valkey:
    return shared(Valkey, pytestconfig)
