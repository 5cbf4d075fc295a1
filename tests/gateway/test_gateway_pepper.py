"""Two gateways that are first started together on one empty database, without a pepper."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from servers import Postgres

from seawall.store.db import URL_ENV

pytestmark = pytest.mark.one_place("two first starts on one database")

POLICY = """\
version: 1
application: shop
upstreams: [{name: m, base_url: "http://127.0.0.1:9/v1", api_key_env: UPSTREAM_KEY, models: {x: {
  input_per_million: 1, output_per_million: 1}}}]
functions: {chat: {}}
"""


def test_the_second_of_two_first_starts_is_refused(postgres: Postgres, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    env = {**os.environ, URL_ENV: postgres.database(), "UPSTREAM_KEY": "upstream-key"}
    env.pop("SEAWALL_PEPPER", None)
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "seawall", "serve", "--policy", str(policy), "--data",
             str(tmp_path / str(n)), "--port", "0"],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for n in range(2)
    ]  # fmt: skip
    try:
        until = time.monotonic() + 120
        while all(one.poll() is None for one in started) and time.monotonic() < until:
            time.sleep(0.1)
        refused = next(one for one in started if one.poll() is not None)
        told = refused.communicate()[1]
        assert refused.returncode == 3, told
        assert "pepper" in told and "SEAWALL_PEPPER" in told
        (other,) = (one for one in started if one is not refused)
        assert other.stdout is not None and "Seawall serves" in other.stdout.readline()
    finally:
        for one in started:
            one.kill()
            one.communicate()
