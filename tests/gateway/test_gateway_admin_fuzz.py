"""The admin API asked by schemathesis, which knows its OpenAPI document and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx2 as httpx
from gateway_support import Provider, gateway_of, make_policy

from seawall.gateway.admin.operations import BASE, OPERATIONS
from seawall.store.keys import create_key

CONFIG = Path(__file__).with_name("schemathesis.toml")
EXAMPLES = os.environ.get("SEAWALL_FUZZ_EXAMPLES", "4")
NOT_ASKED = ("revoke_key", "rotate_key")  # see the configuration
LEAST_CASES = 1000


def test_schemathesis_finds_no_answer_that_the_document_does_not_promise(
    provider: Provider, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    with gateway_of(make_policy(provider), provider, tmp_path) as gateway:
        _, key = create_key(
            gateway.store, application="shop", function="", scopes=("admin",), roles=("owner",)
        )
        url = f"http://127.0.0.1:{gateway.port}{BASE}"
        command = [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG),
            "run", f"{url}/openapi.json", "--header", f"Authorization: Bearer {key}",
            "--seed", "20261129", "--max-examples", EXAMPLES,
            "--report", "json", "--report-json-path", str(report),
        ]  # fmt: skip
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
        still = httpx.get(f"{url}/keys", headers={"authorization": f"Bearer {key}"}, timeout=60)
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr
    assert still.status_code == 200, "its key was gone: what it asked then proves nothing"
    told = json.loads(report.read_text())
    assert told["operations"]["tested"] == len(OPERATIONS) - len(NOT_ASKED)
    assert {name for name, phase in told["phases"].items() if phase["status"] == "success"} == {
        "coverage", "fuzzing", "stateful"
    }  # fmt: skip
    cases = told["test_cases"]
    assert cases["generated"] > LEAST_CASES, cases
    assert cases["with_failures"] == cases["errored"] == 0, told["failures"]
