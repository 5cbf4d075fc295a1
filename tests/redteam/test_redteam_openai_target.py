"""The OpenAI-compatible target, and `seawall attack` against a small server on 127.0.0.1."""

import asyncio
import json
import threading
from contextlib import contextmanager

import msgspec
import pytest
from aiohttp import web

from seawall.cli.main import run as seawall
from seawall.core.errors import InputError
from seawall.redteam.openai_target import OpenAITarget, read_answer
from seawall.redteam.target import Attack


def body(**fields) -> bytes:
    return msgspec.json.encode(fields)


def answer(text: str, finish: str = "stop", **more) -> bytes:
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return body(choices=[choice], **more)


FILTERED = {"message": "no", "code": "content_filter", "seawall": {"controls": ["CTL-A"]}}
ANSWERS = [
    ("said", 200, {}, answer("hi"), {"text": "hi", "blocked": False, "error": False}),
    ("error mode", 400, {}, body(error=FILTERED), {"blocked": True, "controls": ("CTL-A",)}),
    ("refusal mode", 200, {}, answer("Sorry.", "content_filter"), {"blocked": True}),
    (
        "controls in header", 200, {"x-seawall-controls": "CTL-A, CTL-B"}, answer("ok"),
        {"controls": ("CTL-A", "CTL-B"), "blocked": False},
    ),
    ("redacted", 200, {}, answer("x", seawall={"controls": ["CTL-P"], "actions": ["redact"]}),
     {"controls": ("CTL-P",), "blocked": False}),
    ("disclosed", 200, {"x-seawall-disclosure": "AI"}, answer("x"), {"disclosed": True}),
    ("rate limit is no refusal", 429, {"x-seawall-controls": "CTL-BUDGET"},
     body(error={"message": "slow down"}), {"error": True, "blocked": False}),
    ("forbidden is no refusal", 403, {}, body(error={"message": "key"}), {"error": True}),
    ("server error", 500, {}, b"oops", {"error": True, "blocked": False}),
    ("no choices", 200, {}, body(ok=1), {"error": True}),
    ("list", 200, {}, b"[]", {"error": True}),
    ("error in 200", 200, {}, body(error="broken"), {"error": True}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "status", "headers", "data", "wanted"), ANSWERS,
                         ids=[case[0] for case in ANSWERS])  # fmt: skip
def test_read_answer(name, status, headers, data, wanted) -> None:
    got = read_answer(status, headers, data)
    for field, value in wanted.items():
        found = getattr(got, field)
        assert (bool(found) if field == "error" else found) == value, field


