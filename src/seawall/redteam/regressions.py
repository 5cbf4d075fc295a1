"""What became of saved cases in later runs: the newest run that tried a case decides."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from seawall.catalog.model import ProbeCard
from seawall.core.errors import InputError
from seawall.core.regressions import Regression
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.cases import digest
from seawall.redteam.findings import reproducer
from seawall.redteam.rows import Head, open_rows

_UNKNOWN = (AttemptOutcome.ERROR, AttemptOutcome.UNSCORED)


def rows_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files of rows named, and all `*.jsonl` of the folders named. Raises InputError
    for one that is not there."""
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder of runs.")
        found += sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    return found


def regressions(cases: Mapping[str, ProbeCard], files: Sequence[Path]) -> list[Regression]:
    """Return every case with its newest result, in the cases' order. Raises InputError.

    Runs of the case as it is now count, those through the gateway where there are some; a case
    that was only tried before it was edited is stale.
    """
    runs: list[tuple[Path, Head, dict[str, list[Attempt]]]] = []
    for path in files:
        head, rows = open_rows(path)
        kept: defaultdict[str, list[Attempt]] = defaultdict(list)
        for row in rows:
            if row.probe in cases:
                kept[row.probe].append(row)
        runs.append((path, head, kept))
    # The later run of a day counts; files of before that was kept are named by their time.
    runs.sort(key=lambda run: (run[1].mode is Mode.ON, run[1].created, run[1].began, run[0].stem))
    return [_newest(card, runs) for card in cases.values()]


def _newest(
    card: ProbeCard, runs: Sequence[tuple[Path, Head, Mapping[str, Sequence[Attempt]]]]
) -> Regression:
    tried = [run for run in runs if run[2].get(card.id)]
    if not tried:
        return Regression(case=card.id, title=card.title, state="not tried")
    mode = tried[-1][1].mode  # sorted: runs through the gateway come last
    tried = [run for run in tried if run[1].mode is mode]
    # A result belongs to the text that was sent: one of another text says nothing of this one.
    same = [run for run in tried if run[1].cases.get(card.id) == digest(card)]
    path, head, rows = (same or tried)[-1]
    result = _result(card, path, head, rows[card.id])
    return result if same else msgspec.structs.replace(result, state="stale", repeat="")


def _result(card: ProbeCard, path: Path, head: Head, rows: Sequence[Attempt]) -> Regression:
    hits = [row for row in rows if row.outcome is AttemptOutcome.COMPLIED]
    unknown = sum(row.outcome in _UNKNOWN for row in rows) + max(0, card.n - len(rows))
    return Regression(
        case=card.id,
        title=card.title,
        state="succeeded" if hits else "unknown" if unknown else "held",
        tried=len(rows),
        succeeded=len(hits),
        unknown=unknown,
        day=head.created,
        run=path.name,
        repeat=reproducer(head, card.id, hits[0].id) if hits else "",
    )
