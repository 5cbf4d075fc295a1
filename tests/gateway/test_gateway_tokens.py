"""Bearer tokens: pinned algorithms, issuer, audience, times; keys from a file or a real URL."""

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from seawall.core.errors import MissingPartError, RequestError
from seawall.gateway.identity import jwks
from seawall.gateway.identity.jwks import IssuerKeys, key_set
from seawall.gateway.identity.tokens import Tokens
from seawall.policy.identity import Issuer
from seawall.policy.load import decode_policy
from seawall.policy.model import Policy
from seawall.store.db import open_store
from seawall.store.token_ids import TokenIds

NOW = 1_790_856_000
ISSUER = "https://login.example"
RSA = RSAKey.generate_key(2048, {"kid": "r1"})
OTHER = RSAKey.generate_key(2048, {"kid": "r1"})
EC = ECKey.generate_key("P-256", {"kid": "e1"})
POLICY = """\
version: 1
application: shop
upstreams: [{{name: main, base_url: "http://127.0.0.1:9/v1",
  models: {{small: {{input_per_million: 1, output_per_million: 2}}}}}}]
functions: {{chat: {{}}, batch: {{}}}}
identity:
  issuers:
    - name: login
      issuer: {issuer}
      audience: seawall
      algorithms: [RS256]
      {keys}
      function: chat
      scopes: [chat, admin]
      claims: {{application: app, function: fn, team: team, roles: realm.roles}}
      roles: {{g-audit: auditor}}
"""


def key_text(*keys: Any) -> str:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]})


def policy_of(keys: str) -> Policy:
    return decode_policy(POLICY.format(issuer=ISSUER, keys=keys), "test")


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Tokens:
    folder = tmp_path_factory.mktemp("keys")
    path = folder / "jwks.json"
    path.write_text(key_text(RSA, EC))
    ids = TokenIds(open_store(folder))
    return Tokens(policy_of(f"jwks_file: {path}"), ids, clock=lambda: float(NOW))


def claims(**more: Any) -> dict[str, Any]:
    base = {"iss": ISSUER, "aud": "seawall", "sub": "ada", "app": "shop", "iat": NOW - 5,
            "exp": NOW + 60}  # fmt: skip
    return {k: v for k, v in {**base, **more}.items() if v is not None}


def token(key: Any = RSA, alg: str = "RS256", kid: str = "r1", **more: Any) -> str:
    return jwt.encode({"alg": alg, "kid": kid}, claims(**more), key, algorithms=[alg])


def test_claims_say_who_asks(tokens: Tokens) -> None:
    who = tokens.lookup(token(fn="batch", team="sales", realm={"roles": ["g-audit", "g-x"]}))
    assert (who.user, who.key.function, who.key.team) == ("ada", "batch", "sales")
    assert who.key.roles == ("auditor",) and who.key.application == "shop"
    plain = tokens.lookup(token(sub="bob"))
    assert (plain.key.function, plain.key.roles) == ("chat", ())
    assert plain.key.key_id != who.key.key_id and "bob" not in plain.key.key_id


@pytest.mark.parametrize(
    "more",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["other", "seawall-2"]},
        {"exp": NOW - 31},
        {"exp": None},
        {"exp": "never"},
        {"exp": True},
        {"nbf": NOW + 31},
        {"iat": NOW + 31},
        {"iat": NOW - 90_000},
        {"app": "bank"},
        {"app": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 5},
        {"sub": "a\nb"},
    ],
)
def test_a_signed_token_that_is_not_for_us_now_is_refused(
    tokens: Tokens, more: dict[str, Any]
) -> None:
    with pytest.raises(RequestError) as refused:
        tokens.lookup(token(**more))
    assert refused.value.code == "invalid_token"


def forged() -> list[str]:
    good = token(sub="mallory")
    head, body, mark = good.split(".")
    none = jwt.encode({"alg": "none"}, claims(), OctKey.generate_key(), algorithms=["none"])
    public = OctKey.import_key(json.dumps(RSA.as_dict(private=False)).encode())
    return [
        token(OTHER),
        token(EC, "ES256", "e1"),  # a known key, but not a pinned algorithm
        jwt.encode({"alg": "HS256", "kid": "r1"}, claims(), public, algorithms=["HS256"]),
        none,
        f"{head}.{body}.",
        f"{head}.{token(sub='eve').split('.')[1]}.{mark}",
        f"{head}.{body}.{mark[:-4]}AAAA",
        "a.b.c",
        "..",
        "é.b.c",
        "x" * 9000 + "..",
        token(kid="unknown"),
    ]


