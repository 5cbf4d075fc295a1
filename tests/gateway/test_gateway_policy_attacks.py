"""Who writes to the database, puts it back or moves the clock changes no policy, on processes."""

import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa
from fault_support import Paced, gateway_process, until
from policy_support import (
    AN_AI,
    PEPPER,
    away,
    change,
    chat_key,
    following,
    hang_up,
    keeps,
    publish,
    refused,
    shared,
    stores,
    told,
    upstream,
    write,
)
from servers import Postgres

from seawall.gateway.follow import Follower
from seawall.gateway.policy_file import PolicyFile
from seawall.store.journal import FILE as JOURNAL
from seawall.store.replica_copy import FILE, keep, kept
from seawall.store.signing import KEY_FILE, Signer
from seawall.store.tables import policies, policy_replicas

__all__ = ["away", "shared", "stores", "upstream"]
pytestmark = pytest.mark.one_place("files, then servers, by `stores`; or PostgreSQL that is away")
NEXT = "disclosure: {text: A machine answers.}\n"


@pytest.mark.parametrize("kind", ["put back", "cannot be built"])
def test_what_was_refused_is_not_kept_for_an_outage(
    kind: str, away: Postgres, upstream: Paced, tmp_path: Path
) -> None:
    """The copy holds the policy that serves, not the last that was read."""
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    publish(write(tmp_path, upstream, AN_AI), data)
    with following(data) as gateway:
        first, key = told(gateway), gateway.key
        if kind == "put back":
            change(data, sa.delete(policies).where(policies.c.number == 2))
        else:
            path = write(tmp_path, upstream)
            path.write_text(path.read_text().replace("UPSTREAM_KEY", "NOT_SET"))
            publish(path, data, code=2)
        until(lambda: "error" in told(gateway))
        other = chat_key(data)
        until(lambda: keeps(data, other))
    away.kill()
    with following(data, key=key) as gateway:
        now = told(gateway)
        assert (now["version"], now["sha256"]) == (2, first["sha256"]) and gateway.ask() == ""


def test_a_number_is_not_used_again(stores: str, upstream: Paced, tmp_path: Path) -> None:
    """As where a database was restored from a backup: what is published next counts."""
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    publish(write(tmp_path, upstream, AN_AI), data)
    with following(data) as gateway:
        before = told(gateway)["sha256"]
        until(lambda: publish_numbers(data) == [2])
        change(data, sa.delete(policies).where(policies.c.number == 2))
        (replica,) = publish(write(tmp_path, upstream, NEXT), data)["replicas"]
        assert (replica["number"], replica["error"]) == (3, "")
        assert told(gateway)["version"] == 3 and told(gateway)["sha256"] != before


def publish_numbers(data: Path) -> list[int]:
    """Return which versions replicas told that they serve."""
    from seawall.store.db import open_store
    from seawall.store.policies import replicas

    store = open_store(data)
    found = [one.number for one in replicas(store, "shop")]
    store.close()
    return found


