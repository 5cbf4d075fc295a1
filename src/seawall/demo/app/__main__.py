"""`python -m seawall.demo.app --port N --model-url URL --model NAME`: run the shop bank."""

import argparse
import os

import uvicorn

from seawall.demo.app.server import build_app
from seawall.demo.app.state import Settings


def main() -> None:
    """Serve on 127.0.0.1 until interrupted. Keys come from SEAWALL_DEMO_KEY_SUPPORT, _REPORTS."""
    parser = argparse.ArgumentParser(prog="seawall.demo.app", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model-url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    settings = Settings(
        model_url=arguments.model_url,
        model=arguments.model,
        seed=arguments.seed,
        keys={
            "support-chat": os.environ.get("SEAWALL_DEMO_KEY_SUPPORT", ""),
            "report-writer": os.environ.get("SEAWALL_DEMO_KEY_REPORTS", ""),
        },
    )
    app = build_app(settings)
    uvicorn.run(app, host="127.0.0.1", port=arguments.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
