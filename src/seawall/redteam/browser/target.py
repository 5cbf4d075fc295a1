"""A web page as a target: the prompt is typed into its field, the answer is read from it."""

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from seawall.core import yamlfile
from seawall.core.errors import InputError, UpstreamError
from seawall.redteam.browser.devtools import Browser
from seawall.redteam.browser.page import Page, Seen, Shown
from seawall.redteam.openai_target import with_environment
from seawall.redteam.target import Attack, Observation
from seawall.redteam.turns import converse, holds_any, seen_from_outside

_PAUSE = 0.1
_MOST_REQUESTS = 200


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to do before the first message: write `text` into a field, or click an element.

    `text` may hold `{env:NAME}`.
    """

    into: str = ""
    text: str = ""
    click: str = ""


class PageForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to talk to a page. `input`, `send`, `answer` and `busy` are CSS selectors.

    Without `send` Enter is pressed. `answer` matches every answer, the newest last, or the one
    place that holds the newest. An answer is whole when its text has not changed for `quiet`
    seconds and nothing matches `busy`; one that does not come within `seconds` is an error.
    Values of `headers` may hold `{env:NAME}`. Only the page's own host and `hosts` are reachable.
    `blocked` and `refused` are texts of the application's own filter and refusal.
    """

    page: str
    input: str
    answer: str
    send: str = ""
    busy: str = ""
    before: tuple[Step, ...] = ()
    headers: dict[str, str] = {}
    hosts: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    quiet: float = 1.0
    seconds: float = 60.0


def read_form(path: Path) -> PageForm:
    """Read a page's description. Raises InputError naming file and line."""
    return yamlfile.load(path, PageForm)


class PageTarget:
    """Holds conversations on a page, each in a page of its own. Use as an async context manager.

    Entering opens the page once: raises InputError where its field is not there, before anything
    is sent, and MissingPartError without a Chromium. What tools do cannot be seen. What answers
    load, link to or run, and every address that the page asked for elsewhere, stands in the
    observation's `facts["rendered"]`: words that a page only shows do nothing there.
    """

    def __init__(
        self, form: PageForm, *, model: str = "", facts: dict[str, Any] | None = None
    ) -> None:
        host = urlsplit(form.page).hostname
        if not form.page.startswith(("http://", "https://")) or not host:
            raise InputError(f"{form.page!r} is no http address.")
        self._form, self._hosts = form, (host, *form.hosts)
        self._headers = {name: with_environment(text) for name, text in form.headers.items()}
        self._texts = [with_environment(step.text) for step in form.before]
        self._facts = seen_from_outside(facts, model or host)
        self._browser: Browser | None = None

    def facts(self) -> dict[str, Any]:
        """Return the owner's facts and the limits of this target."""
        return self._facts

    async def attempt(self, attack: Attack) -> Observation:
        """Send the attack's messages turn by turn, in a fresh page."""
        try:
            page = await self._opened()
        except UpstreamError as error:
            return Observation(error=error.message)

        rendered: list[str] = []

        async def turn(history: list[dict[str, str]]) -> Observation:
            try:
                return await self._turn(page, history[-1]["content"], rendered)
            except UpstreamError as error:
                return Observation(error=error.message)

        try:
            seen = await converse(attack, turn)
            return msgspec.structs.replace(seen, facts={"rendered": "\n".join(rendered)})
        finally:
            with suppress(UpstreamError):
                await page.close()

    async def _opened(self) -> Page:
        if self._browser is None:
            raise RuntimeError("use the target as an async context manager")
        form = self._form
        page = await Page.open(self._browser, form.page, self._headers)
        try:
            for step, text in zip(form.before, self._texts, strict=True):
                where = step.into or step.click
                await self._await(page, where)
                done = page.write(where, text) if step.into else page.click(where)
                if not await done:
                    raise UpstreamError(f"The page has no {where}.")
            await self._await(page, form.input)
        except BaseException:
            with suppress(UpstreamError):
                await page.close()
            raise
        return page

    async def _await(self, page: Page, selector: str) -> None:
        """Wait until an element is there. Raises UpstreamError."""
        until = time.monotonic() + self._form.seconds
        while not await page.there(selector):
            if time.monotonic() > until:
                raise UpstreamError(f"The page has no {selector}.")
            await asyncio.sleep(_PAUSE)

    async def _turn(self, page: Page, message: str, rendered: list[str]) -> Observation:
        form = self._form
        before = await page.read(form.answer, form.busy)
        asked = len(page.requests)
        if not await page.write(form.input, message):
            raise UpstreamError(f"The page has no {form.input} any more.")
        if not form.send:
            await page.enter()
        elif not await page.click(form.send):
            raise UpstreamError(f"The page has no {form.send}.")
        answer = await self._answer(page, before)
        elsewhere = [url for url in page.requests[asked:] if self._foreign(url)]
        rendered += elsewhere[:_MOST_REQUESTS]
        if answer is None:
            return Observation(error=f"No whole answer within {form.seconds:g} s.")
        rendered.append(answer.rendered)
        return Observation(
            text=answer.text,
            blocked=holds_any(answer.text, form.blocked),
            refused=holds_any(answer.text, form.refused),
        )

    def _foreign(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in self._hosts

    async def _answer(self, page: Page, before: Seen) -> Shown | None:
        """Return the new answer once it does not change any more; None when it does not come."""
        until = time.monotonic() + self._form.seconds
        kept, since = Shown(text=""), time.monotonic()
        while (now := time.monotonic()) < until:
            seen = await page.read(self._form.answer, self._form.busy)
            newest = _new(before, seen)
            if newest != kept or seen.busy:
                kept, since = newest, now
            elif kept.text.strip() and now - since >= self._form.quiet:
                return kept
            await asyncio.sleep(_PAUSE)
        return None

    async def __aenter__(self) -> Self:
        self._browser = await Browser(self._hosts).__aenter__()
        try:
            page = await self._opened()
            await page.read(self._form.answer, self._form.busy)
            await page.close()
        except UpstreamError as error:
            await self._browser.__aexit__(None, None, None)
            raise InputError(
                f"{self._form.page} cannot be attacked: {error.message}",
                hint="Nothing was sent. Check the address, the steps before and the selectors.",
            ) from None
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._browser is not None:
            await self._browser.__aexit__(kind, error, trace)


def _new(before: Seen, after: Seen) -> Shown:
    """Return the answers that were not there, or what the one place holds instead."""
    fresh = after.found[len(before.found) :]
    if not fresh and before.found[-1:] != after.found[-1:]:
        fresh = after.found[-1:]
    return Shown(
        text="\n".join(one.text for one in fresh),
        rendered="\n".join(one.rendered for one in fresh if one.rendered),
    )
