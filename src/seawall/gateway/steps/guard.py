"""Run the guard beside the event loop, with a time limit; what takes too long is UNKNOWN."""

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec

from seawall.core.exchange import Exchange, Part, Role, Stage, Trust
from seawall.core.verdicts import SEVERITY, Action, unknown_action
from seawall.gateway.answers import BlockedError
from seawall.gateway.call import Call
from seawall.gateway.settings import Settings
from seawall.gateway.steps.own_values import numbered, of_user
from seawall.gateway.steps.strip_images import strip_images
from seawall.guard.decision import Decision, undecided
from seawall.guard.engine import GuardEngine
from seawall.policy.model import Policy
from seawall.wire import pointer
from seawall.wire.documents import DefaultMarkers, Markers

log = logging.getLogger("seawall.gateway")
T = TypeVar("T")
STOPPING = (Action.BLOCK, Action.ASK)
_ASK = "A person must approve this first, which this gateway cannot ask for."


class GuardRunner:
    """Calls the engine: short and plain texts at once if no model reads them, the rest in pools."""

    def __init__(self, engine: GuardEngine, policy: Policy, settings: Settings) -> None:
        self.engine = engine
        self.policy = policy
        self._settings = settings
        # A model's milliseconds would hold up every other call.
        self._inline = -1 if engine.costly else settings.guard_inline_chars
        self._glance = -1 if engine.costly else settings.guard_glance_chars
        # Hears how long each judgement took, in seconds.
        self.on_seconds: Callable[[float], None] = lambda seconds: None
        self._pool = ThreadPoolExecutor(settings.guard_workers, thread_name_prefix="guard")
        # Who reads an image waits for Tesseract; texts need not wait behind it.
        self._images = ThreadPoolExecutor(settings.guard_workers, thread_name_prefix="image")

    @property
    def seconds(self) -> float:
        """Return how long one judgement may take."""
        return self._settings.guard_seconds

    def close(self) -> None:
        """Let the workers end."""
        for pool in (self._pool, self._images):
            pool.shutdown(wait=False, cancel_futures=True)

    async def inspect(self, parts: Sequence[Part], exchange: Exchange | None) -> Decision:
        """Return the engine's decision; a time-out or a crash of the engine is UNKNOWN."""
        heavy = any(part.image is not None for part in parts)
        size = sum(len(part.text) for part in parts)
        began = time.perf_counter()
        try:
            if not heavy and self._at_once(parts, size):
                return self.named(self.engine.inspect(parts, exchange))
            pool = self._images if heavy else self._pool
            work = self.in_pool(lambda: self.engine.inspect(parts, exchange), pool)
            return self.named(await work)
        except TimeoutError:
            return self.unknown(parts, "guard: timed out")
        except Exception as error:  # noqa: BLE001 - a failing guard is UNKNOWN, never clean
            log.error("guard failed: %s", type(error).__name__)  # noqa: TRY400 - no content in logs
            return self.unknown(parts, f"guard: {type(error).__name__}")
        finally:
            self.on_seconds(time.perf_counter() - began)

    def _at_once(self, parts: Sequence[Part], size: int) -> bool:
        """Return whether parts of so many characters are judged sooner than handed to a thread.

        A short text is, whatever it holds; a longer one where nothing in it can take long.
        """
        return size <= self._inline or (size <= self._glance and self.engine.soon_judged(parts))

    async def in_pool(self, work: Callable[[], T], pool: ThreadPoolExecutor | None = None) -> T:
        """Run `work` in a pool, None: that for texts. Raises TimeoutError."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._settings.guard_seconds):
            return await loop.run_in_executor(pool or self._pool, work)

    def _controls(self, stages: set[Stage]) -> tuple[str, ...]:
        rules = self.policy.guards
        return tuple(dict.fromkeys(r.control for r in rules if stages & set(r.stages)))

    def named(self, decision: Decision) -> Decision:
        """Give a stopping decision that names no control those of its stage's rules."""
        if decision.action not in STOPPING or decision.controls:
            return decision
        parts = tuple(
            msgspec.structs.replace(part, controls=self._controls({part.stage}))
            if part.action in STOPPING
            else part
            for part in decision.parts
        )
        controls = tuple(dict.fromkeys(c for part in parts for c in part.controls))
        return msgspec.structs.replace(decision, parts=parts, controls=controls)

    def unknown(self, parts: Sequence[Part], reason: str) -> Decision:
        """Return what the policy makes of parts that were not judged."""
        action = unknown_action(self.policy.on_unknown)
        return undecided(parts, reason, action, self._controls({part.stage for part in parts}))


def edits_of(decision: Decision) -> dict[tuple[str, tuple[int, int] | None], str] | None:
    """Return the edits that redaction asks for; None when a part cannot be edited."""
    edits: dict[tuple[str, tuple[int, int] | None], str] = {}
    for part in decision.parts:
        if part.action is Action.REDACT:
            if part.redacted is None or not pointer.editable(part.pointer):
                return None
            edits[part.pointer, part.span] = part.redacted
    return edits


