"""Where the gateways of tests keep and count: in files and this process, or on two servers.

Every test of this folder runs on both (see conftest.py). On servers, each data folder has a
database and a keyspace of its own, as it has a file of its own otherwise; what a test starts is
told the place of its own data folder by the environment.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from servers import KEYSPACES, Postgres, Valkey, emptied

from seawall.store import db, verify
from seawall.store.db import COUNTERS_ENV, URL_ENV

ON_SERVERS = "servers"
EMBEDDED = "embedded"


@dataclass(frozen=True)
class Place:
    """A database, and a numbered keyspace of the server that counts."""

    database: str
    number: int


@dataclass
class Places:
    """The places of data folders on two servers."""

    postgres: Postgres
    valkey: Valkey
    lent: dict[Path, Place] = field(default_factory=dict)
    free: list[Place] = field(default_factory=list)
    made: int = 0

    def env(self, folder: Path) -> dict[str, str]:
        """Return what a program on a data folder is told, by the names of the environment."""
        folder = folder.resolve()
        if folder not in self.lent:
            self.lent[folder] = self._clean()
        place = self.lent[folder]
        counters = self.valkey.keyspace(place.number)
        return {URL_ENV: place.database, COUNTERS_ENV: counters}

    def give_back(self, folder: Path) -> None:
        """Let others have the places of a folder and of all in it."""
        folder = folder.resolve()
        for one in [one for one in self.lent if one.is_relative_to(folder)]:
            self.free.append(self.lent.pop(one))

    def _clean(self) -> Place:
        while self.free:
            place = self.free.pop()
            if emptied(place.database):
                self.valkey.empty(place.number)
                return place
        self.made += 1
        assert self.made < KEYSPACES, "places are not given back"
        return Place(self.postgres.another(), self.made)


@dataclass
class Now:
    """The places in use, None where all is embedded; who runs on them, and what is told of them."""

    places: Places | None = None
    running: int = 0
    test: Path | None = None
    told: set[str] = field(default_factory=set)


now = Now()


def env_of(folder: Path) -> dict[str, str]:
    """Return what a program on a data folder is told of its servers; nothing where embedded."""
    return {} if now.places is None else now.places.env(folder)


def files_of(data: Path) -> list[Path]:
    """Return the files that a data folder and its database consist of, as they are on the disk."""
    found = [path for path in data.iterdir() if path.is_file()]
    if now.places is not None:
        server = now.places.postgres
        server.run("CHECKPOINT")
        found += [path for path in (server.folder / "data/base").rglob("*") if path.is_file()]
    return found


@contextmanager
def serving(data: Path) -> Iterator[None]:
    """A gateway runs on a data folder, whose place is free when it has ended outside a test."""
    now.running += 1
    try:
        yield
    finally:
        now.running -= 1
        of_test = now.test is not None and data.resolve().is_relative_to(now.test)
        if now.places is not None and not of_test:
            now.places.give_back(data)


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Tell what is started meanwhile the place of a data folder."""
    env = env_of(folder)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in env.items():
            patch.setenv(name, value)
            now.told.add(value)
        yield
    now.told.difference_update(env.values())


@contextmanager
def placed(places: Places, folder: Path) -> Iterator[None]:
    """Give every data folder its place on servers, whoever opens it in this process."""
    plain = db.place_of

    def place_of(url_or_path: str | Path, env: Mapping[str, str] | None = None) -> tuple[Path, str]:
        path, url = plain(url_or_path, env)
        if url and url not in now.told:
            return path, url  # this test says itself where
        return path, env_of(path.parent)[URL_ENV]

    now.places = places
    with pytest.MonkeyPatch.context() as patch, told(folder):
        for module in (db, verify):
            patch.setattr(module, "place_of", place_of)
        yield
    now.places = None
    assert now.running == 0, "a gateway of servers would be taken for an embedded one"


@contextmanager
def of_test(folder: Path) -> Iterator[None]:
    """Tell what a test starts the place of its data folder; all its places are free after it."""
    now.test = folder.resolve()
    with told(folder / "data"):
        yield
    now.test = None
    if now.places is not None:
        now.places.give_back(folder)
