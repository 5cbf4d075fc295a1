"""A policy that is published, signed, and followed by every replica, on real processes."""

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa
from fault_support import Paced, Served, got, until
from policy_support import (
    AN_AI,
    admin_key,
    change,
    chat_key,
    cli,
    following,
    hang_up,
    publish,
    refused,
    shared,
    stores,
    told,
    upstream,
    write,
)
from servers import Postgres

from seawall.core.roles import Role
from seawall.store.db import open_store
from seawall.store.replica_copy import FILE
from seawall.store.tables import policies

__all__ = ["shared", "stores", "upstream"]
pytestmark = pytest.mark.one_place("files, then servers, by `stores`; two folders share a database")


def signed(data: Path, number: int) -> bytes:
    store = open_store(data)
    with store.read() as connection:
        found = connection.scalar(sa.select(policies.c.signed).where(policies.c.number == number))
    store.close()
    assert isinstance(found, bytes)
    return found


def test_replicas_follow_what_is_published(stores: str, upstream: Paced, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert refused(data)[0] == 3
    publish(write(tmp_path, upstream), data)
    with following(data) as gateway:
        assert (told(gateway)["version"], told(gateway)["source"]) == (1, "store")
        assert gateway.ask() == ""
        found = publish(write(tmp_path, upstream, AN_AI), data)
        (replica,) = found["replicas"]
        assert (replica["number"], replica["source"], replica["error"]) == (2, "store", "")
        assert told(gateway)["version"] == 2 and gateway.ask() == ""
        numbers = [x["policy_version"] for x in gateway.records() if x["event"] == "request"]
        assert numbers == [1, 2]
        until(lambda: any(x.get("action") == "policy.publish" for x in gateway.records()))
        changed = [x for x in gateway.records() if x.get("action") == "policy.change"]
        assert [x["actor"] for x in changed] == ["operator"]
    with following(data) as gateway:
        assert told(gateway)["version"] == 2


def test_owners_publish_over_http(stores: str, upstream: Paced, tmp_path: Path) -> None:
    data, path = tmp_path / "data", "/admin/v1/policy/publish"
    publish(write(tmp_path, upstream), data)
    with following(data) as gateway:
        owner, officer = admin_key(data), admin_key(data, Role.RISK_OFFICER)
        text = write(tmp_path, upstream, AN_AI).read_text()
        assert got(gateway.port, "POST", path, {"text": text}, officer)[0] == 403
        for bad, said in (
            (text + "colour: red\n", "unknown field `colour`"),
            (text.replace("application: shop", "application: mall"), "serves shop, not mall"),
            (text.replace("UPSTREAM_KEY", "NOT_SET"), "NOT_SET"),
            (text.replace("detector: secrets, ", "detector: verbatim, registered: [a.txt], "),
             "policy:15: a.txt counts from a folder"),
        ):  # fmt: skip
            status, _, body = got(gateway.port, "POST", path, {"text": bad}, owner)
            assert status in (400, 503) and said in json.loads(body)["error"]["message"]
        assert told(gateway)["version"] == 1
        status, _, body = got(gateway.port, "POST", path, {"text": text}, owner)
        assert (status, json.loads(body)["version"]) == (200, 2)
        listed = json.loads(got(gateway.port, "GET", "/admin/v1/policy/versions", None, owner)[2])
        assert [(x["number"], x["actor"][:4]) for x in listed["data"]] == [(2, "key:"), (1, "oper")]
        until(lambda: _replicas(gateway, owner)[0]["number"] == 2)


def _replicas(gateway: Served, owner: dict[str, str]) -> list[dict[str, object]]:
    found = json.loads(got(gateway.port, "GET", "/admin/v1/policy/replicas", None, owner)[2])
    assert len(found["data"]) == 1
    replicas: list[dict[str, object]] = found["data"]
    return replicas


def test_a_gateway_with_a_file_does_not_publish(
    stores: str, upstream: Paced, tmp_path: Path
) -> None:
    data, policy = tmp_path / "data", write(tmp_path, upstream)
    with following(data, "--policy", str(policy)) as gateway:
        body = {"text": policy.read_text()}
        answer = got(gateway.port, "POST", "/admin/v1/policy/publish", body, admin_key(data))
        assert answer[0] == 400 and b"what is published is not followed" in answer[2]
        assert publish(policy, data)["replicas"][0]["source"] == "file"


def test_two_replicas_follow_one_publication(
    shared: Postgres, upstream: Paced, tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    publish(write(tmp_path, upstream), one)
    with following(one) as first, following(two, key=first.key) as second:
        until(lambda: len(_table(one)) == 2)
        publish(write(tmp_path, upstream, AN_AI), tmp_path / "elsewhere")
        assert [told(x)["version"] for x in (first, second)] == [2, 2]
        assert told(first)["sha256"] == told(second)["sha256"]
        assert [first.ask(), second.ask()] == ["", ""]
        assert {x["number"] for x in _table(one)} == {2}


def _table(data: Path) -> list[dict[str, object]]:
    done = cli("policy", "status", "--data", str(data), "--json")
    assert done.returncode == 0, done.stderr
    replicas: list[dict[str, object]] = json.loads(done.stdout)["replicas"]
    return replicas


FORGED = {
    "changed": ("was changed", lambda raw: raw.replace(b'"number":2', b'"number":3')),
    "nonsense": ("was changed", lambda raw: b"{}"),
    "another number": ("was signed as 1", None),
}


@pytest.mark.parametrize("kind", FORGED)
def test_what_was_not_published_so_is_not_served(
    kind: str, stores: str, upstream: Paced, tmp_path: Path
) -> None:
    """A running replica goes on with what it has; one that starts serves nothing."""
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    with following(data) as gateway:
        said, edit = FORGED[kind]
        publish(write(tmp_path, upstream, AN_AI), data)
        good = signed(data, 2)
        bad = signed(data, 1) if edit is None else edit(good)
        row = {"application": "shop", "number": 3, "sha256": "", "actor": "x", "created": 1}
        change(data, sa.insert(policies).values(row | {"signed": bad}))
        until(lambda: said in told(gateway).get("error", ""))
        assert told(gateway)["version"] == 2 and gateway.ready() == 200 and gateway.ask() == ""
        assert cli("policy", "reload", "--data", str(data)).returncode == 2
    code, stderr = refused(data)
    assert code == 5 and said in stderr


def test_an_older_policy_is_not_put_back(stores: str, upstream: Paced, tmp_path: Path) -> None:
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    publish(write(tmp_path, upstream, AN_AI), data)
    with following(data) as gateway:
        until((data / FILE).exists)
        change(data, sa.delete(policies).where(policies.c.number == 2))
        until(lambda: "somebody put it back" in told(gateway).get("error", ""))
        assert told(gateway)["version"] == 2
    code, stderr = refused(data)
    assert code == 5 and "older than version 2" in stderr


def test_a_policy_of_strangers_is_not_served(
    stores: str, upstream: Paced, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who can write to the database alone has neither the pepper nor a key that counts."""
    data, other = tmp_path / "data", tmp_path / "other"
    publish(write(tmp_path, upstream), data)
    with monkeypatch.context() as alone:
        for name in ("SEAWALL_DATABASE_URL", "SEAWALL_COUNTERS_URL"):
            alone.delenv(name, raising=False)
        alone.setenv("SEAWALL_PEPPER", "another pepper: abcdef")
        publish(write(tmp_path, upstream, AN_AI), other)
        with sqlite3.connect(other / "seawall.db") as made:
            (bad,) = made.execute("SELECT signed FROM policies").fetchone()
    change(data, sa.update(policies).values(signed=bad))
    code, stderr = refused(data)
    assert code == 5 and "a key that does not count here" in stderr


def test_an_operator_names_the_keys_that_count(
    stores: str, upstream: Paced, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then no replica's own key does, and one key follows another while both are named."""
    data, named = tmp_path / "data", tmp_path / "keys.pem"
    for name in ("old", "new"):
        private = tmp_path / f"{name}.key"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
        public = ["openssl", "pkey", "-in", private, "-pubout", "-out", tmp_path / f"{name}.pub"]
        subprocess.run(public, check=True)
    named.write_text((tmp_path / "old.pub").read_text())
    publish(write(tmp_path, upstream), data)  # by the folder's own key
    monkeypatch.setenv("SEAWALL_POLICY_KEYS", str(named))
    assert refused(data)[0] == 5
    done = cli("policy", "publish", str(tmp_path / "policy.yaml"), "--data", str(data))
    assert done.returncode == 3 and "no replica would take this" in done.stderr
    publish(tmp_path / "policy.yaml", data, "--key", str(tmp_path / "old.key"))
    named.write_text((tmp_path / "old.pub").read_text() + (tmp_path / "new.pub").read_text())
    with following(data) as gateway:
        assert told(gateway)["version"] == 2
        publish(write(tmp_path, upstream, AN_AI), data, "--key", str(tmp_path / "new.key"))
        assert told(gateway)["version"] == 3
        body = {"text": (tmp_path / "policy.yaml").read_text()}
        answer = got(gateway.port, "POST", "/admin/v1/policy/publish", body, admin_key(data))
        assert answer[0] == 503 and b"no replica would take this" in answer[2]


def test_a_signal_reads_what_is_published(stores: str, upstream: Paced, tmp_path: Path) -> None:
    data = tmp_path / "data"
    publish(write(tmp_path, upstream), data)
    with following(data) as gateway:
        hang_up(gateway)
        publish(write(tmp_path, upstream, AN_AI), data)
        until(lambda: told(gateway)["version"] == 2)
        assert gateway.ask() == "" and chat_key(data)
