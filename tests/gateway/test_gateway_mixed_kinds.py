"""One model at providers of two kinds: who cannot take a request is passed over."""

from pathlib import Path
from typing import Any

import anthropic
import openai
import pytest
from anthropic_support import said, text
from gateway_support import Gateway, Provider, gateway_of, message
from test_gateway_anthropic_client import ask as ask_message
from test_gateway_resilience import ask, other, policy_of

from seawall.policy.model import Policy

MANY = [f"END{number}" for number in range(9)]
CLAUDE = "    kind: anthropic\n"


def mixed(provider: Provider, first: str, main: str = "") -> Policy:
    """Return a policy in which the provider of kind `first` is asked first, if it can be."""
    order = 2 if first == "anthropic" else 0
    provider.reset()
    provider.script = lambda body: _both(body["model"], body.get("n", 1))
    more = other(provider.url, 0, more=CLAUDE)
    return policy_of(provider, main=f"    order: {order}\n{main}", extra=more.replace(
        "order: 0", "order: 1"))  # fmt: skip


def _both(model: str, number: int) -> Any:
    if model == "other-small":
        return said(text("Hello."))
    answer: Any = message()
    answer["choices"] = [{**answer["choices"][0], "index": index} for index in range(number)]
    return answer


def asked(gateway: Gateway) -> list[str]:
    return [body["model"] for body in gateway.provider.seen]


@pytest.mark.parametrize("first", ["anthropic", "openai"])
@pytest.mark.parametrize(
    ("fields", "model", "name"),
    [({"n": 2}, "real-small", "main"), ({"stop": MANY}, "other-small", "other-0")],
)
def test_who_can_take_a_field_is_asked(
    provider: Provider, tmp_path: Path, first: str, fields: Any, model: str, name: str
) -> None:
    with gateway_of(mixed(provider, first), provider, tmp_path) as gateway:
        answer = ask(gateway, **fields)
        assert len(answer.choices) == fields.get("n", 1)
        assert asked(gateway) == [model]
        (record,) = gateway.exchanges()
        assert (record["result"], record["upstream"]) == ("answered", name)


def test_a_request_that_nobody_can_take_is_refused_by_its_field(
    provider: Provider, tmp_path: Path
) -> None:
    with gateway_of(mixed(provider, "anthropic"), provider, tmp_path) as gateway:
        with pytest.raises(openai.BadRequestError) as refused:
            ask(gateway, n=2, stop=MANY)
        assert refused.value.param == "/n"
        assert asked(gateway) == [] and gateway.exchanges()[-1]["cost"] == 0
    with gateway_of(policy_of(provider), provider, tmp_path / "one") as gateway:
        with pytest.raises(anthropic.BadRequestError, match=r"/stop_sequences must have"):
            ask_message(gateway, "small", stop_sequences=MANY)
        assert asked(gateway) == []


def test_where_the_one_that_can_is_away_the_request_is_not_to_blame(
    provider: Provider, tmp_path: Path
) -> None:
    """`n` could be answered: a client that hears 503 may try again, with 400 it would not."""
    main = "    breaker: {failures: 2, seconds: 30}\n    retries: 1\n"
    with gateway_of(mixed(provider, "openai", main), provider, tmp_path) as gateway:
        provider.status = 500
        for code in ("upstream_error", "upstream_unavailable"):
            with pytest.raises(openai.InternalServerError) as failed:
                ask(gateway, n=2)
            assert failed.value.code == code
        assert asked(gateway) == ["real-small"] * 2
        assert gateway.exchanges()[0]["upstream"] == "main"
