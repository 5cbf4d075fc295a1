"""Half of a surrogate pair, from clients and providers: refused, never a 500, never past."""

import http.client
import json
from typing import Any

import openai
import pytest
from gateway_support import Gateway, message

SECRET = "AKIAQ3EGRTZ5KLMNOP27"
HALVES = ("\ud83d", "\ude00", "\udfff tail")


def _posted(gateway: Gateway, path: str, body: bytes) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of what the gateway answers."""
    link = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    key = {"authorization": f"Bearer {gateway.key}", "content-type": "application/json"}
    link.request("POST", f"/v1{path}", body, key)
    answer = link.getresponse()
    text = answer.read().decode()
    link.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, text


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("escaped", [True, False])
def test_a_request_with_one_is_refused(gateway: Gateway, half: str, escaped: bool) -> None:
    said = [{"role": "user", "content": f"{half} key {SECRET}"}]
    asked = {"model": "small", "messages": said, "input": said, "max_tokens": 5}
    body = json.dumps(asked, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    for path in ("/chat/completions", "/responses", "/messages", "/embeddings"):
        status, _, told = _posted(gateway, path, body)
        assert status == 400 and SECRET not in told
    assert gateway.provider.seen == []


@pytest.mark.parametrize("half", HALVES)
def test_an_answer_with_one_is_not_released(gateway: Gateway, half: str) -> None:
    gateway.provider.script = message(f"Fine {half} key {SECRET}")
    said: Any = [{"role": "user", "content": "Hi"}]
    with pytest.raises(openai.InternalServerError) as refused:
        gateway.client().chat.completions.create(model="small", messages=said)
    assert refused.value.status_code == 502 and SECRET not in str(refused.value)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("field", ["content", "refusal"])
def test_a_stream_with_one_ends_with_an_error_and_its_record(
    gateway: Gateway, half: str, field: str
) -> None:
    texts = ("All is well. ", f"Now {half}", f" the key {SECRET}", " and more. ")
    gateway.provider.script = [
        *(json.dumps({"choices": [{"index": 0, "delta": {field: text}}]}) for text in texts),
        json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}), "[DONE]",
    ]  # fmt: skip
    asked = {"model": "small", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    status, headers, told = _posted(gateway, "/chat/completions", json.dumps(asked).encode())
    assert status == 200 and '"error"' in told and SECRET not in told
    opening, closing = gateway.records(headers["x-seawall-request-id"])
    assert (opening["event"], closing["event"]) == ("stream.open", "stream.close")
    assert closing["result"] == "failed"


def test_a_training_file_with_one_is_refused(gateway: Gateway) -> None:
    line = {"messages": [{"role": "user", "content": "\ud800"},
                         {"role": "assistant", "content": "Yes."}]}  # fmt: skip
    with pytest.raises(openai.BadRequestError):
        gateway.client().files.create(
            file=("train.jsonl", json.dumps(line).encode()), purpose="fine-tune"
        )
    assert gateway.provider.uploads == []
