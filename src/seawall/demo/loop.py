"""The loop over the bundled application: assess, attack, protect, attack again, prove."""

import hashlib
import platform
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from seawall import __version__
from seawall.assess.levers.build import with_levers
from seawall.assess.plan import Plan, build_plan, write_policy
from seawall.assess.profile import load_profile
from seawall.assess.register import build_register
from seawall.catalog.load import Catalog, load_catalog
from seawall.core.drills import Drilled
from seawall.core.files import write_atomically
from seawall.core.profile import Profile
from seawall.core.register import Register
from seawall.core.trials import Attempt, HarmlessResult, Mode, ProbeResult
from seawall.demo import summary
from seawall.demo.base_policy import base_policy
from seawall.demo.bench import Bench, Provider, compare_harmless
from seawall.demo.drills.run import drills, run_drills
from seawall.demo.names import HARMLESS
from seawall.demo.progress import Advance, Stages
from seawall.govern.gate import GateResult, judge
from seawall.govern.inputs import ControlRow, Evidence, ReportInputs
from seawall.govern.report import render
from seawall.govern.status.drilled import drill_evidence
from seawall.govern.status.enforced import enforced
from seawall.govern.status.judge import Grounds, control_states
from seawall.govern.status.model import ControlState
from seawall.policy.load import load_policy
from seawall.redteam.measure import summarise
from seawall.store.db import open_store
from seawall.store.runs import save_run
from seawall.store.verify import VerifyReport

DRAWS = 50_000
POLICY, DRILLS = "policy.yaml", "drills.json"
# Conversations at a time that are held with the bare application beside other work.
BESIDE = 2


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How the demo runs. `n` None takes each probe's own number of attempts, `harmless` None all
    conversations there are.
    """

    out: Path
    seed: int = 20261124
    n: int | None = None
    concurrency: int = 8
    harmless: int | None = HARMLESS
    provider: Provider = Provider()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What the demo found."""

    register: Register
    gate: GateResult
    harmless: tuple[HarmlessResult, ...]
    audit: VerifyReport
    audit_head: str
    drilled: Drilled
    states: tuple[ControlState, ...]
    seconds: dict[str, float]
    out: Path


def profile_path() -> Path:
    """Return the bundled application's profile."""
    return Path(str(resources.files("seawall.demo") / "data" / "profile.yaml"))


def run(settings: Settings, stages: Stages) -> Outcome:
    """Run the whole loop and write its files into `settings.out`. Raises SeawallError."""
    summary.claim_folder(settings.out)
    now = datetime.now(UTC)
    with Bench(settings.out, settings.provider, settings.seed) as bench:
        bench.begin_application()
        with stages.stage("Assess: profile and inherent risk"):
            catalog = load_catalog()
            profile = load_profile(profile_path())
            inherent = _register(settings, profile, catalog, (), now, 0.0)
        with stages.stage("Start the application and its model"):
            bench.wait_for_application()
        with stages.stage("Attack: unprotected") as advance:
            off = bench.attack(Mode.OFF, settings.n, settings.concurrency, advance)
        with ThreadPoolExecutor(1) as beside:
            bare = partial(bench.hold_harmless, Mode.OFF, settings.harmless)
            # A real provider counts requests: there one thing follows the other.
            early = beside.submit(bare, BESIDE) if settings.provider.simulated else None
            with stages.stage("Plan: controls and policy"):
                measured = _pairs(off, ())
                register = _register(settings, profile, catalog, measured, now, 0.0)
                plan = _plan(settings, profile, catalog, register)
            with stages.stage("Protect: start the gateway"):
                bench.start_gateway(settings.out / POLICY)
            with stages.stage("Attack: through the gateway") as advance:
                on = bench.attack(Mode.ON, settings.n, settings.concurrency, advance)
            with stages.stage("Harmless traffic") as advance:
                off_ends = early.result() if early else bare(settings.concurrency)
                on_ends = bench.hold_harmless(
                    Mode.ON, settings.harmless, settings.concurrency, advance
                )
        with stages.stage("Measure the coverage"):
            coverage = bench.coverage()
        harmless = compare_harmless(off_ends, on_ends)
    with stages.stage("Drill: controls that no probe tests") as advance:
        drilled = _drill(settings, catalog, now, advance)
    with stages.stage("Prove: residual risk, gate, report"):
        audit, head = bench.verify()
        pairs = _pairs(off, on)
        final = _register(settings, profile, catalog, pairs, now, coverage, enforced=plan.enforced)
        final = msgspec.structs.replace(final, coverage_basis="measured")
        final = with_levers(final, profile, catalog, pairs, coverage, enforced=plan.enforced)
        gate = judge(final, harmless)
        outcome = Outcome(
            register=final,
            gate=gate,
            harmless=tuple(harmless),
            audit=audit,
            audit_head=head,
            drilled=drilled,
            states=_states(settings, catalog, final, drilled, now),
            seconds=stages.seconds,
            out=settings.out,
        )
        _write(settings, outcome, profile, plan, inherent, [*off, *on])
    return outcome


def _pairs(
    off: Sequence[Attempt], on: Sequence[Attempt]
) -> list[tuple[ProbeResult, ProbeResult | None]]:
    through = summarise(on)
    return [(result, through.get(probe)) for probe, result in summarise(off).items()]


