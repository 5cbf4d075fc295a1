"""A replica that starts while PostgreSQL is away serves from its signed copy, for a time."""

import json
import signal
from pathlib import Path

import pytest
from fault_support import Paced, got, question, until
from policy_support import (
    AN_AI,
    away,
    chat_key,
    following,
    keeps,
    kept_body,
    publish,
    refused,
    shared,
    state,
    told,
    upstream,
    write,
)
from servers import Postgres, Valkey

from seawall.store.db import open_store
from seawall.store.keys import revoke_key
from seawall.store.kills import kill
from seawall.store.replica_copy import FILE
from seawall.store.sealed import set_secret
from seawall.store.verify import verify

__all__ = ["away", "shared", "upstream"]
pytestmark = pytest.mark.one_place("PostgreSQL that is away")


def ran(data: Path, upstream: Paced, *more: str) -> str:
    """Run a replica until it has kept its copy, kill it, and return a key that it knew."""
    with following(data, *more) as gateway:
        assert gateway.ask() == ""
        until(lambda: keeps(data, gateway.key))
        gateway.running.send_signal(signal.SIGKILL)
        return gateway.key


@pytest.mark.parametrize("source", ["file", "store"])
def test_a_replica_starts_without_its_database(
    source: str, away: Postgres, upstream: Paced, tmp_path: Path
) -> None:
    """Known keys are answered and on record; when the database is back, all is as it was."""
    data, policy = tmp_path / "data", write(tmp_path, upstream)
    more = ("--policy", str(policy)) if source == "file" else ()
    publish(policy, data)
    key = ran(data, upstream, *more)
    away.kill()
    with following(data, *more, key=key) as gateway:
        first = state(gateway)
        assert first["status"] == "ready" and first["database"] == "away"
        assert first["policy"]["source"] == ("file" if source == "file" else "cache")
        assert first["policy"]["version"] == 1 and first["unheard_seconds"] < 60
        assert [gateway.ask() for _ in range(3)] == [""] * 3
        assert state(gateway)["journaled"] >= 3
        status, _, body = got(gateway.port, "POST", "/v1/chat/completions", question({}),
                              {"authorization": "Bearer sw_aaaaaaaaaaaa_" + "a" * 43})  # fmt: skip
        assert status == 503, body
        away.start()
        until(lambda: state(gateway)["database"] == "ok" and not state(gateway)["journaled"])
        until(lambda: told(gateway)["source"] == source)
        assert gateway.ask() == "" and gateway.ask() == ""
        publish(write(tmp_path, upstream, AN_AI), data)
        assert told(gateway)["version"] == (1 if source == "file" else 2)
        gateway.running.send_signal(signal.SIGTERM)
        assert gateway.running.wait(60) == 0
    assert gateway.answered <= {body["request_id"] for body in gateway.records()}
    store = open_store(data)
    report = verify(store)
    store.close()
    assert report.ok, report.problems


def test_what_is_too_old_is_not_served(away: Postgres, upstream: Paced, tmp_path: Path) -> None:
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    key = ran(data, upstream)
    away.kill()
    with following(data, "--max-stale", "4", key=key) as gateway:
        until(lambda: gateway.ready() == 503)
        said = state(gateway)
        assert said["status"] == "not ready" and "keys and policy" in said["refused"]
        status, headers, body = got(gateway.port, "POST", "/v1/chat/completions", question({}),
                                    {"authorization": f"Bearer {key}"})  # fmt: skip
        assert (status, headers["retry-after"]) == (503, "5")
        assert json.loads(body)["error"]["code"] == "store_away_too_long"
        away.start()
        until(lambda: gateway.ready() == 200)
        until(lambda: gateway.ask() == "")
    away.kill()
    with following(data, "--max-stale", "0", key=key) as gateway:
        away.start()
        until(lambda: gateway.ask() == "")
        away.kill()
    with following(data, "--max-stale", "0", key=key) as gateway:
        assert gateway.ready() == 503 and gateway.ask() == "store_away_too_long"


