"""POST /v1/seawall/acceptance: an end user accepts the usage policy."""

import asyncio
from collections.abc import Mapping
from typing import Any

from seawall.core.errors import RequestError
from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.store.acceptances import accept
from seawall.wire import checks, strict_json

_LIMIT = 16 * 1024


class Acceptance:
    """Stores who accepted which version, once and for good."""

    surface = "acceptance"
    methods = ("POST",)

    def __init__(self, parts: Parts) -> None:
        self._p = parts

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> bytes:
        """Authenticate and read the body. Raises RequestError, ClientGoneError."""
        self._p.authenticate(call, headers, "acceptance")
        return await self._p.read_body(receive, _LIMIT)

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Record the acceptance. Raises RequestError for another version than the policy's."""
        policy = self._p.policy
        value = checks.obj(strict_json.loads(body, max_bytes=_LIMIT), "")
        checks.known(value, "", ("user", "version"))
        user = checks.filled(checks.need(value, "", "user"), "/user", high=512)
        version = checks.string(checks.need(value, "", "version"), "/version", high=100)
        if version != policy.usage_policy.version:
            raise RequestError(
                "That is not the version in force.",
                code="usage_policy_version",
                param="/version",
                hint=f"Show and accept version {policy.usage_policy.version!r}.",
            )
        if call.user and user != call.user:
            raise RequestError(
                "The request is signed for another end user.",
                code="user_mismatch",
                status=403,
                param="/user",
                hint="An end user accepts for themselves.",
            )
        done = await asyncio.to_thread(accept, self._p.store, user, policy.application, version)
        call.accepted_by = user
        call.details = {"accepted_version": version}
        return Answer(
            status=200,
            body={
                "object": "seawall.acceptance",
                "application": done.application,
                "user": done.user,
                "version": done.policy_version,
                "accepted": done.accepted,
            },
        )
