"""Other people's red teams, run as they are installed: garak and promptfoo, as processes apart."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

HOW = """not installed: {name}. To have it measured in the same run:
    python -m venv DIR && DIR/bin/pip install garak      (brings torch: some gigabytes)
    npm install --prefix DIR promptfoo
    python -m benchmarks {benchmark} --peers DIR"""
_MODEL = "mock"


def program(name: str) -> str | None:
    """Return where garak, promptfoo or another program is.

    SEAWALL_GARAK (and so on) names it; else the folder of `--peers` has it, or the path.
    """
    folder = Path(os.environ.get("SEAWALL_PEERS", "/nowhere"))
    given = os.environ.get(f"SEAWALL_{name.upper()}")
    inside = (folder / "bin" / name, folder / "node_modules" / ".bin" / name)
    return given or next((str(p) for p in inside if p.exists()), None) or shutil.which(name)


def run(command: Sequence[str], folder: Path, key: str, seconds: float = 540.0) -> None:
    """Run a peer with its files in `folder`, telling nobody. Raises RuntimeError when it fails."""
    env = os.environ | {
        "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CACHE_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder), "PROMPTFOO_CONFIG_DIR": str(folder / "promptfoo"),
        "PROMPTFOO_DISABLE_TELEMETRY": "1", "PROMPTFOO_DISABLE_UPDATE": "1",
        "PROMPTFOO_DISABLE_REMOTE_GENERATION": "true", "HF_HUB_OFFLINE": "1",
        "OPENAICOMPATIBLE_API_KEY": key, "SEAWALL_KEY": key, "OPENAI_API_KEY": key,
    }  # fmt: skip
    done = subprocess.run(
        list(command), cwd=folder, env=env, capture_output=True, text=True, timeout=seconds
    )
    # promptfoo ends with 100 when a test failed, which is what a red team looks for.
    if done.returncode not in (0, 100):
        told = (done.stderr or done.stdout)[-800:]
        raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}: {told}")


def garak(
    where: str, url: str, folder: Path, probes: Sequence[str], *, key: str = "none",
    model: str = _MODEL, generations: int = 1, parallel: int = 16,
) -> Path:  # fmt: skip
    """Run garak's probes against an OpenAI-compatible address, and return its report."""
    options, report = folder / "generator.json", folder / "garak"
    options.write_text(json.dumps({"openai": {"OpenAICompatible": {"uri": url}}}))
    words = [where, "--target_type", "openai.OpenAICompatible", "--target_name", model]
    words += ["--generator_option_file", str(options), "--report_prefix", str(report)]
    words += ["--probes", ",".join(probes), "--generations", str(generations)]
    run([*words, "--parallel_attempts", str(parallel)], folder, key)
    return report.with_suffix(".report.jsonl")


def promptfoo(
    where: str, url: str, folder: Path, tests: Sequence[dict[str, object]], *, key: str = "none",
    model: str = _MODEL, parallel: int = 64,
) -> Path:  # fmt: skip
    """Run `promptfoo eval` with these tests of a red team, and return its results."""
    config, results = folder / "promptfooconfig.json", folder / "results.json"
    provider = {
        "id": f"openai:chat:{model}",
        "config": {"apiBaseUrl": url, "apiKeyEnvar": "SEAWALL_KEY"},
    }
    config.write_text(
        json.dumps({"prompts": ["{{prompt}}"], "providers": [provider], "tests": list(tests)})
    )
    words = [where, "eval", "-c", str(config), "-o", str(results), "-j", str(parallel)]
    run([*words, "--no-cache", "--no-progress-bar", "--no-table"], folder, key)
    return results
