"""How long the guard takes, one thread: patterns, a prompt, a document, a stream of chat."""

import json
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import onnxruntime

from seawall import Guard
from seawall.core.exchange import Stage
from seawall.core.verdicts import Action
from seawall.guard.engine import GuardEngine
from seawall.guard.self_test import part_at
from seawall.policy.model import GuardRule

DATA = Path(__file__).parent.parent / "training" / "data"


def _rows(name: str, label: str, stage: str) -> list[str]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row["text"] for row in rows if row["label"] == label and row["stage"] == stage]


def _times(work: Callable[[str], object], texts: Iterable[str]) -> list[float]:
    found = []
    for text in texts:
        start = time.perf_counter()
        work(text)
        found.append(1000 * (time.perf_counter() - start))
    return sorted(found)


def _print(name: str, times: list[float], limit: str) -> None:
    middle, high = statistics.median(times), times[int(len(times) * 0.95) - 1]
    top = times[int(len(times) * 0.99) - 1]
    print(f"{name:44} median {middle:8.2f}  p95 {high:8.2f}  p99 {top:8.2f} ms   limit {limit}")


def main() -> int:
    """Print times beside the limits; always 0: another machine is another time."""
    print(f"onnxruntime {onnxruntime.__version__}, one thread")
    chat = _rows("ordinary.jsonl", "benign", "input")
    start = time.perf_counter()
    guard = Guard()
    guard.check("warm up")
    print(f"load: {time.perf_counter() - start:.2f} s   limit 1 s")
    kilobyte = [(" ".join(chat[i:] + chat[:i]))[:1024] for i in range(200)]
    rules = [
        GuardRule(detector=name, control="bench", action=Action.FLAG, stages=(Stage.INPUT,))
        for name in ("secrets", "personal-data")
    ]
    patterns = GuardEngine(rules)
    _print(
        "readings and patterns, 1 KB",
        _times(lambda text: patterns.inspect([part_at(Stage.INPUT, text)]), kilobyte),
        "0.15 median, 0.5 p99",
    )
    prompts = [(" ".join(chat[i:] + chat[:i]))[:800] for i in range(300)]
    _print("whole guard, prompt of 200 tokens", _times(guard.check, prompts), "2 median, 15 p95")
    documents = [(" ".join(chat[i:] + chat[:i]))[:8192] for i in range(100)]
    _print(
        "whole guard, document of 8 KB",
        _times(lambda text: guard.check(text, "document"), documents),
        "60 p95",
    )
    times = _times(guard.check, [f"{text} " for text in chat])
    print(f"throughput on chat: {1000 * len(times) / sum(times):.0f} texts/s   limit 400")
    return 0
