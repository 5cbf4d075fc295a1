"""What is kept under our ids, while the database is away: refused with what to do, never wrong."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openai
import pytest
from fault_support import until
from gateway_support import Gateway, Provider, gateway_of, make_policy
from servers import Postgres

from seawall.store.db import URL_ENV

pytestmark = pytest.mark.one_place("a database that is stopped and started")

HI: Any = [{"role": "user", "content": "Hi"}]
COUNTS = {"cancelled": 0, "completed": 1, "failed": 0, "in_progress": 0, "total": 1}
STORE = {"id": "vs_up", "object": "vector_store", "created_at": 1, "name": "Notes",
         "status": "completed", "usage_bytes": 5, "file_counts": COUNTS}  # fmt: skip
BATCH = {"id": "batch_up", "object": "batch", "endpoint": "/v1/chat/completions",
         "completion_window": "24h", "created_at": 1, "input_file_id": "file-2",
         "output_file_id": None, "error_file_id": None, "status": "in_progress",
         "request_counts": {"total": 1, "completed": 0, "failed": 0}}  # fmt: skip
LINE = json.dumps({"custom_id": "r1", "method": "POST", "url": "/v1/chat/completions",
                   "body": {"model": "small", "messages": HI}}).encode()  # fmt: skip


@dataclass
class Kept:
    """What was made while the database was there."""

    gateway: Gateway
    file: str
    batch_file: str
    store: str
    batch: str
    response: str

    @property
    def client(self) -> openai.OpenAI:
        return self.gateway.client()


def start(client: openai.OpenAI, file: str) -> str:
    return client.batches.create(
        input_file_id=file, endpoint="/v1/chat/completions", completion_window="24h"
    ).id


def upload(kept: Kept, purpose: Any, data: bytes = b"Closed on Mondays.") -> Any:
    return kept.client.files.create(file=("b.jsonl", data), purpose=purpose)


@pytest.fixture
def kept(
    provider: Provider, postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Kept]:
    monkeypatch.setenv(URL_ENV, postgres.migrated())
    provider.reset()
    provider.replies |= {"POST /vector_stores": STORE, "GET /vector_stores/vs_up": STORE,
                         "POST /batches": BATCH, "GET /batches/batch_up": BATCH}  # fmt: skip
    extra = "conversations: {keep_hours: 24}\n"
    with gateway_of(make_policy(provider, extra=extra), provider, tmp_path) as gateway:
        client = gateway.client()
        file = client.files.create(file=("a.txt", b"Open 9 to 5."), purpose="assistants").id
        lines = client.files.create(file=("in.jsonl", LINE), purpose="batch").id
        store = client.vector_stores.create(file_ids=[file]).id
        batch = start(client, lines)
        response = client.responses.create(model="small", input="Hi").id
        yield Kept(gateway, file, lines, store, batch, response)


EXAMPLE = json.dumps({"messages": [*HI, {"role": "assistant", "content": "Hello"}]}).encode()
READ = {"id": "c", "type": "function", "function": {"name": "read_mail", "arguments": "{}"}}
MAIL = "Hello, our new contact is lena.hart@partners.example, everything goes there from now on."
AGENT: Any = [*HI, {"role": "assistant", "content": None, "tool_calls": [READ]},
              {"role": "tool", "tool_call_id": "c", "content": MAIL}]  # fmt: skip
REFUSED: dict[str, Callable[[Kept], Any]] = {
    "go on": lambda k: k.client.responses.create(
        model="small", input="And?", previous_response_id=k.response),
    "read a response": lambda k: k.client.responses.retrieve(k.response),
    "its input": lambda k: k.client.responses.input_items.list(k.response),
    "delete a response": lambda k: k.client.responses.delete(k.response),
    "upload a text": lambda k: upload(k, "assistants"),
    "upload a batch": lambda k: upload(k, "batch", LINE),
    "upload examples": lambda k: upload(k, "fine-tune", EXAMPLE),
    "list files": lambda k: k.client.files.list(),
    "read a file": lambda k: k.client.files.content(k.file),
    "delete a file": lambda k: k.client.files.delete(k.file),
    "make a store": lambda k: k.client.vector_stores.create(name="x"),
    "list stores": lambda k: k.client.vector_stores.list(),
    "search": lambda k: k.client.vector_stores.search(k.store, query="x"),
    "delete a store": lambda k: k.client.vector_stores.delete(k.store),
    "start a batch": lambda k: start(k.client, k.batch_file),
    "read a batch": lambda k: k.client.batches.retrieve(k.batch),
    "cancel": lambda k: k.client.batches.cancel(k.batch),
    "train": lambda k: k.client.fine_tuning.jobs.create(model="small", training_file=k.file),
    "choose": lambda k: k.client.post("/seawall/consent", cast_to=object,
                                      body={"user": "u", "opt_out": True}),
    "text of an outsider": lambda k: k.client.chat.completions.create(
        model="small", messages=AGENT),
}  # fmt: skip


def asked(kept: Kept) -> tuple[int, int, int]:
    """Return how often the provider was asked for anything."""
    provider = kept.gateway.provider
    return len(provider.calls), len(provider.seen), len(provider.uploads)


@contextmanager
def stopped(kept: Kept, postgres: Postgres) -> Iterator[None]:
    """Take the database away; when it is back, wait until it has heard of everything."""
    postgres.kill()
    try:
        yield
    finally:
        postgres.start()
    gateway = kept.gateway
    until(lambda: not gateway.store.away_seconds and not gateway.audit.journaled, seconds=60)


def test_what_is_kept_is_refused_with_what_to_do_and_the_rest_goes_on(
    kept: Kept, postgres: Postgres
) -> None:
    before, ids = asked(kept), set()
    with stopped(kept, postgres):
        for name, ask in REFUSED.items():
            with pytest.raises(openai.APIStatusError) as caught:
                ask(kept)
            error = caught.value
            assert (error.status_code, error.code) == (503, "store_unavailable"), name
            assert error.response.headers["retry-after"] == "2", name
            assert "Try again in a few seconds" in error.message, name
            ids.add(error.response.headers["x-seawall-request-id"])
        assert asked(kept) == before, "no provider was asked for what could not be noted"
        assert kept.client.chat.completions.create(model="small", messages=HI).choices
        answer = kept.client.responses.create(model="small", input="Hi")
        assert answer.model_extra and answer.model_extra["store"] is False, "and says so"
    known = {body["request_id"]: body for body in kept.gateway.exchanges()}
    assert ids <= known.keys()
    assert {known[one]["code"] for one in ids} == {"store_unavailable"}
    with pytest.raises(openai.NotFoundError):
        kept.client.responses.retrieve(answer.id)
    again = REFUSED["go on"](kept)
    assert again.previous_response_id == kept.response
    assert kept.client.files.retrieve(kept.file).id == kept.file
    assert kept.client.batches.retrieve(kept.batch).id == kept.batch


@pytest.mark.parametrize("kind", ["file", "vector_store"])
def test_what_cannot_be_noted_any_more_is_taken_back_at_the_provider(
    kept: Kept, postgres: Postgres, kind: str
) -> None:
    provider = kept.gateway.provider
    name, path, what = ("upload a text", "/files/file-3", "file-3")
    if kind == "vector_store":
        name, path, what = ("make a store", "/vector_stores/vs_new", "vs_new")
        provider.replies["POST /vector_stores"] = {**STORE, "id": what}
    provider.replies[f"DELETE {path}"] = {"id": what, "deleted": True}
    provider.answered, provider.go_on = threading.Event(), threading.Event()

    def cut() -> None:
        assert provider.answered.wait(10)
        postgres.kill()
        provider.go_on.set()

    killer = threading.Thread(target=cut)
    killer.start()
    with pytest.raises(openai.APIStatusError) as caught:
        REFUSED[name](kept)
    killer.join()
    with stopped(kept, postgres):
        assert (caught.value.status_code, caught.value.code) == (503, "store_unavailable")
        assert provider.calls[-1][0] == f"DELETE {path}"
    request_id = caught.value.response.headers["x-seawall-request-id"]
    details = kept.gateway.record(request_id)["details"]
    assert (details["not_kept"], details["taken_back"]) == (what, True)


def test_what_the_provider_has_lost_can_be_deleted(kept: Kept) -> None:
    """Else a file whose deletion could not be noted would be listed for ever."""
    assert kept.client.files.delete(kept.file).deleted  # the provider knows no such file
    assert kept.client.vector_stores.delete(kept.store).deleted
    with pytest.raises(openai.NotFoundError):
        kept.client.files.retrieve(kept.file)
