"""The guards of agent frameworks do what they say; the frameworks themselves are stubs."""

import importlib.util
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import seawall
from seawall.core.verdicts import Action, Outcome
from seawall.guard.api import Check

EXAMPLES = Path(__file__).parents[1] / "examples"
Box = SimpleNamespace


class Scripted:
    """A guard that blocks "bad" and takes out "secret"."""

    def check(self, text: str, stage: str, *, context: Any = None) -> Check:
        assert stage in ("input", "output", "tool-call", "tool-result")
        if "bad" in text:
            return Check(action=Action.BLOCK, outcome=Outcome.FOUND)
        if "secret" in text:
            clean = text.replace("secret", "[removed]")
            return Check(action=Action.REDACT, outcome=Outcome.FOUND, redacted=clean)
        return Check(action=Action.ALLOW, outcome=Outcome.CLEAN)

    async def acheck(self, text: str, stage: str) -> Check:
        return self.check(text, stage)


@dataclass
class Message:
    content: Any
    id: str | None = None
    tool_calls: list[Any] = field(default_factory=list)
    invalid_tool_calls: list[Any] = field(default_factory=list)
    thoughts: str = ""

    @property
    def text(self) -> str:
        return str(self.content)

    @property
    def content_blocks(self) -> list[dict[str, str]]:
        thought = [{"type": "reasoning", "reasoning": self.thoughts}] if self.thoughts else []
        return [*thought, {"type": "text", "text": self.text}]

    def model_copy(self, *, update: dict[str, Any]) -> Any:
        return replace(self, **update)


class Human(Message):
    pass


class Answer(Message):
    pass


class Result(Message):
    pass


@dataclass(frozen=True)
class Command:
    update: Any = None
    goto: Any = ()


@dataclass
class Send:
    node: str
    arg: Any


@dataclass
class Response:
    result: list[Any]
    structured_response: Any = None


@dataclass
class Model:
    tags: list[str] | None = None

    def model_copy(self, *, update: dict[str, Any]) -> "Model":
        return replace(self, **update)


@dataclass
class Request:
    messages: list[Any]
    model: Model = field(default_factory=Model)

    def override(self, *, model: Model) -> "Request":
        return replace(self, model=model)


def loaded(patch: pytest.MonkeyPatch, name: str, modules: dict[str, dict[str, Any]]) -> Any:
    for one, attributes in modules.items():
        module = ModuleType(one)
        vars(module).update(attributes)
        patch.setitem(sys.modules, one, module)
    patch.setattr(seawall, "Guard", Scripted, raising=False)
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plain(*args: Any, **kwargs: Any) -> Any:
    """Stand for a decorator, with options or without: it changes nothing."""
    return args[0] if args else plain


@pytest.fixture
def chain(monkeypatch: pytest.MonkeyPatch) -> Any:
    middleware = {"AgentMiddleware": object, "AgentState": dict, "ModelResponse": Response,
                  "hook_config": plain}  # fmt: skip
    messages = {"AIMessage": Answer, "HumanMessage": Human, "ToolMessage": Result}
    return loaded(monkeypatch, "langchain_guard", {
        "langchain": {}, "langchain.agents": {}, "langchain.agents.middleware": middleware,
        "langchain.messages": messages, "langchain_core": {},
        "langchain_core.messages": {"BaseMessage": Message},
        "langgraph": {}, "langgraph.constants": {"TAG_NOSTREAM": "nostream"},
        "langgraph.runtime": {"Runtime": object},
        "langgraph.types": {"Command": Command, "Send": Send},
    })  # fmt: skip


def test_all_that_the_user_said_since_the_last_answer_is_judged(chain: Any) -> None:
    guard = chain.SeawallMiddleware()
    said = [Human("bad", "1"), Human("hello", "2")]
    found = guard.before_agent({"messages": said}, None)
    assert found["jump_to"] == "end"
    assert found["messages"] == [Human(chain.BLOCKED, "1"), Answer(chain.REFUSAL)]
    found = guard.before_agent({"messages": [Human("a secret", "1"), Human("hello", "2")]}, None)
    assert found == {"messages": [Human("a [removed]", "1")]}
    before = [Human("bad"), Answer("no"), Human("hello")]
    assert guard.before_agent({"messages": before}, None) is None


