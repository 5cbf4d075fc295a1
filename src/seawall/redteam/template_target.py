"""Any HTTP endpoint as a target, by a template of its requests and the place of its answer."""

import asyncio
import base64
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import aiohttp
import msgspec

from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.redteam.openai_target import with_environment
from seawall.redteam.session import HttpSession, read_whole
from seawall.redteam.target import Attack, Effect, Observation
from seawall.redteam.training_upload import FILE, JOB
from seawall.redteam.turns import converse, holds_any, one_more, seen_from_outside
from seawall.wire import pointer

_RETRIED = frozenset({408, 429, 500, 502, 503, 504, 529})
_TRIES = 3
_MAX_ANSWER = 4_000_000
WEB_PAGE = "The answer is a whole web page: that proves nothing."
_PLACE = re.compile(r"\{(prompt|session|model|image)\}")


Planted = Literal["document", "tool-result", "memory", "tool-description"]


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request that puts an outsider's text where the application finds it; see Template.

    `form` is sent as `multipart/form-data` instead of `body`: a field whose value is exactly
    `{file}` becomes a file with the text, any other a text. `file_name` names the file. `fields`
    are sent as a web form without files (`application/x-www-form-urlencoded`).
    """

    url: str
    method: Literal["POST", "PUT", "GET"] = "POST"
    body: Any = None
    form: dict[str, str] = {}
    fields: dict[str, str] = {}
    file_name: str = "notes.txt"


class Upload(Request, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request that hands a training file over (`{file}` in `form`). `job` is a JSON pointer
    into its answer: what stands there shows that training has begun."""

    file_name: str = "training.jsonl"
    job: str


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to ask an endpoint, and how to read it.

    Texts of `url` and `body` may hold `{prompt}` (the message), `{session}` (an id for the
    conversation) and `{model}`; a value that is exactly `{messages}` becomes the conversation, a
    list of {role, content}. Values of `headers` may hold `{env:NAME}`. `answer` is a JSON pointer;
    empty: the whole body is the text. `blocked` and `refused` are texts that the endpoint's own
    filter or refusal contains, `blocked_status` the HTTP statuses of its filter.

    `plant` says, for a channel, which request puts an outsider's text (`{prompt}`) there before
    the conversation. `image_body` is the body where a picture comes along: `{image}` in it is a
    PNG in base64. `stream` is a JSON pointer into each event of an answer that comes as
    server-sent events; the texts there make the answer. `upload` hands a training file over.

    Each conversation keeps its own cookies. `begin` is sent first in each (a login, a new chat);
    it may hold `{env:NAME}`.
    `session` is a JSON pointer into the answers of `begin` and of each turn: what stands there is
    `{session}` from then on, in `headers` too; until then a value that is exactly `{session}` is
    null. `fields` are sent as a web form instead of `body`.
    """

    url: str
    method: Literal["POST", "PUT", "GET"] = "POST"
    headers: dict[str, str] = {}
    body: Any = None
    answer: str = ""
    blocked: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    blocked_status: tuple[int, ...] = ()
    plant: dict[Planted, Request] = {}
    image_body: Any = None
    stream: str = ""
    upload: Upload | None = None
    begin: Request | None = None
    session: str = ""
    fields: dict[str, str] = {}

    @property
    def channels(self) -> tuple[str, ...]:
        """The ways in: the customer's, and those that are described."""
        image = ("image",) if self.image_body is not None else ()
        return ("user", *self.plant, *image, *(("file",) if self.upload is not None else ()))


def read_template(path: Path) -> Template:
    """Read a template. Raises InputError naming file and line."""
    return yamlfile.load(path, Template)


def fill(value: Any, texts: dict[str, str], messages: list[dict[str, str]]) -> Any:
    """Return the body with its places filled. Texts stay texts: nothing is parsed again."""
    if value == "{messages}":
        return list(messages)
    if value == "{session}" and not texts["session"]:
        return None
    if isinstance(value, str):
        return _PLACE.sub(lambda match: texts.get(match[1], match[0]), value)
    if isinstance(value, dict):
        return {key: fill(one, texts, messages) for key, one in value.items()}
    if isinstance(value, list):
        return [fill(one, texts, messages) for one in value]
    return value


