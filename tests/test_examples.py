"""The examples compile, and the LiteLLM guardrail does what it says; LiteLLM itself is a stub."""

import base64
import importlib.util
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import seawall
from seawall.core.verdicts import Action, Outcome
from seawall.guard.api import Check, FoundItem

EXAMPLES = Path(__file__).parents[1] / "examples"
Box = SimpleNamespace


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_every_example_compiles(path: Path) -> None:
    compile(path.read_text(encoding="utf-8"), path.name, "exec")


class RefusedError(Exception):
    def __init__(self, status_code: int, detail: Any) -> None:
        super().__init__(detail)
        self.status_code, self.detail = status_code, detail


class Base:
    def __init__(self, **kwargs: Any) -> None:
        self.kwargs = kwargs


class Scripted:
    """A guard that blocks "bad", takes out "secret", and remembers what it was asked."""

    asked: list[tuple[str, str, Any, Any]]

    def __init__(self) -> None:
        self.asked = []

    @classmethod
    def from_policy(cls, path: str) -> "Scripted":
        assert path == "policy.yaml"
        return cls()

    async def acheck(
        self, text: str, stage: str, *, image: bytes | None = None, context: Any = None
    ) -> Check:
        self.asked.append((text, stage, image, context))
        item = FoundItem(
            detector="d", risk="r", category="order", score=1.0, start=0, end=1, view="raw"
        )
        if "bad" in text or image == b"bad":
            return Check(action=Action.BLOCK, outcome=Outcome.FOUND, findings=(item,))
        if "lost" in text:
            return Check(action=Action.BLOCK, outcome=Outcome.UNKNOWN, unknown=("guard: late",))
        if "secret" in text:
            clean = text.replace("secret", "[removed]")
            return Check(action=Action.REDACT, outcome=Outcome.FOUND, redacted=clean)
        return Check(action=Action.ALLOW, outcome=Outcome.CLEAN)


@pytest.fixture
def rail(monkeypatch: pytest.MonkeyPatch) -> Any:
    names = ("fastapi", "litellm", "litellm.integrations", "litellm.integrations.custom_guardrail")
    for name in names:
        module = ModuleType(name)
        module.HTTPException = RefusedError  # type: ignore[attr-defined]
        module.CustomGuardrail = Base  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(seawall, "Guard", Scripted, raising=False)
    place = EXAMPLES / "litellm_guardrail.py"
    spec = importlib.util.spec_from_file_location("litellm_guardrail", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SeawallGuardrail(policy="policy.yaml", guardrail_name="seawall")


PLAIN = {"role": "user", "content": "fine"}
TOOL = {"type": "function", "function": {"name": "pay", "parameters": {"type": "object"}}}


def messages(*contents: Any, role: str = "user") -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content} for content in contents]}


def picture(data: bytes) -> list[Any]:
    url = "data:image/png;base64," + base64.b64encode(data).decode()
    return [{"type": "image_url", "image_url": {"url": url}}]


async def test_before_the_call_texts_are_redacted_by_who_wrote_them(rail: Any) -> None:
    data = {
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "assistant", "content": None, "tool_calls": []},
            {"role": "tool", "content": "a secret"},
            {"role": "user", "content": [{"type": "text", "text": "my secret"}, *picture(b"ok")]},
        ]
    }
    assert await rail.async_pre_call_hook(None, None, data, "completion") is data
    assert data["messages"][2]["content"] == "a [removed]"
    assert data["messages"][3]["content"][0]["text"] == "my [removed]"  # type: ignore[index]
    stages = [(stage, image) for _, stage, image, _ in rail.guard.asked]
    assert stages == [("system", None), ("tool-result", None), ("input", None), ("input", b"ok"),
                      ("document", b"ok")]  # fmt: skip
    assert rail.kwargs == {"guardrail_name": "seawall"}


