"""Training costs, too: a job is paid in advance, and what it did not train comes back, once."""

import json
import time
from typing import Any

import openai
import pytest
from fault_support import until
from gateway_support import Gateway

from seawall.gateway.limits import utc_day
from seawall.store.keys import create_key
from seawall.store.objects import Holder, Objects
from seawall.store.spend import spent_on
from seawall.wire.openai_files import most_epochs

LINE = {"messages": [{"role": "user", "content": "Where is my order?"},
                     {"role": "assistant", "content": "On its way."}]}  # fmt: skip
EPOCHS = {"hyperparameters": {"n_epochs": 10}}
JOB = {"id": "ftjob-1", "created_at": 1, "training_file": "file-1", "trained_tokens": None}


def upload(gateway: Gateway) -> str:
    data = json.dumps(LINE).encode()
    return gateway.client().files.create(file=("t.jsonl", data), purpose="fine-tune").id


def start(gateway: Gateway, file: str, model: str = "small", **fields: Any) -> str:
    jobs = gateway.client().fine_tuning.jobs
    return jobs.create(model=model, training_file=file, **(fields or EPOCHS)).id


def spent(gateway: Gateway) -> int:
    return spent_on(gateway.store, utc_day(time.time())).get("chat", 0)


def seen(gateway: Gateway, job: str, status: str, trained: int | None) -> None:
    gateway.provider.replies["GET /fine_tuning/jobs/ftjob-1"] = {
        **JOB, "status": status, "trained_tokens": trained}  # fmt: skip
    gateway.client().fine_tuning.jobs.retrieve(job)


def test_a_job_is_paid_for_each_of_its_epochs_before_it_begins(tight: Gateway) -> None:
    file = upload(tight)
    start(tight, file)
    paid = spent(tight)
    assert paid > 10 * 20 * 3 * 1000  # ten epochs of more than twenty tokens
    asked = len(tight.provider.seen)
    with pytest.raises(openai.RateLimitError) as caught:
        start(tight, file)
    assert caught.value.code == "insufficient_quota"
    with pytest.raises(openai.APIStatusError) as larger:
        start(tight, file, method={"type": "supervised", "supervised": {
            "hyperparameters": {"n_epochs": 10_000}}})  # fmt: skip
    assert larger.value.code == "exceeds_limit"
    assert len(tight.provider.seen) == asked and spent(tight) == paid
    record = next(r for r in tight.exchanges() if r["details"].get("training_file"))
    assert round(record["cost"] * 1e9) == paid


@pytest.mark.parametrize(
    ("status", "trained", "left"),
    [("succeeded", 90, 90 * 3000), ("failed", None, 0), ("cancelled", 30, 30 * 3000)],
)
def test_what_a_job_did_not_train_comes_back_once(
    tight: Gateway, status: str, trained: int | None, left: int
) -> None:
    file = upload(tight)
    job = start(tight, file)
    paid = spent(tight)
    seen(tight, job, "running", 20)
    assert spent(tight) == paid
    for _ in range(2):
        seen(tight, job, status, trained)
    assert spent(tight) == left < paid
    start(tight, file)  # there is room again


def test_a_job_that_was_cancelled_and_tells_nothing_gives_nothing_back(tight: Gateway) -> None:
    job = start(tight, upload(tight))
    paid = spent(tight)
    seen(tight, job, "cancelled", None)
    assert spent(tight) == paid


def test_who_leaves_while_a_job_is_made_has_paid_for_it(tight: Gateway) -> None:
    """It may run at the provider all the same: nobody starts jobs for nothing by leaving early."""
    file, tight.provider.delay = upload(tight), 1.0
    jobs = tight.client().with_options(timeout=0.4, max_retries=0).fine_tuning.jobs
    with pytest.raises(openai.APITimeoutError):
        jobs.create(model="small", training_file=file, **EPOCHS)
    tight.provider.delay = 0.0
    until(lambda: any(record["cost"] for record in tight.exchanges()))
    record = next(record for record in tight.exchanges() if record["cost"])
    assert record["result"] == "client_gone" and round(record["cost"] * 1e9) == spent(tight) > 0
    with pytest.raises(openai.RateLimitError):
        start(tight, file)


