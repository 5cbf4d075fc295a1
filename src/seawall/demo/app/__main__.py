"""`python -m seawall.demo.app --port N --model-url URL`: run the shop bank on 127.0.0.1."""

import argparse
import os
import tempfile
from pathlib import Path

import uvicorn

from seawall.demo.app.area import create
from seawall.demo.app.server import Config, build_app
from seawall.demo.names import REPORTS_KEY_ENV, SIMULATED_MODEL, SUPPORT_KEY_ENV


def main() -> None:
    """Serve until interrupted; the two functions' keys come from the environment."""
    parser = argparse.ArgumentParser(prog="seawall.demo.app", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model-url", required=True, help="Base URL, ending in /v1.")
    parser.add_argument("--model", default=SIMULATED_MODEL)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    config = Config(
        model_url=arguments.model_url,
        model=arguments.model,
        support_key=os.environ.get(SUPPORT_KEY_ENV, ""),
        reports_key=os.environ.get(REPORTS_KEY_ENV, ""),
    )
    with tempfile.TemporaryDirectory(prefix="harbour-shop-bank-") as folder:
        app = build_app(config, create(Path(folder), arguments.seed))
        uvicorn.run(
            app, host="127.0.0.1", port=arguments.port, log_level="warning", access_log=False,
            # Longer than clients keep an idle connection: none is closed under a request.
            timeout_keep_alive=75,
        )  # fmt: skip


if __name__ == "__main__":
    main()
