"""A child that was killed is gone, whatever it still had to say."""

import asyncio
import os
import signal
import sys

import pytest

from seawall.core.processes import gone

LOUD = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
HEIR = "import subprocess, sys\nsubprocess.Popen(['sleep', '30'])\nprint('x', flush=True)\ninput()"


async def started(code: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdin=pipe, stdout=pipe, start_new_session=True
    )


async def test_output_that_nobody_read_keeps_no_killed_child() -> None:
    child = await started(LOUD)
    assert child.stdout is not None
    await child.stdout.read(1)
    # Until more than the reader takes has come, so that it looks away from the pipe.
    for _ in range(400):
        if child.stdout._paused:
            break
        await asyncio.sleep(0.01)
    assert child.stdout._paused
    os.killpg(child.pid, signal.SIGKILL)
    async with asyncio.timeout(4):
        await gone(child, unread=True)
    assert child.returncode == -signal.SIGKILL


async def test_a_pipe_that_a_grandchild_holds_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("seawall.core.processes._SECONDS", 0.2)
    child = await started(HEIR)
    assert child.stdout is not None
    await child.stdout.read(1)
    child.kill()
    async with asyncio.timeout(4):
        await gone(child)
    assert child.returncode == -signal.SIGKILL
    os.killpg(child.pid, signal.SIGKILL)
    await gone(child, unread=True)
