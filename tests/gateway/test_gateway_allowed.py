"""What a key may use: its own models and tools, beside those of its function."""

from typing import Any

import openai
import pytest
from gateway_support import Gateway

from seawall.store.keys import create_key

HI: Any = [{"role": "user", "content": "Hi"}]


def tool(name: str) -> Any:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}


def key_of(gateway: Gateway, **rights: Any) -> str:
    return create_key(gateway.store, application="shop", function="chat", **rights)[1]


def test_a_key_with_models_uses_and_sees_no_other(gateway: Gateway) -> None:
    client = gateway.client(key_of(gateway, models=("small",)))
    assert client.chat.completions.create(model="small", messages=HI).choices
    assert [model.id for model in client.models.list()] == ["small"]
    with pytest.raises(openai.PermissionDeniedError) as refused:
        client.chat.completions.create(model="other", messages=HI)
    assert refused.value.code == "model_not_allowed"
    with pytest.raises(openai.PermissionDeniedError) as refused:
        client.fine_tuning.jobs.create(model="other", training_file="file-1")
    assert refused.value.code == "model_not_allowed"


def test_a_key_cannot_widen_what_its_function_may(gateway: Gateway) -> None:
    _, key = create_key(gateway.store, application="shop", function="batch", models=("small",))
    for model in ("small", "other"):
        with pytest.raises(openai.PermissionDeniedError):
            gateway.client(key).chat.completions.create(model=model, messages=HI)


@pytest.mark.parametrize("stream", [False, True])
def test_a_key_with_tools_offers_no_other(gateway: Gateway, stream: bool) -> None:
    client = gateway.client(key_of(gateway, tools=("pay",)))
    ask: Any = client.chat.completions.create
    ask(model="small", messages=HI, tools=[tool("pay")])
    asked = len(gateway.provider.seen)
    with pytest.raises(openai.PermissionDeniedError) as refused:
        ask(model="small", messages=HI, tools=[tool("pay"), tool("erase")], stream=stream)
    assert (refused.value.code, refused.value.param) == ("tool_not_allowed", "/tools/1")
    assert "erase" not in str(refused.value)
    assert len(gateway.provider.seen) == asked