def _register(
    settings: Settings,
    profile: Profile,
    catalog: Catalog,
    pairs: Sequence[tuple[ProbeResult, ProbeResult | None]],
    now: datetime,
    coverage: float,
    *,
    enforced: Sequence[str] = (),
) -> Register:
    return build_register(
        profile,
        catalog,
        pairs,
        coverage,
        seed=settings.seed,
        draws=DRAWS,
        now=now,
        model_label=settings.provider.label,
        enforced=enforced,
    )


def _plan(settings: Settings, profile: Profile, catalog: Catalog, register: Register) -> Plan:
    provider = settings.provider
    base = base_policy(provider.url, provider.model, simulated=provider.simulated)
    plan = build_plan(profile, catalog, register, base)
    write_policy(plan, settings.out / POLICY)
    return plan


def _drill(settings: Settings, catalog: Catalog, now: datetime, advance: Advance) -> Drilled:
    """Try the controls of the policy that no probe tests, on servers of their own."""
    policy = load_policy(settings.out / POLICY)
    held = [key for key in enforced(policy, catalog) if key in drills()]
    over = count(1)
    done = run_drills(catalog, policy, held, lambda _: advance(next(over), len(held)))
    return Drilled(
        made=now.date().isoformat(), seawall=__version__, policy=POLICY, drills=tuple(done)
    )


def _states(
    settings: Settings, catalog: Catalog, register: Register, drilled: Drilled, now: datetime
) -> tuple[ControlState, ...]:
    policy, day = load_policy(settings.out / POLICY), now.date()
    shown = drill_evidence(drilled, catalog, policy, made=day, subject=DRILLS)
    grounds = Grounds(policy=enforced(policy, catalog), more=shown.found)
    return control_states(register, catalog, today=day, grounds=grounds)


def _control_rows(settings: Settings, plan: Plan) -> tuple[ControlRow, ...]:
    catalog = load_catalog()
    people = {task.control: task for task in plan.tasks}
    held = enforced(load_policy(settings.out / POLICY), catalog)
    rows = []
    for item in plan.controls:
        task = people.get(item.control)
        built_in = catalog.controls[item.control].enforce.built_in
        by = "" if built_in else held.get(item.control, "not in the policy")
        if task is not None:
            by = f"{task.owner}, due {task.due}"
        rows.append(
            ControlRow(
                id=item.control,
                title=item.title,
                reason=item.reason,
                how="people" if task is not None else "built in" if built_in else "gateway",
                enforced_by=by,
                risks=item.risks,
            )
        )
    return tuple(rows)


def _digest(path: Path) -> str:
    return "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _evidence(settings: Settings, outcome: Outcome, run_id: str, register: Register) -> Evidence:
    formulas = {loss.formula for loss in (register.inherent, register.residual)}
    formulas |= {row.residual.formula for row in register.risks if row.residual is not None}
    return Evidence(
        simulated=settings.provider.simulated,
        versions={
            "seawall": __version__,
            "python": platform.python_version(),
            "policy": _digest(settings.out / POLICY),
            "profile": _digest(profile_path()),
        },
        runs=(run_id,),
        formulas=tuple(sorted(formulas)),
        audit_head=outcome.audit_head,
        audit_records=outcome.audit.records,
        verify=f"seawall audit verify --data {settings.out / 'gateway-data'}",
        seconds=round(sum(outcome.seconds.values()), 1),
    )


def _write(
    settings: Settings,
    outcome: Outcome,
    profile: Profile,
    plan: Plan,
    inherent: Register,
    attempts: Sequence[Attempt],
) -> None:
    """Write every file of the demo; each appears whole."""
    out, register = settings.out, outcome.register
    store = open_store(out / "runs", env={})
    try:
        manifest = {"seed": settings.seed, "n": settings.n, "model": settings.provider.label}
        stored = save_run(store, "redteam", manifest, list(attempts))
    finally:
        store.close()
    evidence = _evidence(settings, outcome, stored.run_id, register)
    inputs = ReportInputs(
        evidence=evidence,
        profile=profile,
        controls=_control_rows(settings, plan),
        harmless=outcome.harmless,
    )
    extra: dict[str, Any] = {
        "simulated": settings.provider.simulated,
        "upstream": settings.provider.upstream,
        "assessed": {"inherent_before_testing": inherent.inherent},
        "audit": outcome.audit,
        "seconds": outcome.seconds,
        "tasks": plan.tasks,
        "drills": [
            {
                "control": one.control,
                "holds": one.holds if one.known else None,
                "sentence": one.sentence,
            }
            for one in outcome.drilled.drills
        ],
        **msgspec.to_builtins(inputs),
    }
    content = summary.summary(register, outcome.harmless, outcome.gate, extra)
    page = render(
        register, profile, inputs.controls, outcome.harmless, evidence, gate=outcome.gate,
        states=outcome.states,
    )  # fmt: skip
    rows = b"".join(msgspec.json.encode(attempt) + b"\n" for attempt in attempts)
    write_atomically(out / "attempts.jsonl", rows)
    write_atomically(out / DRILLS, summary.as_json(outcome.drilled))
    write_atomically(out / "register.json", summary.as_json(register))
    write_atomically(out / "report.html", page)
    write_atomically(out / "summary.json", summary.as_json(content))
