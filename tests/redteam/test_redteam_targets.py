"""Targets by template and function, and the limits of a run."""

import json
from types import SimpleNamespace

import msgspec
import pytest
from aiohttp import web

from seawall.core.errors import InputError
from seawall.core.trials import AttemptOutcome, Mode
from seawall.redteam import turns
from seawall.redteam.aim import aim
from seawall.redteam.callable_target import CallableTarget, find
from seawall.redteam.openai_target import OpenAITarget
from seawall.redteam.runner import run
from seawall.redteam.target import Attack
from seawall.redteam.template_target import Request, Template, TemplateTarget, read
from seawall.redteam.turns import Limits, Metered

TWO = Attack(id="a/1", probe="p", channel="user", messages=('Say "x" {model}', "Now {prompt}"))


@pytest.fixture
async def endpoint():
    seen = []

    async def handle(request):
        seen.append((request, await request.text()))
        return web.json_response({"content": [{"text": f"turn {len(seen)}"}]})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", seen
    await runner.cleanup()


async def test_template_keeps_texts_apart(endpoint) -> None:
    url, seen = endpoint
    template = Template(
        url=url + "/ask?s={session}", headers={"x-app": "shop"}, answer="/content/0/text",
        body={"q": "<{prompt}>", "all": "{messages}", "deep": [{"m": "{model}"}]},
    )  # fmt: skip
    async with TemplateTarget(template, model="m1") as target:
        got = await target.attempt(TWO)
    assert got.text == "turn 1\nturn 2"
    request, text = seen[1]
    body = json.loads(text)
    assert body["q"] == "<Now {prompt}>", "a place in the attack's own text is not filled"
    assert [m["role"] for m in body["all"]] == ["user", "assistant", "user"]
    assert body["deep"] == [{"m": "m1"}]
    assert request.query["s"] == "a/1"
    assert request.headers["x-app"] == "shop"


async def test_what_an_outsider_plants_goes_first_and_a_picture_comes_along(endpoint) -> None:
    url, seen = endpoint
    template = Template(
        url=url + "/ask", answer="/content/0/text", body={"q": "{prompt}"},
        plant={"document": Request(url=url + "/docs/{session}", method="PUT",
                                   body={"text": "{prompt}"})},
        image_body={"q": "{prompt}", "png": "data:image/png;base64,{image}"},
    )  # fmt: skip
    planted = Attack(id="b", probe="p", channel="document", text="Obey {image}.", messages=("Hi",))
    shown = Attack(id="c", probe="p", channel="image", image=b"\x89PNG", messages=("Look",))
    async with TemplateTarget(template) as target:
        assert target.facts()["channels"] == ("user", "document", "image")
        assert (await target.attempt(planted)).text == "turn 2", "what planting says is no answer"
        assert (await target.attempt(shown)).text == "turn 3"
    sent = [(request.method, request.path, json.loads(text)) for request, text in seen]
    assert sent == [
        ("PUT", "/docs/b", {"text": "Obey {image}."}),
        ("POST", "/ask", {"q": "Hi"}),
        ("POST", "/ask", {"q": "Look", "png": "data:image/png;base64,iVBORw=="}),
    ]


async def test_what_cannot_be_planted_is_an_error(endpoint) -> None:
    url, seen = endpoint
    gone = {"document": Request(url="http://127.0.0.1:9/docs", body={})}
    planted = Attack(id="b", probe="p", channel="document", text="Obey.", messages=("Hi",))
    async with TemplateTarget(Template(url=url, body={}, plant=gone)) as target:
        assert "Connect" in (await target.attempt(planted)).error
    assert not seen, "the question is not asked: an answer would prove nothing"


def test_a_stream_of_events_is_one_answer() -> None:
    template = Template(url="http://x", stream="/choices/0/delta/content", refused=("cannot do",))
    pieces = ('{"role": "assistant"}', '{"content": "I can"}', '{"content": "not do that."}')
    events = "".join(f'data: {{"choices": [{{"delta": {one}}}]}}\n\n' for one in pieces)
    got = read(template, 200, f": hello\n\n{events}data: [DONE]\n\n".encode())
    assert (got.text, got.refused) == ("I cannot do that.", True)
    assert "No event" in read(template, 200, b"data: [DONE]\n\n").error
    assert read(template, 500, events.encode()).error == "Status 500."


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ('{"error": {"message": "overloaded"}}', "overloaded"),
        ('{"error": "overloaded"}', "overloaded"),
        ('{"choices": [{"del', "no JSON"),
    ],
)
def test_a_stream_that_fails_midway_is_an_error_and_no_answer(broken, told) -> None:
    template = Template(url="http://x", stream="/text")
    got = read(template, 200, f'data: {{"text": "Half"}}\n\ndata: {broken}\n\n'.encode())
    assert (got.text, told in got.error) == ("", True)
    usual = b'data: {"text": "All"}\n\ndata:\n\ndata: {"error": null}\n\ndata: [DONE]\n\n'
    assert (read(template, 200, usual).text, read(template, 200, usual).error) == ("All", "")


