"""Sealed secrets: nothing readable in the database, bound to their names, master keys rotate."""

import base64
import http.server
import json
import stat
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from seawall.core.errors import InputError, IntegrityError, MissingPartError
from seawall.store import sealed
from seawall.store.changes import pending_changes
from seawall.store.db import Store
from seawall.store.master import load_master, new_key, seal, unseal
from seawall.store.sealed import get_secret, list_secrets, remove_secret, rotate_master, set_secret
from seawall.store.tables import secrets

VALUE = b"sk-provider-0123456789"


def test_a_secret_opens_and_stands_nowhere_in_the_folder(store: Store) -> None:
    set_secret(store, "openai-key", VALUE, env={})
    assert get_secret(store, "openai-key", env={}) == VALUE
    master = store.folder / "master.key"
    assert stat.S_IMODE(master.stat().st_mode) == 0o600
    store.close()
    content = b"".join(p.read_bytes() for p in store.folder.iterdir() if p.is_file())
    assert VALUE not in content and base64.b64encode(VALUE) not in content
    key = base64.b64decode(master.read_bytes())
    database = b"".join(p.read_bytes() for p in store.folder.glob("seawall.db*"))
    assert key not in database
    assert VALUE.decode() not in repr((list_secrets(store), pending_changes(store)))
    assert "master" not in repr(load_master(store, {})).lower().replace("localmaster", "")


def test_a_second_value_takes_the_first_ones_place(store: Store) -> None:
    first = set_secret(store, "a", b"one", env={})
    assert set_secret(store, "a", b"two", env={}).created == first.created
    assert get_secret(store, "a", env={}) == b"two"
    remove_secret(store, "a")
    with pytest.raises(MissingPartError, match="no secret 'a'"):
        get_secret(store, "a", env={})
    with pytest.raises(InputError):
        remove_secret(store, "a")
    actions = [change["action"] for change in pending_changes(store)]
    assert actions == ["secret.set", "secret.set", "secret.remove"]


@pytest.mark.parametrize("column", ["sealed", "wrapped"])
@pytest.mark.parametrize("how", ["moved", "changed", "cut"])
def test_what_was_tampered_with_does_not_open(store: Store, column: str, how: str) -> None:
    for name in ("a", "b"):
        set_secret(store, name, name.encode() * 9, env={})
    place = secrets.c[column]
    with store.write() as connection:
        value = connection.scalar(sa.select(place).where(secrets.c.name == "a"))
        bad = {"changed": value[:-1] + bytes([value[-1] ^ 1]), "cut": value[:5], "moved": value}
        connection.execute(
            sa.update(secrets).where(secrets.c.name == "b").values({column: bad[how]})
        )
    with pytest.raises(IntegrityError):
        get_secret(store, "b", env={})


@pytest.mark.parametrize(
    ("name", "value"), [("A", b"x"), ("", b"x"), ("a b", b"x"), ("a", b""), ("a", b"x" * 70_000)]
)
def test_what_cannot_be_sealed(store: Store, name: str, value: bytes) -> None:
    with pytest.raises(InputError):
        set_secret(store, name, value, env={})
    assert list_secrets(store) == []


def test_the_files_master_key_rotates_and_the_old_one_is_gone(store: Store) -> None:
    set_secret(store, "a", VALUE, env={})
    set_secret(store, "b", b"other", env={})
    path = store.folder / "master.key"
    old = path.read_bytes()
    assert rotate_master(store, env={}) == 2
    assert len(path.read_bytes().split()) == 1 and path.read_bytes() != old
    assert get_secret(store, "a", env={}) == VALUE
    path.write_bytes(old)
    with pytest.raises(MissingPartError, match="not here"):
        get_secret(store, "a", env={})
    with pytest.raises(MissingPartError):
        rotate_master(store, env={})