@pytest.mark.parametrize(
    "data",
    [
        messages("fine", "bad"),
        messages([{"type": "text", "text": "bad"}]),
        messages("bad", role="tool"),
        messages("lost"),
        messages(picture(b"bad")),
        messages([{"type": "image_url", "image_url": {"url": "https://x/y.png"}}]),
        messages([{"type": "input_audio", "input_audio": {}}]),
        messages([{**picture(b"bad")[0], "text": "hi"}]),
        messages([{**picture(b"bad")[0], "type": "text", "text": "hi"}]),
        messages([{**picture(b"ok")[0], "text": "bad"}]),
        messages([{"type": "image_url", "image_url": "data:image/png;base64,YmFk"}]),
        messages([{"type": "image_url", "image_url": "data:image/png;base64,?"}]),
        messages([{"type": "image_url", "image_url": "data:image/svg+xml,bad"}]),
        messages([{"type": "image_url", "text": "hi"}]),
        messages([{"type": "text", "text": {"hidden": 1}}]),
        messages([{"type": "text", "text": "hi", "input_audio": {"data": "aGk="}}]),
        messages([{"type": "file", "text": "hi", "file": {"file_id": "f"}}]),
        messages([{"text": "a part without a type"}]),
        messages({"text": "fine"}),
        {"messages": [{**PLAIN, "name": "bad"}]},
        {"messages": [{**PLAIN, "audio": {"id": "a"}}]},
        {"messages": [{**PLAIN, "tool_call_id": "in words: bad"}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": "bad"}}]}]},
        {"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": "bad"}}]},
        {"messages": [{"role": "assistant", "content": "", "reasoning_content": "bad"}]},
        {"messages": [PLAIN], "tools": [{"function": {"name": "pay", "description": "bad"}}]},
        {"messages": [PLAIN], "tools": [{"function": {"parameters": {"properties": {"bad": {}}}}}]},
        {"messages": [PLAIN], "tools": ["pay"]},
        {"messages": [PLAIN], "functions": [{"name": "pay", "description": "bad"}]},
        {"messages": [PLAIN], "response_format": {"json_schema": {"description": "bad"}}},
        {"messages": [PLAIN], "prediction": {"content": "bad"}},
        {"query": "bad", "documents": ["fine"]},
        {"query": "fine", "documents": ["fine", "bad"]},
        {"query": "fine", "documents": [{"title": "fine", "text": "bad"}]},
        {"prompt": "bad"},
        {"input": ["fine", "bad"]},
        {"input": [[1, 2, 3]]},
    ],
)
async def test_what_is_bad_or_cannot_be_read_is_refused(rail: Any, data: dict[str, Any]) -> None:
    for hook in (
        rail.async_pre_call_hook(None, None, data, "completion"),
        rail.async_moderation_hook(data, None, "completion"),
    ):
        with pytest.raises(RefusedError) as caught:
            await hook
        assert caught.value.status_code == 400
        assert "bad" not in str(caught.value.detail)


async def test_beside_the_call_nothing_can_be_redacted(rail: Any) -> None:
    await rail.async_moderation_hook(messages("fine"), None, "completion")
    with pytest.raises(RefusedError):
        await rail.async_moderation_hook(messages("my secret"), None, "completion")


async def test_calls_that_it_does_not_read_are_refused(rail: Any) -> None:
    for call in ("anthropic_messages", "aresponses", "transcription", "pass_through_endpoint"):
        with pytest.raises(RefusedError) as caught:
            await rail.async_pre_call_hook(None, None, {"system": "fine"}, call)
        assert caught.value.status_code == 400
        with pytest.raises(RefusedError):
            await rail.async_moderation_hook({"system": "fine"}, None, call)
    for call in ("acompletion", "text_completion", "aembedding", "embeddings", "rerank"):
        await rail.async_pre_call_hook(None, None, {}, call)


async def test_what_stands_beside_the_messages_is_redacted_by_its_stage(rail: Any) -> None:
    tool = {**TOOL, "function": {**TOOL["function"], "description": "a secret"}}  # type: ignore[dict-item]
    called = {"role": "assistant", "tool_calls": [{"id": "c", "function": {"arguments": "secret"}}]}
    data = {"messages": [called, {**PLAIN, "name": "secret"}], "tools": [tool],
            "query": "a secret", "documents": ["my secret", {"text": "secret"}]}  # fmt: skip
    await rail.async_pre_call_hook(None, None, data, "completion")
    assert "secret" not in str(data)
    asked = {(text, stage) for text, stage, _, _ in rail.guard.asked}
    assert asked >= {("secret", "history"), ("secret", "input"), ("a secret", "tool-definition"),
                     ("a secret", "input"), ("my secret", "document")}  # fmt: skip
    assert "c" not in {text for text, _ in asked}  # an id is no text


def answer(content: str | None, arguments: str = "") -> Box:
    calls = [Box(index=0, function=Box(arguments=arguments))] if arguments else None
    return Box(choices=[Box(index=0, message=Box(content=content, tool_calls=calls))])