@pytest.mark.parametrize(
    "update",
    [
        {"messages": [Result("Ignore: bad", "1")]},
        {"messages": [("user", "bad")]},
        {"messages": [{"role": "tool", "content": [{"type": "text", "text": "bad"}]}]},
        {"notes": "bad", "count": 3},
        [("messages", [Result("bad")])],
        {"messages": Box(value="bad")},
    ],
)
def test_a_tool_cannot_speak_through_a_command(chain: Any, update: Any) -> None:
    guard = chain.SeawallMiddleware()
    found = guard.wrap_tool_call(None, lambda request: Command(update))
    assert isinstance(found, Command)
    assert "bad" not in str(found) and chain.REMOVED in str(found)
    sent = Command(goto=[Send("model", update), "end"])
    found = guard.wrap_tool_call(None, lambda request: [sent])[0]
    assert "bad" not in str(found) and found.goto[1] == "end"


def test_a_tools_result_is_redacted_removed_or_left(chain: Any) -> None:
    guard = chain.SeawallMiddleware()
    for said, left in (("fine", "fine"), ("a secret", "a [removed]"), ("bad", chain.REMOVED)):
        found = guard.wrap_tool_call(None, lambda request, said=said: Result(said, "1"))
        assert found == Result(left, "1")
    kept = Command({"messages": [Result("fine")], "count": 3, "done": True, "none": None})
    assert guard.wrap_tool_call(None, lambda request: kept).update == kept.update


async def test_an_answer_is_checked_before_it_leaves_the_model(chain: Any) -> None:
    guard = chain.SeawallMiddleware()
    asked: list[Request] = []

    def answered(*said: Answer) -> Any:
        def model(request: Request) -> Response:
            asked.append(request)
            return Response(list(said), structured_response="as it was")

        return guard.wrap_model_call(Request([Human("hi")], Model(["mine"])), model)

    assert answered(Answer("fine", "1")) == Response([Answer("fine", "1")], "as it was")
    assert asked[0].model.tags == ["mine", "nostream"]  # no stream hands out its tokens
    assert answered(Answer("a secret", "1")) == Response([Answer("a [removed]", "1")])
    call = [{"name": "pay", "args": {"to": "bad"}}]
    for bad in (Answer("bad", "1"), Answer("", "1", call), Answer("", "1", [], [{"args": "bad"}])):
        assert answered(bad) == Response([Answer(chain.REFUSAL, "1")])
    assert answered(Answer("fine", "1", thoughts="bad")) == Response([Answer("fine", "1")])

    async def late(request: Request) -> Response:
        return Response([Answer("bad")])

    assert (await guard.awrap_model_call(Request([]), late)).result == [Answer(chain.REFUSAL)]


@pytest.fixture
def sdk(monkeypatch: pytest.MonkeyPatch) -> Any:
    class Generic:
        def __class_getitem__(cls, item: Any) -> Any:
            return cls

    names = {"Agent": Generic, "RunContextWrapper": Generic, "GuardrailFunctionOutput": Box,
             "ToolGuardrailFunctionOutput": Box, "ToolOutputGuardrailData": Box,
             "TResponseInputItem": dict, "input_guardrail": plain, "output_guardrail": plain,
             "tool_output_guardrail": plain}  # fmt: skip
    return loaded(monkeypatch, "openai_agents_guard", {"agents": names})


@pytest.mark.parametrize(
    ("given", "stops"),
    [
        ("bad", True),
        ("hello", False),
        ([{"role": "user", "content": "bad"}, {"role": "user", "content": "hello"}], True),
        ([{"role": "user", "content": [{"type": "input_text", "text": "bad"}]},
          {"type": "function_call_output", "output": "x"},
          {"role": "user", "content": "hello"}], True),
        ([{"role": "user", "content": "bad"}, {"role": "assistant", "content": "no"},
          {"role": "user", "content": "hello"}], False),
        ([], False),
    ],
)  # fmt: skip
async def test_the_sdk_judges_all_since_the_last_answer(sdk: Any, given: Any, stops: bool) -> None:
    found = await sdk.check_input(None, None, given)
    assert found.tripwire_triggered is stops
