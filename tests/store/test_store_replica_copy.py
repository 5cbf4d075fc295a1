"""What a replica keeps of a shared database, and the key that it signs with."""

import os
import threading
from pathlib import Path

import pytest
from servers import Postgres

from seawall.store.db import URL_ENV, open_store
from seawall.store.keys import create_key, revoke_key
from seawall.store.kills import kill, lift
from seawall.store.locks import replace_file
from seawall.store.replica_copy import ReplicaCopy, marks
from seawall.store.signing import Signer
from seawall.store.spend import Charge

COPY = ReplicaCopy(sha256="", revision="", pepper_id="", day="2026-11-29", spent={"chat": 7})


def test_what_was_booked_after_midnight_counts_after_a_second_start() -> None:
    """The copy is of the day before; the journal holds what the new day has cost."""
    charges = [Charge(day=day, function="chat", nanos=5)
               for day in ("2026-11-29", "2026-11-30", "2026-11-30")]  # fmt: skip
    assert COPY.with_charges(charges).spent_on("2026-11-30") == {"chat": 10}
    assert COPY.with_charges(charges[:1]).spent_on("2026-11-29") == {"chat": 12}
    assert COPY.with_charges(charges).spent_on("2026-11-29") == {}


def test_two_changes_in_one_second_are_two(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEAWALL_PEPPER", "0123456789abcdef")
    monkeypatch.setenv(URL_ENV, postgres.migrated())
    store = open_store(tmp_path / "data")
    one, two = (create_key(store, application="shop", function="chat")[0] for _ in range(2))
    seen = [marks(store)]
    for key in (one, two):
        revoke_key(store, key, now=100)
        seen.append(marks(store))
    kill(store, "key", one, reason="first", now=100)
    seen.append(marks(store))
    lift(store, "key", one)
    kill(store, "key", two, reason="second", now=100)
    seen.append(marks(store))
    assert len(set(seen)) == 5
    store.close()


def test_first_users_at_once_make_one_key(tmp_path: Path) -> None:
    """A key that another first user replaced would sign what its own folder refuses."""
    together, made = threading.Barrier(8), []

    def sign() -> None:
        signer = Signer(tmp_path, b"0123456789abcdef", {})
        together.wait()
        made.append(signer.sign("policy", "shop", 1, b""))

    threads = [threading.Thread(target=sign) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    keys = {Signer(tmp_path, b"0123456789abcdef", {}).mine(raw, "policy").key for raw in made}
    assert len(made) == 8 and len(keys) == 1


def test_a_file_that_lay_in_wait_does_not_get_the_content(tmp_path: Path) -> None:
    """Neither its mode nor a second name of it opens what is written."""
    waiting, second = tmp_path / "pepper.new", tmp_path / "seen"
    waiting.write_bytes(b"")
    waiting.chmod(0o666)
    os.link(waiting, second)
    replace_file(tmp_path / "pepper", b"secret")
    assert (tmp_path / "pepper").stat().st_mode & 0o777 == 0o600
    assert second.read_bytes() == b"" and not waiting.exists()
