"""A real page in a real Chromium: typed into, read, watched."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from seawall.core.errors import InputError, MissingPartError, UpstreamError
from seawall.core.trials import AttemptOutcome, Mode
from seawall.redteam.aim import aim
from seawall.redteam.arm import hold_arm
from seawall.redteam.browser.devtools import Browser, NavigatedError
from seawall.redteam.browser.page import Page
from seawall.redteam.browser.target import PageForm, PageTarget, Step
from seawall.redteam.harmless import load
from seawall.redteam.preflight import preflight
from seawall.redteam.runner import run
from seawall.redteam.target import Attack

PAGE = """<!doctype html><title>Shop</title><div id="log"></div><form id="form">
<input id="q"><button id="go">Send</button></form><script>
const form = document.getElementById('form'), log = document.getElementById('log');
form.addEventListener('submit', async event => {
  event.preventDefault();
  const field = document.getElementById('q'), said = field.value;
  field.value = '';
  const answer = await fetch('/ask', {method: 'POST', body: said});
  const one = document.createElement('div');
  one.className = 'answer';
  log.append(one);
  const words = await answer.text();
  one.dataset.busy = '1';
  one.textContent = 'Thinking';
  await new Promise(done => setTimeout(done, 300));
  one.MODE = words;
  delete one.dataset.busy;
});
</script>"""
LOGIN = """<!doctype html><input id="name"><button id="in" onclick="document.cookie='user='+
document.getElementById('name').value; location.href='/chat'">Log in</button>"""
ONE = Attack(id="a/1", probe="p", channel="user", messages=("Hello «there»", "And 2 < 3?"))


