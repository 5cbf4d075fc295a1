"""What `seawall gate` reads: register, summary, policy, repository."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from seawall.cli._input import read_json
from seawall.cli._traffic import drifted

if TYPE_CHECKING:
    from seawall.assess.discover.run import Discovery
    from seawall.catalog.load import Catalog
    from seawall.core.profile import Profile
    from seawall.core.register import Register, Remark
    from seawall.govern.gate import Reason
    from seawall.govern.inputs import ControlRow, ReportInputs
    from seawall.govern.release.controls import Release

_DRAWS, _SEED = 2_000, 20261123


class Given(NamedTuple):
    """The files that a release is judged by, beside its profile."""

    register: Path | None
    summary: Path | None
    decisions: Path | None
    policy: Path | None
    repository: Path | None
    traffic: tuple[str, ...] = ()
    plan: Path | None = None


def release_of(profile: "Profile", given: Given, today: date) -> "Release":
    """Return what is known of a release from files. Raises InputError."""
    from seawall.assess.drift import drift
    from seawall.catalog.load import load_catalog
    from seawall.govern.release.controls import Release
    from seawall.govern.release.decisions import Decisions, load_decisions

    catalog = load_catalog()
    found = register(given.register, profile, today)
    inputs = summary(given.summary)
    controls = inputs.controls or planned(given.plan, catalog)
    remarks = [] if given.register is None else drift(found, profile, catalog)
    remarks += conflicts(given.repository, profile, today)
    remarks += drifted(given.traffic, profile, given.policy, today)
    ways = uncovered(profile, given.policy, given.repository, today)
    decided = Decisions()
    if given.decisions is not None:
        decided = load_decisions(given.decisions, catalog)
    compared = given.register or given.repository or given.traffic
    looked: tuple[Literal["policy", "repository"], ...] = (
        *(("policy",) if given.policy else ()), *(("repository",) if given.repository else ()),
    )  # fmt: skip
    return Release(
        register=found, harmless=inputs.harmless or found.harmless, controls=controls,
        decisions=decided,
        drift=remarks if compared else None, uncovered=ways,
        looked=looked, unaddressed=unaddressed(given.repository, today),
        facts={key: fact.value for key, fact in profile.facts.items()}, policy=held(given.policy),
    )  # fmt: skip


def with_cases(
    release: "Release", cases: Path | None, runs: Sequence[Path], days: int
) -> "Release":
    """Return the release with what became of saved cases in the runs; without cases as it is.

    Raises InputError.
    """
    from seawall.core.errors import InputError
    from seawall.redteam.cases import load
    from seawall.redteam.regressions import regressions, rows_files

    if cases is None:
        if runs:
            raise InputError("--runs needs --cases: the folder of saved cases.")
        return release
    found = regressions(load(cases), rows_files(runs))
    return msgspec.structs.replace(release, saved=found, saved_days=days)


def register(path: Path | None, profile: "Profile", today: date) -> "Register":
    """Return the register of a file, or one of the profile alone, which holds priors only."""
    from seawall.assess.register import build_register
    from seawall.catalog.load import load_catalog
    from seawall.core.register import Register

    if path is not None:
        return read_json(path, Register)
    return build_register(
        profile, load_catalog(), [], 0.0, seed=_SEED, draws=_DRAWS,
        now=datetime.combine(today, time(), UTC), model_label="not named",
    )  # fmt: skip


def summary(path: Path | None) -> "ReportInputs":
    """Return the summary beside a register; without one nothing is known of harmless traffic."""
    from seawall.govern.inputs import Evidence, ReportInputs

    if path is None:
        return ReportInputs(evidence=Evidence(simulated=False))
    return read_json(path, ReportInputs)


class _Task(msgspec.Struct, frozen=True):
    control: str
    title: str
    owner: str
    due: str
    reason: str


class _Tasks(msgspec.Struct, frozen=True):
    tasks: tuple[_Task, ...]


def planned(folder: Path | None, catalog: "Catalog") -> "tuple[ControlRow, ...]":
    """Return the controls of the plan in a folder that `seawall plan` wrote; none without one.

    Those for people are the tasks, those for the gateway what the planned policy holds. Raises
    InputError.
    """
    from seawall.assess.planfiles import POLICY, TASKS
    from seawall.core import yamlfile
    from seawall.govern.inputs import ControlRow

    if folder is None:
        return ()
    rows = [
        ControlRow(
            id=task.control, title=task.title, reason=task.reason, how="people",
            enforced_by=f"{task.owner}, due {task.due}",
        )
        for task in yamlfile.load(folder / TASKS, _Tasks).tasks
    ]  # fmt: skip
    for key, what in (held(folder / POLICY) or {}).items():
        card = catalog.controls[key]
        how: Literal["gateway", "built in"] = "built in" if card.enforce.built_in else "gateway"
        reason = f"The policy of {folder} holds it."
        rows.append(ControlRow(id=key, title=card.title, reason=reason, how=how, enforced_by=what))
    return tuple(rows)


def held(policy: Path | None) -> "dict[str, str] | None":
    """Return the controls that a policy holds; None without one."""
    from seawall.catalog.load import load_catalog
    from seawall.govern.status.enforced import enforced
    from seawall.policy.load import load_policy

    return None if policy is None else enforced(load_policy(policy), load_catalog())


def uncovered(
    profile: "Profile", policy: Path | None, repository: Path | None, today: date
) -> "list[Remark]":
    """Return models that the policy does not serve, and places where the code goes round it."""
    from seawall.assess.discover.run import CODE
    from seawall.assess.drift import unserved
    from seawall.core.register import Remark
    from seawall.policy.load import load_policy

    found: list[Remark] = []
    if policy is not None:
        served = [name for upstream in load_policy(policy).upstreams for name in upstream.models]
        found += unserved(profile, served, policy.name)
    if repository is None:
        return found
    for unread in _read(repository, today).unread:
        if unread.path == "." or unread.path.endswith(CODE):
            sentence = f"{unread.path} was not read ({unread.what}), so where it sends is unknown."
            found.append(Remark(subject=unread.place, sentence=f"{sentence} Repair or exclude it."))
    for signal in _read(repository, today).signals:
        if signal.kind == "model-call" and signal.what == "a model's address" and signal.says:
            sentence = f"{signal.place} calls a provider itself: use the gateway's address."
            found.append(Remark(subject=signal.place, sentence=sentence))
    return found


def unaddressed(repository: Path | None, today: date) -> "list[str]":
    """Return where the code makes clients of providers that do not say where they send."""
    from seawall.assess.discover.clients import unaddressed as without

    if repository is None:
        return []
    calls = (one.path for one in _read(repository, today).signals if one.kind == "model-call")
    return without(repository, calls)


def conflicts(repository: Path | None, profile: "Profile", today: date) -> "list[Remark]":
    """Return the answers that the code does not bear out."""
    from seawall.assess.discover.facts import conflicts as between
    from seawall.core.register import Remark

    if repository is None:
        return []
    return [
        Remark(subject=item.fact, sentence=f"{item.sentence} Correct the answer or the code.")
        for item in between(profile, _read(repository, today).facts)
        if item.kind == "differs"
    ]


@lru_cache(maxsize=1)
def _read(repository: Path, today: date) -> "Discovery":
    from seawall.assess.discover.run import discover
    from seawall.catalog.load import load_catalog

    return discover(repository, load_catalog().questions, today=today.isoformat())


def place_in(profile: Path) -> "Callable[[Reason], tuple[str, int]]":
    """Return where a reason stands: at the fact of the profile that it is about, else line 1."""
    from seawall.assess.dependencies import rule_facts
    from seawall.catalog.load import load_catalog
    from seawall.core import yamlfile

    text, risks = yamlfile.read_text(profile), load_catalog().risks
    name = profile.as_posix()

    def place(reason: "Reason") -> tuple[str, int]:
        head, _, line = reason.subject.rpartition(":")
        if head and line.isdigit():
            return head, int(line)
        facts = sorted(rule_facts(risks[reason.subject])) if reason.subject in risks else []
        lines = [yamlfile.line_of(text, ["facts", fact]) for fact in (*facts, reason.subject)]
        start = yamlfile.line_of(text, ["facts"])
        return name, next((number for number in lines if number > start), 1)

    return place
