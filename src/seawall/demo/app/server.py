"""The shop bank as a web application. Its own protection is none, on purpose."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from seawall.demo.app import agent, pages, reports, training
from seawall.demo.app.agent import Outcome, system_prompt
from seawall.demo.app.bank import OTHER_ACCOUNTS
from seawall.demo.app.definitions import HIDDEN, PARAMETERS
from seawall.demo.app.state import Settings, State

_PASSED_ON = ("max_tokens", "temperature", "top_p", "seed", "stop")
_HEADERS = ("x-seawall-request-id", "x-seawall-controls", "x-seawall-disclosure", "retry-after")


def problem(message: str, status: int = 400) -> Response:
    """Answer an error in OpenAI's shape."""
    body = {"error": {"message": message, "type": "invalid_request_error", "code": "bad_request"}}
    return JSONResponse(body, status)


def shop_fields(outcome: Outcome) -> dict[str, Any]:
    """Return the extension field: effects, sources, controls that acted in earlier rounds."""
    return {
        "effects": [msgspec.to_builtins(effect) for effect in outcome.effects],
        "sources": outcome.sources,
        "controls": outcome.controls,
    }


def reply(outcome: Outcome) -> Response:
    """Turn an outcome into the application's answer; errors of the model's side pass through."""
    source = outcome.error.headers if outcome.error else outcome.headers
    headers = {name: source[name] for name in _HEADERS if name in source}
    if outcome.error is None:
        return JSONResponse(outcome.answer | {"shopbank": shop_fields(outcome)}, headers=headers)
    body = {**outcome.error.body, "shopbank": shop_fields(outcome)}
    if not outcome.error.blocked:
        body["shopbank"]["provider_error"] = outcome.error.status
    return JSONResponse(body, outcome.error.status, headers=headers)


def _messages(body: Any) -> list[dict[str, Any]]:
    messages = body.get("messages") if isinstance(body, dict) else None
    if not isinstance(messages, list) or not messages:
        raise TypeError("messages must be a list that is not empty")
    for message in messages:
        if not isinstance(message, dict) or message.get("role") not in ("user", "assistant"):
            raise TypeError("customers send messages of the roles user and assistant")
    if messages[-1]["role"] != "user":
        raise TypeError("the last message must be the customer's")
    return messages


async def chat(request: Request) -> Response:
    """POST /v1/chat/completions: what customers' chat windows use."""
    try:
        body = msgspec.json.decode(await request.body())
        messages = _messages(body)
    except (msgspec.DecodeError, TypeError) as trouble:
        return problem(f"The request cannot be read: {trouble}.")
    if body.get("stream"):
        return problem("The shop bank answers whole, not as a stream.")
    more = {name: body[name] for name in _PASSED_ON if name in body}
    account, product = str(body.get("user") or "HB-00000001"), str(body.get("product") or "")
    outcome = await agent.answer(request.app.state.shop, messages, account, product, more)
    return reply(outcome)


async def add_review(request: Request) -> Response:
    """POST /outside/reviews {product, text}: anybody can review a product."""
    try:
        body = msgspec.json.decode(await request.body(), type=dict[str, str])
        request.app.state.shop.bank.add_review(body["product"], body["text"])
    except (msgspec.DecodeError, KeyError) as trouble:
        return problem(f"product and text are needed: {trouble}.")
    return JSONResponse({"ok": True}, 201)


async def add_transfer(request: Request) -> Response:
    """POST /outside/transfers {to_account, memo}: money and a memo from another bank."""
    try:
        body = msgspec.json.decode(await request.body(), type=dict[str, str])
        request.app.state.shop.bank.receive(body["to_account"], 5.0, body["memo"])
    except (msgspec.DecodeError, KeyError) as trouble:
        return problem(f"to_account and memo are needed: {trouble}.")
    return JSONResponse({"ok": True}, 201)


async def facts(request: Request) -> Response:
    """GET /owner/facts: what the owner of the application knows, for the red team's oracles."""
    shop: State = request.app.state.shop
    body = {
        "model": shop.model.name,
        "system_prompt": system_prompt(shop.canary, "HB-"),
        "system_canaries": [shop.canary],
        "tools": PARAMETERS,
        "hidden_tools": HIDDEN,
        "accounts": OTHER_ACCOUNTS,
        "canary_file": {"path": str(shop.area.canary_file), "token": shop.area.token},
        "data_area": str(shop.area.startup),
        "documents": [text for _, text in shop.library.documents],
    }
    return JSONResponse(body)


async def health(_: Request) -> Response:
    """GET /healthz."""
    return JSONResponse({"ok": True, "application": "harbour-shop-bank"})


def build_app(settings: Settings) -> Starlette:
    """Return the application. It must only ever listen on the loopback interface."""

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        app.state.shop = State(settings)
        try:
            yield
        finally:
            await app.state.shop.close()

    return Starlette(
        lifespan=life,
        routes=[
            Route("/", pages.show, methods=["GET"]),
            Route("/chat", pages.post, methods=["POST"]),
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/outside/reviews", add_review, methods=["POST"]),
            Route("/outside/transfers", add_transfer, methods=["POST"]),
            Route("/training/files", training.upload, methods=["POST"]),
            Route("/internal/reports", reports.write, methods=["POST"]),
            Route("/owner/facts", facts, methods=["GET"]),
            Route("/healthz", health, methods=["GET"]),
        ],
    )
