"""API keys: only the right secret opens, a revoke works at once, an outage does not lock out."""

import hmac
import stat
import time
from pathlib import Path

import pytest
from raw import away, edit, stolen

from seawall.core.errors import InputError, MissingPartError
from seawall.store.db import Store, open_store
from seawall.store.key_record import digest_of
from seawall.store.keys import SCOPES, KeyCache, create_key, list_keys, lookup, revoke_key
from seawall.store.pepper import load_pepper

NOW = 1_790_856_000


class Clock:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def new_key(store: Store, **values: object) -> tuple[str, str]:
    return create_key(store, application="shop", function="chat", env={}, **values)  # type: ignore[arg-type]


def test_the_stored_hash_is_hmac_sha256_of_the_whole_key() -> None:
    for pepper in (b"p" * 32, b"q" * 16):
        for key in ("sw_a_b", ""):
            wanted = hmac.digest(pepper, b"seawall key 1\n" + key.encode(), "sha256")
            assert digest_of(key, pepper) == wanted


def test_a_key_opens_with_its_own_secret_only(store: Store) -> None:
    key_id, key = new_key(store, name="front end", scopes=("chat", "models"))
    record = lookup(store, key, env={})
    assert record is not None
    assert (record.key_id, record.application, record.function) == (key_id, "shop", "chat")
    assert (record.name, record.allows("chat"), record.allows("files")) == (
        "front end",
        True,
        False,
    )
    _, other = new_key(store)
    assert lookup(store, key[:16] + other[16:], env={}) is None


@pytest.mark.parametrize(
    "mangle",
    [
        lambda key: "",
        lambda key: key[:-1],
        lambda key: key + "A",
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: key.upper(),
        lambda key: key + "\n",
        lambda key: " " + key,
        lambda key: key.replace("sw_", "sk-"),
        lambda key: key[:-1] + "\u0661",
        lambda key: key[:16] + "%" * 43,
        lambda key: "sw_" + "a" * 12 + key[15:],
        lambda key: "' OR 1=1 --",
        lambda key: "x" * 1_000_000,
        lambda key: "\ud800",
    ],
)
def test_what_is_not_the_key_opens_nothing(store: Store, mangle: object) -> None:
    _, key = new_key(store)
    presented = mangle(key)  # type: ignore[operator]
    assert lookup(store, presented, env={}) is None
    assert lookup(KeyCache(store, env={}), presented) is None


def test_the_secret_is_stored_nowhere(store: Store) -> None:
    _, key = new_key(store, name="x")
    lookup(store, key, env={})
    store.close()
    content = b"".join(path.read_bytes() for path in store.folder.iterdir())
    assert key.rsplit("_", 1)[1].encode() not in content


def test_keys_do_not_repeat(store: Store) -> None:
    keys = [new_key(store) for _ in range(50)]
    assert len({key for _, key in keys}) == len({key_id for key_id, _ in keys}) == 50


def test_expired_and_revoked_keys_open_nothing(store: Store) -> None:
    _, expired = new_key(store, expires=int(time.time()) - 1)
    _, alive = new_key(store, expires=int(time.time()) + 60)
    gone_id, gone = new_key(store)
    assert lookup(store, expired, env={}) is None
    assert lookup(store, alive, env={}) is not None
    first = revoke_key(store, gone_id, now=NOW)
    assert lookup(store, gone, env={}) is None
    assert revoke_key(store, gone_id, now=NOW + 99).revoked == first.revoked == NOW
    assert [record.revoked for record in list_keys(store)].count(None) == 2


@pytest.mark.parametrize(
    "values",
    [{"scopes": ("chat", "root")}, {"scopes": ()}, {"application": ""}, {"function": ""}],
)
def test_keys_that_make_no_sense_are_refused(store: Store, values: dict[str, object]) -> None:
    arguments = {"application": "shop", "function": "chat", "env": {}, **values}
    with pytest.raises(InputError):
        create_key(store, **arguments)  # type: ignore[arg-type]
    assert list_keys(store) == []


def test_revoking_what_is_not_there(store: Store) -> None:
    with pytest.raises(InputError, match="no key abc"):
        revoke_key(store, "abc")


def test_scopes_default_to_all(store: Store) -> None:
    new_key(store)
    assert list_keys(store)[0].scopes == SCOPES


def test_a_revoke_is_effective_within_the_ttl(store: Store) -> None:
    clock = Clock()
    key_id, key = new_key(store)
    cache = KeyCache(store, env={}, ttl_seconds=2, clock=clock)
    assert cache.lookup(key) is not None
    revoke_key(store, key_id)
    clock.now += 1.9
    assert cache.lookup(key) is not None
    clock.now += 0.2
    assert cache.lookup(key) is None