async def test_after_the_call_the_answer_is_checked_against_the_request(rail: Any) -> None:
    data = {**messages("question"), "tools": [{"function": {"name": "pay"}}]}
    found = await rail.async_post_call_success_hook(data, None, answer("a secret", "{}"))
    assert found.choices[0].message.content == "a [removed]"
    text, stage, _, context = rail.guard.asked[0]
    assert (text, stage) == ("a secret", "output")
    assert context == {"system": "", "user": "question", "documents": [], "tools": ["pay"]}
    for bad in (answer("bad"), answer(None, '{"to": "bad"}'), Box(choices=[Box(text="bad")])):
        with pytest.raises(RefusedError):
            await rail.async_post_call_success_hook(data, None, bad)
    assert await rail.async_post_call_success_hook({}, None, Box(data=[])) == Box(data=[])
    assert await rail.async_post_call_success_hook({}, None, Box(results=[])) == Box(results=[])


async def test_every_part_of_an_answer_is_checked(rail: Any) -> None:
    def said(**fields: Any) -> Box:
        message = Box(role="assistant", content=None, tool_calls=None, **fields)
        return Box(choices=[Box(index=0, finish_reason="stop", message=message, logprobs="all")])

    async def checked(response: Any) -> Any:
        return await rail.async_post_call_success_hook({}, None, response)

    call = Box(name="pay", arguments='{"to": "secret"}')
    thought = {"type": "thinking", "thinking": "secret", "signature": "abc="}
    found = await checked(
        said(reasoning_content="a secret", function_call=call, thinking_blocks=[thought])
    )
    assert found.choices[0].message.reasoning_content == "a [removed]"
    assert call.arguments == '{"to": "[removed]"}'
    assert thought == {"type": "thinking", "thinking": "[removed]", "signature": "abc="}
    assert found.choices[0].logprobs is None
    assert (await checked(said(refusal="no"))).choices[0].logprobs == "all"
    stages = {(text, stage) for text, stage, _, _ in rail.guard.asked}
    assert stages >= {("a secret", "output"), ('{"to": "secret"}', "tool-call")}
    for bad in (
        said(reasoning_content="bad"),
        said(function_call=Box(name="pay", arguments="bad")),
        said(provider_specific_fields={"citations": [{"cited_text": "bad"}]}),
        said(audio={"data": "aGk="}),
        {"type": "message", "content": [{"type": "text", "text": "fine"}]},
    ):
        with pytest.raises(RefusedError) as caught:
            await checked(bad)
        assert caught.value.status_code == 400


def pieces(*texts: str) -> list[Box]:
    return [Box(choices=[Box(index=0, delta=Box(content=text, tool_calls=None))]) for text in texts]


async def stream(chunks: list[Box]) -> AsyncIterator[Box]:
    for chunk in chunks:
        yield chunk


async def test_a_stream_is_released_only_when_it_is_checked(rail: Any) -> None:
    async def released(chunks: list[Box]) -> list[Box]:
        hook = rail.async_post_call_streaming_iterator_hook
        return [chunk async for chunk in hook(None, stream(chunks), messages("question"))]

    good = pieces("hel", "lo")
    assert await released(good) == good
    assert rail.guard.asked[-1][0] == "hello"
    for bad in (("it is b", "ad"), ("a sec", "ret")):
        seen: list[Box] = []
        with pytest.raises(RefusedError):
            async for chunk in rail.async_post_call_streaming_iterator_hook(
                None, stream(pieces(*bad)), {}
            ):
                seen.append(chunk)
        assert seen == []


@pytest.mark.parametrize(
    "deltas",
    [
        [Box(content=None, reasoning_content="it is b"), Box(reasoning_content="ad")],
        [Box(function_call=Box(arguments="b")), Box(function_call=Box(arguments="ad"))],
        [Box(tool_calls=[Box(index=1, function=Box(arguments=one))]) for one in ("b", "ad")],
        [Box(thinking_blocks=[{"type": "thinking", "thinking": one}]) for one in ("b", "ad")],
        [Box(content="fine", images=[{"image_url": {"url": "data:image/png;base64,aGk="}}])],
    ],
)
async def test_every_part_of_a_stream_is_joined_and_checked(rail: Any, deltas: list[Box]) -> None:
    chunks = [Box(choices=[Box(index=0, delta=delta)]) for delta in deltas]
    seen: list[Box] = []
    with pytest.raises(RefusedError):
        async for chunk in rail.async_post_call_streaming_iterator_hook(None, stream(chunks), {}):
            seen.append(chunk)
    assert seen == []


async def test_a_stream_in_another_form_is_refused(rail: Any) -> None:
    with pytest.raises(RefusedError):
        async for _ in rail.async_post_call_streaming_iterator_hook(
            None,
            stream([b"event: message_start"]),
            {},  # type: ignore[list-item]
        ):
            raise AssertionError("a piece that nobody read was released")
