"""POST /v1/moderations: OpenAI's moderations, judged by the guard's own model."""

import asyncio
from collections.abc import Mapping
from itertools import islice

from seawall.core.errors import SeawallError
from seawall.core.exchange import Stage
from seawall.core.verdicts import Action, Outcome
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.gateway.routes.guard_check import read_for_guard
from seawall.guard.api import Guard
from seawall.guard.ocr import read_once
from seawall.policy.model import GuardRule
from seawall.wire import openai_moderations
from seawall.wire.guard_check import Item

# The harm model alone, whatever the policy says; its findings are recorded, they stop nothing.
_RULES = (
    GuardRule(
        detector="learnt-harm", control="moderation", action=Action.ALLOW, stages=(Stage.INPUT,)
    ),
)


class NotJudgedError(SeawallError):
    """OpenAI's answer has no word for "unknown", so there is none: never clean by failure."""

    code = "not_judged"
    status = 503


class Moderations:
    """Judges how harmful texts are, and the text in images."""

    surface = "moderations"
    methods = ("POST",)

    def __init__(self, parts: Parts) -> None:
        self._p = parts
        self._guard: Guard | None = None

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> bytes:
        """Authenticate, then read the body. Raises RequestError, ClientGoneError."""
        return await read_for_guard(self._p, call, headers, receive)

    async def run(self, call: Call, body: bytes, respond: Responder) -> Answer:
        """Return the results. Raises RequestError, NotJudgedError, MissingPartError."""
        limit = self._p.settings.max_body
        asked = await asyncio.to_thread(openai_moderations.parse_request, body, max_bytes=limit)
        pairs = [pair for group in asked for pair in group]
        found = await self._p.judge(call, pairs, await self._model())
        unknown = [reason for check in found for reason in check.unknown]
        if any(check.outcome is Outcome.UNKNOWN for check in found):
            raise NotJudgedError(
                f"The input could not be judged ({unknown[0]}).", hint="It is not known to be safe."
            )
        kinds = [await self._kind(item) for _, item in pairs]
        judged = zip(kinds, (check.scores.harm for check in found), strict=True)
        results = [openai_moderations.result(list(islice(judged, len(group)))) for group in asked]
        return Answer(status=200, body=openai_moderations.answer(call.request_id, results))

    async def _model(self) -> Guard:
        """Load the model at the first request. Raises MissingPartError, NotJudgedError."""
        if self._guard is None:
            try:
                self._guard = await self._p.runner.in_pool(lambda: Guard(_RULES, on_unknown="flag"))
            except TimeoutError:
                raise NotJudgedError("The guard is still loading.", hint="Try again.") from None
        return self._guard

    async def _kind(self, item: Item) -> str:
        """Return what was judged; nothing for an image in which no text was read."""
        if item.image is None:
            return "text"
        image = item.image
        text = await self._p.runner.in_pool(lambda: read_once(image))
        return "image" if text.strip() else ""
