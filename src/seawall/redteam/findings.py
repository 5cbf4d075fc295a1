"""Attacks that succeeded, each with the command that repeats it and the controls that stop it."""

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

import msgspec

from seawall.catalog.model import ProbeCard
from seawall.core.stats import effective_trials
from seawall.core.trials import Attempt, AttemptOutcome, Mode
from seawall.redteam.comparing import HARMLESS, ICC
from seawall.redteam.measure import interval
from seawall.redteam.rows import Head
from seawall.redteam.verdicts import Judged, fault_id

# In ids of attempts that a search made up: they stand in no plan.
SEARCH = "/search/"
# How targets of imported rows begin.
IMPORTED = frozenset({"garak", "promptfoo", "inspect"})
_UNKNOWN = (AttemptOutcome.ERROR, AttemptOutcome.UNSCORED)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One attack that had its effect. `attempt` is its id; `controls` are those of the probe's
    card that should stop it; `reproduce` is a command for a shell. `fault` groups attempts of one
    effect, over runs; `judged` is a person's word on it."""

    attempt: str
    probe: str
    title: str
    risk: str
    strategy: str
    reason: str
    controls: tuple[str, ...]
    reproduce: str
    fault: str = ""
    judged: Judged | None = None

    @property
    def false(self) -> bool:
        """Whether a person called it no finding."""
        return self.judged is not None and self.judged.verdict == "false"


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Attempts of one risk under one strategy; `scored` leaves errors and unscored ones out.

    `payloads` counts the seeds of scored ones; `low` and `high` are Wilson's, by payload.
    """

    complied: int
    scored: int
    unknown: int
    payloads: int
    low: float
    high: float


def cell(complied: int, scored: int, unknown: int, payloads: int) -> Cell:
    """Return the counts with their interval."""
    low, high, _ = interval(complied, scored, effective_trials(scored, payloads, ICC))
    return Cell(
        complied=complied, scored=scored, unknown=unknown, payloads=payloads, low=low, high=high
    )


def reproducer(head: Head, probe: str, attempt: str) -> str:
    """Return the command that sends one attempt of a run again, or repeats the whole search; of
    rows that another tool made, a comment for the shell."""
    if (tool := head.target.partition(": ")[0]) in IMPORTED:
        return f"# {attempt}: repeat it with {tool}"
    if SEARCH in attempt:
        words = ["seawall", "attack", "search", "--target", head.target, *head.options]
        words += ["--probe", probe, "--seed", str(head.seed), "--out", "again.jsonl"]
        return shlex.join([*words, "--gateway"] if head.mode is Mode.ON else words)
    words = ["seawall", "attack", "--target", head.target, *head.options]
    words += ["--probe", probe, "--seed", str(head.seed)]
    if head.n is not None:
        words += ["--n", str(head.n)]
    if head.mode is Mode.ON:
        words.append("--gateway")
    return shlex.join([*words, "--attempt", attempt])


def change(head: Head, run: str, fault: str) -> str:
    """Return the command that finds, proves and writes the change of a policy that stops a finding
    of the rows in file `run`; empty where no gateway can be put before the target for that."""
    lab = head.target == "lab" or head.target.startswith("lab:")
    if not lab and (head.mode is Mode.ON or not head.target.startswith(("http://", "https://"))):
        return ""
    words = ["seawall", "attack", "mitigate", run, "--finding", fault, "--policy", "policy.yaml"]
    return shlex.join([*words, "--out", "stops.yaml"])


def findings(
    head: Head, rows: Iterable[Attempt], cards: Mapping[str, ProbeCard],
    judged: Iterable[Judged] = (),
) -> list[Finding]:  # fmt: skip
    """Return the attacks that succeeded, in order. A probe without a card keeps its id."""
    found = []
    words = {one.finding: one for one in judged}
    for row in rows:
        if row.outcome is not AttemptOutcome.COMPLIED or row.probe == HARMLESS:
            continue
        card = cards.get(row.probe)
        fault = fault_id(row.probe, head.mode, row.reason)
        found.append(
            Finding(
                attempt=row.id,
                probe=row.probe,
                title=card.title if card else row.probe,
                risk=card.risk if card else "",
                strategy=row.strategy,
                reason=row.reason,
                controls=card.controls if card else (),
                reproduce=reproducer(head, row.probe, row.id),
                fault=fault,
                judged=words.get(fault),
            )
        )
    return found


def matrix(rows: Iterable[Attempt], cards: Mapping[str, ProbeCard]) -> dict[str, dict[str, Cell]]:
    """Return risk -> strategy -> counts; what no card names stands under its probe."""
    groups: defaultdict[tuple[str, str], Counter[AttemptOutcome]] = defaultdict(Counter)
    seeds: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows:
        if row.probe != HARMLESS:
            risk = cards[row.probe].risk if row.probe in cards else row.probe
            groups[risk, row.strategy][row.outcome] += 1
            if row.outcome not in _UNKNOWN:
                seeds[risk, row.strategy].add(row.cluster)
    table: defaultdict[str, dict[str, Cell]] = defaultdict(dict)
    for (risk, strategy), outcomes in sorted(groups.items(), key=lambda pair: pair[0]):
        unknown = sum(outcomes[outcome] for outcome in _UNKNOWN)
        table[risk][strategy] = cell(
            outcomes[AttemptOutcome.COMPLIED], outcomes.total() - unknown, unknown,
            len(seeds[risk, strategy]),
        )  # fmt: skip
    return dict(table)


def junit(head: Head, rows: Iterable[Attempt]) -> bytes:
    """Return JUnit XML: a suite a probe, a case an attempt.

    A success of the attack is a failure; what has no verdict is an error, never a pass. A harmless
    conversation fails when it was blocked or refused.
    """
    groups: defaultdict[str, list[Attempt]] = defaultdict(list)
    for row in rows:
        groups[row.probe].append(row)
    top = ET.Element("testsuites", name="seawall attack")
    for probe, kept in groups.items():
        bad = [row for row in kept if _failed(row)]
        lost = [row for row in kept if row.outcome in _UNKNOWN]
        suite = ET.SubElement(
            top, "testsuite", name=probe, tests=str(len(kept)), failures=str(len(bad)),
            errors=str(len(lost)), skipped="0", time=f"{sum(row.seconds for row in kept):.3f}",
        )  # fmt: skip
        for row in kept:
            _case(suite, head, row)
    return bytes(ET.tostring(top, encoding="utf-8", xml_declaration=True))


def _failed(row: Attempt) -> bool:
    if row.probe == HARMLESS:
        return row.outcome in (AttemptOutcome.BLOCKED, AttemptOutcome.REFUSED)
    return row.outcome is AttemptOutcome.COMPLIED


def _case(suite: ET.Element, head: Head, row: Attempt) -> None:
    case = ET.SubElement(
        suite, "testcase", classname=row.probe, name=row.id, time=f"{row.seconds:.3f}"
    )
    reason = "".join(c for c in row.reason if c.isprintable())
    if row.outcome in _UNKNOWN:
        ET.SubElement(case, "error", type=row.outcome.value, message=reason)
    elif _failed(row):
        told = ET.SubElement(case, "failure", type=row.outcome.value, message=reason)
        if row.probe != HARMLESS:
            told.text = reproducer(head, row.probe, row.id)