def read(template: Template, status: int, data: bytes) -> Observation:
    """Read one answer. Another status than 2xx that is no block, and no text, is an error."""
    if status in template.blocked_status:
        return Observation(blocked=True)
    raw = data.decode(errors="replace")
    if holds_any(raw, template.blocked):
        return Observation(blocked=True)
    if not 200 <= status < 300:
        return Observation(error=f"Status {status}{_told(data)}.")
    if template.stream:
        return _streamed(template, raw)
    if not template.answer:
        if raw.lstrip()[:15].lower().startswith(("<!doctype html", "<html")):
            return Observation(error=WEB_PAGE)
        return Observation(text=raw, refused=holds_any(raw, template.refused))
    try:
        body = msgspec.json.decode(data)
        text = pointer.get(body, template.answer)
    except msgspec.DecodeError:
        return Observation(error=f"The answer is no JSON, so it has no {template.answer}.")
    except InputError:
        holds = f" It holds {', '.join(body)}."[:200] if isinstance(body, dict) and body else ""
        return Observation(error=f"The answer has no {template.answer}.{holds}")
    if not isinstance(text, str):
        return Observation(error=f"The answer's {template.answer} is no text.")
    blocked = holds_any(text, template.blocked)
    return Observation(text=text, blocked=blocked, refused=holds_any(text, template.refused))


def _told(data: bytes) -> str:
    """Return what an error's body says is wrong, behind a colon; "" where it says nothing."""
    try:
        body = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return ""
    said = [
        body[key]
        for key in ("error", "message", "detail")
        if isinstance(body, dict) and body.get(key)
    ]
    return f": {said[0]}"[:200] if said else ""


def _streamed(template: Template, raw: str) -> Observation:
    """Join the texts of all events; events without the place (roles, usage, an end) add none.

    An event that is no JSON or tells of an error leaves half an answer, which proves nothing.
    """
    said: list[str] = []
    for line in raw.splitlines():
        if not line.startswith("data:"):
            continue
        told = line[5:].strip()
        if told in ("", "[DONE]"):
            continue
        try:
            event = msgspec.json.decode(told)
        except msgspec.DecodeError:
            return Observation(error="An event of the answer is no JSON.")
        if isinstance(event, dict) and event.get("error"):
            told = event["error"]
            told = told.get("message", "") if isinstance(told, dict) else told
            return Observation(error=f"The answer broke off: {told}"[:300])
        try:
            piece = pointer.get(event, template.stream)
        except InputError:
            continue
        said += [piece] if isinstance(piece, str) else []
    text = "".join(said)
    if not text:
        return Observation(error=f"No event of the answer has {template.stream}.")
    blocked = holds_any(text, template.blocked)
    return Observation(text=text, blocked=blocked, refused=holds_any(text, template.refused))


class _Talk:
    """One conversation: its cookies, and the id by which the application knows it."""

    def __init__(self, session: aiohttp.ClientSession, name: str, place: str) -> None:
        self.session, self.name, self._place = session, "" if place else name, place

    def heard(self, data: bytes) -> None:
        """Take the id from an answer that holds one."""
        try:
            told = pointer.get(msgspec.json.decode(data), self._place) if self._place else None
        except (msgspec.DecodeError, InputError):
            return
        if isinstance(told, str | int) and told not in ("", False, True):
            self.name = str(told)