@pytest.mark.parametrize("number", range(12))
def test_what_nobody_trusted_signed_is_refused(tokens: Tokens, number: int) -> None:
    with pytest.raises(RequestError) as refused:
        tokens.lookup(forged()[number])
    assert refused.value.code == "invalid_token"


def test_a_remembered_token_ends_when_it_ends(tmp_path: Path) -> None:
    (tmp_path / "k").write_text(key_text(RSA))
    now = [float(NOW)]
    ids = TokenIds(open_store(tmp_path))
    tokens = Tokens(policy_of(f"jwks_file: {tmp_path / 'k'}"), ids, clock=lambda: now[0])
    good = token()
    assert tokens.lookup(good) is tokens.lookup(good)
    now[0] = NOW + 60 + 31
    with pytest.raises(RequestError):
        tokens.lookup(good)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"keys": []}', b'{"keys": [{"kty": "oct", '
                                 b'"k": "AAAA"}]}', b'{"keys": [5]}'])  # fmt: skip
def test_what_is_no_set_of_public_keys(raw: bytes) -> None:
    with pytest.raises(Exception, match=r"key set|JWK"):
        key_set(raw)


class Jwks(http.server.BaseHTTPRequestHandler):
    keys: list[Any]
    asked: int
    status: int

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(type(self).status)
        self.end_headers()
        self.wfile.write(key_text(*type(self).keys).encode())

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[tuple[type[Jwks], str]]:
    handler = type("Served", (Jwks,), {"keys": [RSA], "asked": 0, "status": 200})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_port}/jwks"
    server.shutdown()
    server.server_close()
    thread.join()


def issuer_of(url: str) -> Issuer:
    policy = policy_of(f"jwks_url: {url}")
    return policy.identity.issuers[0]


def test_keys_of_a_url_are_kept_and_asked_for_at_a_bounded_rate(
    served: tuple[type[Jwks], str],
) -> None:
    handler, url = served
    now = [1000.0]
    keys = IssuerKeys(issuer_of(url), clock=lambda: now[0])
    keys.wait()
    assert len(keys.current().keys) == 1 and handler.asked == 1
    handler.keys = [RSA, EC]
    assert not any(keys.unknown_key() for _ in range(1000))  # a flood asks nobody
    now[0] += jwks.MIN_GAP_SECONDS
    assert keys.unknown_key()
    keys.wait()
    assert len(keys.current().keys) == 2 and handler.asked == 2
    handler.status = 500
    now[0] += 700
    assert len(keys.current().keys) == 2  # the old ones go on while the issuer is away
    keys.wait()
    assert handler.asked == 3
    now[0] += jwks.STALE_SECONDS
    with pytest.raises(MissingPartError):
        keys.current()
    keys.wait()


def test_an_issuer_that_is_away_is_said_not_guessed(
    served: tuple[type[Jwks], str], tmp_path: Path
) -> None:
    handler, url = served
    handler.status = 404
    ids = TokenIds(open_store(tmp_path))
    tokens = Tokens(policy_of(f"jwks_url: {url}"), ids, clock=lambda: float(NOW))
    tokens._issuers[ISSUER][1].wait()
    with pytest.raises(MissingPartError):
        tokens.lookup(token())


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("jwks_url: http://login.example/keys", "https"),
        ("jwks_url: https://u:p@login.example/keys", "https"),
        ("name: x2", "jwks_file"),
    ],
)
def test_policies_that_would_believe_anybody_are_refused(keys: str, word: str) -> None:
    text = POLICY.format(issuer=ISSUER, keys=keys)
    if keys.startswith("name"):
        text = text.replace("      name: x2\n", "").replace("- name: login", "- name: x2")
    with pytest.raises(Exception, match=word):
        decode_policy(text, "test")
    with pytest.raises(Exception, match="HS256"):
        decode_policy(text.replace("[RS256]", "[HS256]"), "test")


def test_nothing_of_a_token_is_in_a_repr(tokens: Tokens) -> None:
    assert "eyJ" not in repr(msgspec.json.encode(tokens.lookup(token()).key))
