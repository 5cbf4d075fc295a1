"""A Python function as a target."""

import asyncio
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seawall.core.errors import InputError
from seawall.redteam.target import Attack, Observation
from seawall.redteam.turns import converse, seen_from_outside

Answer = Callable[[list[dict[str, str]]], Any]


def find(name: str) -> Answer:
    """Return the function `module:function`. Raises InputError when it cannot be imported."""
    module, _, function = name.partition(":")
    if not module or not function:
        raise InputError(f"{name!r} is no module:function.")
    # A module in the folder where the command runs is meant, as with `python -m`.
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise InputError(f"{name} cannot be used: {error}.") from None
    if not callable(found):
        raise InputError(f"{name} is no function.")
    return found  # type: ignore[no-any-return]


class CallableTarget:
    """Calls a function, sync or async, with the conversation: a list of {role, content}.

    It returns the answer's text, or a mapping with `text`, `blocked` and `refused`. A sync function
    runs in a thread. What it raises is an error, never a refusal.
    """

    def __init__(self, function: Answer, *, facts: dict[str, Any] | None = None) -> None:
        self._function = function
        self._facts = seen_from_outside(facts, getattr(function, "__name__", "function"))

    def facts(self) -> dict[str, Any]:
        """Return the owner's facts and the limits of this target."""
        return self._facts

    async def attempt(self, attack: Attack) -> Observation:
        """Send the attack's messages turn by turn."""
        return await converse(attack, self._turn)

    async def _turn(self, history: list[dict[str, str]]) -> Observation:
        try:
            if inspect.iscoroutinefunction(self._function):
                answer = await self._function(list(history))
            else:
                answer = await asyncio.to_thread(self._function, list(history))
        except Exception as error:  # noqa: BLE001 - a function of other people's making
            return Observation(error=f"{type(error).__name__}: {error}")
        if isinstance(answer, str):
            return Observation(text=answer)
        if isinstance(answer, Mapping) and isinstance(answer.get("text", ""), str):
            return Observation(
                text=answer.get("text", ""),
                blocked=bool(answer.get("blocked")),
                refused=bool(answer.get("refused")),
            )
        return Observation(error=f"The function returned {type(answer).__name__}, no text.")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None
