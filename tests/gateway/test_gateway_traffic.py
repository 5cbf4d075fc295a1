"""What really passed a gateway, read back from its own audit log and compared with a profile."""

import json
from pathlib import Path
from typing import Any

import pytest
from gateway_support import Gateway, Provider, chunks, gateway_of, make_policy, message

from seawall.cli.main import run

CARD = "my card is 4111 1111 1111 1111"
PAY = {"type": "function", "function": {"name": "pay", "parameters": {
    "type": "object", "properties": {"to": {"type": "string"}}}}}  # fmt: skip
CALL = {"id": "c1", "type": "function",
        "function": {"name": "pay", "arguments": '{"to": "Kim Sorel"}'}}  # fmt: skip


@pytest.fixture
def used(provider: Provider, tmp_path: Path) -> Any:
    provider.reset()
    with gateway_of(make_policy(provider), provider, tmp_path / "g") as gateway:
        yield gateway


def ask(gateway: Gateway, text: str, **fields: Any) -> None:
    messages: Any = [{"role": "user", "content": text}]
    answer = gateway.client().chat.completions.create(model="small", messages=messages, **fields)
    if fields.get("stream"):
        list(answer)


def send(gateway: Gateway) -> None:
    for number in range(3):
        ask(gateway, f"{CARD}, order {number}")
    gateway.provider.script = message(None, tool_calls=[CALL])
    ask(gateway, "Pay Kim Sorel", tools=[PAY])
    gateway.provider.script = chunks({"content": "Hi."})
    ask(gateway, "Hi", stream=True)


def discover(capsys: pytest.CaptureFixture[str], gateway: Gateway, *more: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = run(["discover", "--traffic", str(gateway.store.folder), "--json", *more])
    return code, json.loads(capsys.readouterr().out)


def test_a_profile_is_filled_in_from_the_log_and_no_text_of_it(
    used: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send(used)
    path = tmp_path / "profile.yaml"
    code, found = discover(capsys, used, "--profile", str(path), "--application", "shop")
    assert (code, found["traffic"]["requests"], found["written"]) == (0, 5, 3)
    assert {key: fact["value"] for key, fact in found["facts"].items()} == {
        "model.ids": ["small"], "tools.list": ["pay"], "data.classes_in_prompt": ["payment"],
    }  # fmt: skip
    written = path.read_text()
    assert "source: traffic" in written and "audit:" in written
    assert "4111" not in written + json.dumps(found) and "Sorel" not in written + json.dumps(found)
    assert discover(capsys, used, "--profile", str(path))[1]["written"] == 0


def test_the_gate_fails_where_the_profile_is_about_something_else(
    used: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text("application: shop\ntitle: Shop\nfacts:\n  model.ids: [real-small]\n"
                    "  tools.list: []\n  data.classes_in_prompt: [payment]\n")  # fmt: skip
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "version: 1\napplication: shop\nupstreams:\n  - name: p\n"
        "    base_url: http://127.0.0.1:9/v1\n    models: {small: {input_per_million: 1, "
        "output_per_million: 2, upstream_model: real-small}}\nfunctions: {chat: {}}\n"
    )
    words = ["gate", str(path), "--policy", str(policy), "--traffic", str(used.store.folder)]

    def reasons() -> list[str]:
        capsys.readouterr()
        assert run([*words, "--json"]) == 4
        gate = json.loads(capsys.readouterr().out)["gate"]
        return [r["sentence"] for r in gate["reasons"] if r["kind"] == "profile"]

    assert any("shows what passes the gateway" in sentence for sentence in reasons())
    send(used)
    (sentence,) = reasons()
    assert "the gateway's traffic shows pay" in sentence
    path.write_text(path.read_text().replace("tools.list: []", "tools.list: [pay]"))
    assert reasons() == []


def test_strict_exits_with_4_and_words_that_do_not_go_together_with_2(
    used: Gateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    send(used)
    path = tmp_path / "profile.yaml"
    path.write_text("application: shop\ntitle: Shop\nfacts:\n  tools.list: []\n")
    assert discover(capsys, used, "--profile", str(path), "--strict")[0] == 4
    assert discover(capsys, used)[0] == 2, "which application?"
    folder = str(used.store.folder)
    assert run(["discover", str(tmp_path), "--traffic", folder, "--application", "shop"]) == 2
    capsys.readouterr()
    assert run(["discover", "--traffic", folder, "--application", "shop"]) == 0
    out = capsys.readouterr().out
    assert "5 requests of shop" in out and "What passes the gateway" in out
