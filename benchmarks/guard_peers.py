"""Seawall beside Presidio, LLM Guard's and NeMo's pattern scanners and keywords, in one run.

    python -m venv DIR
    DIR/bin/pip install presidio-analyzer nemoguardrails yara-python
    DIR/bin/pip install llm-guard    (brings torch: some gigabytes)
    python -m benchmarks guard_peers --peers DIR

The peers never come near the product: they run in DIR, as a process of their own.
"""

import json
import os
import re
import statistics
import subprocess
import time
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.guard_quality import KEYWORDS
from benchmarks.guard_speed import ordinary
from seawall.core.exchange import Stage
from seawall.core.verdicts import Action
from seawall.guard.engine import GuardEngine
from seawall.guard.self_test import part_at
from seawall.policy.model import GuardRule

CHILD = Path(__file__).parent / "_peers.py"
LIMIT_TIMES, WARM = 10.0, 20
# Seawall's engine leaves out what scores less than 0.5; of Presidio the best one counts.
THRESHOLDS = {"Seawall": (0.5,), "Presidio": (0.0, 0.35, 0.5, 0.6)}
Row = list[Any]


def _luhn(rng: Random, head: str, length: int) -> str:
    digits = head + "".join(str(rng.randrange(10)) for _ in range(length - len(head) - 1))
    doubled = (int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits)))
    total = sum(sum(divmod(value, 10)) for value in doubled)
    return digits + str(-total % 10)


def _iban(rng: Random) -> str:
    account = "".join(str(rng.randrange(10)) for _ in range(18))
    check = 98 - int(account + "131400") % 97
    return " ".join(re.findall("..?.?.?", f"DE{check:02d}{account}"))


def _value(kind: str, rng: Random) -> str:
    if kind == "card":
        return " ".join(re.findall("....", _luhn(rng, rng.choice(("4", "51", "55")), 16)))
    if kind == "iban":
        return _iban(rng)
    if kind == "email":
        name = rng.choice(("ada.byron", "o.nkemelu", "jan-peters", "mara_s", "li.wei88"))
        return f"{name}@{rng.choice(('example.com', 'mail.example.org', 'example.co.uk'))}"
    if kind == "phone":
        return f"+1 {rng.randrange(201, 989)} {rng.randrange(200, 999)} {rng.randrange(1000, 9999)}"
    if kind == "ssn":
        return f"{rng.randrange(100, 665)}-{rng.randrange(10, 99)}-{rng.randrange(1000, 9999)}"
    return ".".join(str(rng.randrange(1, 254)) for _ in range(4))


# As people write; the value stands for {}.
SENTENCES = {
    "card": ("Please charge my card {} again.", "card number {} exp 04/29", "I paid with {} today"),
    "iban": ("Send the refund to {} please.", "My IBAN is {}.", "bank details: {}"),
    "email": ("Write to {} when it ships.", "reply-to: {}", "my address is {}, thanks"),
    "phone": ("Call me on {} after six.", "tel {}", "My phone number is {}."),
    "ssn": ("My social security number is {}.", "SSN: {}", "social security {} as asked"),
    "ip": ("The request came from {}.", "server ip {}", "blocked address {} last night"),
}
# Numbers that look like personal data and are none.
HARMLESS = (
    "Order {n9}-{n3} shipped in parcel 1Z{n9}.", "Version 10.{n2}.{n3} was built on 2026-03-{d2}.",
    "Invoice {n9} is due on {d2}.04.2026.", "The part {n3}-{n3}-{n3} is out of stock.",
    "Ticket {n9}: the pump at bay {n3} stopped.", "We sold {n3},{n3} units, up {n2}.{d2} percent.",
    "Tracking {n9}{n9} says Hamburg.", "Room {n3}, building {n2}, from {d2}:30 to {d2}:45.",
)  # fmt: skip
FILLER = "The lamp arrived last week and the switch on its left side does not move at all. "


def labelled() -> list[tuple[str, tuple[int, int] | None]]:
    """Return sentences with where the personal data stands, or None where there is none."""
    rng = Random(20)
    rows: list[tuple[str, tuple[int, int] | None]] = []
    for _ in range(40):
        for kind, sentences in SENTENCES.items():
            value = _value(kind, rng)
            before, after = rng.choice(sentences).split("{}")
            rows.append((before + value + after, (len(before), len(before) + len(value))))
        for shape in HARMLESS:
            rows.append((re.sub(r"\{(\w)(\d)\}", lambda m: _digits(m, rng), shape), None))
    return rows


def _digits(slot: re.Match[str], rng: Random) -> str:
    if slot[1] == "d":
        return f"{rng.randrange(10, 29)}"
    return "".join(str(rng.randrange(10)) for _ in range(int(slot[2])))


