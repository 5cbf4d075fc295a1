"""Labels that outlive a request: what outsiders wrote is known again when it comes back."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from seawall.core.exchange import Exchange, Part, Role, ToolCall, Trust
from seawall.gateway.call import Call
from seawall.gateway.later import load
from seawall.policy.model import Tools
from seawall.policy.provenance import JUDGE
from seawall.store.taints import Taints
from seawall.store.turns import Owner
from seawall.wire import strict_json

if TYPE_CHECKING:
    from seawall.policy.provenance import Provenance

_MEMORY = "memory"
_TOLD = (Role.TOOL, Role.DOCUMENT, Role.TOOL_DEFINITION)
_SEEN = 4096  # texts whose labels are known to be stored; a hash each


class Taint:
    """Stores and looks up labels; by the client's session id, and by content where it has none."""

    def __init__(self, taints: Taints, tools: Tools) -> None:
        self._taints = taints
        self._on = tools.taint.keep_hours > 0
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    async def note(self, call: Call) -> None:
        """Label what outsiders wrote in this request. Raises MissingPartError."""
        exchange = call.exchange
        if not self._on or exchange is None or not (exchange.tools or exchange.hosted):
            return
        await load(JUDGE)
        from seawall.policy.taint import UNTRUSTED, marks_of, whole

        parts = [part for part in exchange.parts if _outside(part)]
        for session in _sessions(call, exchange):
            fresh = [part for part in parts if self._fresh(call, session, part)]
            marks = {mark for part in fresh for mark in marks_of(whole(part.text))}
            if marks:
                await asyncio.to_thread(self._taints.put, call.owner, session, marks, UNTRUSTED)

    async def lower(self, call: Call, exchange: Exchange, provenance: "Provenance") -> None:
        """Take the trust from texts that hold what outsiders wrote earlier, not in this request.

        Raises MissingPartError.
        """
        if not self._on:
            return
        from seawall.policy.taint import marks_of

        here = {m for s in provenance.sources if s.origin == "untrusted" for m in marks_of(s.text)}
        marks = {
            source: marks_of(source.text) - here
            for source in provenance.sources
            if source.origin in ("model", "trusted") and source.part.role is not Role.TOOL_CALL
        }
        wanted = {mark for one in marks.values() for mark in one}
        if not wanted:
            return
        places = [(call.owner, session) for session in _sessions(call, exchange)]
        places.append((_of_user(call.owner), _MEMORY))
        known: dict[str, int] = {}
        for owner, session in places:
            found = await asyncio.to_thread(self._taints.look, owner, session, wanted)
            known.update({m: max(level, known.get(m, 0)) for m, level in found.items()})
        provenance.lower([source for source, one in marks.items() if one & known.keys()])

    async def keep(self, call: Call, calls: Sequence[ToolCall], provenance: "Provenance") -> None:
        """Label what released calls write into a memory, where outsiders may have shaped it.

        Raises MissingPartError.
        """
        if not self._on or not any(s.origin == "untrusted" for s in provenance.sources):
            return
        from seawall.policy.taint import (
            INSTRUCTION,
            UNTRUSTED,
            marks_of,
            whole,
            writes_memory,
        )

        for item in calls:
            if not writes_memory(provenance.profiles[item.name]):
                continue
            arguments = strict_json.loads(item.arguments.encode("utf-8", "surrogatepass"))
            level = 0
            marks: set[str] = set()
            for value in provenance.values(item.name, arguments):
                if value.origin in ("user", "operator", "trusted", "composed", "definition"):
                    continue
                marks |= marks_of(whole(value.value))
                level = max(level, INSTRUCTION if value.origin == "instruction" else UNTRUSTED)
            if marks:
                owner = _of_user(call.owner)
                await asyncio.to_thread(self._taints.put, owner, _MEMORY, marks, level)

    def _fresh(self, call: Call, session: str, part: Part) -> bool:
        """Say whether this text's labels are not known to be stored for the session."""
        name = call.owner.scope + f"{session}\n{part.text}".encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(name, digest_size=16).digest()
        fresh = digest not in self._seen
        self._seen[digest] = None
        self._seen.move_to_end(digest)
        if len(self._seen) > _SEEN:
            self._seen.popitem(last=False)
        return fresh


def _outside(part: Part) -> bool:
    return part.trust is Trust.UNTRUSTED and part.role in _TOLD


def _sessions(call: Call, exchange: Exchange) -> list[str]:
    """Return what the request's session is known by: the client's id, and how it began."""
    first = next((p.text for p in exchange.parts if p.role is Role.USER and p.text), "")
    found = [f"begins\n{first}"] if first else []
    return [f"id\n{call.session}", *found] if call.session else found


def _of_user(owner: Owner) -> Owner:
    """Return the owner of a memory: the end user of an application, whatever the key."""
    if not owner.user:
        return owner
    return Owner(application=owner.application, function="", key_id="", user=owner.user)
