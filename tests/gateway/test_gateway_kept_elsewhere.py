"""What a provider would keep by name (conversations, stored completions) is refused with a hint."""

from collections.abc import Callable
from typing import Any

import openai
import pytest
from gateway_support import Gateway

pytestmark = pytest.mark.once

HI: Any = [{"role": "user", "content": "Hi"}]
ITEM: Any = {"type": "message", "role": "user", "content": "Hi"}
Ask = Callable[[openai.OpenAI], Any]


@pytest.mark.parametrize(
    ("ask", "status", "said"),
    [
        (lambda c: c.conversations.create(), 404, "previous_response_id"),
        (lambda c: c.conversations.retrieve("conv_1"), 404, "previous_response_id"),
        (lambda c: c.conversations.items.list("conv_1"), 404, "previous_response_id"),
        (lambda c: c.conversations.items.create("conv_1", items=[ITEM]), 404, "previous_response"),
        (lambda c: c.responses.create(model="small", input="Hi", conversation="conv_1"), 400,
         "previous_response_id"),
        (lambda c: c.responses.create(model="small", input="Hi", conversation={"id": "conv_1"}),
         400, "/conversation is not supported"),
        (lambda c: c.chat.completions.list(), 405, "No answer is stored"),
        (lambda c: c.chat.completions.retrieve("chatcmpl-1"), 404, "nothing is stored"),
        (lambda c: c.chat.completions.update("chatcmpl-1", metadata={"a": "b"}), 404,
         "nothing is stored"),
        (lambda c: c.chat.completions.delete("chatcmpl-1"), 404, "nothing is stored"),
        (lambda c: c.chat.completions.messages.list("chatcmpl-1"), 404, "nothing is stored"),
        (lambda c: c.responses.compact(model="small", input="Hi"), 405, "compacted"),
        (lambda c: c.responses.input_tokens.count(model="small", input="Hi"), 405, "estimates"),
        (lambda c: c.get("/responses", cast_to=object), 405, "GET /v1/responses/{id}"),
        (lambda c: c.get("/skills", cast_to=object), 404, "cannot be inspected"),
    ],
)  # fmt: skip
def test_refused_by_name_with_what_to_do(
    gateway: Gateway, ask: Ask, status: int, said: str
) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        ask(gateway.client())
    assert caught.value.status_code == status and said in caught.value.message
    assert gateway.provider.seen == [] and gateway.provider.calls == []


def test_store_is_a_wish_to_the_provider_that_the_opt_out_overrules(gateway: Gateway) -> None:
    answer = gateway.client().chat.completions.create(
        model="small", messages=HI, store=True, metadata={"k": "v"}
    )
    assert (
        gateway.provider.seen[-1]["store"] is False and "metadata" not in gateway.provider.seen[-1]
    )
    with pytest.raises(openai.NotFoundError):
        gateway.client().chat.completions.retrieve(answer.id)