def test_expiry_does_not_wait_for_the_ttl(store: Store) -> None:
    clock = Clock()
    _, key = new_key(store, expires=NOW + 1)
    cache = KeyCache(store, env={}, ttl_seconds=3600, clock=clock)
    assert cache.lookup(key) is not None
    clock.now += 1
    assert cache.lookup(key) is None


def test_a_new_key_works_at_once(store: Store) -> None:
    cache = KeyCache(store, env={}, clock=Clock())
    _, key = new_key(store)
    assert cache.lookup(key) is not None


def test_an_outage_keeps_known_keys_for_a_while_and_never_guesses(
    store: Store, request: pytest.FixtureRequest
) -> None:
    clock = Clock()
    key_id, key = new_key(store)
    _, other = new_key(store)
    unknown = "sw_" + "b" * 12 + other[15:]
    cache = KeyCache(store, env={}, ttl_seconds=2, stale_seconds=60, clock=clock)
    with away(store, request.getfixturevalue("postgres") if store.shared else None):
        clock.now += 30
        record = cache.lookup(key)
        assert record is not None
        assert record.key_id == key_id
        with pytest.raises(MissingPartError):
            cache.lookup(unknown)
        clock.now += 31
        with pytest.raises(MissingPartError):
            cache.lookup(key)
    assert cache.lookup(key) is not None
    assert cache.lookup(unknown) is None


def test_who_has_a_known_key_waits_for_no_server_that_is_away(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, asked = Clock(), []
    _, key = new_key(store)
    unknown = "sw_" + "b" * 12 + key[15:]
    cache = KeyCache(store, env={}, ttl_seconds=2, reads=False, clock=clock)
    read = store.read
    monkeypatch.setattr(store, "read", lambda: asked.append("") or read())
    monkeypatch.setattr(type(store), "away_seconds", 1.0)
    clock.now += 30
    cache.fetch(key)
    assert (asked, cache.lookup(key) is not None) == ([], True)
    cache.fetch(unknown)
    assert len(asked) == 1, "nobody knows this one"
    monkeypatch.setattr(type(store), "away_seconds", 0.0)
    cache.fetch(key)
    assert len(asked) == 2


def test_last_use_is_written_by_flush_not_by_lookup(store: Store) -> None:
    clock = Clock()
    _, key = new_key(store)
    cache = KeyCache(store, env={}, flush_seconds=3600, clock=clock)
    cache.lookup(key)
    clock.now += 5
    cache.lookup(key)
    assert list_keys(store)[0].last_used is None
    cache.close()
    assert list_keys(store)[0].last_used == NOW + 5


def test_a_flush_that_fails_is_made_up_later(store: Store) -> None:
    _, key = new_key(store)
    cache = KeyCache(store, env={}, flush_seconds=3600, clock=Clock())
    cache.lookup(key)
    edit(store, "ALTER TABLE keys RENAME TO keys_away")
    cache.flush()
    edit(store, "ALTER TABLE keys_away RENAME TO keys")
    cache.close()
    assert list_keys(store)[0].last_used == NOW


def test_a_wrong_key_does_not_count_as_use(store: Store) -> None:
    _, key = new_key(store)
    cache = KeyCache(store, env={}, flush_seconds=3600)
    cache.lookup(key[:-1] + ("A" if key[-1] != "A" else "B"))
    cache.close()
    assert list_keys(store)[0].last_used is None


def test_the_pepper_file_is_private_and_stays(store: Store) -> None:
    first = load_pepper(store, {})
    path = store.folder / "pepper"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_pepper(store, {}) == first == path.read_bytes()
    assert len(first) == 64


def test_the_pepper_comes_from_the_environment_if_set(store: Store) -> None:
    env = {"SEAWALL_PEPPER": "p" * 32}
    _, key = create_key(store, application="a", function="f", env=env)
    assert lookup(store, key, env=env) is not None
    assert not (store.folder / "pepper").exists()
    with pytest.raises(InputError, match="16 bytes"):
        load_pepper(store, {"SEAWALL_PEPPER": "short"})


def test_another_pepper_is_said_not_answered_with_no(store: Store) -> None:
    env = {"SEAWALL_PEPPER": "p" * 32}
    _, key = create_key(store, application="a", function="f", env=env)
    with pytest.raises(MissingPartError, match="another pepper"):
        lookup(store, key, env={"SEAWALL_PEPPER": "q" * 32})


def test_a_lost_pepper_is_not_silently_replaced(store: Store) -> None:
    new_key(store)
    (store.folder / "pepper").unlink()
    with pytest.raises(MissingPartError, match="pepper they need is gone"):
        KeyCache(store, env={})
    assert not (store.folder / "pepper").exists()


def test_a_copied_database_without_its_pepper_opens_nothing(store: Store, tmp_path: Path) -> None:
    _, key = new_key(store)
    other = open_store(stolen(store, tmp_path / "thief"))
    with pytest.raises(MissingPartError):
        lookup(other, key, env={})
