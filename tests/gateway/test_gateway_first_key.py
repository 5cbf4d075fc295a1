"""Two first starts on one database at once make one admin key, and the other one says so."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from servers import Postgres
from test_gateway_pepper import POLICY

from seawall.store.db import URL_ENV, open_store
from seawall.store.keys import list_keys

pytestmark = pytest.mark.one_place("a file, then a database, by parameter")

PEPPER = {"SEAWALL_PEPPER": "one-pepper-of-both-replicas", "UPSTREAM_KEY": "up"}
# Each has looked for keys and found none before the other makes one.
CODE = """
import sys
from pathlib import Path
from seawall.gateway import serve
from seawall.policy.load import load_policy
from seawall.store.db import open_store
store, policy = open_store(sys.argv[1]), load_policy(Path(sys.argv[2]))
serve.list_keys = lambda store: []
print("ready", flush=True)
sys.stdin.readline()
print(serve.first_key(store, policy, dict(__import__("os").environ))[1], flush=True)
"""


def run(arguments: list[str], env: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments], env={**os.environ, **PEPPER, **env}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return path


@pytest.mark.parametrize("shared", [False, True])
def test_one_key_is_made(
    request: pytest.FixtureRequest, tmp_path: Path, policy: Path, shared: bool
) -> None:
    env: dict[str, str] = {}
    if shared:
        postgres: Postgres = request.getfixturevalue("postgres")
        env = {URL_ENV: postgres.migrated()}
    folders = [str(tmp_path / ("data0" if n == 0 or not shared else "data1")) for n in range(2)]
    open_store(folders[0], env=env).close()
    both = [run(["-c", CODE, folder, str(policy)], env) for folder in folders]
    try:
        for one in both:
            assert one.stdout is not None and one.stdout.readline() == "ready\n", one.communicate()
        for one in both:
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()
        said = [one.communicate(timeout=60) for one in both]
    finally:
        for one in both:
            one.kill()
    shown = sorted(out.strip() for out, _ in said)
    assert shown[0] == "" and shown[1].startswith("sw_"), said
    assert len(list_keys(open_store(folders[0], env=env))) == 1


def test_two_replicas_say_which_of_them_has_made_it(
    postgres: Postgres, tmp_path: Path, policy: Path
) -> None:
    env = {URL_ENV: postgres.migrated()}
    serve = ["-m", "seawall", "serve", "--policy", str(policy), "--port", "0", "--json", "--data"]
    both = [run([*serve, str(tmp_path / str(n))], env) for n in range(2)]
    try:
        told: list[dict[str, Any]] = []
        for one in both:
            assert one.stdout is not None
            told.append(json.loads(one.stdout.readline() or json.dumps(one.communicate()[1])))
    finally:
        for one in both:
            one.kill()
            one.communicate()
    assert sorted((bool(one["key"]), one["keys_exist"]) for one in told) == [
        (False, True), (True, False)
    ]  # fmt: skip
    again = run([*serve[:-2], "--data", str(tmp_path / "2")], env)
    try:
        assert again.stderr is not None
        assert again.stderr.readline().startswith("The database has API keys already")
    finally:
        again.kill()
        again.communicate()