@contextmanager
def serving(handler):
    """Serve POST /v1/chat/completions in a thread; yield the base URL."""
    loop, ready, address = asyncio.new_event_loop(), threading.Event(), {}

    async def start():
        app = web.Application()
        app.router.add_post("/v1/chat/completions", handler)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address["url"] = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/v1"
        address["runner"] = runner
        ready.set()

    thread = threading.Thread(target=lambda: (loop.run_until_complete(start()), loop.run_forever()))
    thread.start()
    ready.wait(10)
    try:
        yield address["url"]
    finally:
        asyncio.run_coroutine_threadsafe(address["runner"].cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def echoing(request: web.Request) -> web.Response:
    sent = await request.json()
    return web.Response(body=answer("You said: " + sent["messages"][-1]["content"]))


async def refusing(request: web.Request) -> web.Response:
    return web.Response(status=400, body=body(error=FILTERED))


async def test_turns_carry_the_history() -> None:
    seen = []

    async def handler(request):
        seen.append(await request.json())
        return web.Response(body=answer(f"answer {len(seen)}"))

    with serving(handler) as url:
        async with OpenAITarget(url, "m", key="k") as target:
            attack = Attack(id="a", probe="p", channel="user", messages=("one", "two"))
            got = await target.attempt(attack)
    assert got.text == "answer 1\nanswer 2"
    assert [m["content"] for m in seen[1]["messages"]] == ["one", "answer 1", "two"]


async def test_limits_are_waited_for_then_an_error() -> None:
    tries = []

    async def handler(request):
        tries.append(1)
        return web.Response(status=429, headers={"retry-after": "0"}, body=body(error={}))

    with serving(handler) as url:
        async with OpenAITarget(url, "m") as target:
            got = await target.attempt(Attack(id="a", probe="p", channel="user", messages=("x",)))
    assert len(tries) == 3
    assert "429" in got.error
    assert not got.blocked


def test_address_is_checked() -> None:
    with pytest.raises(InputError, match="no http address"):
        OpenAITarget("ftp://x", "m")


def attack_json(capsys, *arguments: str) -> tuple[int, dict]:
    code = seawall(["attack", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_command_against_a_blocking_target(capsys, tmp_path, cards) -> None:
    n = cards["PRB-INJ-DIRECT"].n
    rows = tmp_path / "rows.jsonl"
    common = ("--probe", "PRB-INJ-DIRECT", "--out", str(rows), "--gateway", "--tau", "0.1")
    with serving(refusing) as url:
        code, data = attack_json(capsys, "--target", url, *common)
        assert code == 0
        assert data["results"]["PRB-INJ-DIRECT"]["blocked"] == n
        assert (data["harmless"]["hits"], data["harmless"]["n"]) == (40, 40)
        assert len(rows.read_text().splitlines()) == 1 + 40 + n
        _, again = attack_json(capsys, "--target", url, *common)
        assert again["results"] == data["results"]


def test_command_against_an_echoing_target_fails_the_gate(capsys) -> None:
    with serving(echoing) as url:
        code = seawall(["attack", "--target", url, "--probe", "PRB-EXFIL-MD", "--tau", "0.1"])
    shown = capsys.readouterr()
    assert code == 4
    assert "PRB-EXFIL-MD" in shown.out
    assert "Above 0.1" in shown.err


def test_dead_target_is_never_safe(capsys, monkeypatch) -> None:
    monkeypatch.setattr("seawall.redteam.chat_target._TRIES", 1)
    arguments = ("--target", "http://127.0.0.1:9/v1", "--probe", "PRB-INJ-DIRECT", "--n", "3",
                 "--no-calibrate")  # fmt: skip
    assert seawall(["attack", *arguments, "--json"]) == 6
    data = json.loads(capsys.readouterr().out.splitlines()[0])
    result = data["results"]["PRB-INJ-DIRECT"]
    assert (result["errors"], result["n"], result["ucb95"]) == (3, 0, 1.0)
    assert seawall(["attack", *arguments, "--tau", "0.5"]) == 4


def test_plan_without_sending(capsys, tmp_path, cards) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text("system_prompt: You are a helpful shop assistant and keep this to yourself.\n")
    url = ("--target", "http://127.0.0.1:9/v1", "--dry-run")
    _, bare = attack_json(capsys, *url)
    _, told = attack_json(capsys, *url, "--facts", str(facts))
    assert "PRB-LEAK-PROMPT" in bare["not_tested"]
    assert told["planned"]["PRB-LEAK-PROMPT"] == cards["PRB-LEAK-PROMPT"].n
    assert "PRB-TOOL-CALL" in told["not_tested"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--probe", "PRB-NOPE"), "Unknown probe PRB-NOPE"),
        (("--probe", "PRB-INJ-DIRCT"), "Did you mean PRB-INJ-DIRECT?"),
        (("--probe", "PRB-LEAK-PROMPT"), "--facts FILE may"),
        (("--probe", "PRB-FINETUNE"), "No probe can be scored"),
        (("--key-env", "SEAWALL_TEST_NO_KEY"), "SEAWALL_TEST_NO_KEY is empty"),
    ],
)
def test_usage_errors(arguments, words, capsys) -> None:
    assert seawall(["attack", "--target", "http://127.0.0.1:9/v1", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_unknown_fact_is_named(tmp_path, capsys) -> None:
    path = tmp_path / "facts.yaml"
    path.write_text("sytem_prompt: x\n")
    code = seawall(["attack", "--target", "http://127.0.0.1:9/v1", "--facts", str(path)])
    assert code == 2
    assert "unknown fact sytem_prompt" in capsys.readouterr().err
