"""How long the guard takes, one thread: patterns, a prompt, a document, a stream of chat."""

import json
import statistics
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from importlib import resources
from importlib.metadata import distributions
from pathlib import Path

import onnxruntime

from seawall import Guard
from seawall.core.exchange import Stage
from seawall.core.verdicts import Action
from seawall.guard.engine import GuardEngine
from seawall.guard.model.transformer import Reader
from seawall.guard.self_test import part_at
from seawall.policy.model import GuardRule

DATA = Path(__file__).parent.parent / "training" / "data"
DOCS = Path(__file__).parent.parent / "docs"
WEIGHTS = Path(str(resources.files("seawall.guard.model") / "weights"))
# A prompt of 200 tokens, as the models cut it.
LEAST, MOST = 150, 250


Row = tuple[str, dict[str, str]]


def _harmless() -> list[Row]:
    """Return (file, row) of every harmless row that the models were trained or chosen on."""
    return [
        (path.stem, row)
        for path in sorted(DATA.glob("*.jsonl"))
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        if row["label"] == "benign"
    ]


def ordinary(stage: str) -> list[str]:
    """Return the texts of `ordinary.jsonl` that stand at a stage: everyday chat, mails, pages."""
    return [r["text"] for name, r in _harmless() if name == "ordinary" and r["stage"] == stage]


def _spread(texts: list[str], count: int) -> list[str]:
    """Return `count` of the texts, evenly over their files and languages."""
    return texts[:: max(1, len(texts) // count)][:count]


def _documents(rows: list[Row], size: int) -> list[str]:
    """Return documents of `size` characters, each of rows of one file in one language."""
    by_source: dict[tuple[str, str], list[str]] = {}
    for name, row in rows:
        by_source.setdefault((name, row["lang"]), []).append(row["text"])
    joined = ["\n\n".join(texts) for texts in by_source.values()]
    return [text[at : at + size] for text in joined for at in range(0, len(text) - size + 1, size)]


def _of_200_tokens(rows: list[Row]) -> list[Row]:
    """Return the rows whose text the models read as LEAST to MOST tokens, whatever its language."""
    reader = Reader.load(WEIGHTS)
    return [row for row in rows if LEAST <= len(reader.ids(row[1]["text"], MOST + 1)) <= MOST]


def _mixed(chat: list[str], size: int, count: int) -> list[str]:
    """Return texts of `size` characters that change their language with every sentence."""
    return [(" ".join(chat[i:] + chat[:i]))[:size] for i in range(count)]


def descriptions() -> list[str]:
    """Return what installed packages say of themselves, by name: others' prose."""
    found = {}
    for one in distributions():
        text = one.metadata.get_payload()
        if isinstance(text, str):
            found[one.name] = text
    return [found[name] for name in sorted(found)]


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
    figures = f"median {middle:8.3f}  p95 {high:8.3f}  p99 {top:8.3f} ms"
    print(f"{name:40} {figures} {len(times):6} texts" + (f"   limit {limit}" if limit else ""))


def main() -> int:
    """Print times beside the limits; always 0: another machine is another time."""
    print(f"onnxruntime {onnxruntime.__version__}, one thread")
    rows = _harmless()
    chat = ordinary("input")
    prompts = [(name, row) for name, row in rows if row["stage"] == "input"]
    # In another process: the guard has not seen the texts that it is measured on.
    with ProcessPoolExecutor(1) as apart:
        long = apart.submit(_of_200_tokens, prompts).result()
    start = time.perf_counter()
    guard = Guard()
    guard.check("warm up")
    print(f"load: {time.perf_counter() - start:.2f} s   limit 1 s")
    _patterns(rows, chat)
    limit = "2 median, 15 p95"
    everyday = [row["text"] for name, row in long if name.startswith("ordinary")]
    hard = [row["text"] for name, row in long if not name.startswith("ordinary")]
    _print("whole guard, ordinary prompt, 200 tokens", _times(guard.check, everyday), limit)
    _print("the same, look-alikes of attacks", _times(guard.check, _spread(hard, 300)), limit)
    _print("the same, languages mixed", _times(guard.check, _mixed(chat, 800, 150)), "")

    def document(text: str) -> object:
        return guard.check(text, "document")

    ours = [path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))]
    pages = [text[at : at + 8192] for text in ours for at in range(0, len(text) - 8191, 8192)]
    described = [text[:8192] for text in descriptions() if len(text) >= 8192]
    _print("whole guard, 8 KB of a package's page", _times(document, described), "60 p95")
    _print("the same, 8 KB of this project's docs", _times(document, pages), "60 p95")
    documents = _spread(_documents(rows, 8192), 100)
    _print("the same, look-alikes of attacks", _times(document, documents), "60 p95")
    _print("the same, languages mixed", _times(document, _mixed(chat, 8192, 50)), "")
    times = _times(guard.check, [f"{text} " for text in chat])
    print(f"throughput on chat: {1000 * len(times) / sum(times):.0f} texts/s   limit 400")
    return 0


def _patterns(rows: list[Row], chat: list[str]) -> None:
    """Print the time of readings and patterns over 1 KB, without a model."""
    rules = [
        GuardRule(detector=name, control="bench", action=Action.FLAG, stages=(Stage.INPUT,))
        for name in ("secrets", "personal-data")
    ]
    engine = GuardEngine(rules)

    def inspect(text: str) -> object:
        return engine.inspect([part_at(Stage.INPUT, text)])

    inspect("warm up")
    limit = "0.15 median, 0.5 p99"
    long = [(row["lang"], row["text"][:1024]) for _, row in rows if len(row["text"]) >= 1024]
    english = [text for lang, text in long if lang == "en"]
    _print("readings and patterns, 1 KB of English", _times(inspect, _spread(english, 300)), limit)
    others = [text for lang, text in long if lang != "en"]
    _print("the same, other languages", _times(inspect, _spread(others, 300)), limit)
    _print("the same, languages mixed", _times(inspect, _mixed(chat, 1024, 200)), "")
