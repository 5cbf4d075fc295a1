"""Batches: what was paid in advance and not used comes back; users' choices hold for lines."""

import json
import time
from pathlib import Path
from typing import Any

import httpx2 as httpx
import openai
import pytest
from gateway_support import POLICY, Gateway, Provider, gateway_of, make_policy, message

from seawall.core.roles import OPERATOR
from seawall.gateway.counters import Claim, LocalCounters, Subject
from seawall.gateway.limits import utc_day
from seawall.policy.load import decode_policy
from seawall.policy.resources import Limits
from seawall.store.captures import list_captures, read_capture
from seawall.store.spend import spent_on

COUNTS = {"total": 2, "completed": 0, "failed": 0}
ONE = {"id": "batch_up", "object": "batch", "endpoint": "/v1/chat/completions",
       "completion_window": "24h", "created_at": 1, "input_file_id": "file-1",
       "output_file_id": None, "error_file_id": None, "status": "validating",
       "request_counts": COUNTS}  # fmt: skip
USED = (5 * 1 + 7 * 2) * 1000  # of one answer, in billionths


def line(number: int, text: str, **fields: Any) -> dict[str, Any]:
    body = {"model": "small", "messages": [{"role": "user", "content": text}], **fields}
    return {"custom_id": f"r{number}", "method": "POST", "url": "/v1/chat/completions",
            "body": body}  # fmt: skip


def upload(gateway: Gateway, *lines: Any) -> str:
    data = b"\n".join(json.dumps(one).encode() for one in lines)
    return gateway.client().files.create(file=("in.jsonl", data), purpose="batch").id


def start(gateway: Gateway, file: str) -> str:
    gateway.provider.replies["POST /batches"] = ONE
    return gateway.client().batches.create(
        input_file_id=file, endpoint="/v1/chat/completions", completion_window="24h"
    ).id  # fmt: skip


def spent(gateway: Gateway) -> int:
    return spent_on(gateway.store, utc_day(time.time())).get("chat", 0)


@pytest.mark.parametrize("status", ["failed", "expired", "cancelled"])
def test_a_batch_that_did_nothing_gives_back_all_and_once(tight: Gateway, status: str) -> None:
    replies, batches = tight.provider.replies, tight.client().batches
    file = upload(tight, line(1, "Hi"), line(2, "Hello"))
    batch = start(tight, file)
    paid = spent(tight)
    assert paid > 2 * 500 * 2 * 1000
    with pytest.raises(openai.RateLimitError):
        start(tight, file)
    replies["GET /batches/batch_up"] = {**ONE, "status": "in_progress"}
    batches.retrieve(batch)
    assert spent(tight) == paid  # it runs: nobody knows
    ended = {**ONE, "status": status}
    replies["GET /batches/batch_up"] = replies["POST /batches/batch_up/cancel"] = ended
    if status == "cancelled":
        batches.cancel(batch)
    for _ in range(2):
        batches.retrieve(batch)
    assert spent(tight) == 0
    given = [r["details"]["given_back"] for r in tight.exchanges()
             if "given_back" in r.get("details", {})]  # fmt: skip
    assert given == [pytest.approx(paid / 1e9)]
    start(tight, file)  # there is room again
    assert spent(tight) == paid


def test_lines_without_an_answer_come_back_and_answers_cost_what_they_used(
    tight: Gateway,
) -> None:
    replies, batches = tight.provider.replies, tight.client().batches
    batch = start(tight, upload(tight, line(1, "Hi"), line(2, "Hello")))
    answers = [{"custom_id": "r1", "response": {"status_code": 200, "body": message("Hi.")}},
               {"custom_id": "r2", "response": {"status_code": 500, "body": {}}}]  # fmt: skip
    replies["GET /files/file-out/content"] = b"\n".join(json.dumps(a).encode() for a in answers)
    replies["GET /batches/batch_up"] = {
        **ONE, "status": "expired", "output_file_id": "file-out",
        "request_counts": {"total": 2, "completed": 1, "failed": 1}}  # fmt: skip
    batches.retrieve(batch)
    assert spent(tight) == USED