def test_nonsense_about_replicas_stops_no_publication(
    stores: str, upstream: Paced, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    row = {"replica": "x", "application": "shop", "body": b"[", "seen": int(time.time())}
    change(data, sa.insert(policy_replicas).values(row))
    assert publish(write(tmp_path, upstream, AN_AI), data)["replicas"] == []


def test_a_number_means_one_policy(stores: str, upstream: Paced, tmp_path: Path) -> None:
    """Two that were signed under one number cannot be exchanged, running or at a start."""
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    text = write(tmp_path, upstream, AN_AI).read_text().encode()
    with following(data) as gateway:
        first = told(gateway)
        until((data / FILE).exists)
        signed = Signer(data, PEPPER.encode()).sign("policy", "shop", 1, text)
        change(data, sa.update(policies).values(signed=signed, sha256="0" * 64))
        until(lambda: "another policy under the number 1" in told(gateway).get("error", ""))
        assert told(gateway)["sha256"] == first["sha256"] and gateway.ask() == ""
    code, said = refused(data)
    assert code == 5 and "another policy under the number 1" in said


def test_a_replica_of_a_file_follows_what_is_published(
    stores: str, upstream: Paced, tmp_path: Path
) -> None:
    """The numbers of its file are no published ones: nothing was put back."""
    data, policy = tmp_path / "data", write(tmp_path, upstream)
    with following(data, "--policy", str(policy)) as gateway:
        write(tmp_path, upstream, AN_AI)
        hang_up(gateway)
        until(lambda: told(gateway)["version"] == 2)
        until(lambda: b'"number":2' in (data / FILE).read_bytes(), seconds=45)
    publish(policy, data)
    with following(data) as gateway:
        assert (told(gateway)["version"], told(gateway)["source"]) == (1, "store")


def test_who_signed_is_on_record(stores: str, upstream: Paced, tmp_path: Path) -> None:
    """Who the database says has published is no proof; the key is."""
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    with following(data) as gateway:
        publish(write(tmp_path, upstream, AN_AI), data)
        (changed,) = [x for x in gateway.records() if x.get("action") == "policy.change"]
        signer = Signer(data, PEPPER.encode())
        own = signer.opened(signer.sign("x", "shop", 1, b""), "x").signer
        assert changed["details"]["signer"] == own
        until(lambda: len(published(gateway.records())) == 2)
        assert {x["details"]["signer"] for x in published(gateway.records())} == {own}


def published(records: list[dict[str, object]]) -> list[dict[str, dict[str, object]]]:
    return [x for x in records if x.get("action") == "policy.publish"]  # type: ignore[misc]


def test_a_copy_from_the_future_is_of_no_age(
    away: Postgres, upstream: Paced, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that was put back makes no old copy a new one."""
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    with following(data):
        until((data / FILE).exists)
    away.kill()
    signer, later = Signer(data, PEPPER.encode()), time.time() + 3600
    found = kept(data, signer)
    assert found is not None
    with monkeypatch.context() as clock:
        clock.setattr(time, "time", lambda: later)
        keep(data, signer, "shop", 1, found.copy)
    code, said = refused(data)
    assert code == 5 and "comes from the future" in said


def test_a_second_gateway_cuts_nothing_off(away: Postgres, upstream: Paced, tmp_path: Path) -> None:
    """What the first is writing to the journal, the second that is refused leaves alone."""
    data, part = tmp_path / "data", b"\x00\x00\x10\x00half a frame"
    publish(write(tmp_path, upstream), data)
    with following(data) as gateway:
        key = gateway.key
        until(lambda: keeps(data, key))
    away.kill()
    with following(data, key=key) as gateway:
        assert gateway.ask() == ""
        with (data / JOURNAL).open("ab") as journal:
            journal.write(part)
        code, said = refused(data)
        assert code == 3 and "already writes" in said
        assert (data / JOURNAL).read_bytes().endswith(part)


def test_files_of_a_replica_are_private(stores: str, upstream: Paced, tmp_path: Path) -> None:
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    (data / f"{FILE}.new").write_bytes(b"")
    (data / f"{FILE}.new").chmod(0o666)
    with following(data):
        until((data / FILE).exists)
        assert {(data / x).stat().st_mode & 0o777 for x in (FILE, KEY_FILE)} == {0o600}


def test_a_hangup_may_come_while_one_is_heard() -> None:
    """A handler that waits for what it has interrupted would stop the gateway for good."""
    follower, inside = _follower(), []

    def interrupt(frame: object, event: str, arg: object) -> None:
        if event == "call" and not inside:
            inside.append(event)
            follower.ask()
            inside.clear()

    def ask() -> None:
        sys.setprofile(interrupt)
        follower.ask()
        sys.setprofile(None)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(5)
    assert not asking.is_alive()


def _follower() -> Follower:
    nothing = cast("Any", None)
    policies = PolicyFile(Path("policy.yaml"))
    return Follower(nothing, policies, nothing, "shop", "replica", nothing)


def test_hangups_do_not_kill_a_gateway_that_ends(upstream: Paced, tmp_path: Path) -> None:
    with gateway_process(tmp_path, upstream) as gateway:
        assert gateway.ask() == ""
        gateway.running.send_signal(signal.SIGTERM)
        while gateway.running.poll() is None:
            hang_up(gateway)
            time.sleep(0.001)
        assert gateway.running.returncode == 0
