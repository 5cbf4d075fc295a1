"""One page in a browser: open it, type into it, read it."""

import asyncio
from contextlib import suppress
from typing import Any, Self

import msgspec

from seawall.core.errors import UpstreamError
from seawall.redteam.browser.devtools import Browser, NavigatedError

# What a person sees of each answer, and what its markup loads, links to or runs.
_READ = """(answer, busy) => {
  const names = ['src', 'href', 'srcset', 'data', 'action', 'formaction', 'poster', 'style'];
  const found = Array.from(document.querySelectorAll(answer), one => {
    const parts = Array.from(one.querySelectorAll('*'));
    const loads = parts.flatMap(part =>
      names.filter(name => part.hasAttribute(name)).map(name => part.getAttribute(name)));
    const runs = parts.filter(part => part.matches('script,iframe,object,embed')
      || Array.from(part.attributes).some(a => a.name.startsWith('on')));
    const rendered = [...loads, ...runs.map(part => part.outerHTML)].join('\\n');
    return {text: one.innerText.slice(0, 1000000), rendered: rendered.slice(0, 1000000)};
  });
  return {found, busy: busy !== '' && document.querySelector(busy) !== null};
}"""
_FOCUS = """(selector) => {
  const one = document.querySelector(selector);
  if (one === null) return false;
  one.focus();
  if ('value' in one) one.select?.(); else getSelection().selectAllChildren(one);
  return true;
}"""
_CLICK = """(selector) => {
  const one = document.querySelector(selector);
  one?.click();
  return one !== null;
}"""
# A renderer that starts at all has started after so many seconds, on a busy machine too.
_START = 20.0
# A page is looked at again so often, seconds apart, when it gives way to its next one meanwhile.
_AGAIN, _APART = 20, 0.1
_THERE = "(selector) => document.querySelector(selector) !== null"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One answer: its words, and what its markup loads, links to or runs."""

    text: str
    rendered: str = ""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """The elements that hold answers, in order; `busy`: the page still works."""

    found: tuple[Shown, ...]
    busy: bool


class Page:
    """A page with cookies and storage of its own. `requests` are the addresses it asked for."""

    def __init__(self, browser: Browser, context: str, session: str) -> None:
        self._browser, self._context, self._session = browser, context, session
        self.requests: list[str] = []
        browser.listen(session, self._event)

    @classmethod
    async def open(cls, browser: Browser, url: str, headers: dict[str, str]) -> Self:
        """Open an address. Raises UpstreamError when it cannot be loaded.

        A renderer that never starts is given up once, and another one tried.
        """
        page = await cls._blank(browser)
        try:
            await browser.send("Page.enable", session=page._session, within=_START)
        except UpstreamError:
            await page.close()
            page = await cls._blank(browser)
            await page._send("Page.enable")
        await page._send("Network.enable")
        if headers:
            await page._send("Network.setExtraHTTPHeaders", {"headers": headers})
        loaded = await page._send("Page.navigate", {"url": url})
        if loaded.get("errorText"):
            await page.close()
            raise UpstreamError(f"{url} cannot be loaded: {loaded['errorText']}.")
        return page

    @classmethod
    async def _blank(cls, browser: Browser) -> Self:
        made = await browser.send("Target.createBrowserContext", {"disposeOnDetach": True})
        context = made["browserContextId"]
        made = await browser.send(
            "Target.createTarget", {"url": "about:blank", "browserContextId": context}
        )
        made = await browser.send(
            "Target.attachToTarget", {"targetId": made["targetId"], "flatten": True}
        )
        return cls(browser, context, made["sessionId"])

    async def close(self) -> None:
        """Close the page and forget what it stored."""
        self._browser.forget(self._session)
        await self._browser.send(
            "Target.disposeBrowserContext", {"browserContextId": self._context}
        )

    async def there(self, selector: str) -> bool:
        """Tell whether an element matches."""
        return bool(await self._call(_THERE, selector))

    async def write(self, selector: str, text: str) -> bool:
        """Replace what a field holds, as a keyboard would; False when there is no such field."""
        if not await self._call(_FOCUS, selector):
            return False
        await self._send("Input.insertText", {"text": text})
        return True

    async def click(self, selector: str) -> bool:
        """Click an element; False when there is none. A page that goes on meanwhile was clicked."""
        try:
            return bool(await self._evaluate(_CLICK, selector))
        except NavigatedError:
            return True

    async def enter(self) -> None:
        """Press Enter."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
        await self._send("Input.dispatchKeyEvent", {**key, "type": "keyDown", "text": "\r"})
        await self._send("Input.dispatchKeyEvent", {**key, "type": "keyUp"})

    async def read(self, answer: str, busy: str) -> Seen:
        """Read the elements that match `answer`. Raises UpstreamError for a bad selector."""
        return msgspec.convert(await self._call(_READ, answer, busy), Seen)

    async def _send(self, method: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        return await self._browser.send(method, params, self._session)

    async def _call(self, function: str, *words: str) -> Any:
        """Return what a function that changes nothing finds, in the next page if this one ends."""
        for _ in range(_AGAIN):
            with suppress(NavigatedError):
                return await self._evaluate(function, *words)
            await asyncio.sleep(_APART)
        return await self._evaluate(function, *words)

    async def _evaluate(self, function: str, *words: str) -> Any:
        given = ", ".join(msgspec.json.encode(word).decode() for word in words)
        done = await self._send(
            "Runtime.evaluate", {"expression": f"({function})({given})", "returnByValue": True}
        )
        if "exceptionDetails" in done:
            thrown = done["exceptionDetails"].get("exception", {}).get("description", "an error")
            raise UpstreamError(f"The page cannot be read: {str(thrown).splitlines()[0][:200]}")
        return done.get("result", {}).get("value")

    def _event(self, method: str, params: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(str(params.get("request", {}).get("url", ""))[:4_000])
