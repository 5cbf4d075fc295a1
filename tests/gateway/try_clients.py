"""Run commands against a gateway over a scripted provider that calls the tool `weather` once.

    python tests/gateway/try_clients.py "node client.mjs small" "python client.py small"

Each gets SEAWALL_URL and SEAWALL_KEY. For clients that `make test` does not install; the exit
status is that of the first command that fails.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1] / "shared"))

import uvicorn
from gateway_support import USAGE, Provider, chunks, gateway_of, make_policy, message, running

FUNCTION = {"name": "weather", "arguments": json.dumps({"city": "Bern"})}
CALL = {"id": "call_1", "type": "function", "function": FUNCTION}


def answer(body: dict[str, Any]) -> Any:
    """Answer in words, or with a call where tools are given and none was used yet."""
    calls = bool(body.get("tools")) and all(m["role"] != "tool" for m in body["messages"])
    if not body.get("stream"):
        return message(None, tool_calls=[CALL]) if calls else message("It is sunny.")
    if not calls:
        return [*chunks({"content": "It is "}, {"content": "sunny."}), USAGE, "[DONE]"]
    pieces = ('{"city"', ': "Be', 'rn"}')
    deltas = [
        {"tool_calls": [{"index": 0, **CALL, "function": {"name": "weather", "arguments": ""}}]},
        *({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces),
    ]
    return [*chunks(*deltas, finish="tool_calls"), USAGE, "[DONE]"]


def main(commands: list[str]) -> int:
    """Run each command; return the exit status."""
    provider = Provider(script=answer)
    config = uvicorn.Config(provider.app(), log_level="critical", lifespan="off")
    with tempfile.TemporaryDirectory() as folder, running(config) as port:
        provider.url = f"http://127.0.0.1:{port}/v1"
        with gateway_of(make_policy(provider), provider, Path(folder)) as gateway:
            env = os.environ | {"SEAWALL_URL": gateway.url, "SEAWALL_KEY": gateway.key}
            ends = [subprocess.run(one, shell=True, env=env, timeout=120).returncode
                    for one in commands]  # fmt: skip
            results = [record["result"] for record in gateway.exchanges()]
            print(f"{len(results)} requests on record: {', '.join(results)}")
    return next((end for end in ends if end), 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
