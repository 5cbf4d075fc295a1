"""Runs the model's Python code in a confined process (see confined.py)."""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

CONFINED = Path(__file__).parent / "confined.py"
SECONDS = 3.0
MAX_OUTPUT = 16_000


class CodeRunner:
    """Runs one piece of code at a time, so that what a run left behind can be told apart."""

    def __init__(self, root: Path, startup: Path) -> None:
        self._root, self._startup = root, startup
        self.turn = asyncio.Lock()

    async def run(self, code: str, scratch: Path) -> str:
        """Return what the code printed, with the error's last line when it failed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", str(CONFINED), str(self._root), str(scratch),
            str(self._startup),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env={}, cwd=scratch, start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(SECONDS):
                output = await _exchange(process, code)
        except TimeoutError:
            return f"The code was stopped after {SECONDS:g} seconds."
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return _shown(output)


async def _exchange(process: asyncio.subprocess.Process, code: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(code.encode("utf-8", "surrogatepass"))
        await process.stdin.drain()
    process.stdin.close()
    data = b""
    while len(data) < MAX_OUTPUT:
        chunk = await process.stdout.read(MAX_OUTPUT - len(data))
        if not chunk:
            await process.wait()
            break
        data += chunk
    return data.decode("utf-8", "replace")


def _shown(output: str) -> str:
    """Cut a traceback down to its last line."""
    head, sign, trace = output.partition("Traceback (most recent call last):")
    if not sign:
        return output.strip()
    return f"{head}{trace.strip().splitlines()[-1] if trace.strip() else ''}".strip()
