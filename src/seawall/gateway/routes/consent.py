"""POST /v1/seawall/consent: an end user says what may be kept of them."""

import asyncio
from collections.abc import Mapping
from typing import Any

from seawall.core.errors import RequestError
from seawall.core.retention import Consent, Retention
from seawall.core.roles import Actor
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.store.consents import set_consent
from seawall.wire import checks, strict_json

_LIMIT = 16 * 1024
_FIELDS = ("user", "opt_out", "retention")


class ConsentRoute:
    """Stores an end user's choice; a later one replaces it."""

    surface = "consent"
    methods = ("POST",)

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> bytes:
        """Authenticate and read the body. Raises RequestError, ClientGoneError."""
        self._p.authenticate(call, headers, "acceptance")
        return await self._p.read_body(receive, _LIMIT)

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Store the choice. Raises RequestError; 403 for another user than the signed one."""
        value = checks.obj(strict_json.loads(body, max_bytes=_LIMIT), "")
        checks.known(value, "", _FIELDS)
        user = checks.filled(checks.need(value, "", "user"), "/user", high=512)
        if call.user and user != call.user:
            raise RequestError(
                "The request is signed for another end user.", code="user_mismatch",
                status=403, param="/user", hint="An end user chooses for themselves.",
            )  # fmt: skip
        chosen = Consent(
            opt_out=_flag(checks.need(value, "", "opt_out")),
            retention=_class(value.get("retention", Retention.LONG.value)),
        )
        actor = Actor(name=f"key:{call.key.key_id}" if call.key else "nobody")
        p = self._p
        application = p.policy.application
        await asyncio.to_thread(
            set_consent, p.store, p.retain.users, application, user, chosen,
            keeps=p.policy.audit.keeps(), actor=actor,
        )  # fmt: skip
        p.retain.chose(user, chosen)
        if chosen.opt_out or chosen.retention is Retention.NONE:
            p.cache.forget(user)
        call.accepted_by = user
        call.details = {"opt_out": chosen.opt_out, "retention": chosen.retention.value}
        return Answer(
            status=200,
            body={"object": "seawall.consent", "application": application, "user": user,
                  **call.details},
        )  # fmt: skip


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise RequestError("opt_out is true or false.", param="/opt_out")
    return value


def _class(value: Any) -> Retention:
    if not isinstance(value, str) or value not in set(Retention):
        raise RequestError("There is no such retention class.", param="/retention",
                           hint=f"{', '.join(Retention)}.")  # fmt: skip
    return Retention(value)