def test_a_rotation_that_stops_half_way_loses_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_secret(store, "a", VALUE, env={})

    def broken(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(sealed, "replace_file", broken)
        with pytest.raises(MissingPartError, match="every line but the first"):
            rotate_master(store, env={})
    assert get_secret(store, "a", env={}) == VALUE
    assert rotate_master(store, env={}) == 1
    assert get_secret(store, "a", env={}) == VALUE


def test_the_environments_master_key_rotates(store: Store) -> None:
    first, second = new_key().decode(), new_key().decode()
    set_secret(store, "a", VALUE, env={"SEAWALL_MASTER_KEY": first})
    assert not (store.folder / "master.key").exists()
    both = {"SEAWALL_MASTER_KEY": second, "SEAWALL_MASTER_KEY_OLD": first}
    assert get_secret(store, "a", env=both) == VALUE
    assert rotate_master(store, env=both) == 1
    assert get_secret(store, "a", env={"SEAWALL_MASTER_KEY": second}) == VALUE
    with pytest.raises(MissingPartError):
        get_secret(store, "a", env={"SEAWALL_MASTER_KEY": first})
    with pytest.raises(InputError, match="32 bytes"):
        load_master(store, {"SEAWALL_MASTER_KEY": "short"})


def test_a_lost_master_key_is_not_replaced(store: Store) -> None:
    set_secret(store, "a", VALUE, env={})
    (store.folder / "master.key").unlink()
    for action in (lambda: get_secret(store, "a", env={}), lambda: rotate_master(store, env={})):
        with pytest.raises(MissingPartError):
            action()
    with pytest.raises(MissingPartError):
        set_secret(store, "b", b"x", env={})
    assert not (store.folder / "master.key").exists()


class Transit(http.server.BaseHTTPRequestHandler):
    """Vault's transit engine as its documentation describes it, with one key."""

    key = base64.b64decode(new_key())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        context = base64.b64decode(body["associated_data"])
        status, data = 403, {}
        if self.headers["x-vault-token"] == "good":
            try:
                status, data = 200, self.answer(self.path, body, context)
            except IntegrityError:
                status = 400
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps({"data": data}).encode())

    def answer(self, path: str, body: dict[str, str], context: bytes) -> dict[str, str]:
        if path == "/v1/transit/encrypt/seawall":
            wrapped = seal(self.key, base64.b64decode(body["plaintext"]), context)
            return {"ciphertext": "vault:v1:" + base64.b64encode(wrapped).decode()}
        assert path == "/v1/transit/decrypt/seawall"
        wrapped = base64.b64decode(body["ciphertext"].removeprefix("vault:v1:"))
        return {"plaintext": base64.b64encode(unseal(self.key, wrapped, context)).decode()}

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def vault() -> Iterator[dict[str, str]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Transit)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/v1/transit"
    yield {"SEAWALL_VAULT_TRANSIT_URL": url, "SEAWALL_VAULT_TOKEN": "good"}
    server.shutdown()
    server.server_close()
    thread.join()


def test_vault_wraps_and_its_key_never_comes_here(store: Store, vault: dict[str, str]) -> None:
    set_secret(store, "a", VALUE, env=vault)
    assert get_secret(store, "a", env=vault) == VALUE
    assert rotate_master(store, env=vault) == 1
    assert not (store.folder / "master.key").exists()
    with pytest.raises(MissingPartError, match="HTTP 403"):
        get_secret(store, "a", env={**vault, "SEAWALL_VAULT_TOKEN": "stolen"})
    assert "good" not in repr(load_master(store, vault))
    set_secret(store, "b", b"other", env=vault)
    with store.write() as connection:
        moved = connection.scalar(sa.select(secrets.c.wrapped).where(secrets.c.name == "a"))
        connection.execute(sa.update(secrets).where(secrets.c.name == "b").values(wrapped=moved))
    with pytest.raises(IntegrityError):
        get_secret(store, "b", env=vault)


def test_vault_away_is_said(store: Store, vault: dict[str, str]) -> None:
    set_secret(store, "a", VALUE, env=vault)
    away = {**vault, "SEAWALL_VAULT_TRANSIT_URL": "http://127.0.0.1:9/v1/transit"}
    with pytest.raises(MissingPartError, match="cannot be reached"):
        get_secret(store, "a", env=away)
    with pytest.raises(InputError, match="https"):
        load_master(store, {**vault, "SEAWALL_VAULT_TRANSIT_URL": "http://vault.example/v1"})
