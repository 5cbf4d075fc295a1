"""Send a marker through every place of every surface, and say what became of it."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from leak_forms import File, flat, multipart
from leak_gate import Gate, Reply, all_of
from leak_places import TEXT
from leak_surfaces import Answers, Requests
from leak_walk import MARK, Place

_NUMBER = re.compile(r"/\d+(?=/|$)")
GOOD = frozenset({"redacted", "blocked", "refused", "dropped", "stopped"})


@dataclass(frozen=True)
class Row:
    """What became of the marker at one place. `outcome` in GOOD is well; the rest is a hole.

    leaked: it arrived. elsewhere: the request was refused for another field, so this place was not
    tried. failed: the gateway answered 5xx.
    """

    surface: str
    way: str
    label: str
    kind: str
    outcome: str
    detail: str = ""
    source: str = ""


def _near(param: str, path: str, code: str) -> bool:
    """Say whether an error's pointer names the place, what it is in, or what kind that has.

    An object with a required field that is refused cannot pass, so its other fields cannot either.
    """
    param, path = (_NUMBER.sub("/#", p.removeprefix("key:")) for p in (param, path))
    parent, _, last = param.rpartition("/")
    if (last in ("type", "role") or code == "unknown_field") and (path + "/").startswith(
        parent + "/"
    ):
        return True
    return (path + "/").startswith(param + "/") or (param + "/").startswith(path + "/")


def request_outcome(reply: Reply, path: str) -> tuple[str, str]:
    """Return (outcome, detail) of a request with the marker at `path`."""
    if any(_holds(raw) for raw in reply.sent):
        return "leaked", "sent to the provider"
    if reply.status == 200:
        if _holds(reply.body):
            return "leaked", "in the answer"
        return ("redacted" if reply.inspected else "dropped"), ""
    error = reply.json.get("error") or {}
    code, param = str(error.get("code")), error.get("param") or ""
    if code == "content_filter":
        return "blocked", ""
    if reply.status >= 500:
        return "failed", f"{reply.status} {code}"
    if not param or not _near(param, path, code):
        return "elsewhere", f"{code} {param} {error.get('message')}"
    return "refused", code


async def send(gate: Gate, path: str, body: Any) -> Reply:
    """Send JSON, or a form where `body` holds files."""
    if isinstance(body, dict) and any(isinstance(item, File) for item in flat(body)):
        data, kind = multipart(body)
        return await gate.ask(path, data, content_type=kind)
    return await gate.ask(path, body)


def _holds(raw: bytes) -> bool:
    return any(sign.encode().lower() in raw.lower() for sign in (MARK, TEXT))


async def requests(gate: Gate, surface: Requests, skip: Collection[str] = ()) -> list[Row]:
    """Return a row for each place of a surface's requests, but for those labels in `skip`."""

    async def one(place: Place) -> Row:
        reply = await send(gate, surface.path, surface.frame(place.value))
        outcome, detail = request_outcome(reply, place.path)
        return Row(surface.name, "request", place.label, place.kind, outcome, detail)

    places = surface.walk.places(surface.kind)
    return await all_of([one(place) for place in places if place.label not in skip])


def without(value: Any) -> Any:
    """Return a value with a harmless text where the marker stands."""
    if isinstance(value, dict):
        return {key.replace(MARK, "note"): without(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without(item) for item in value]
    return value.replace(MARK, "note") if isinstance(value, str) else value


def texts(reply: Reply) -> list[str]:
    """Return the texts of an answer, those of a stream's events put together by place."""
    found: dict[str, str] = {}

    def take(value: Any, at: str) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                take(item, f"{at}/{key}")
        elif isinstance(value, list):
            for item in value:
                take(item, f"{at}/#")
        elif isinstance(value, str):
            found[at] = found.get(at, "") + value

    for line in reply.body.decode().splitlines():
        if line.startswith("data: {"):
            event = json.loads(line[6:])
            take(event, str(event.get("type", "")))
    return list(found.values())


def answer_outcome(reply: Reply) -> tuple[str, str]:
    """Return (outcome, detail) of an answer with the marker."""
    if _holds(reply.body) or any(MARK in text for text in texts(reply)):
        return "leaked", "sent to the client"
    if _broken(reply):
        return "refused", ""
    if b'"code":"content_filter"' in reply.body and reply.inspected:
        return "blocked", ""
    if reply.status != 200:
        return "failed", f"{reply.status} {reply.body[:200]!r}"
    return ("stopped" if reply.inspected else "dropped"), ""


def _broken(reply: Reply) -> bool:
    return b'"code":"upstream_error"' in reply.body


async def answers(
    gate: Gate, surface: Answers, first: int, skip: Collection[str] = ()
) -> list[Row]:
    """Return a row for each place of a provider's answers, but for those labels in `skip`.

    Cases count from `first`.

    elsewhere: the same answer is refused without the marker too, and not by its kind.
    """

    async def ask(number: int, value: Any) -> Reply:
        gate.answers[number] = surface.script(value)
        return await send(gate, surface.path, surface.ask(f"case-{number}-"))

    async def one(number: int, place: Place) -> Row:
        outcome, detail = answer_outcome(await ask(number, place.value))
        whole = any(kind in place.label for kind in surface.refused)
        if outcome == "refused" and place.kind in ("text", "key") and not whole:
            usual = await ask(number, without(place.value))
            outcome = "elsewhere" if _broken(usual) else outcome
            detail = usual.body[:160].decode() if outcome == "elsewhere" else ""
        way = "stream" if isinstance(gate.answers[number], list) else "answer"
        return Row(surface.name, way, place.label, place.kind, outcome, detail, surface.source)

    places = [p for p in surface.walk.places(surface.kind) if p.label not in skip]
    return await all_of([one(first + n, place) for n, place in enumerate(places)])
