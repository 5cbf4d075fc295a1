"""`python -m seawall.demo.model --port N`: run the simulated provider on 127.0.0.1."""

import argparse
import os

import uvicorn

from seawall.demo.model.relay import build_relay
from seawall.demo.model.server import build_provider


def main() -> None:
    """Serve until interrupted. SEAWALL_DEMO_PROVIDER_KEY is the key that callers must present."""
    parser = argparse.ArgumentParser(prog="seawall.demo.model", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", default="", help="Relay to this provider instead.")
    arguments = parser.parse_args()
    key = os.environ.get("SEAWALL_DEMO_PROVIDER_KEY", "")
    if arguments.upstream:
        app = build_relay(arguments.upstream, key, os.environ.get("SEAWALL_UPSTREAM_KEY", ""))
    else:
        app = build_provider(key)
    # Longer than the gateway keeps an idle connection, so that no reused one is closed under it.
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=arguments.port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,
    )


if __name__ == "__main__":
    main()