@pytest.mark.parametrize("case", ["no usage", "fewer answers", "no file", "unreadable"])
def test_nothing_comes_back_while_nobody_knows_what_was_used(tight: Gateway, case: str) -> None:
    replies, batches = tight.provider.replies, tight.client().batches
    batch = start(tight, upload(tight, line(1, "Hi"), line(2, "Hello")))
    paid = spent(tight)
    body = message("Hi.")
    if case == "no usage":
        del body["usage"]
    answer = {"custom_id": "r1", "response": {"status_code": 200, "body": body}}
    raw = b"{" if case == "unreadable" else json.dumps(answer).encode()
    if case != "no file":
        replies["GET /files/file-out/content"] = raw
    done = 2 if case == "fewer answers" else 1
    replies["GET /batches/batch_up"] = {
        **ONE, "status": "completed", "output_file_id": "file-out",
        "request_counts": {"total": 2, "completed": done, "failed": 2 - done}}  # fmt: skip
    batches.retrieve(batch)
    assert spent(tight) == paid
    replies["GET /files/file-out/content"] = json.dumps(
        {"custom_id": "r1", "response": {"status_code": 200, "body": message("Hi.")}}
    ).encode() + (b"\n" + json.dumps(
        {"custom_id": "r2", "response": {"status_code": 200, "body": message("Hi.")}}
    ).encode() if done == 2 else b"")  # fmt: skip
    batches.retrieve(batch)  # it can be read now
    assert spent(tight) == done * USED


def test_prices_and_models_are_those_of_the_policy_that_serves(
    provider: Provider, tmp_path: Path
) -> None:
    """Of a file that was judged under another one too; a model that has gone breaks nothing."""
    provider.reset()
    text = POLICY.format(upstream=provider.url, mode="error")
    with gateway_of(decode_policy(text, "test"), provider, tmp_path) as gateway:
        file = upload(gateway, line(1, "Hi"))
        start(gateway, file)
        paid = spent(gateway)
    dear = text.replace("input_per_million: 1, output_per_million: 2, up",
                        "input_per_million: 10, output_per_million: 20, up")  # fmt: skip
    with gateway_of(decode_policy(dear, "test"), provider, tmp_path) as gateway:
        provider.replies["POST /batches"] = {**ONE, "id": "batch_dear"}
        batch = start(gateway, file)
        assert spent(gateway) == 11 * paid
    gone = text.replace("small: {input", "tiny: {input")
    with gateway_of(decode_policy(gone, "test"), provider, tmp_path) as gateway:
        answer = {"custom_id": "r1", "response": {"status_code": 200, "body": message("Hi.")}}
        provider.replies["GET /files/file-out/content"] = json.dumps(answer).encode()
        provider.replies["GET /batches/batch_up"] = {
            **ONE, "status": "completed", "output_file_id": "file-out",
            "request_counts": {"total": 1, "completed": 1, "failed": 0}}  # fmt: skip
        assert gateway.client().batches.retrieve(batch).status == "completed"
        assert spent(gateway) == 11 * paid
        with pytest.raises(openai.NotFoundError) as caught:
            start(gateway, file)
        assert caught.value.code == "model_not_found"


def test_only_the_books_of_the_day_that_paid_are_changed() -> None:
    counters = LocalCounters()
    claim = Claim(Subject("function", "chat"), Limits(cost_per_day=1, tokens_per_minute=50))
    for day in (1.0, 2 * 86_400.0):
        taken = counters.take([claim], day, 40, 400)
        counters.close(taken, day, 40, 400)  # type: ignore[arg-type]
    counters.give([claim, Claim(Subject("user", "nobody"), Limits())], "1970-01-01", 30, 300)
    periods = ("1970-01-01", "1970-01-03", "1970-01")
    left = [counters.book(claim, period) for period in periods]
    # Its own day is over and forgotten; today's does not gain from it, the month does.
    assert [(b.requests, b.tokens, b.nanos) for b in left] == [
        (0, 0, 0), (1, 40, 400), (2, 50, 500)]  # fmt: skip
    meter = counters.meters([claim])["tokens"]
    assert meter.used(2 * 86_400.0) == 40  # what came in this minute did come in


def test_a_users_choices_hold_for_the_lines_of_a_batch(provider: Provider, tmp_path: Path) -> None:
    provider.reset()
    extra = "audit: {capture: full}\nconsent: {training_opt_out: false}\n"
    with gateway_of(make_policy(provider, extra=extra), provider, tmp_path) as gateway:
        told = httpx.post(
            f"{gateway.url}/seawall/consent", json={"user": "private", "opt_out": True},
            headers={"authorization": f"Bearer {gateway.key}"},
        )  # fmt: skip
        assert told.status_code == 200
        lines = [line(1, "Word ONE", store=True, user="private"),
                 line(2, "Word TWO", store=True, user="open"),
                 line(3, "Word THREE", store=True)]  # fmt: skip
        upload(gateway, *lines)
        sent = [json.loads(one)["body"] for one in provider.uploads[-1].splitlines()]
        assert [body["store"] for body in sent] == [False, True, True]
        (kept,) = list_captures(gateway.store)
        shown = str(read_capture(gateway.store, kept.request_id, actor=OPERATOR))
        # Lines that name a user could not be erased with that user: they are not kept.
        assert "THREE" in shown and "ONE" not in shown and "TWO" not in shown
