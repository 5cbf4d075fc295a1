"""Which stop sequence ended an answer arrives as the provider says it."""

from typing import Any

import anthropic
import openai
import pytest
from anthropic_support import events, gate, said, shared_both, text
from gateway_support import USAGE, Gateway, chunks, message
from test_gateway_anthropic_client import ask, read

pytestmark = pytest.mark.once

__all__ = ["gate", "shared_both"]
HI: Any = [{"role": "user", "content": "Hi"}]


def script(model: str, stream: bool, sequence: str | None) -> Any:
    """Return what the provider of a model sends that stopped at a sequence."""
    if model == "claude" and not stream:
        return {**said(text("Good day."), stop="stop_sequence"), "stop_sequence": sequence}
    if model == "claude":
        shown = f'"stop_sequence","stop_sequence":"{sequence}"'
        return [event.replace(b'"stop_sequence"', shown.encode(), b'"message_delta"' in event)
                for event in events(text("Good day."), stop="stop_sequence")]  # fmt: skip
    whole: Any = message("Good day.")
    whole["choices"][0]["stop_reason"] = sequence
    if not stream:
        return whole
    last = chunks({}, finish="stop")[-1].replace('"stop"', f'"stop","stop_reason":"{sequence}"')
    return [*chunks({"content": "Good day."}, finish=None), last, USAGE, "[DONE]"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["claude", "small"])
def test_an_anthropic_client_hears_it(gate: Gateway, model: str, stream: bool) -> None:
    gate.provider.script = script(model, stream, "END")
    answer = (read if stream else ask)(gate, model, stop_sequences=["STOP", "END"])
    assert (answer.stop_reason, answer.stop_sequence) == ("stop_sequence", "END")
    assert answer.content[0].text == "Good day."


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["claude", "small"])
def test_no_other_text_passes_there(gate: Gateway, model: str, stream: bool) -> None:
    gate.provider.script = script(model, stream, "Something else")
    answer = (read if stream else ask)(gate, model, stop_sequences=["STOP", "END"])
    assert (answer.stop_reason, answer.stop_sequence) == ("end_turn", None)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", ["claude", "small"])
def test_an_openai_client_hears_it(gate: Gateway, model: str, stream: bool) -> None:
    gate.provider.script = script(model, stream, "END")
    client = gate.client()
    asked = client.chat.completions.create(
        model=model, messages=HI, stop="END", stream=stream
    )  # fmt: skip
    choices = [c.choices[0] for c in asked if c.choices][-1:] if stream else asked.choices
    assert [(c.finish_reason, c.stop_reason) for c in choices] == [("stop", "END")]
    gate.provider.script = script(model, False, "END")
    old = client.completions.create(model=model, prompt="Hi", stop=["END"])
    assert (old.choices[0].finish_reason, old.choices[0].stop_reason) == ("stop", "END")
    gate.provider.script = None if model == "small" else said(text("Good day."))
    plain = client.chat.completions.create(model=model, messages=HI, stop="END")
    assert "stop_reason" not in plain.choices[0].to_dict()


MANY = [f"END{number}" for number in range(9)]


@pytest.mark.parametrize("own", [False, True])
def test_an_anthropic_provider_gets_more_than_four(gate: Gateway, own: bool) -> None:
    """`own`: its own client asks; OpenAI's may do so, too."""
    gate.provider.script = said(text("Good day."))
    if own:
        ask(gate, "claude", stop_sequences=MANY)
    else:
        gate.client().chat.completions.create(model="claude", messages=HI, stop=MANY)
    assert gate.provider.seen[-1]["stop_sequences"] == MANY


def test_an_openai_provider_has_four_at_most(gate: Gateway) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        gate.client().chat.completions.create(model="small", messages=HI, stop=MANY)
    assert (caught.value.param, "at most 4 items" in str(caught.value)) == ("/stop", True)
    with pytest.raises(anthropic.BadRequestError, match=r"/stop_sequences must have at most 4"):
        ask(gate, "small", stop_sequences=MANY)
    assert gate.provider.seen == [] and gate.exchanges()[-1]["cost"] == 0


def test_what_costs_more_than_the_policy_says_is_refused(gate: Gateway) -> None:
    with pytest.raises(openai.BadRequestError, match=r"/service_tier.*price") as caught:
        gate.client().chat.completions.create(model="small", messages=HI, service_tier="priority")
    assert caught.value.code == "unsupported_field"
    with pytest.raises(openai.BadRequestError, match=r"/service_tier.*price"):
        gate.client().responses.create(model="small", input="Hi", service_tier="priority")
    with pytest.raises(anthropic.BadRequestError, match=r"/speed.*price"):
        ask(gate, "claude", extra_body={"speed": "fast"})
    assert gate.provider.seen == []
    gate.client().chat.completions.create(model="small", messages=HI, service_tier="flex")
    assert gate.provider.seen[-1]["service_tier"] == "flex"