def kilobytes() -> dict[str, list[str]]:
    """Return texts of 1 KB: chat as it is, and chat with five pieces of personal data."""
    chat = ordinary("input")
    plain = [(" ".join(chat[i:] + chat[:i]))[:1024] for i in range(200)]
    rng = Random(21)
    personal = []
    for text in plain:
        kinds = rng.sample(sorted(SENTENCES), 5)
        added = " ".join(rng.choice(SENTENCES[k]).format(_value(k, rng)) for k in kinds)
        personal.append(f"{text[: 1023 - len(added)]} {added}")
    return {"plain 1 KB": plain, "1 KB with personal data": personal}


def seawall(texts: dict[str, list[str]]) -> dict[str, list[Row]]:
    """Return what Seawall's patterns find, with all readings, and the time of each text."""
    rules = [
        GuardRule(detector=name, control="bench", action=Action.FLAG, stages=(Stage.INPUT,))
        for name in ("secrets", "personal-data")
    ]
    engine = GuardEngine(rules)
    for text in next(iter(texts.values()))[:WARM] + texts["labelled"][:WARM]:
        engine.inspect([part_at(Stage.INPUT, f"Warm up. {text}")])

    def one(text: str) -> Row:
        start = time.thread_time()
        decision = engine.inspect([part_at(Stage.INPUT, text)])
        spent = time.thread_time() - start
        found = [[f.start, f.end, f.score] for part in decision.parts for f in part.findings]
        return [spent, found]

    return {name: [one(text) for text in held] for name, held in texts.items()}


def peers(folder: str, texts: dict[str, list[str]]) -> dict[str, Any]:
    """Return the peers' results from their own environment."""
    python = Path(folder) / "bin" / "python"
    if not python.exists():
        return {}
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [str(python), str(CHILD)],
        input=json.dumps({"texts": texts}),
        capture_output=True,
        text=True,
        env={**os.environ, **single, "PYTHONPATH": ""},
    )
    if done.returncode:
        print(f"the peers' process failed: {done.stderr.strip().splitlines()[-1]}")
        return {}
    results: dict[str, Any] = json.loads(done.stdout)
    return results


def f1(rows: list[Row], threshold: float) -> tuple[float, float, float]:
    """Return precision, recall and F1 of the labelled sentences; a find must overlap the value."""
    right = found = wanted = 0
    for (_, span), (_, finds) in zip(labelled(), rows, strict=True):
        spans = [(start, end) for start, end, score in finds if score >= threshold]
        hit = span is not None and any(s < span[1] and e > span[0] for s, e in spans)
        wanted += span is not None
        right += hit
        found += bool(spans)
    precision, recall = right / max(found, 1), right / wanted
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def _cost(name: str, key: str, rows: list[Row]) -> float:
    times = sorted(1000 * row[0] for row in rows)
    middle, top = statistics.median(times), times[int(len(times) * 0.99) - 1]
    flagged = sum(bool(row[1]) for row in rows)
    print(
        f"  {name:18} {key:24} median {middle:8.3f} ms  p99 {top:8.3f} ms"
        f"  flags {flagged}/{len(rows)}"
    )
    return middle


def _how_to_install(folder: str) -> None:
    print(f"  peers: not installed{f' in {folder}' if folder else ''}. To have them:")
    for line in (__doc__ or "").splitlines()[2:6]:
        print(f"  {line}")


def main() -> int:
    """Print cost and quality side by side; return 1 when Presidio is less than 10 times as slow."""
    folder = os.environ.get("SEAWALL_PEERS", "")
    texts = kilobytes()
    sentences = [text for text, _ in labelled()]
    own = seawall({**texts, "labelled": sentences})
    others = peers(folder, {**texts, "labelled": sentences}) if folder else {}
    if not others:
        _how_to_install(folder)
    results = {"Seawall": own, **others}
    print("CPU time of one thread, same texts:")
    medians: dict[tuple[str, str], float] = {}
    for name, found in results.items():
        if isinstance(found, str):
            print(f"  {name:18} {found}")
            continue
        for key in texts:
            medians[name, key] = _cost(name, key, found[key])
    start = time.thread_time()
    for text in texts["plain 1 KB"]:
        KEYWORDS.search(text)
    print(f"  {'keywords':18} {'plain 1 KB':24} mean   {5 * (time.thread_time() - start):8.3f} ms")
    print("personal data in labelled sentences (a find must overlap the value):")
    for name in ("Seawall", "Presidio"):
        found = results.get(name)
        for threshold in THRESHOLDS[name] if isinstance(found, dict) else ():
            precision, recall, score = f1(found["labelled"], threshold)
            print(
                f"  {name:10} score >= {threshold:4}  precision {precision:.3f}  "
                f"recall {recall:.3f}  F1 {score:.3f}"
            )
    worst = LIMIT_TIMES
    for key in texts:
        if ("Presidio", key) in medians:
            times = medians["Presidio", key] / medians["Seawall", key]
            print(f"Presidio takes {times:.1f} times as long: {key}   limit {LIMIT_TIMES:.0f}")
            worst = min(worst, times)
    return int(worst < LIMIT_TIMES)