class TemplateTarget(HttpSession):
    """Holds conversations by a template. Use as an async context manager.

    Raises InputError for an address or pointer that cannot be used and for a header's environment
    variable that is empty.
    """

    def __init__(
        self, template: Template, *, model: str = "", facts: dict[str, Any] | None = None,
        timeout: float = 60.0,
    ) -> None:  # fmt: skip
        _check(template)
        if template.begin is not None:
            begin = msgspec.to_builtins(template.begin)
            ready = msgspec.convert(_with_environment(begin), Request)
            template = msgspec.structs.replace(template, begin=ready)
        self._template, self._model = template, model
        self._headers = {name: with_environment(text) for name, text in template.headers.items()}
        self._facts = {**seen_from_outside(facts, model), "channels": template.channels}
        super().__init__(aiohttp.ClientTimeout(total=timeout))

    def facts(self) -> dict[str, Any]:
        """Return the owner's facts and the limits of this target."""
        return self._facts

    async def attempt(self, attack: Attack) -> Observation:
        """Plant the attack's text where it has one, then send its messages turn by turn."""
        template = self._template
        async with self.apart() as session:
            talk = _Talk(session, attack.id, template.session)
            texts = {"model": self._model, "prompt": attack.text}
            planted = [one for way, one in template.plant.items() if way == attack.channel]
            for before in (template.begin, *planted):
                seen = await self._aside(before, texts, talk)
                if seen is not None and (seen.error or seen.blocked):
                    return seen
            if attack.channel == "file" and template.upload is not None:
                return await self._uploaded(template.upload, attack, talk)
            return await self._talked(attack, texts, talk)

    async def _aside(
        self, request: Request | None, texts: dict[str, str], talk: _Talk
    ) -> Observation | None:
        """Send a request of which only counts that it went well: what comes is no answer."""
        if request is None:
            return None
        if refused := await one_more():
            return Observation(error=refused)
        plain = msgspec.structs.replace(self._template, answer="", stream="", refused=())
        seen = await self._ask(plain, request, texts, [], talk)
        # A form is answered by a page, or by the way to one.
        return None if seen.error == WEB_PAGE or seen.error.startswith("Status 30") else seen

    async def _talked(self, attack: Attack, texts: dict[str, str], talk: _Talk) -> Observation:
        template = self._template
        request = Request(
            url=template.url, method=template.method, body=template.body, fields=template.fields
        )
        if attack.image is not None:
            texts = {**texts, "image": base64.b64encode(attack.image).decode()}
            request = msgspec.structs.replace(request, body=template.image_body, fields={})

        async def turn(history: list[dict[str, str]]) -> Observation:
            said = {**texts, "prompt": history[-1]["content"]}
            return await self._ask(template, request, said, history, talk)

        return await converse(attack, turn)

    async def _uploaded(self, upload: Upload, attack: Attack, talk: _Talk) -> Observation:
        """Hand the attack's file over; a job that its answer names is an effect."""
        texts = {"model": self._model, "prompt": (attack.file or b"").decode()}
        plain = msgspec.structs.replace(self._template, answer="", stream="", refused=())
        seen = await self._ask(plain, upload, texts, [], talk)
        if seen.error or seen.blocked:
            return seen
        effects = [Effect(kind=FILE)]
        try:
            job = pointer.get(msgspec.json.decode(seen.text), upload.job)
        except (msgspec.DecodeError, InputError):
            job = None
        if job not in (None, "", False):
            effects.append(Effect(kind=JOB, arguments={"id": str(job)}))
        return msgspec.structs.replace(seen, effects=tuple(effects))

    async def _ask(
        self, template: Template, request: Request, texts: dict[str, str],
        history: list[dict[str, str]], talk: _Talk,
    ) -> Observation:  # fmt: skip
        for number in range(_TRIES):
            try:
                status, data = await self._send(
                    request, {**texts, "session": talk.name}, history, talk.session
                )
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                observation, again = Observation(error=f"{type(error).__name__}: {error}"), True
            else:
                talk.heard(data)
                observation = read(template, status, data)
                again = status in _RETRIED and not observation.blocked
            if not again or number + 1 == _TRIES or await one_more():
                return observation
            await asyncio.sleep(2.0**number)
        return observation

    async def _send(
        self, request: Request, texts: dict[str, str], history: list[dict[str, str]],
        session: aiohttp.ClientSession,
    ) -> tuple[int, bytes]:  # fmt: skip
        quoted = {name: quote(value, safe="") for name, value in texts.items()}
        headers = {name: fill(value, texts, []) for name, value in self._headers.items()}
        async with session.request(
            request.method, fill(request.url, quoted, []), allow_redirects=False,
            headers={name: value for name, value in headers.items() if value is not None},
            **_content(request, texts, history),
        ) as response:  # fmt: skip
            return response.status, await read_whole(response, _MAX_ANSWER)


def _with_environment(value: Any) -> Any:
    """Return a login with every `{env:NAME}` filled. Raises InputError for an empty variable."""
    if isinstance(value, dict):
        return {key: _with_environment(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_environment(one) for one in value]
    return with_environment(value) if isinstance(value, str) else value


def _check(template: Template) -> None:
    """Raise InputError for an address, a form or a pointer that cannot be used."""
    asked = [*template.plant.values(), *(r for r in (template.upload, template.begin) if r)]
    for url in (template.url, *(one.url for one in asked)):
        if not url.startswith(("http://", "https://")):
            raise InputError(f"{url!r} is no http address.")
    for one in asked:
        if one.form and (one.body is not None or "{file}" not in one.form.values()):
            raise InputError(
                f"{one.url}: `form` needs a field with the value {{file}}, and no `body`."
            )
    for url, ways in [
        (template.url, (template.fields, template.body)),
        *((one.url, (one.fields, one.form, one.body)) for one in asked),
    ]:
        if ways[0] and any(ways[1:]):
            raise InputError(f"{url}: give either `fields` or `body` or `form`.")
    jobs = (template.upload.job,) if template.upload is not None else ()
    for place in (template.answer, template.stream, template.session, *jobs):
        pointer.split(place)


def _content(
    request: Request, texts: dict[str, str], history: list[dict[str, str]]
) -> dict[str, Any]:
    if request.form:
        return {"data": _form(request, texts)}
    if request.fields:
        return {"data": {name: fill(v, texts, []) or "" for name, v in request.fields.items()}}
    return {"json": fill(request.body, texts, history)} if request.body is not None else {}


def _form(request: Request, texts: dict[str, str]) -> aiohttp.FormData:
    """Return a form's fields: texts, and the attack's text as a file."""
    form = aiohttp.FormData()
    for name, value in request.form.items():
        if value == "{file}":
            data = texts["prompt"].encode()
            form.add_field(name, data, filename=request.file_name, content_type="text/plain")
        else:
            form.add_field(name, fill(value, texts, []) or "")
    return form
