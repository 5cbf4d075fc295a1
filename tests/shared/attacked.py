"""An application and files of attacks on it, as `seawall attack --out` writes them, unattacked."""

from pathlib import Path

import msgspec

from seawall.catalog.load import load_catalog
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.rows import Head, RowFile

MEASURED = """application: bot
title: Bot
facts:
  purpose.domain: support
  fairness.protected: no
  biometrics: no
  practices.banned: []
  decision.effect: none
  geo.users: [eu]
  model.ids: [gpt-4o]
  rag.used: no
  tools.list: []
  business.appetite: 100000
"""
BASE = """version: 1
application: bot
upstreams:
  - name: p
    base_url: http://127.0.0.1:9/v1
    models: {gpt-4o: {input_per_million: 1, output_per_million: 2}}
functions: {chat: {}}
"""


def attacks(folder: Path, mode: Mode, outcome: AttemptOutcome, *, created: str) -> Path:
    """A file of 160 attempts of every probe, as `seawall attack --out` writes it."""
    path = folder / f"{mode.value}.jsonl"
    path.unlink(missing_ok=True)
    head = Head(run="r", target="t", mode=mode, seed=0, created=created)
    with RowFile(path, head) as file:
        for probe in load_catalog().probes:
            for number in range(160):
                file.append(
                    Attempt(
                        id=f"{probe}-{number}", probe=probe, mode=mode, outcome=outcome,
                        strategy="plain", cluster=str(number),
                    )
                )  # fmt: skip
    return path


def add_talks(path: Path, mode: Mode, outcomes: dict[str, AttemptOutcome]) -> None:
    """Append one row a harmless talk, by its name."""
    with path.open("ab") as file:
        for name, outcome in outcomes.items():
            row = Attempt(
                id=f"harmless/{name}", probe="harmless", mode=mode, outcome=outcome,
                strategy="small_talk", cluster=f"harmless/{name}",
            )  # fmt: skip
            file.write(msgspec.json.encode(row) + b"\n")
