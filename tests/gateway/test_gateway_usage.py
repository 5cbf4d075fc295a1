"""Usage policy, budgets and the images a request carries."""

import asyncio
import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

import httpx2 as httpx
import openai
import pytest
import sqlalchemy as sa
from gateway_support import (
    ENV,
    POLICY,
    Gateway,
    Provider,
    chunks,
    gateway_of,
    make_policy,
    message,
)
from msgspec.structs import replace

from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange, Surface
from seawall.gateway.call import Call
from seawall.gateway.steps.usage_policy import UsagePolicyStep
from seawall.policy.load import decode_policy
from seawall.store.acceptances import forget
from seawall.wire.signed_user import HEADER, sign_user

HI: Any = [{"role": "user", "content": "Hi"}]


@pytest.fixture
def strict(provider: Provider, tmp_path: Path) -> Iterator[Gateway]:
    provider.reset()
    policy = f"""\
version: 1
application: shop
upstreams:
  - name: main
    base_url: {provider.url}
    models: {{small: {{input_per_million: 1000, output_per_million: 1000}}}}
functions:
  chat:
    max_output_tokens: 100
    limits: {{cost_per_day: 0.3, requests_per_minute: 4}}
usage_policy: {{version: "2026-1", required: true, url: "https://shop.example/policy"}}
consent: {{training_opt_out: false}}
disclosure: {{text: "KI-System für Kundinnen – bitte prüfen"}}
"""
    with gateway_of(decode_policy(policy, "p"), provider, tmp_path) as gateway:
        yield gateway


def ask(gateway: Gateway, **fields: Any) -> Any:
    return gateway.client().chat.completions.create(model="small", messages=HI, **fields)


def accept(gateway: Gateway, user: str, version: str) -> Any:
    body = {"user": user, "version": version}
    return gateway.client().post("/seawall/acceptance", body=body, cast_to=object)


def test_the_usage_policy_is_accepted_first(strict: Gateway) -> None:
    for fields in ({}, {"user": "anna"}):
        with pytest.raises(openai.PermissionDeniedError) as caught:
            ask(strict, **fields)
        assert caught.value.code == "usage_policy_not_accepted"
        assert "/v1/seawall/acceptance" in str(caught.value)
        assert caught.value.body["seawall"]["controls"] == ["CTL-USAGE-POLICY"]  # type: ignore[index]
    with pytest.raises(openai.BadRequestError):
        accept(strict, "anna", "2025-1")
    with pytest.raises(openai.BadRequestError, match="/user must not be empty"):
        accept(strict, "", "2026-1")
    assert accept(strict, "anna", "2026-1")["user"] == "anna"
    assert ask(strict, user="anna").choices[0].message.content == "Hello."
    with pytest.raises(openai.PermissionDeniedError):
        ask(strict, user="ben")
    assert "store" not in strict.provider.seen[0]


def test_who_is_erased_accepts_anew(strict: Gateway) -> None:
    now = [100.0]
    step = UsagePolicyStep(strict.policy, strict.store, clock=lambda: now[0])
    call = Call(surface="chat", exchange=Exchange(
        request_id="sw_1", surface=Surface.CHAT, model="small", body={}, parts=[], user="anna"
    ))  # fmt: skip
    accept(strict, "anna", "2026-1")
    asyncio.run(step(call))
    assert forget(strict.store, "anna") == 1
    now[0] += 59
    asyncio.run(step(call))  # remembered for a minute
    now[0] += 2
    with pytest.raises(RequestError) as caught:
        asyncio.run(step(call))
    assert caught.value.code == "usage_policy_not_accepted"


def test_an_acceptance_outlives_the_database_as_long_as_a_key(
    strict: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    step = UsagePolicyStep(strict.policy, strict.store, clock=lambda: now[0], stale_seconds=2_000.0)
    exchange = Exchange(
        request_id="sw_1", surface=Surface.CHAT, model="small", body={}, parts=[], user="anna"
    )
    call = Call(surface="chat", exchange=exchange)
    accept(strict, "anna", "2026-1")
    asyncio.run(step(call))

    def away() -> Any:
        raise sa.exc.OperationalError("", None, Exception())

    monkeypatch.setattr(strict.store, "read", away)
    now[0] += 1_999
    asyncio.run(step(call))
    after = UsagePolicyStep(
        strict.policy, strict.store, lambda: now[0], stale_seconds=2_000.0, before=step
    )
    asyncio.run(after(call))  # another policy is in force
    other = replace(strict.policy.usage_policy, version="2026-2")
    anew = UsagePolicyStep(
        replace(strict.policy, usage_policy=other), strict.store, lambda: now[0], before=step
    )
    with pytest.raises(sa.exc.OperationalError):
        asyncio.run(anew(call))
    now[0] += 2
    with pytest.raises(sa.exc.OperationalError):
        asyncio.run(step(call))


def test_budgets_are_reserved_and_settled(strict: Gateway) -> None:
    accept(strict, "anna", "2026-1")
    with pytest.raises(openai.APIStatusError) as caught:
        ask(strict, user="anna", n=8)
    assert caught.value.status_code == 413 and caught.value.code == "exceeds_limit"
    for _ in range(3):
        ask(strict, user="anna")
    spent = strict.exchanges()[-1]["cost"] * 3
    assert spent == pytest.approx(3 * 0.012)
    ask(strict, user="anna")
    with pytest.raises(openai.RateLimitError) as limited:
        ask(strict, user="anna")
    assert int(limited.value.response.headers["retry-after"]) > 0
    assert limited.value.body["seawall"]["controls"] == ["CTL-BUDGET"]  # type: ignore[index]
    assert len(strict.provider.seen) == 4


def test_a_disclosure_in_any_language_fits_a_header(strict: Gateway) -> None:
    accept(strict, "anna", "2026-1")
    raw = strict.client().chat.completions.with_raw_response.create(
        model="small", messages=HI, user="anna"
    )
    assert (
        raw.headers["x-seawall-disclosure"]
        == "KI-System f%C3%BCr Kundinnen %E2%80%93 bitte pr%C3%BCfen"
    )
    answer: Any = raw.parse()
    assert answer.seawall["disclosure"] == "KI-System für Kundinnen – bitte prüfen"


def test_an_image_nobody_can_read_is_unknown_and_blocks(gateway: Gateway) -> None:
    """This gateway has no reader for images: its document rules make every image UNKNOWN."""
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 50).decode()
    content = [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{png}"}},
    ]
    with pytest.raises(openai.BadRequestError) as caught:
        gateway.client().chat.completions.create(
            model="small",
            messages=[{"role": "user", "content": content}],  # type: ignore[typeddict-item]
        )
    assert caught.value.code == "content_filter"
    record = gateway.record(caught.value.response.headers["x-seawall-request-id"])
    assert record["unknown"] and png not in json.dumps(record)


