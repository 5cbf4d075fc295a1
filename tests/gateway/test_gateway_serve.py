"""`seawall serve` as a process: first start, SIGTERM, SIGKILL under load, restart."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
import yaml
from gateway_support import POLICY, Provider, chunks
from places import env_of

from seawall.core.errors import InputError
from seawall.gateway.serve import bind, build_engine, check_host
from seawall.guard import cards, engine
from seawall.policy.load import load_policy
from seawall.store.db import open_for_reading, open_store
from seawall.store.keys import create_key
from seawall.store.verify import records, verify

NO_STORE = "a start that ends before a store is opened"
HI: Any = [{"role": "user", "content": "Hi"}]


@contextmanager
def process(policy: Path, data: Path, *extra: str, env: str = "up") -> Iterator[Any]:
    command = [sys.executable, "-m", "seawall", "serve", "--policy", str(policy), "--data",
               str(data), "--port", "0", "--json", *extra]  # fmt: skip
    command[1:3] = ["-c", "from seawall.cli.main import main; main()"]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **env_of(data), "UPSTREAM_KEY": env},
    )  # fmt: skip
    try:
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


def started(running: Any) -> dict[str, Any]:
    line = running.stdout.readline()
    assert line, running.stderr.read()
    value: dict[str, Any] = json.loads(line)
    return value


@pytest.fixture
def policy_file(provider: Provider, tmp_path: Path) -> Path:
    provider.reset()
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY.format(upstream=provider.url, mode="error"))
    return path


async def flood(url: str, key: str, running: Any, enough: int) -> set[str]:
    """Ask from 12 tasks, kill the gateway in the middle; return the ids that were answered."""
    answered: set[str] = set()
    client = openai.AsyncOpenAI(base_url=url, api_key=key, max_retries=0, timeout=5)

    async def ask(number: int) -> None:
        while True:
            stream = number % 3 == 0
            try:
                if stream:
                    async with client.chat.completions.with_streaming_response.create(
                        model="small", messages=HI, stream=True
                    ) as response:
                        answered.add(response.headers["x-seawall-request-id"])
                        await response.read()
                else:
                    raw = await client.chat.completions.with_raw_response.create(
                        model="small", messages=HI
                    )
                    answered.add(raw.headers["x-seawall-request-id"])
            except openai.APIStatusError as error:
                answered.add(error.response.headers["x-seawall-request-id"])
            except Exception:  # noqa: BLE001 - the connection is gone: the gateway was killed
                return
            if len(answered) >= enough and running.poll() is None:
                running.kill()

    await asyncio.gather(*(ask(number) for number in range(12)))
    return answered


def test_sigkill_under_load_loses_no_record(
    provider: Provider, policy_file: Path, tmp_path: Path
) -> None:
    text = chunks({"content": "A sentence here. "}, {"content": "And one more."})
    provider.script = lambda body: [*text, "[DONE]"] if body.get("stream") else None
    data = tmp_path / "data"
    with process(policy_file, data) as running:
        first = started(running)
        assert first["key"].startswith("sw_")
        with pytest.raises(openai.PermissionDeniedError):  # the admin key opens no model
            openai.OpenAI(base_url=first["url"], api_key=first["key"]).models.list()
        store = open_store(data)
        _, key = create_key(store, application="shop", function="chat")
        answered = asyncio.run(flood(first["url"], key, running, 150))
        assert running.wait(5) == -signal.SIGKILL
    assert len(answered) >= 150
    kept = [record.body for record in records(open_for_reading(data), limit=10**6)]
    assert answered <= {body["request_id"] for body in kept}
    made = [body for body in kept if body["event"] == "change"]
    assert [body["actor"] for body in made][:1] == ["first start"]
    assert {body["action"] for body in made} == {"key.create"}
    with process(policy_file, data) as running:
        again = started(running)
        assert again["key"] == ""
        client = openai.OpenAI(base_url=again["url"], api_key=key, max_retries=0)
        assert client.chat.completions.create(model="small", messages=HI).choices
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
        assert "Traceback" not in running.stderr.read()
    report = verify(open_for_reading(data))
    assert report.ok, report.problems
    assert (data.stat().st_mode & 0o777) == 0o700


@pytest.mark.one_place(NO_STORE)
@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("upstreams:", "upstreamz:"), "policy.yaml:3"),
        (("detector: secrets", "detector: secretz"), "secretz"),
        (("stages: [input]}", "stages: [tool-definition]}"), "tool-definition"),
    ],
)
def test_a_start_that_cannot_be_says_why(
    policy_file: Path, tmp_path: Path, change: tuple[str, str], word: str
) -> None:
    policy_file.write_text(policy_file.read_text().replace(*change, 1))
    with process(policy_file, tmp_path / "data") as running:
        out, _ = running.communicate(timeout=20)
    assert running.returncode == 2
    assert word in json.loads(out)["error"]["message"]


@pytest.mark.one_place(NO_STORE)
def test_a_start_without_the_providers_key(policy_file: Path, tmp_path: Path) -> None:
    with process(policy_file, tmp_path / "data", env="") as running:
        out, _ = running.communicate(timeout=20)
    assert running.returncode == 3 and "UPSTREAM_KEY" in json.loads(out)["error"]["message"]


@pytest.mark.once
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com"])
def test_other_machines_are_kept_out_unless_wanted(host: str) -> None:
    with pytest.raises(InputError, match="allow-remote"):
        check_host(host, allow_remote=False)
    check_host(host, allow_remote=True)
    for local in ("127.0.0.1", "::1", "localhost"):
        check_host(local, allow_remote=False)


@pytest.mark.once
@pytest.mark.parametrize("host", ["nosuch.invalid", "192.0.2.1", "a" * 80])
def test_a_host_that_is_not_here_is_no_matter_of_the_port(host: str) -> None:
    with pytest.raises(InputError) as caught:
        bind(host, 0)
    assert caught.value.hint == "Choose a --host of this machine."


@pytest.mark.once
def test_a_port_that_is_taken_is_told() -> None:
    taken = bind("127.0.0.1", 0)
    taken.listen()
    with taken, pytest.raises(InputError) as caught:
        bind("127.0.0.1", taken.getsockname()[1])
    assert caught.value.hint == "Choose another --port."


@pytest.mark.one_place(NO_STORE)
@pytest.mark.parametrize(("depth", "needed"), [("", set()), ("static", {"numpy"})])
def test_a_start_loads_only_what_its_policy_needs(
    tmp_path: Path, depth: str, needed: set[str]
) -> None:
    """A policy of patterns needs neither the models' libraries nor those for images."""
    code = (
        "import sys; from pathlib import Path\n"
        "from seawall.gateway.serve import build_engine; from seawall.guard import cards\n"
        "import seawall.gateway.app; from seawall.policy.load import load_policy\n"
        "build_engine(load_policy(Path(sys.argv[1]), set(cards.cards())))\n"
        "heavy = {'numpy', 'onnxruntime', 'PIL', 'alembic', 'psycopg', 'pygments'}\n"
        "loaded = heavy & {name.partition('.')[0] for name in sys.modules}\n"
        f"sys.exit(f'loaded: {{loaded}}' if loaded != {needed!r} else 0)\n"
    )
    policy = tmp_path / "policy.yaml"
    rules = yaml.safe_load(POLICY.format(upstream="http://127.0.0.1:9", mode="error"))
    if depth:
        attack = {"detector": "learnt-attack", "control": "CTL-INJ-INPUT", "action": "block"}
        rules["guards"].append(attack | {"stages": ["input"], "depth": depth})
    policy.write_text(yaml.safe_dump(rules))
    result = subprocess.run(
        [sys.executable, "-c", code, str(policy)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.once
def test_code_is_tested_at_the_start_where_a_tool_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, code = tmp_path / "plain.yaml", tmp_path / "code.yaml"
    text = POLICY.format(upstream="http://127.0.0.1:9", mode="error")
    rules = yaml.safe_load(text)
    plain.write_text(yaml.safe_dump(rules))
    tool = {"arguments": {"command": {"code": "shell"}}, "control": "CTL-X", "effect": "write"}
    rules.setdefault("tools", {})["rules"] = {"run": tool}
    code.write_text(yaml.safe_dump(rules))
    monkeypatch.setattr(engine, "_built", lambda name: pytest.fail(f"{name} was built"))
    build_engine(load_policy(plain, set(cards.cards())))
    with pytest.raises(pytest.fail.Exception, match="shell-code"):
        build_engine(load_policy(code, set(cards.cards())))
