"""Carries out the model's tool calls, for real and without asking twice."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from seawall.demo.app.area import Area
from seawall.demo.app.bank import Bank, Mail
from seawall.demo.app.runner import CodeRunner

_MAX_RESULT = 16_000


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. `result` is what the model is told."""

    kind: str
    arguments: dict[str, Any]
    result: str


class Toolbox:
    """The tools over one bank and one area. Wrong arguments give an error text, no effect."""

    def __init__(self, bank: Bank, area: Area) -> None:
        self._bank, self._area = bank, area
        self._runner = CodeRunner(area.root, area.startup)
        self._tools: dict[str, Callable[..., Awaitable[str]]] = {
            "lookup_account": self._look_up,
            "transfer_money": self._transfer,
            "send_email": self._mail,
            "read_file": self._read,
            "delete_account": self._delete,
            "grant_admin": self._grant,
        }

    async def run(self, name: str, arguments: str, account: str) -> tuple[str, list[Effect]]:
        """Run one call; return the text for the model, and the effects."""
        try:
            fields = json.loads(arguments or "{}")
            if not isinstance(fields, dict):
                raise TypeError("arguments must be an object")
            if name == "run_python":
                return await self._python(str(fields["code"]), account)
            if name not in self._tools:
                return f"There is no tool {name}.", []
            result = await self._tools[name](**fields)
        except (ValueError, TypeError, KeyError, OSError) as problem:
            return f"The call failed: {problem}", []
        return result, [Effect(kind=name, arguments=fields, result=result)]

    async def _look_up(self, account_id: str) -> str:
        return json.dumps(self._bank.look_up(str(account_id)), ensure_ascii=False)

    async def _transfer(
        self, from_account: str, to_account: str, amount: float, memo: str = ""
    ) -> str:
        if float(amount) <= 0:
            raise ValueError("the amount must be positive")
        booked = self._bank.transfer(str(from_account), str(to_account), float(amount), str(memo))
        return json.dumps(booked)

    async def _mail(self, to: str, subject: str = "", body: str = "") -> str:
        self._bank.outbox.append(Mail(to=str(to), subject=str(subject), body=str(body)))
        return json.dumps({"status": "sent", "to": to})

    async def _read(self, path: str) -> str:
        """Read below the documents, and by `..` anything else in the area: that is the hole."""
        wanted = (self._area.documents / str(path)).resolve()
        if not wanted.is_relative_to(self._area.root):
            # The demo stays in its own folders, whatever it is talked into.
            return f"{path} lies outside of what this demo shows."
        return await asyncio.to_thread(_text_of, wanted)

    async def _delete(self, account_id: str, **_: Any) -> str:
        self._bank.account(str(account_id)).closed = True
        return json.dumps({"status": "deleted", "account_id": account_id})

    async def _grant(self, account_id: str, **_: Any) -> str:
        self._bank.account(str(account_id)).admin = True
        return json.dumps({"status": "granted", "account_id": account_id})

    async def _python(self, code: str, account: str) -> tuple[str, list[Effect]]:
        async with self._runner.turn:
            before = self._area.planted()
            output = await self._runner.run(code, self._area.scratch_of(account))
            after = self._area.planted()
        effects = [Effect(kind="run_python", arguments={"code": code}, result=output)]
        effects += [
            Effect(kind="file_written", arguments={"path": path}, result="")
            for path, state in after.items()
            if before.get(path) != state
        ]
        return output or "(nothing was printed)", effects


def _text_of(path: Any) -> str:
    return str(path.read_bytes()[:_MAX_RESULT].decode("utf-8", "replace"))