def test_a_job_that_the_provider_refuses_costs_nothing(tight: Gateway) -> None:
    file, tight.provider.replies["POST /fine_tuning/jobs"] = upload(tight), 400
    for _ in range(3):
        with pytest.raises(openai.APIStatusError) as caught:
            start(tight, file)
        assert caught.value.code != "insufficient_quota"
    assert spent(tight) == 0


def test_a_model_without_a_price_of_training_is_not_trained(tight: Gateway) -> None:
    file, asked = upload(tight), len(tight.provider.seen)
    with pytest.raises(openai.BadRequestError) as caught:
        start(tight, file, model="other")
    assert caught.value.code == "model_unpriced" and "training_per_million" in str(caught.value)
    assert len(tight.provider.seen) == asked


@pytest.mark.parametrize(
    ("job", "lines", "epochs"),
    [
        ({}, 1, 25), ({}, 10, 10), ({}, 50, 3), ({}, 5000, 3),
        ({"hyperparameters": {"n_epochs": "auto"}}, 1000, 3),
        ({"hyperparameters": {"n_epochs": 2.5}}, 1, 3),
        ({"hyperparameters": {"n_epochs": 0}}, 1, 1),
        ({"hyperparameters": {"n_epochs": 2}, "method": {"type": "dpo", "dpo": {
            "hyperparameters": {"n_epochs": 7}}}}, 1, 7),
        ({"method": {"type": "dpo", "dpo": {"hyperparameters": {"n_epochs": 4}}}}, 1, 4),
        ({"hyperparameters": {"n_epochs": 1}, "method": {"type": "supervised"}}, 1, 25),
        ({"hyperparameters": {"n_epochs": 1}, "method": {"type": "dpo", "dpo": {
            "hyperparameters": {"n_epochs": "auto"}}}}, 1, 25),
        ({"method": {"type": "dpo", "supervised": {"hyperparameters": {"n_epochs": 1}}}}, 1, 25),
    ],
)  # fmt: skip
def test_the_most_epochs_of_a_job(job: dict[str, Any], lines: int, epochs: int) -> None:
    assert most_epochs(job, lines) == epochs


def test_a_batch_of_another_key_uses_no_model_and_offers_no_tool_beyond_ones_own(
    gateway: Gateway,
) -> None:
    tool = {"type": "function", "function": {"name": "pay", "parameters": {"type": "object"}}}
    body = {"model": "other", "messages": [{"role": "user", "content": "Hi"}], "tools": [tool]}
    line = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": body}
    data = json.dumps(line).encode()
    file = gateway.client().files.create(file=("in.jsonl", data), purpose="batch").id
    gateway.provider.replies["POST /batches"] = {
        "id": "batch_other", "endpoint": "/v1/chat/completions", "status": "validating",
        "completion_window": "24h", "created_at": 1, "input_file_id": "file-1"}  # fmt: skip
    for limits, code in (({"models": ("small",)}, "model_not_allowed"),
                         ({"tools": ("look",)}, "tool_not_allowed"), ({}, "")):  # fmt: skip
        key = create_key(gateway.store, application="shop", function="chat", **limits)[1]
        batches = gateway.client(key).batches
        if not code:
            batches.create(input_file_id=file, endpoint="/v1/chat/completions",
                           completion_window="24h")  # fmt: skip
            continue
        with pytest.raises(openai.PermissionDeniedError) as caught:
            batches.create(input_file_id=file, endpoint="/v1/chat/completions",
                           completion_window="24h")  # fmt: skip
        assert caught.value.code == code
    assert [name for name, _, _ in gateway.provider.calls].count("POST /batches") == 1
    holder, known = Holder(application="shop", function="chat"), Objects(gateway.store)
    kept = known.find(holder, "file", file)
    assert kept is not None  # an older gateway did not note the tools of a file
    assert known.swap(kept, {key: kept.info[key] for key in kept.info.keys() - {"tools"}})
    key = create_key(gateway.store, application="shop", function="chat", tools=("look",))[1]
    with pytest.raises(openai.NotFoundError) as unknown:
        gateway.client(key).batches.create(input_file_id=file, endpoint="/v1/chat/completions",
                                           completion_window="24h")  # fmt: skip
    assert unknown.value.code == "file_not_checked" and "again" in str(unknown.value)
