"""Evidence is about the models it was made with: names are compared, providers and labels not."""

import pytest

from seawall.assess.drift import unserved
from seawall.core.profile import Fact, Profile


def profile(model: str) -> Profile:
    return Profile(
        application="a", title="A", facts={"model.ids": Fact(key="model.ids", value=(model,))}
    )


@pytest.mark.parametrize(
    ("named", "served", "same"),
    [
        ("gpt-4o", "openai/gpt-4o", True),
        ("openai:gpt-4o", "gpt-4o", True),
        ("GPT-4o", "gpt-4o ", True),
        ("harbour-sim-1", "simulated model harbour-sim-1", True),
        ("ollama/llama3:8b", "llama3:8b", True),
        ("llama3:8b", "qwen:8b", False),
        ("anthropic.claude-3-opus-v1:0", "meta.llama3-70b-v1:0", False),
        ("gpt-4o", "gpt-4o-mini", False),
        ("gpt-4o", "", False),
    ],
)
def test_a_model_is_known_by_its_whole_name(named: str, served: str, same: bool) -> None:
    assert (unserved(profile(named), [served], "policy.yaml") == []) is same
