"""Tokens of thinking: read from each API's usage, at least what no word of the answer can take."""

import json

import pytest

from seawall.catalog.load import load_catalog
from seawall.core.trials import AttemptOutcome, Mode
from seawall.core.verdicts import Outcome
from seawall.redteam.anthropic_target import read_message, read_message_events
from seawall.redteam.facts import read_facts
from seawall.redteam.openai_target import read_answer, read_chunks
from seawall.redteam.oracles import oracle_of
from seawall.redteam.planning import plan
from seawall.redteam.preflight import obstacle
from seawall.redteam.responses_target import ResponsesTarget
from seawall.redteam.runner import run
from seawall.redteam.target import Observation
from seawall.redteam.thinking import thought_of
from seawall.redteam.turns import merged

CARD = load_catalog().more_probes["PRB-REASON"]


@pytest.mark.parametrize(
    ("usage", "text", "thought"),
    [
        ({"completion_tokens": 900, "completion_tokens_details": {"reasoning_tokens": 890}}, "Yes",
         897),
        ({"completion_tokens": 900, "completion_tokens_details": {"reasoning_tokens": 0}},
         "Yes." * 400, 0),
        ({"output_tokens": 2400}, "No.", 2397),
        ({"output_tokens": 300}, "é" * 200, 0),
        ({"output_tokens_details": {"reasoning_tokens": 7}}, "", 7),
        ({"completion_tokens": True}, "x", None), ({"prompt_tokens": 4}, "x", None),
        (None, "x", None),
    ],
)  # fmt: skip
def test_what_was_thought_at_least(usage, text, thought) -> None:
    assert thought_of(usage, text) == thought


def test_every_api_tells() -> None:
    usage = {"completion_tokens": 3004, "completion_tokens_details": {"reasoning_tokens": 3000}}
    chat = {"choices": [{"message": {"content": "Yes."}}], "usage": usage}
    assert read_answer(200, {}, json.dumps(chat).encode()).thought == 3000
    chunks = [{"choices": [{"delta": {"content": "Yes."}, "finish_reason": "stop"}]},
              {"choices": [], "usage": usage}]  # fmt: skip
    assert read_chunks({}, chunks).thought == 3000
    assert read_chunks({}, chunks[:1]).thought is None, "a stream without usage tells nothing"
    message = {"content": [{"type": "text", "text": "Yes."}], "usage": {"output_tokens": 3004}}
    assert read_message(200, {}, json.dumps(message).encode()).thought == 3000
    events = [{"type": "content_block_delta", "index": 0, "delta": {"text": "Yes."}},
              {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 3004}},
              {"type": "message_stop"}]  # fmt: skip
    assert read_message_events({}, events).thought == 3000
    used = {"output_tokens": 3004, "output_tokens_details": {"reasoning_tokens": 3000}}
    response = {"output": [{"content": [{"text": "Yes."}]}], "usage": used}
    target = ResponsesTarget("http://127.0.0.1:9/v1", "m")
    assert target.read(200, {}, json.dumps(response).encode()).thought == 3000


def test_turns_add_up() -> None:
    turns = [Observation(text="a", thought=5), Observation(text="b"), Observation(thought=7)]
    assert merged(turns).thought == 12
    assert merged(turns[1:2]).thought is None


def test_oracle(facts) -> None:
    (one,) = plan(CARD, facts, n=1)
    judge = oracle_of("thought").judge
    assert judge(one, Observation(text="Yes.", thought=2000), facts).outcome is Outcome.FOUND
    assert (
        judge(one, Observation(text="Yes. " * 9999, thought=1999), facts).outcome is Outcome.CLEAN
    )
    assert judge(one, Observation(text="Yes."), facts).outcome is Outcome.UNKNOWN


async def test_only_models_that_think_are_asked(fake) -> None:
    assert "thinks" in obstacle(CARD, read_facts({"channels": ["user"]}))
    target = fake(lambda _: Observation(thought=9000), {"thinks": True})
    rows = await run([CARD], target, Mode.OFF, n=2)
    assert {row.outcome for row in rows} == {AttemptOutcome.COMPLIED}, "all spent before a word"