def test_a_copy_that_was_changed_is_not_served(
    away: Postgres, upstream: Paced, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, path = tmp_path / "data", tmp_path / "data" / FILE
    publish(write(tmp_path, upstream), data)
    ran(data, upstream)
    good = path.read_bytes()
    away.kill()
    fields = json.loads(good)
    for edit in ({"time": fields["time"] + 9}, {"number": 7}, {"application": "mall"}):
        path.write_bytes(json.dumps(fields | edit).encode())
        code, said = refused(data)
        assert code == 5 and "its signature does not fit" in said
        assert FILE in said and "while the database answers" in said, "what to do"
    path.write_bytes(good)
    other = tmp_path / "other"
    with monkeypatch.context() as alone:
        for name in ("SEAWALL_DATABASE_URL", "SEAWALL_COUNTERS_URL"):
            alone.delenv(name)
        publish(tmp_path / "policy.yaml", other)
        with following(other) as strange:
            until((other / FILE).exists)
            assert strange.ask() == ""
    path.write_bytes((other / FILE).read_bytes())
    code, said = refused(data)
    assert code == 5 and "a key that does not count here" in said
    path.write_bytes(good)
    assert refused(data, env={"SEAWALL_PEPPER": "another pepper: abcdef"})[0] == 3
    path.unlink()
    assert refused(data)[0] == 3


def test_switches_and_revocations_hold_without_the_database(
    away: Postgres, upstream: Paced, tmp_path: Path
) -> None:
    """What was revoked or switched off a moment before the outage stays so; secrets stay sealed."""
    data, policy = tmp_path / "data", write(tmp_path, upstream)
    policy.write_text(policy.read_text().replace("api_key_env: UPSTREAM_KEY", "secret: up"))
    store = open_store(data)
    set_secret(store, "up", b"sealed-provider-key")
    publish(policy, data)
    with following(data) as gateway:
        other = chat_key(data)
        until(lambda: keeps(data, other))
        before = kept_body(data)
        revoke_key(store, other.split("_")[1])
        kill(store, "model", "small", reason="test")
        until(lambda: b'"reason":"test"' in kept_body(data) and kept_body(data) != before)
        assert b"sealed-provider-key" not in (data / FILE).read_bytes() + kept_body(data)
        key = gateway.key
    store.close()
    away.kill()
    with following(data, key=key) as gateway:
        assert gateway.ask() == "switched_off"
        headers = {"authorization": f"Bearer {other}"}
        assert got(gateway.port, "GET", "/v1/models", None, headers)[0] == 401


def test_a_budget_is_not_begun_anew(
    away: Postgres, valkey: Valkey, upstream: Paced, tmp_path: Path
) -> None:
    """Without any server, a replica lets its share of what was left through, over its restarts."""
    data = tmp_path / "data"
    publish(write(tmp_path, upstream, limits="requests_per_day: 10"), data)
    with following(data) as gateway:
        key = gateway.key
        assert [gateway.ask() for _ in range(4)] == [""] * 4
        until(lambda: b'"requests":4' in kept_body(data), seconds=45)
    away.kill()
    valkey.kill()
    try:
        answers = []
        for _ in range(2):
            with following(data, key=key) as gateway:
                answers.append([gateway.ask() for _ in range(5)].count(""))
                gateway.running.send_signal(signal.SIGTERM)
                assert gateway.running.wait(60) == 0
        assert answers == [3, 1]
    finally:
        valkey.start()


def test_a_head_that_lags_loses_no_record(away: Postgres, upstream: Paced, tmp_path: Path) -> None:
    """As after a power cut of both: the database has records that the folder's head misses."""
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    with following(data) as gateway:
        key = gateway.key
        assert gateway.ask() == ""
        until(lambda: keeps(data, key))
        head = (data / "audit.head").read_bytes()
        assert [gateway.ask() for _ in range(3)] == [""] * 3
        answered = set(gateway.answered)
    away.kill()
    (data / "audit.head").write_bytes(head)
    for _ in range(2):
        with following(data, key=key) as gateway:
            assert [gateway.ask() for _ in range(2)] == [""] * 2
            answered |= gateway.answered
    away.start()
    with following(data, key=key) as gateway:
        assert gateway.ask() == ""
        answered |= gateway.answered
        gateway.running.send_signal(signal.SIGTERM)
        assert gateway.running.wait(60) == 0
    records = gateway.records()
    assert answered <= {body["request_id"] for body in records} and len(answered) == 9
    (told_so,) = [body for body in records if body.get("action") == "audit.renumbered"]
    assert told_so["details"]["records"] >= 4
    store = open_store(data)
    report = verify(store)
    store.close()
    assert report.ok, report.problems
