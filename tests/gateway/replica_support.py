"""Two gateways as processes on one PostgreSQL and one Valkey."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from servers import Postgres, Valkey
from test_gateway_serve import started

from seawall.store.db import COUNTERS_ENV, URL_ENV
from seawall.store.master import new_key

Replica = tuple[Any, Path, str]


def shared_env(postgres: Postgres, valkey: Valkey, pepper: str) -> dict[str, str]:
    """Return what both replicas are told: their servers and secrets."""
    return {
        URL_ENV: postgres.migrated(), COUNTERS_ENV: valkey.empty(), "SEAWALL_PEPPER": pepper,
        "UPSTREAM_KEY": "up", "SEAWALL_REPLICAS": "2", "SEAWALL_MASTER_KEY": new_key().decode(),
    }  # fmt: skip


@contextlib.contextmanager
def two_replicas(folder: Path, env: dict[str, str]) -> Iterator[list[Replica]]:
    """Yield (process, data folder, URL) of each, with `folder`'s policy.yaml; kill them after."""
    code = "from seawall.cli.main import main; main()"
    processes: list[Any] = []
    folders = [folder / f"replica{number}" for number in range(2)]
    for number, data in enumerate(folders):
        command = [sys.executable, "-c", code, "serve", "--policy", str(folder / "policy.yaml"),
                   "--data", str(data), "--port", "0", "--json"]  # fmt: skip
        with (folder / f"log{number}").open("wb") as log:
            processes.append(
                subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True,
                                 env={**os.environ, **env})
            )  # fmt: skip
    try:
        urls = [started(running)["url"] for running in processes]
        yield list(zip(processes, folders, urls, strict=True))
    finally:
        for running in processes:
            running.kill()
            running.communicate()
