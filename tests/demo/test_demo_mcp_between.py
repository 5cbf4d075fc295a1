"""The MCP proxy keeps a gullible client from what our server plants, and lets it work."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from seawall.catalog.load import load_catalog
from seawall.cli._attack_again import same_target
from seawall.cli.main import run as seawall
from seawall.core.trials import AttemptOutcome, Mode
from seawall.demo.mcp_between import between
from seawall.redteam.mcp_client.target import Attacked, ClientTarget
from seawall.redteam.rows import Head, read_rows
from seawall.redteam.runner import run
from seawall.redteam.target import Attack

GULLIBLE = "python:seawall.demo.lab.client:answer"
POLICY = """\
version: 1
application: shop
upstreams:
  - name: main
    base_url: http://127.0.0.1:9/v1
    models: {small: {input_per_million: 1, output_per_million: 2}}
functions: {chat: {}}
guards:
  - {detector: injection, control: CTL-INJ-UNTRUSTED, action: block,
      stages: [tool-definition, tool-result]}
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return path


async def tried(policy: Path | None, probe: str, n: int = 4) -> list[AttemptOutcome]:
    card = msgspec.structs.replace(load_catalog().all_probes[probe], strategies=("plain",))
    attacked = Attacked(client=GULLIBLE)
    target = ClientTarget(attacked, between=between(policy)) if policy else ClientTarget(attacked)
    async with target:
        rows = await run([card], target, Mode.ON if policy else Mode.OFF, n=n, concurrency=2)
    return [row.outcome for row in rows]


async def again(head: Head, folder: Path) -> list[AttemptOutcome]:
    card = load_catalog().all_probes["PRB-MCP-CHANGE"]
    async with same_target(head, folder) as target:
        return [row.outcome for row in await run([card], target, head.mode, n=2)]


@pytest.mark.parametrize("probe", ["PRB-MCP-CHANGE", "PRB-MCP-TWIN"])
async def test_what_succeeds_bare_is_blocked_behind_the_proxy(policy: Path, probe: str) -> None:
    assert await tried(None, probe) == [AttemptOutcome.COMPLIED] * 4
    assert await tried(policy, probe) == [AttemptOutcome.BLOCKED] * 4


async def test_harmless_tools_work_behind_the_proxy(policy: Path) -> None:
    asked = Attack(id="h", probe="p", channel="user",
                   messages=('Please use save_note with "bread and milk".',))  # fmt: skip
    async with ClientTarget(Attacked(client=GULLIBLE), between=between(policy)) as target:
        seen = await target.attempt(asked)
    assert not seen.blocked
    assert [effect.kind for effect in seen.effects] == ["save_note"]


def test_a_run_from_the_command_line_bare_and_behind(policy: Path, tmp_path: Path) -> None:
    (tmp_path / "client.yaml").write_text(f"client: {GULLIBLE}\npolicy: policy.yaml\n")
    words = ["attack", "--target", str(tmp_path / "client.yaml"), "--probe", "PRB-MCP-CHANGE"]
    words += ["--n", "3", "--harmless", "0", "--no-calibrate", "--json"]
    found = {}
    for mode in ("off", "on"):
        more = ["--gateway"] if mode == "on" else []
        assert seawall([*words, *more, "--out", str(tmp_path / mode)]) == 0
        found[mode] = {row.outcome for row in read_rows(tmp_path / mode)[1]}
    assert found == {"off": {AttemptOutcome.COMPLIED}, "on": {AttemptOutcome.BLOCKED}}
    for mode in ("off", "on"):
        outcomes = asyncio.run(again(read_rows(tmp_path / mode)[0], tmp_path))
        assert set(outcomes) == found[mode], "what is asked again is asked the same way"
