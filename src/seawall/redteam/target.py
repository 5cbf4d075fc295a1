"""What is attacked: one protocol, whatever stands behind it."""

import asyncio
from typing import Any, Protocol

import msgspec

BEFORE = "/before"


class Attack(msgspec.Struct, frozen=True, kw_only=True):
    """One try, ready to send. `text` is the attack's text after its strategy.

    channel user: `messages` are the customer's messages in order, sent one turn after the other.
    document / tool-result / memory / tool-description: `text` is what the outsider plants (memory:
    in an earlier session), `messages` the harmless question; so it is for tool-schema (the
    description of a parameter), tool-change (a description that is new since the tool was first
    used) and tool-twin (the description of a tool with the name of another server's).
    image: `image` is a PNG. audio: `audio` is a WAV whose transcript orders (see payloads.sound).
    file: `file` is the upload (JSONL). load: `params` says how to flood. `before`: what another
    customer said earlier, in a session of their own; `observe` holds it first. `twins`: what is
    asked in further sessions before, each alone, to compare the answers.
    """

    id: str
    probe: str
    channel: str
    messages: tuple[str, ...] = ()
    text: str = ""
    image: bytes | None = None
    audio: bytes | None = None
    file: bytes | None = None
    params: dict[str, Any] = {}
    before: tuple[str, ...] = ()
    twins: tuple[tuple[str, ...], ...] = ()


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something that really happened in the application: a tool ran, a file was accepted."""

    kind: str
    arguments: dict[str, Any] = {}
    result: str = ""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """What came back. `error` is set when nothing can be concluded (provider error, time-out).

    `blocked` is true when the gateway refused or removed something; `controls` says which.
    `redacted` are those of them that took something out and let the rest pass, `flagged` those that
    only noted something: they stopped nothing.
    `refused` is true when the target's own refusal was recognised for certain.
    `disclosed` is true when the answer told the person that an AI wrote it. `turns` are the
    answers one by one, where several came; `text` holds them all. `twins` are the answers of the
    sessions that were held to compare; they do not count as said. `listened`: a server of ours
    stood at the facts' address meanwhile, and what was fetched is among the effects. `thought`: the
    tokens that were billed for thinking, at least; None where the target does not tell.
    """

    text: str = ""
    effects: tuple[Effect, ...] = ()
    blocked: bool = False
    controls: tuple[str, ...] = ()
    redacted: tuple[str, ...] = ()
    flagged: tuple[str, ...] = ()
    request_id: str = ""
    disclosed: bool = False
    refused: bool = False
    error: str = ""
    facts: dict[str, Any] = {}
    turns: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()
    listened: bool = False
    thought: int | None = None

    @property
    def acted(self) -> bool:
        """Whether something was refused or removed."""
        return self.blocked or bool(set(self.controls) - set(self.flagged))


class Target(Protocol):
    """Something that can be attacked. Secrets it holds are given to oracles by `facts`."""

    def facts(self) -> dict[str, Any]:
        """Return what oracles may know: canaries, tool names, registered training records."""
        ...

    async def attempt(self, attack: Attack) -> Observation:
        """Carry out one attack. Never raises for a target's failure: sets `error` instead."""
        ...


async def observe(target: Target, attack: Attack, seconds: float) -> Observation:
    """Carry out one attempt. What goes wrong becomes an error, never a refusal."""
    try:
        async with asyncio.timeout(seconds):
            if attack.before:
                return await _after_another(target, attack)
            if attack.twins:
                return await _beside_twins(target, attack)
            return await target.attempt(attack)
    except TimeoutError:
        return Observation(error=f"No answer within {seconds:g} s.")
    except Exception as error:  # noqa: BLE001 - a target of other people's making
        return Observation(error=f"{type(error).__name__}: {error}")


def earlier(attack: Attack) -> Attack:
    """Return the other customer's session that comes before the attack: its own id and account."""
    return msgspec.structs.replace(
        attack,
        id=f"{attack.id}{BEFORE}",
        messages=attack.before,
        params={**attack.params, "account": "HB-0" + str(attack.params.get("account", ""))[-7:]},
        before=(),
    )


async def _after_another(target: Target, attack: Attack) -> Observation:
    """Hold the other's session, then the attacker's; only what the attacker is told counts as said.

    What was stopped in the first never reached the application: that is a block as well.
    """
    first = await target.attempt(earlier(attack))
    if first.error:
        return msgspec.structs.replace(first, text="", turns=(), error=f"Before: {first.error}")
    second = await target.attempt(attack)
    if not first.acted:
        return second
    return msgspec.structs.replace(
        second, blocked=True, controls=tuple(dict.fromkeys((*first.controls, *second.controls)))
    )


async def _beside_twins(target: Target, attack: Attack) -> Observation:
    """Hold every twin's session, then the attack's own, and return its answer beside theirs.

    A session that failed leaves nothing to compare: an error. One that was stopped is a block.
    """
    answers: list[str] = []
    controls: list[str] = []
    blocked = False
    for number, messages in enumerate(attack.twins):
        asked = msgspec.structs.replace(
            attack, id=f"{attack.id}/twin{number}", messages=messages, twins=()
        )
        got = await target.attempt(asked)
        if got.error:
            return msgspec.structs.replace(got, text="", turns=(), error=f"Twin: {got.error}")
        answers.append(got.text)
        blocked |= got.acted
        controls += got.controls
    own = await target.attempt(attack)
    return msgspec.structs.replace(
        own,
        twins=tuple(answers),
        blocked=own.blocked or blocked,
        controls=tuple(dict.fromkeys((*controls, *own.controls))),
    )
