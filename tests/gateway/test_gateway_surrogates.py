"""Half of a surrogate pair: refused from clients and in whole answers, joined in streams."""

import http.client
import json
from typing import Any

import anthropic
import openai
import pytest
from anthropic_support import CHAT_TOOL, TOOL, events, gate, pay, shared_both, text
from gateway_support import Gateway, chunks, message

pytestmark = pytest.mark.once

__all__ = ["gate", "shared_both"]

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
def test_what_stays_half_in_a_stream_hides_nothing(gateway: Gateway, half: str, field: str) -> None:
    texts = ("All is well. ", f"Now {half}", f" the key {SECRET}", " and more. ")
    gateway.provider.script = [
        *(json.dumps({"choices": [{"index": 0, "delta": {field: text}}]}) for text in texts),
        json.dumps({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}), "[DONE]",
    ]  # fmt: skip
    asked = {"model": "small", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    status, headers, told = _posted(gateway, "/chat/completions", json.dumps(asked).encode())
    assert status == 200 and '"error"' not in told and SECRET not in told
    assert "Now \ufffd" in told and told.rstrip().endswith("data: [DONE]")
    opening, closing = gateway.records(headers["x-seawall-request-id"])
    assert (opening["event"], closing["event"]) == ("stream.open", "stream.close")
    assert closing["result"] == "answered" and "CTL-SECRETS" in closing["controls"]


# As a server that counts in UTF-16 cuts it: within both emojis.
CUT = ("Well \ud83d", "\ude00 done. ", "Bye \ud83d", "", "\udc4b\ud83d", "\ude00")
JOINED = "Well \U0001f600 done. Bye \U0001f44b\U0001f600"
HI: Any = [{"role": "user", "content": f"Pay {JOINED}"}]


def _script(claude: bool, tool: bool) -> list[Any]:
    """The cut text, in the words of one kind of provider or the other, as text or arguments."""
    parts = ['{"to": "', *CUT, '"}'] if tool else list(CUT)
    if claude:
        block = {**pay(""), "input": {}} if tool else text("")
        key = ("input_json_delta", "partial_json") if tool else ("text_delta", "text")
        found = events(block, stop="tool_use" if tool else "end_turn", size=100)
        deltas = [
            {"type": "content_block_delta", "index": 0, "delta": {"type": key[0], key[1]: part}}
            for part in parts
        ]
        written = [f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in deltas]
        at = next(i for i, event in enumerate(found) if b"content_block_start" in event) + 1
        rest = [event for event in found[at:] if b"content_block_delta" not in event]
        return [*found[:at], *written, *rest]
    deltas = [{"content": part} for part in parts]
    if tool:
        call: dict[str, Any] = {"index": 0, "id": "call_1", "type": "function"}
        deltas = [{"tool_calls": [{"index": 0, "function": {"arguments": part}}]} for part in parts]
        deltas.insert(0, {"tool_calls": [{**call, "function": {"name": "pay", "arguments": ""}}]})
    return [*chunks(*deltas, finish="tool_calls" if tool else "stop"), "[DONE]"]


def _chat(gate: Gateway, model: str) -> tuple[str, str]:
    said = arguments = ""
    tools: Any = [CHAT_TOOL]
    stream = gate.client().chat.completions.create(
        model=model, messages=HI, stream=True, tools=tools
    )
    for one in stream:
        for choice in one.choices:
            said += choice.delta.content or ""
            for call in choice.delta.tool_calls or []:
                arguments += call.function.arguments if call.function else ""
    return said, arguments


def _responses(gate: Gateway, model: str) -> tuple[str, str]:
    tools: Any = [{"type": "function", **CHAT_TOOL["function"], "strict": False}]
    with gate.client().responses.stream(model=model, input=HI, tools=tools) as stream:
        stream.until_done()
        final = stream.get_final_response()
    calls = [item.arguments for item in final.output if item.type == "function_call"]
    return final.output_text, "".join(calls)


def _messages(gate: Gateway, model: str) -> tuple[str, str]:
    client = anthropic.Anthropic(
        base_url=gate.url.removesuffix("/v1"), api_key=gate.key, max_retries=0
    )
    with client.messages.stream(model=model, max_tokens=64, messages=HI, tools=[TOOL]) as stream:
        final = stream.get_final_message()
    said = "".join(block.text for block in final.content if block.type == "text")
    calls = [block.input for block in final.content if block.type == "tool_use"]
    return said, json.dumps(calls[0]) if calls else ""


@pytest.mark.parametrize("ask", [_chat, _responses, _messages])
@pytest.mark.parametrize("model", ["small", "claude"])
def test_an_emoji_cut_in_two_arrives_whole_at_every_client(
    gate: Gateway, ask: Any, model: str
) -> None:
    gate.provider.script = _script(model == "claude", tool=False)
    assert ask(gate, model) == (JOINED, "")


@pytest.mark.parametrize("ask", [_chat, _responses, _messages])
@pytest.mark.parametrize("model", ["small", "claude"])
def test_so_it_does_in_the_arguments_of_a_tool_call(gate: Gateway, ask: Any, model: str) -> None:
    gate.provider.script = _script(model == "claude", tool=True)
    _, arguments = ask(gate, model)
    assert json.loads(arguments) == {"to": JOINED}


def test_a_training_file_with_one_is_refused(gateway: Gateway) -> None:
    line = {"messages": [{"role": "user", "content": "\ud800"},
                         {"role": "assistant", "content": "Yes."}]}  # fmt: skip
    with pytest.raises(openai.BadRequestError):
        gateway.client().files.create(
            file=("train.jsonl", json.dumps(line).encode()), purpose="fine-tune"
        )
    assert gateway.provider.uploads == []