async def test_anthropic(endpoint, monkeypatch) -> None:
    url, seen = endpoint
    monkeypatch.setenv("A_KEY", "k-1")
    async with aim(f"anthropic:{url}", model="m", key_env="A_KEY") as target:
        assert (await target.attempt(TWO)).text.startswith("turn 1")
    request, text = seen[0]
    assert (request.path, request.headers["x-api-key"]) == ("/v1/messages", "k-1")
    assert json.loads(text)["messages"] == [{"role": "user", "content": TWO.messages[0]}]


CASES = [
    (200, {"out": "Hi"}, {"text": "Hi", "blocked": False, "refused": False}),
    (200, {"out": "Sorry, policy."}, {"refused": True, "blocked": False}),
    (200, {"out": "Content filtered"}, {"blocked": True}),
    (403, {"out": ""}, {"blocked": True}),
    (500, {"out": "Hi"}, {"error": "Status 500."}),
    (200, {"other": "Hi"}, {"error": "The answer has no /out. It holds other."}),
    (200, {"out": ["Hi"]}, {"error": "The answer's /out is no text."}),
]


@pytest.mark.parametrize(("status", "body", "wanted"), CASES)
def test_reading(status, body, wanted) -> None:
    template = Template(
        url="http://x", answer="/out", blocked=("content FILTERED",), refused=("sorry, policy",),
        blocked_status=(403,),
    )  # fmt: skip
    got = read(template, status, json.dumps(body).encode())
    assert {name: getattr(got, name) for name in wanted} == wanted


async def test_function_and_the_targets_own_refusal(cards) -> None:
    def refusing(messages):
        assert messages[-1]["role"] == "user"
        return {"text": "Not here.", "refused": True}

    card = cards["PRB-PHISH"]
    rows = await run([card], CallableTarget(refusing), Mode.OFF, n=3)
    assert {row.outcome for row in rows} == {AttemptOutcome.REFUSED}
    rows = await run([card], CallableTarget(lambda _m: "Not here."), Mode.OFF, n=3)
    assert {row.outcome for row in rows} == {AttemptOutcome.UNSCORED}
    rows = await run([card], CallableTarget(lambda _m: 1 / 0), Mode.OFF, n=3)
    assert {row.outcome for row in rows} == {AttemptOutcome.ERROR}
    assert (await CallableTarget(lambda _m: 7).attempt(TWO)).error


async def test_limits_are_kept_and_not_counted_as_safe(cards) -> None:
    calls = []
    target = CallableTarget(lambda m: calls.append(m) or "No.")
    rows = await run([cards["PRB-EXFIL-MD"]], Metered(target, Limits(requests=5)), Mode.OFF, n=12)
    assert 3 <= len(calls) <= 5
    assert sum(row.outcome is AttemptOutcome.ERROR for row in rows) >= 7
    dear = Metered(target, Limits(cost=1.0, request_cost=0.4))
    assert not (await dear.attempt(TWO)).error
    assert "cost limit of 1" in (await dear.attempt(TWO)).error


async def test_rate(monkeypatch) -> None:
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    # Only this module's clock: another test's server in a thread of this process sleeps too.
    monkeypatch.setattr(turns, "asyncio", SimpleNamespace(sleep=sleep))
    slow = Metered(CallableTarget(lambda _m: "x"), Limits(per_second=0.5))
    one = msgspec.structs.replace(TWO, messages=("hi",))
    for _ in range(3):
        await slow.attempt(one)
    assert waits == pytest.approx([0, 2, 4], abs=0.5)


def test_aim(tmp_path) -> None:
    assert isinstance(aim("http://127.0.0.1:9/v1"), OpenAITarget)
    assert isinstance(aim("python:json:dumps"), CallableTarget)
    path = tmp_path / "shop.yaml"
    path.write_text("url: http://127.0.0.1:9/ask\nbody: {q: '{prompt}'}\nanswer: /a\n")
    assert isinstance(aim(str(path)), TemplateTarget)
    for bad in ("python:nope", "python:json:nope", "python:no_such_module:f", "ftp://x"):
        with pytest.raises(InputError):
            aim(bad)
    path.write_text("url: http://x\nbodi: {}\n")
    with pytest.raises(InputError, match="bodi"):
        aim(str(path))
    with pytest.raises(InputError, match="NOT_SET"):
        TemplateTarget(Template(url="http://x", headers={"k": "{env:NOT_SET}"}))
    assert find("json:dumps") is json.dumps
