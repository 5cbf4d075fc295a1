"""The customer's chat page: one form, no script."""

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from seawall.demo.app import agent
from seawall.demo.app.state import State

_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True, default_for_string=True),
)
_ACCOUNT = "HB-10000042"


def _page(history: list[dict[str, str]], disclosure: str, note: str = "") -> Response:
    html = _PAGES.get_template("chat.html").render(
        history=history, packed=json.dumps(history), disclosure=disclosure, note=note
    )
    policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'"
    return HTMLResponse(html, headers={"content-security-policy": policy})


async def show(_: Request) -> Response:
    """GET /: an empty conversation."""
    return _page([], "")


def _unpacked(text: str) -> list[dict[str, str]]:
    try:
        items = json.loads(text)
        return [
            {"role": item["role"], "content": str(item["content"])}
            for item in items
            if item["role"] in ("user", "assistant")
        ]
    except (ValueError, TypeError, KeyError):
        return []


async def post(request: Request) -> Response:
    """POST /chat (fields `message`, `history`): the next turn."""
    async with request.form() as form:
        message, earlier = str(form.get("message", "")).strip(), str(form.get("history", "[]"))
    history = _unpacked(earlier)
    if not message:
        return _page(history, "", "Please write a message.")
    history.append({"role": "user", "content": message})
    state: State = request.app.state.shop
    outcome = await agent.answer(state, [dict(item) for item in history], _ACCOUNT, "", {})
    disclosure = outcome.headers.get("x-seawall-disclosure", "")
    if outcome.error is not None:
        controls = outcome.error.headers.get("x-seawall-controls", "")
        note = f"This request was refused ({controls})." if controls else "No answer just now."
        history.pop()
        return _page(history, outcome.error.headers.get("x-seawall-disclosure", ""), note)
    history.append({"role": "assistant", "content": _said(outcome.answer)})
    return _page(history, disclosure)


def _said(answer: dict[str, Any]) -> str:
    message = answer["choices"][0]["message"]
    return str(message.get("content") or message.get("refusal") or "")
