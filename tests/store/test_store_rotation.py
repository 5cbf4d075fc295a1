"""Rotation keeps rights and overlaps; admin keys need roles; every change is noted once."""

import asyncio

import pytest

from seawall.core.errors import InputError
from seawall.core.roles import PERMISSIONS, Actor, NotPermittedError, Permission, Role, require
from seawall.store.audit import open_log
from seawall.store.changes import pending_changes, record_changes
from seawall.store.db import Store
from seawall.store.keys import KeyCache, create_key, list_keys, lookup, revoke_key, rotate_key
from seawall.store.verify import records, verify

NOW = 1_790_856_000


def made(store: Store, **values: object) -> tuple[str, str]:
    return create_key(store, application="shop", function="chat", env={}, **values)  # type: ignore[arg-type]


def test_both_keys_open_during_the_overlap_and_only_the_new_one_after(store: Store) -> None:
    now = [float(NOW)]
    old_id, old = made(
        store, name="web", team="sales", scopes=("chat",), models=("small",), tools=("pay",)
    )
    new_id, new = rotate_key(store, old_id, overlap=3600, env={}, now=NOW)
    cache = KeyCache(store, env={}, clock=lambda: now[0])
    assert cache.lookup(old) is not None and cache.lookup(new) is not None
    now[0] += 3600
    assert cache.lookup(old) is None
    record = cache.lookup(new)
    assert record is not None and record.expires is None
    assert (record.key_id, record.replaces, record.team) == (new_id, old_id, "sales")
    assert (record.scopes, record.models, record.tools) == (("chat",), ("small",), ("pay",))


def test_a_lifetime_begins_anew_and_an_end_is_never_put_off(store: Store) -> None:
    old_id, _ = made(store, expires=NOW + 100)
    created = list_keys(store)[0].created
    rotate_key(store, old_id, overlap=3600, env={}, now=NOW)
    old, new = sorted(list_keys(store), key=lambda key: key.replaces)
    assert old.expires == NOW + 100
    assert new.expires == NOW + (NOW + 100 - created)


def test_without_an_overlap_the_old_key_ends_at_once(store: Store) -> None:
    old_id, old = made(store)
    rotate_key(store, old_id, overlap=0, env={})
    assert lookup(store, old, env={}) is None


def test_what_opens_nothing_is_not_rotated(store: Store) -> None:
    key_id, _ = made(store)
    with pytest.raises(InputError, match="0 seconds"):
        rotate_key(store, key_id, overlap=-1, env={})
    revoke_key(store, key_id)
    with pytest.raises(InputError, match="revoked"):
        rotate_key(store, key_id, overlap=1, env={})
    with pytest.raises(InputError, match="no key"):
        rotate_key(store, "abc", overlap=1, env={})
    assert len(list_keys(store)) == 1


@pytest.mark.parametrize(
    "values",
    [
        {"scopes": ("admin",)},
        {"roles": ("owner",)},
        {"scopes": ("admin",), "roles": ("king",)},
        {"models": ("a b",)},
        {"tools": ("",)},
    ],
)
def test_rights_that_make_no_sense_are_refused(store: Store, values: dict[str, object]) -> None:
    with pytest.raises(InputError):
        made(store, **values)
    assert list_keys(store) == [] and pending_changes(store) == []


def test_every_change_reaches_the_audit_log_once_with_who_did_it(store: Store) -> None:
    alice = Actor(name="alice", roles=(Role.OWNER,))
    key_id, secret = made(store, actor=alice)
    rotate_key(store, key_id, overlap=60, actor=alice, env={})
    revoke_key(store, key_id, actor=alice)
    revoke_key(store, key_id, actor=alice)  # changes nothing, so nothing is noted
    log = open_log(store)
    log.start()
    assert asyncio.run(record_changes(store, log)) == 3
    assert asyncio.run(record_changes(store, log)) == 0
    log.stop()
    kept = [record.body for record in records(store, limit=10)]
    assert [(body["actor"], body["action"]) for body in kept] == [
        ("alice", "key.create"),
        ("alice", "key.rotate"),
        ("alice", "key.revoke"),
    ]
    assert secret.rsplit("_", 1)[1] not in str(kept)
    assert verify(store).ok and pending_changes(store) == []


def test_the_permission_table() -> None:
    may = {role: {permission.value for permission in PERMISSIONS[role]} for role in Role}
    assert may[Role.OWNER] == set(Permission)
    assert not may[Role.USER]
    writes = {p.value for p in Permission if p.endswith((".write", ".grant"))}
    assert not writes & may[Role.AUDITOR]
    assert writes & may[Role.RISK_OFFICER] == {
        "consents.write", "kills.write", "registers.write"
    }  # fmt: skip
    assert writes & may[Role.DEVELOPER] == {"keys.write", "kills.write", "registers.write"}
    assert "acceptances.decide" not in may[Role.DEVELOPER] | may[Role.AUDITOR]
    assert "audit.read" in may[Role.AUDITOR] and "audit.read" not in may[Role.DEVELOPER]
    with pytest.raises(NotPermittedError, match="owner") as refused:
        require(Actor(name="x", roles=(Role.DEVELOPER,)), Permission.SECRETS_WRITE)
    assert refused.value.status == 403
