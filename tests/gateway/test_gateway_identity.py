"""Identity over real HTTP: signed users, sealed provider keys, issuers' tokens, on record."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import openai
import pytest
from gateway_support import Gateway, Provider, gateway_of, make_policy
from joserfc import jwt
from joserfc.jwk import ECKey
from msgspec.structs import replace

from seawall.cli import main
from seawall.core.errors import MissingPartError
from seawall.core.roles import OPERATOR
from seawall.gateway.identity.opened import provider_keys, user_headers
from seawall.policy.model import Policy
from seawall.store.audit_users import AuditUsers
from seawall.store.db import open_store
from seawall.store.erasure import erase_user
from seawall.store.kills import list_kills
from seawall.store.sealed import set_secret
from seawall.store.token_ids import TokenIds
from seawall.wire.signed_user import HEADER, sign_user

HI: Any = [{"role": "user", "content": "Hi"}]
SECRET = b"s" * 32
KEY = ECKey.generate_key("P-256", {"kid": "k"})
EXTRA = """\
usage_policy: {{required: true, version: "1"}}
identity:
  user_header: {{secret: users}}
  issuers:
    - {{name: login, issuer: "https://login.example", audience: seawall, algorithms: [ES256],
       jwks_file: {path}, function: chat, scopes: [chat, models, acceptance, admin],
       claims: {{roles: groups}}, roles: {{risk: risk-officer}}}}
"""


def policy_of(provider: Provider, folder: Path) -> Policy:
    path = folder / "jwks.json"
    path.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    extra = EXTRA.format(path=path)
    policy = make_policy(provider, extra=extra)
    upstreams = tuple(replace(one, api_key_env="", secret="provider") for one in policy.upstreams)
    return replace(policy, upstreams=upstreams)


@pytest.fixture(scope="module")
def served(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("identity")
    store = open_store(str(folder / "data"))
    set_secret(store, "users", SECRET)
    set_secret(store, "provider", b"sealed-up-key")
    store.close()
    with gateway_of(policy_of(provider, folder), provider, folder) as gateway:
        yield gateway


def header(user: str, nonce: str, secret: bytes = SECRET) -> dict[str, str]:
    return {HEADER: sign_user(secret, "shop", user, time=int(time.time()), nonce=nonce * 16)}


def token(**more: Any) -> str:
    now = int(time.time())
    claims = {"iss": "https://login.example", "aud": "seawall", "sub": "grace", "iat": now,
              "exp": now + 60, **more}  # fmt: skip
    return jwt.encode({"alg": "ES256", "kid": "k"}, claims, KEY, algorithms=["ES256"])


def accept(gateway: Gateway, user: str, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(
        f"{gateway.url}/seawall/acceptance", json={"user": user, "version": "1"}, headers=headers
    )


def test_a_signed_user_counts_and_the_body_cannot_change_it(served: Gateway) -> None:
    served.provider.reset()
    bearer = {"authorization": f"Bearer {served.key}"}
    refused = accept(served, "eve", {**bearer, **header("ada", "a")})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "user_mismatch")
    assert accept(served, "ada", {**bearer, **header("ada", "b")}).status_code == 200
    ask = served.client().chat.completions.with_raw_response.create
    raw = ask(model="small", messages=HI, user="eve", extra_headers=header("ada", "c"))
    record = served.record(raw.headers["x-seawall-request-id"])
    assert record["user_source"] == "signed"
    signed = record["user"]  # a keyed hash: the log names nobody
    assert served.provider.auth == ["Bearer sealed-up-key"]
    with pytest.raises(openai.PermissionDeniedError):  # eve did not accept
        ask(model="small", messages=HI, user="ada", extra_headers=header("eve", "d"))
    unsigned = ask(model="small", messages=HI, user="ada")
    record = served.record(unsigned.headers["x-seawall-request-id"])
    assert (record["user"], record["user_source"]) == (signed, "unsigned")


def test_a_header_that_is_replayed_or_forged_is_refused(served: Gateway) -> None:
    once = header("ada", "e")
    client = served.client()
    client.models.list(extra_headers=once)
    for bad in (once, header("ada", "f", b"w" * 32), {HEADER: "ada"}):
        with pytest.raises(openai.AuthenticationError) as refused:
            client.models.list(extra_headers=bad)
        assert refused.value.code == "user_signature"
    key = base64.b64encode(SECRET).decode()
    assert key not in str(served.records()) and SECRET.decode() not in str(served.records())


def test_a_header_that_nobody_would_check_is_refused(gateway: Gateway) -> None:
    client = gateway.client()
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="small", messages=HI, extra_headers=header("ada", "g"))
    assert refused.value.code == "user_header_not_set" and not gateway.provider.seen
    with pytest.raises(openai.BadRequestError):
        client.models.list(extra_headers={HEADER: "ada"})
    assert client.models.list(extra_headers={HEADER: ""}).data


def test_a_token_is_a_key_and_its_subject_the_user(served: Gateway) -> None:
    good = token()
    headers = {"authorization": f"Bearer {good}"}
    assert accept(served, "grace", headers).status_code == 200
    raw = served.client(good).chat.completions.with_raw_response.create(
        model="small", messages=HI, user="somebody-else"
    )
    record = served.record(raw.headers["x-seawall-request-id"])
    assert record["user_source"] == "token"
    assert record["key_id"] == "jwt:login" and record["function"] == "chat"
    assert good not in str(served.records())
    with pytest.raises(openai.AuthenticationError) as refused:
        served.client(token(aud="other")).models.list()
    assert refused.value.code == "invalid_token"


def test_whose_a_record_is_stands_nowhere_once_the_user_is_erased(served: Gateway) -> None:
    headers = {"authorization": f"Bearer {token()}"}
    assert accept(served, "grace", headers).status_code == 200
    served.client(token()).chat.completions.create(model="small", messages=HI)
    users, ids = AuditUsers(served.store), TokenIds(served.store)
    assert users.find("grace") and erase_user(served.store, users, "grace", actor=OPERATOR).erased
    guesses = {
        digest(text.encode()).hexdigest()[:16]
        for digest in (hashlib.sha256, hashlib.md5)
        for text in ("grace", "https://login.example\ngrace", "login\ngrace")
    } | {ids.of("login", "grace").rpartition("_")[2]}
    written = json.dumps(served.records())
    assert not [guess for guess in guesses if guess in written] and "jwt:login" in written


def test_a_tokens_subject_is_switched_off_by_name(served: Gateway) -> None:
    headers = {"authorization": f"Bearer {token()}"}
    assert accept(served, "grace", headers).status_code == 200
    data = ("--data", str(served.store.folder))

    def code() -> str:
        try:
            served.client(token()).chat.completions.create(model="small", messages=HI)
        except openai.PermissionDeniedError as error:
            return str(error.code)
        return ""

    assert main.run(["kill", "key", "jwt:login:grace", "--reason", "left", *data]) == 0
    served.kills.renew()
    assert code() == "switched_off"
    (switch,) = list_kills(served.store)
    assert "grace" not in switch.name
    assert main.run(["kill", "lift", "key", switch.name, *data]) == 0
    served.kills.renew()
    assert code() == ""


def test_a_secret_that_is_missing_is_said_at_the_start(provider: Provider, tmp_path: Path) -> None:
    policy = policy_of(provider, tmp_path)
    store = open_store(str(tmp_path / "data"))
    for build in (provider_keys, user_headers):
        with pytest.raises(MissingPartError, match="secrets set"):
            build(policy, store, {})