class GuardInput:
    """Inspects every part of the request; redactions are put back before it goes upstream."""

    def __init__(self, runner: GuardRunner) -> None:
        self._runner = runner

    async def __call__(self, call: Call) -> None:
        """Raise BlockedError. Redactions are put into `call.exchange`, body and parts."""
        exchange = call.exchange
        if exchange is None:
            raise RuntimeError("the guard runs after parse")
        decision = await self._runner.inspect(exchange.parts, exchange)
        call.note(decision, exchange.parts)
        _stop(decision)
        if decision.action is Action.REDACT:
            edits = edits_of(decision)
            if edits is None:
                call.stop(decision)
                raise BlockedError("The request holds text that must be removed and cannot be.")
            if exchange.tools or exchange.hosted:
                call.held = numbered(exchange.parts, decision, edits)
            call.before_edits = {
                (part.pointer, part.span): part.text
                for part in exchange.parts
                if (part.pointer, part.span) in edits
                and (part.trust is Trust.UNTRUSTED or of_user(part))
            }
            apply_edits(exchange, edits)
        if again := as_users_text(exchange, self._runner.policy.documents):
            decision = _only_stops(await self._runner.inspect(again, exchange))
            call.note(decision)
            if call.content is not None:
                call.content.judged_again(decision)
            _stop(decision)
        await self._strip_images(exchange)

    async def _strip_images(self, exchange: Exchange) -> None:
        """Send images on without what stands beside the picture. Raises BlockedError."""
        if not any(part.image is not None for part in exchange.parts):
            return
        try:
            await self._runner.in_pool(lambda: strip_images(exchange))
        except TimeoutError:
            raise BlockedError("The request's images could not be prepared in time.") from None


def _stop(decision: Decision) -> None:
    if decision.action in STOPPING:
        raise BlockedError(
            "The request was blocked by this application's safety policy.",
            hint=_ASK if decision.action is Action.ASK else "",
        )


def as_users_text(exchange: Exchange, markers: Markers | None = None) -> list[Part]:
    """Return user messages with documents or images once more, each whole, as the user's text.

    Whoever writes a user message can write the document markers too, or send a text as a picture:
    nothing may pass there that would be blocked as a plain request. The markers themselves become
    blanks: they are the application's.
    """
    if not any(part.stage is Stage.DOCUMENT for part in exchange.parts):
        return []
    marks = markers or DefaultMarkers()
    outer = re.compile(f"{re.escape(marks.open)}|{re.escape(marks.close)}", re.IGNORECASE)
    whole: dict[str, Part] = {}
    for part in exchange.parts:
        if part.stage is not Stage.DOCUMENT or not _of_user(exchange, part):
            continue
        text = "" if part.image is not None else pointer.get(exchange.body, part.pointer)
        if isinstance(text, str):
            text = outer.sub(" ", text)
            whole[part.pointer] = msgspec.structs.replace(
                part, role=Role.USER, trust=Trust.USER, stage=Stage.INPUT, span=None, text=text
            )
    return list(whole.values())


def _of_user(exchange: Exchange, part: Part) -> bool:
    tokens = pointer.split(part.pointer) if pointer.editable(part.pointer) else []
    if tokens[:1] != ["messages"]:
        return False
    message = pointer.get(exchange.body, pointer.join(*tokens[:2]))
    return isinstance(message, dict) and message.get("role") == "user"


def _only_stops(decision: Decision) -> Decision:
    """Keep what stops the request; what the documents' own rules redact is done already."""
    parts = tuple(
        msgspec.structs.replace(part, action=Action.ALLOW, controls=(), redacted=None)
        if part.action is Action.REDACT
        else part
        for part in decision.parts
    )
    controls = tuple(dict.fromkeys(control for part in parts for control in part.controls))
    action = max((part.action for part in parts), key=SEVERITY.__getitem__, default=Action.ALLOW)
    return msgspec.structs.replace(decision, parts=parts, controls=controls, action=action)


def apply_edits(exchange: Exchange, edits: dict[tuple[str, tuple[int, int] | None], str]) -> None:
    """Put redacted texts into the body and the parts; a redacted image becomes a text part."""
    images = {part.pointer for part in exchange.parts if part.image is not None}
    texts = {}
    for (where, span), text in edits.items():
        if where in images:
            holder = where.removesuffix("/image_url/url")
            pointer.replace(exchange.body, holder, {"type": "text", "text": text})
        else:
            texts[where, span] = text
    pointer.apply(exchange.body, texts)
    for part in exchange.parts:
        if (part.pointer, part.span) in edits:
            part.text = edits[part.pointer, part.span]
            if part.image is not None:
                part.image = None
                part.pointer = part.pointer.removesuffix("/image_url/url") + "/text"
