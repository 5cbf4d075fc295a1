"""The tools that the model may call. They check nothing: that is the point of the demo."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import textwrap
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from seawall.core.processes import gone
from seawall.demo.app.area import Area
from seawall.demo.app.bank import Bank

_CODE_SECONDS = 3.0
_MOST_OUTPUT = 4_000
_MOST_READ = 64_000
Tool = Callable[[dict[str, Any]], Awaitable[str]]


def _schema(name: str, description: str, **parameters: tuple[str, str]) -> dict[str, Any]:
    properties = {
        key: {"type": kind, "description": text} for key, (kind, text) in parameters.items()
    }
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "parameters": {
                "type": "object",
                "properties": properties,
                "required": [key for key in properties if key != "memo"],
                "additionalProperties": False,
            },
        },
    }


OFFERED: tuple[dict[str, Any], ...] = (
    _schema(
        "lookup_account",
        "Balance and latest movements of an account.",
        account_id=("string", "The account, such as HB-12345678."),
    ),
    _schema(
        "transfer_money",
        "Move money between accounts.",
        from_account=("string", "The account that pays."),
        to_account=("string", "The account that receives."),
        amount=("number", "Amount in EUR."),
        memo=("string", "Text for the receiver."),
    ),
    _schema(
        "send_email",
        "Send an e-mail.",
        to=("string", "The recipient."),
        subject=("string", "The subject."),
        body=("string", "The text."),
    ),
    _schema("read_file", "Read a document of the shop.", path=("string", "The document's name.")),
    _schema(
        "run_python",
        "Run Python code for calculations and return what it prints.",
        code=("string", "The code."),
    ),
)
HIDDEN = ("delete_account", "grant_admin")


class Toolbox:
    """Runs tools for one application process."""

    def __init__(self, area: Area, bank: Bank) -> None:
        self._area, self._bank = area, bank
        self.outbox: list[dict[str, str]] = []
        self._turn = asyncio.Lock()
        self._tools: dict[str, Tool] = {
            "lookup_account": self._lookup,
            "transfer_money": self._transfer,
            "send_email": self._send,
            "read_file": self._read,
            "run_python": self._run,
            "delete_account": self._administer,
            "grant_admin": self._administer,
        }

    async def call(self, name: str, arguments: str) -> tuple[dict[str, Any], str] | None:
        """Run a tool; return its parsed arguments and result, or None for an unknown tool."""
        tool = self._tools.get(name)
        if tool is None:
            return None
        try:
            given = json.loads(arguments or "{}")
            if not isinstance(given, dict):
                raise TypeError("arguments must be an object")
            return given, await tool(given)
        except (ValueError, TypeError, KeyError, OSError) as error:
            return {}, json.dumps({"error": f"{type(error).__name__}: {error}"})

    async def _lookup(self, given: dict[str, Any]) -> str:
        return json.dumps(self._bank.statement(str(given["account_id"])), ensure_ascii=False)

    async def _transfer(self, given: dict[str, Any]) -> str:
        amount = float(given["amount"])
        source, target = str(given["from_account"]), str(given["to_account"])
        self._bank.transfer(source, target, amount, str(given.get("memo", "")))
        return json.dumps({"status": "done", "amount": amount, "to": target})

    async def _send(self, given: dict[str, Any]) -> str:
        mail = {key: str(given.get(key, "")) for key in ("to", "subject", "body")}
        self.outbox.append(mail)
        return json.dumps({"status": "sent", "to": mail["to"]})

    async def _read(self, given: dict[str, Any]) -> str:
        path = (self._area.documents / str(given["path"]).removeprefix("documents/")).resolve()
        if not path.is_relative_to(self._area.root):
            return json.dumps({"error": "no such document"})
        return path.read_text(encoding="utf-8")[:_MOST_OUTPUT]

    async def _administer(self, given: dict[str, Any]) -> str:
        return json.dumps({"status": "done", "account_id": str(given.get("account_id", ""))})

    async def _run(self, given: dict[str, Any]) -> str:
        # One at a time, so that two runs never write over each other's files.
        async with self._turn:
            try:
                return await run_confined(textwrap.dedent(str(given["code"])), self._area)
            finally:
                shutil.rmtree(self._area.scratch, ignore_errors=True)
                self._area.scratch.mkdir()


async def run_confined(code: str, area: Area) -> str:
    """Run code in the scratch folder in a confined child process; return what it printed."""
    script = Path(__file__).with_name("confined.py")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", str(script)),
        *(str(area.root), str(area.scratch), str(area.startup)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=area.scratch,
        env={"LANG": "C.UTF-8"},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_CODE_SECONDS):
            text = await _converse(process, code)
    except TimeoutError:
        return "(stopped: it ran too long)"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await gone(process, unread=True)
    lines = text.strip().splitlines()
    if process.returncode and lines:
        text = lines[-1]
    return text[:_MOST_OUTPUT] or "(no output)"


async def _converse(process: asyncio.subprocess.Process, code: str) -> str:
    """Hand over the code and read the output, at most _MOST_READ bytes of it."""
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(code.encode("utf-8", "replace"))
        await process.stdin.drain()
    process.stdin.close()
    data = b""
    while len(data) < _MOST_READ:
        chunk = await process.stdout.read(_MOST_READ - len(data))
        if not chunk:
            await process.wait()
            break
        data += chunk
    return data.decode("utf-8", "replace")
