"""A template's conversations: cookies, ids that the application gives, logins, limits."""

import asyncio
from itertools import count

import pytest
from aiohttp import web

from seawall.core.errors import InputError
from seawall.redteam.openai_target import OpenAITarget
from seawall.redteam.target import Attack
from seawall.redteam.template_target import Request, Template, TemplateTarget, read
from seawall.redteam.turns import Limits, Metered


def attack(name: str, *messages: str) -> Attack:
    return Attack(id=name, probe="p", channel="user", messages=messages or ("one", "two"))


@pytest.fixture
async def served():
    """Serve the handlers given by path; yield a function that takes them."""
    runners = []

    async def serve(**handlers) -> str:
        application = web.Application()
        for name, handler in handlers.items():
            application.router.add_post(f"/{name}", handler)
        runner = web.AppRunner(application)
        await runner.setup()
        runners.append(runner)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"

    yield serve
    for runner in runners:
        await runner.cleanup()


async def test_each_conversation_keeps_its_own_cookie(served) -> None:
    turns, numbers = {}, count(1)

    async def ask(request):
        sid = request.cookies.get("sid") or f"s{next(numbers)}"
        turns[sid] = turns.get(sid, 0) + 1
        await asyncio.sleep(0.01)
        answer = web.json_response({"say": f"{sid}:{turns[sid]}"})
        answer.set_cookie("sid", sid)
        return answer

    url = await served(ask=ask)
    async with TemplateTarget(Template(url=url + "/ask", body={}, answer="/say")) as target:
        seen = await asyncio.gather(*(target.attempt(attack(f"a{n}")) for n in range(4)))
    said = [one.text.split() for one in seen]
    assert all(first.split(":")[0] == second.split(":")[0] for first, second in said), said
    assert {second.split(":")[1] for _, second in said} == {"2"}
    assert len({first for first, _ in said}) == 4, "no two attacks share a session"


async def test_the_application_gives_the_conversation_its_id(served, monkeypatch) -> None:
    monkeypatch.setenv("SHOP_PIN", "4711")
    bodies, tokens = [], []

    async def login(request):
        form = await request.post()
        assert dict(form) == {"user": "kim", "pin": "4711"}
        raise web.HTTPFound("/")

    async def ask(request):
        bodies.append(await request.json())
        tokens.append(request.headers.get("x-chat"))
        return web.json_response({"say": "ok", "chat": {"id": 41}})

    url = await served(login=login, ask=ask)
    template = Template(
        url=url + "/ask", answer="/say", session="/chat/id", headers={"x-chat": "{session}"},
        body={"text": "{prompt}", "chat_id": "{session}"},
        begin=Request(url=url + "/login", fields={"user": "kim", "pin": "{env:SHOP_PIN}"}),
    )  # fmt: skip
    async with TemplateTarget(template) as target:
        assert (await target.attempt(attack("a"))).text == "ok\nok"
    assert [one["chat_id"] for one in bodies] == [None, "41"]
    assert tokens == [None, "41"]


async def test_a_login_that_fails_is_an_error(served) -> None:
    async def login(_request):
        return web.json_response({"detail": "wrong password"}, status=401)

    async def ask(_request):
        return web.json_response({"say": "Please log in."})

    url = await served(login=login, ask=ask)
    template = Template(url=url + "/ask", answer="/say", begin=Request(url=url + "/login"))
    async with TemplateTarget(template) as target:
        assert (await target.attempt(attack("a"))).error == "Status 401: wrong password."


def test_what_is_wrong_with_an_answer_is_said() -> None:
    template = Template(url="http://x", answer="/reply")
    assert "It holds text, chat." in read(template, 200, b'{"text": "hi", "chat": 1}').error
    assert "no JSON" in read(template, 200, b"hi").error
    page = read(
        Template(url="http://x"), 200, b"\n<!DOCTYPE html><html>Down for maintenance</html>"
    )
    assert "web page" in page.error, "a page is no refusal"
    with pytest.raises(InputError, match="either `fields`"):
        TemplateTarget(Template(url="http://x", fields={"q": "{prompt}"}, body={"q": "1"}))


@pytest.mark.parametrize("kind", ["openai", "template"])
async def test_a_try_again_counts_against_the_limits(kind, served) -> None:
    asked = []

    async def fail(request):
        asked.append(request.path)
        return web.json_response({}, status=500, headers={"retry-after": "0"})

    url = await served(**{"chat/completions": fail})
    target = (
        OpenAITarget(url, "m") if kind == "openai"
        else TemplateTarget(Template(url=url + "/chat/completions", body={}))
    )  # fmt: skip
    async with Metered(target, Limits(requests=2)) as metered:
        for number in range(3):
            assert (await metered.attempt(attack(f"a{number}", "one"))).error
    assert len(asked) == metered.sent == 2
