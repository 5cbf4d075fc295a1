"""Runs the client under attack: a command of the user's, or a Python function."""

import asyncio
import contextlib
import inspect
import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from seawall.core.errors import InputError
from seawall.core.processes import gone
from seawall.redteam.callable_target import find
from seawall.redteam.openai_target import with_environment

# Called with the addresses of MCP servers, ours last, and the user's message.
Client = Callable[[tuple[str, ...], str], Awaitable[str]]
_LONGEST = 1_000_000
_PLACES = ("{server}", "{other}", "{prompt}")


class ClientError(Exception):
    """The client ended without an answer."""


def client_of(given: str | tuple[str, ...], env: dict[str, str], seconds: float) -> Client:
    """Return what runs the client: `python:module:function`, or the words of a command.

    Raises InputError where it cannot be run, or is never told the server's address.
    """
    if isinstance(given, str):
        if not given.startswith("python:"):
            raise InputError(
                f"{given!r} is no client.", hint="A list of words, or python:module:function."
            )
        return _function(find(given.removeprefix("python:")), seconds)
    if not any("{server}" in word for word in (*given, *env.values())):
        raise InputError("The client is never told the server: put {server} into its words or env.")
    return _command(given, {name: with_environment(text) for name, text in env.items()}, seconds)


def _function(called: Callable[..., Any], seconds: float) -> Client:
    async def ask(servers: tuple[str, ...], message: str) -> str:
        try:
            async with asyncio.timeout(seconds):
                if inspect.iscoroutinefunction(called):
                    return str(await called(list(servers), message))
                return str(await asyncio.to_thread(called, list(servers), message))
        except TimeoutError:
            raise ClientError(f"No answer within {seconds:g} s.") from None
        except Exception as error:
            raise ClientError(f"{type(error).__name__}: {error}"[:300]) from error

    return ask


def _command(words: tuple[str, ...], env: dict[str, str], seconds: float) -> Client:
    spoken = any("{prompt}" in text for text in (*words, *env.values()))

    async def ask(servers: tuple[str, ...], message: str) -> str:
        values = dict(zip(_PLACES, (servers[-1], servers[0], message), strict=True))
        given = [_filled(word, values) for word in words]
        more = {name: _filled(text, values) for name, text in env.items()}
        return await _run(given, os.environ | more, "" if spoken else message, seconds)

    return ask


def _filled(text: str, values: dict[str, str]) -> str:
    """Fill the places of one word, once: what stands in a value is no place."""
    for place in _PLACES:
        if place in text:
            before, _, after = text.partition(place)
            return before + values[place] + _filled(after, values)
    return text


async def _run(words: list[str], env: dict[str, str], said: str, seconds: float) -> str:
    pipe = asyncio.subprocess.PIPE
    try:
        # A session of its own, so that what the client starts ends with it.
        process = await asyncio.create_subprocess_exec(
            *words, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, env=env,
            start_new_session=True,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        raise ClientError(f"{words[0]} cannot be started: {error}") from None
    try:
        async with asyncio.timeout(seconds):
            out, _ = await process.communicate(said.encode())
    except TimeoutError:
        raise ClientError(f"No answer within {seconds:g} s.") from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await gone(process, unread=True)
    if process.returncode:
        raise ClientError(f"{words[0]} ended with status {process.returncode}.")
    return out[:_LONGEST].decode("utf-8", "replace").strip()