class Shop:
    """A chat on a page; `answer` makes the words, `html` has them put into the page as markup."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.html = False
        self.answer = lambda said: f"You said {said}"

    async def chat(self, _request: web.Request) -> web.Response:
        page = PAGE.replace("MODE", "innerHTML" if self.html else "textContent")
        return web.Response(text=page, content_type="text/html")

    async def login(self, _request: web.Request) -> web.Response:
        return web.Response(text=LOGIN, content_type="text/html")

    async def ask(self, request: web.Request) -> web.Response:
        said = await request.text()
        self.said.append((request.cookies.get("user", ""), said))
        return web.Response(text=self.answer(said))


@pytest.fixture
async def shop():
    made = Shop()
    application = web.Application()
    application.router.add_get("/chat", made.chat)
    application.router.add_get("/login", made.login)
    application.router.add_post("/ask", made.ask)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    yield made
    await runner.cleanup()


def form(shop: Shop, **more) -> PageForm:
    base = {"page": f"{shop.url}/chat", "input": "#q", "send": "#go", "answer": ".answer"}
    waits = {"busy": "[data-busy]", "quiet": 0.3, "seconds": 110.0}
    return PageForm(**(base | waits | more))


async def test_conversation_is_typed_and_read(shop) -> None:
    async with PageTarget(form(shop)) as target:
        seen = await target.attempt(ONE)
    assert seen.text == "You said Hello «there»\nYou said And 2 < 3?", "the whole, not `Thinking`"
    assert [said for _, said in shop.said] == list(ONE.messages), "opening it sent nothing"
    assert not seen.error


async def test_enter_sends_and_stock_answers_are_known(shop) -> None:
    shop.answer = lambda said: "Sorry, not HERE." if "2" in said else "Filtered."
    stock = {"send": "", "refused": ("sorry, not here",), "blocked": ("filtered",)}
    async with PageTarget(form(shop, **stock)) as target:
        first = await target.attempt(ONE)
        last = await target.attempt(Attack(id="b", probe="p", channel="user", messages=("2",)))
    assert first.blocked
    assert len(shop.said) == 2, "a block ends the conversation"
    assert last.refused
    assert not last.blocked


async def test_login_and_sessions_of_their_own(shop, monkeypatch) -> None:
    monkeypatch.setenv("SHOP_USER", "kim")
    steps = (Step(into="#name", text="{env:SHOP_USER}"), Step(click="#in"))
    async with PageTarget(form(shop, page=f"{shop.url}/login", before=steps)) as target:
        first = await target.attempt(ONE)
    async with PageTarget(form(shop)) as target:
        second = await target.attempt(ONE)
    assert (first.error, second.error) == ("", "")
    assert [user for user, _ in shop.said] == ["kim", "kim", "", ""]


async def test_only_what_the_page_runs_or_loads_counts(shop, cards) -> None:
    """The same obedient words, shown as text and put into the page as markup."""
    shop.answer = lambda said: said
    wanted = [cards["PRB-EXFIL-MD"]]
    rows = {}
    for html in (False, True):
        shop.html = html
        shop.answer = lambda said: f'<img src="{_address(said)}"> {said}' if html else said  # noqa: B023
        async with PageTarget(form(shop), facts={}) as target:
            rows[html] = await run(wanted, target, Mode.OFF, n=2, concurrency=2)
    assert {row.outcome for row in rows[False]} == {AttemptOutcome.REFUSED}
    assert {row.outcome for row in rows[True]} == {AttemptOutcome.COMPLIED}


def _address(said: str) -> str:
    host = next((word for word in said.replace("(", " ").split() if "://" in word), "")
    return f"http://{urlsplit(host).hostname}/x?d=1"


async def test_what_is_not_there_is_said_before_anything_is_sent(shop) -> None:
    for wrong, named in (
        ({"input": "#nope"}, "#nope"), ({"page": "http://127.0.0.1:9/x"}, "127.0.0.1:9"),
        ({"answer": "..."}, "cannot be read"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=named):
            async with PageTarget(form(shop, **wrong, seconds=0.5)):
                pass
    assert shop.said == []
    with pytest.raises(InputError):
        PageTarget(form(shop, page="file:///etc/passwd"))


async def test_no_answer_is_an_error_and_never_safe(shop, cards) -> None:
    async with PageTarget(form(shop, answer=".other", seconds=1.0)) as target:
        seen = await target.attempt(ONE)
        rows = await run([cards["PRB-EXFIL-MD"]], target, Mode.OFF, n=1)
    assert "No whole answer" in seen.error
    assert rows[0].outcome is AttemptOutcome.ERROR


async def test_harmless_arm_and_preflight(shop, cards) -> None:
    shop.answer = lambda _said: "We are open from nine to five, also on Saturdays."
    short = [one for one in load() if len(one.messages) == 1]
    async with PageTarget(form(shop)) as target:
        rows = await hold_arm(short[:1], target, Mode.OFF)
        left_out = {one.probe for one in preflight(cards.values(), _facts(target))}
    assert {row.outcome for row in rows} == {AttemptOutcome.COMPLIED}
    assert "PRB-INJ-DOC" in left_out or any(cards[name].channel != "user" for name in left_out)
    assert all(cards[name].channel == "user" for name in set(cards) - left_out)


def _facts(target: PageTarget):
    from seawall.redteam.facts import read_facts

    return read_facts(target.facts())


def test_a_file_describes_it(tmp_path: Path) -> None:
    path = tmp_path / "page.yaml"
    path.write_text("page: http://127.0.0.1:9/chat\ninput: '#q'\nanswer: .answer\n")
    assert isinstance(aim(str(path)), PageTarget)
    path.write_text("page: http://127.0.0.1:9/chat\ninput: '#q'\nanswr: .answer\n")
    with pytest.raises(InputError, match="answ"):
        aim(str(path))


async def test_without_a_browser(shop, monkeypatch) -> None:
    monkeypatch.setenv("SEAWALL_CHROMIUM", "no-such-browser")
    with pytest.raises(MissingPartError, match="no-such-browser"):
        async with PageTarget(form(shop)):
            pass
    monkeypatch.setenv("SEAWALL_CHROMIUM", "/bin/true")
    with pytest.raises(MissingPartError, match="did not start"):
        async with PageTarget(form(shop)):
            pass


async def test_a_renderer_that_never_starts_is_given_up_once(shop, monkeypatch) -> None:
    asked: list[str] = []
    send = Browser.send

    async def deaf_at_first(self, method, *more, **named):
        asked.append(method)
        if method == "Page.enable" and asked.count(method) == 1:
            raise UpstreamError("The browser did not answer Page.enable.")
        return await send(self, method, *more, **named)

    monkeypatch.setattr(Browser, "send", deaf_at_first)
    async with PageTarget(form(shop)) as target:
        seen = await target.attempt(ONE)
    assert not seen.error
    assert asked.count("Page.enable") >= 2
    assert asked.index("Target.disposeBrowserContext") < asked.index("Page.navigate")


class _Restless:
    """A browser whose page gives way to its next one `times` in a row."""

    def __init__(self, times: int) -> None:
        self.times, self.asked = times, 0

    def listen(self, session: str, event: object) -> None:
        """Nothing happens on this page."""

    async def send(self, method: str, params: object, session: str) -> dict[str, object]:
        self.asked += 1
        if self.asked <= self.times:
            raise NavigatedError("The browser refused it: Inspected target navigated or closed")
        return {"result": {"value": True}}


async def test_a_page_that_gives_way_is_looked_at_again_but_never_clicked_twice() -> None:
    looked = _Restless(2)
    assert await Page(looked, "", "").there("#name")
    assert looked.asked == 3
    clicked = _Restless(1)
    assert await Page(clicked, "", "").click("#in")
    assert clicked.asked == 1
    with pytest.raises(NavigatedError):
        await Page(_Restless(1000), "", "").there("#name")