def test_a_missing_provider_key_is_named(provider: Provider, tmp_path: Path) -> None:
    from seawall.core.errors import MissingPartError
    from seawall.gateway.settings import Settings
    from seawall.gateway.steps.upstream import Provider as Upstream

    for env in ({}, {"UPSTREAM_KEY": "  "}, {"UPSTREAM_KEY": "a\nb"}):
        with pytest.raises(MissingPartError, match="UPSTREAM_KEY"):
            Upstream(make_policy(provider), env, Settings())


@pytest.mark.parametrize("tokens", [2**62, 2**63 - 1, 10**30])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_count_that_no_books_hold_fails_its_own_request_only(
    gateway: Gateway, tokens: int, streamed: bool
) -> None:
    usage = {"prompt_tokens": tokens, "completion_tokens": 5}
    answer = [*chunks({"content": "Hello"}), json.dumps({"choices": [], "usage": usage}), "[DONE]"]
    gateway.provider.script = answer if streamed else {**message("Hello"), "usage": usage}
    client = gateway.client()
    with pytest.raises(openai.APIError) as found:
        list(client.chat.completions.create(model="small", messages=HI, stream=streamed))
    body = cast(dict[str, Any], found.value.body)
    assert body["code"] == "upstream_error"
    record = gateway.record(body["seawall"]["request_id"])
    assert (record["result"], record["usage"]) == ("failed", None)
    assert gateway.audit.healthy and 0 < record["cost"] < 1
    gateway.provider.script = None
    assert client.chat.completions.create(model="small", messages=HI).choices


@pytest.mark.parametrize("usage", [{}, {"prompt_tokens": None}, {"prompt_tokens": "5"}])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_usage_that_counts_nothing_makes_no_answer_free(
    gateway: Gateway, usage: dict[str, Any], streamed: bool
) -> None:
    answer = [*chunks({"content": "Hello"}), json.dumps({"choices": [], "usage": usage}), "[DONE]"]
    gateway.provider.script = answer if streamed else {**message("Hello"), "usage": usage}
    create = gateway.client().chat.completions.with_raw_response.create
    found = create(model="small", messages=HI, stream=streamed)
    list(found.parse())  # to the end
    record = gateway.record(found.headers["x-seawall-request-id"])
    assert record["result"] == "answered" and record["cost"] > 0


def test_a_named_user_accepts_before_anything_is_kept_for_them(
    provider: Provider, tmp_path: Path
) -> None:
    text = POLICY.format(upstream=provider.url, mode="error") + (
        'usage_policy: {version: "1", required: true}\n'
        "identity: {user_header: {secret_env: USERS_SECRET}}\n"
    )
    provider.reset()
    with gateway_of(decode_policy(text, "p"), provider, tmp_path) as gateway:

        def asked(method: str, path: str, user: str = "", **more: Any) -> str:
            headers = {"authorization": f"Bearer {gateway.key}"}
            if user:
                headers[HEADER] = sign_user(
                    ENV["USERS_SECRET"].encode(), "shop", user, time=int(time.time()),
                    nonce=token_hex(16),
                )  # fmt: skip
            answer = httpx.request(method, f"{gateway.url}{path}", headers=headers, **more)
            return str(answer.json().get("error", {}).get("code", ""))

        upload = {"data": {"purpose": "user_data"}, "files": {"file": ("a.txt", b"Open 9 to 5.")}}
        wanted: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", "/files", upload), ("GET", "/files", {}), ("GET", "/files/file-x", {}),
            ("GET", "/vector_stores", {}), ("GET", "/batches", {}),
            ("GET", "/fine_tuning/jobs", {}),
        ]  # fmt: skip
        for method, path, more in wanted:
            assert asked(method, path, "anna", **more) == "usage_policy_not_accepted"
            assert asked(method, path, **more) in ("", "not_found")  # the application's own
        accept(gateway, "anna", "1")
        for method, path, more in wanted:
            assert asked(method, path, "anna", **more) in ("", "not_found")
