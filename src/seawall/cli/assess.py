"""Assess an application from its profile: risks, yearly loss, open questions, a plan."""

from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._output import Json, print_json, print_table
from seawall.cli._register import Coverage, Lab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seawall.assess.plan import Plan
    from seawall.assess.questions import OpenQuestion
    from seawall.core.profile import Profile
    from seawall.core.register import Register, RiskRow

_SHOWN = 12
_DAYS = 180


def command(
    profile: Annotated[Path, typer.Argument(help="The application's profile (YAML).")],
    out: Annotated[Path | None, typer.Option(help="Write the register here (JSON).")] = None,
    base: Annotated[
        Path | None, typer.Option(help="Upstreams, functions and tools (YAML) for the policy.")
    ] = None,
    write_policy: Annotated[
        Path | None, typer.Option(help="Write the planned policy here; needs --base.")
    ] = None,
    attacks: Annotated[
        list[Path] | None,
        typer.Option(help="What `seawall attack --out` wrote; repeat it for off and on."),
    ] = None,
    coverage: Coverage = 0.0,
    draws: Annotated[int, typer.Option(min=1000, max=2_000_000, help="Simulated years.")] = 50_000,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same numbers.")] = 20261123,
    levers: Annotated[
        bool, typer.Option(help="Find the answers, controls and tests that move P95 most.")
    ] = True,
    lab: Lab = False,
    as_json: Json = False,
) -> None:
    """Judge every risk of the catalogue for an application and simulate its yearly loss.

    Before any attack was tried the numbers rest on priors, and say so.
    """
    from seawall.assess.profile import load_profile
    from seawall.assess.questions import open_questions
    from seawall.catalog.load import load_catalog
    from seawall.cli._register import Simulation, simulated
    from seawall.core.files import write_atomically
    from seawall.core.profile import unlike_the_cards

    _check_options(base, write_policy)
    loaded = load_profile(profile)
    register = simulated(
        loaded, Simulation(attacks or (), coverage, draws=draws, seed=seed, levers=levers, lab=lab)
    )
    if out is not None:
        import msgspec

        write_atomically(out, msgspec.json.format(msgspec.json.encode(register), indent=2))
    plan = None if base is None else _plan(loaded, register, base, write_policy)
    questions = open_questions(loaded, load_catalog(), register)
    if as_json:
        _print_json(register, plan, questions)
        return
    _print_register(register)
    if caveat := unlike_the_cards(loaded):
        typer.echo(caveat)
    _print_runs(register)
    _print_packs(register)
    _print_questions(questions, register.currency)
    _print_dates(loaded, register)
    _print_levers(register)
    if plan is not None:
        _print_plan(plan, write_policy)
    if out is not None:
        typer.echo(f"Register: {out}")
    typer.echo(_next(profile, out))


def _check_options(base: Path | None, write_policy: Path | None) -> None:
    from seawall.core.errors import InputError

    if write_policy is not None and base is None:
        raise InputError(
            "--write-policy needs --base.",
            hint="The base file names upstreams, functions and tools.",
        )


def _plan(profile: "Profile", register: "Register", base: Path, target: Path | None) -> "Plan":
    from seawall.assess.plan import build_plan, write_policy
    from seawall.catalog.load import load_catalog
    from seawall.cli.plan import read_base

    plan = build_plan(profile, load_catalog(), register, read_base(base))
    if target is not None:
        write_policy(plan, target)
    return plan


def _print_register(register: "Register") -> None:
    counted = [row for row in register.risks if row.inherent is not None]
    counted.sort(key=lambda row: -(row.inherent.p95 if row.inherent else 0.0))
    print_table(
        ("risk", "title", "severity", "applies", f"ALE {register.currency}", "P95", "band", "why"),
        [_row(row) for row in counted],
        title=f"{register.title}: risks that apply or may apply",
    )
    typer.echo(
        f"Together, without controls: ALE {register.inherent.ale:,.0f}, "
        f"P95 {register.inherent.p95:,.0f} {register.currency} a year{_above(register)}. "
        f"{_basis(register)}"
    )
    left_out = sum(row.applicability == "does not apply" for row in register.risks)
    typer.echo(
        f"{left_out} risks do not apply. {len(register.not_tested)} that apply have no probe "
        f"that moves their numbers: {', '.join(register.not_tested) or 'none'}."
    )
    for one in register.left_out:
        typer.echo(f"{one.subject} is left out. {one.sentence}")


def _print_runs(register: "Register") -> None:
    """Name what was attacked, and how the guards' share of the traffic is known."""
    from seawall.govern.words import said_of

    for run in register.runs:
        typer.echo(f"Rests on: {said_of(run)}.")
    if register.coverage and register.coverage_basis == "declared":
        typer.echo(f"Coverage of {register.coverage:.0%}: declared with --coverage, not measured.")


def _print_packs(register: "Register") -> None:
    """Print how risks show in the application's sector; name the topics and what may apply."""
    applying = [pack for pack in register.packs if pack.applicability == "applies"]
    for pack in (pack for pack in applying if pack.kind == "sector"):
        print_table(
            ("risk", "how it shows there"),
            [(remark.subject, remark.sentence) for remark in pack.shows],
            title=f"{pack.pack}: {pack.title}. {pack.trace}",
        )
    if topics := [f"{pack.pack} ({pack.title})" for pack in applying if pack.kind == "topic"]:
        typer.echo(f"See also: {', '.join(topics)}: `seawall catalog show PACK`.")
    if unsure := [pack.pack for pack in register.packs if pack.applicability == "unknown"]:
        typer.echo(f"May apply: {', '.join(unsure)}.")


def _print_json(
    register: "Register", plan: "Plan | None", questions: "Sequence[OpenQuestion]"
) -> None:
    import msgspec

    if plan is not None:
        print_json({"register": register, "plan": plan, "questions": questions})
        return
    print_json({**msgspec.to_builtins(register), "questions": questions})


def _print_questions(questions: "Sequence[OpenQuestion]", currency: str) -> None:
    """Print the open questions, those first that would change most."""
    if not questions:
        return
    print_table(
        ("question", "ask", "settles", "changes", f"{currency} a year at stake"),
        [
            (q.question, q.ask, _ids(q.settles), _ids(q.changes), f"{q.at_stake:,.0f}")
            for q in questions[:_SHOWN]
        ],
        title="Still open; each counts against the application. Answers that would change most:",
    )
    more = len(questions) - _SHOWN
    typer.echo(f"{f'And {more} more. ' if more > 0 else ''}`seawall init` asks them.")


def _print_levers(register: "Register") -> None:
    if register.levers is not None:
        from seawall.cli._levers import print_levers

        print_levers(register.levers, register.currency)


def _above(register: "Register") -> str:
    from seawall.govern.words import percent

    if register.appetite is None:
        return "; how much a year may cost was not said (Q43, business.appetite)"
    return (
        f", {percent(register.inherent.over_appetite)} likely above the appetite of "
        f"{register.appetite:,.0f}"
    )


def _next(profile: Path, out: Path | None) -> str:
    if out is None:
        return "Next: --out register.json keeps this, for `seawall report` and `seawall gate`."
    named = quote(str(profile))
    return (
        f"Next: `seawall plan {named}` for what to do, "
        f"`seawall report --register {quote(str(out))} --profile {named}` for a page to show."
    )


def _basis(register: "Register") -> str:
    tried = [row for row in register.risks if row.inherent and row.inherent.basis == "measured"]
    if not tried:
        return "Priors of the catalogue: no attack was tried yet."
    residual = register.residual
    return (
        f"With the gateway: ALE {residual.ale:,.0f}, P95 {residual.p95:,.0f}. {len(tried)} risks "
        "rest on attacks, the others on priors of the catalogue."
    )


def _ids(risks: "Sequence[str]") -> str:
    shown = ", ".join(risks[:4])
    return f"{shown} and {len(risks) - 4} more" if len(risks) > 4 else shown or "-"


def _row(row: "RiskRow") -> tuple[str, ...]:
    assert row.inherent is not None
    applies = "yes" if row.applicability == "applies" else "unknown"
    return (
        row.risk,
        row.title,
        row.severity,
        applies,
        f"{row.inherent.ale:,.0f}",
        f"{row.inherent.p95:,.0f}",
        str(row.band_inherent or "-"),
        row.trace,
    )


def _print_dates(profile: "Profile", register: "Register") -> None:
    """Print what `seawall law calendar` says of the same days."""
    from seawall.assess.law import calendar, law
    from seawall.catalog.load import load_catalog

    today = datetime.fromisoformat(register.created).date()
    changes = calendar(law(profile, load_catalog(), today), _DAYS)
    if changes:
        typer.echo(f"Law that changes within {_DAYS} days (not legal advice):")
    for one in changes:
        check = "" if one.confidence == "verified" else ", to be checked"
        then = f", then {one.by}" if one.by else ""
        typer.echo(
            f"  {one.day} {one.clause} {one.change}{then}: {one.title} ({one.bearing}{check})"
        )


def _print_plan(plan: "Plan", target: Path | None) -> None:
    print_table(
        ("control", "title", "type", "why"),
        [(item.control, item.title, item.type, item.reason) for item in plan.controls],
        title="Plan",
    )
    for task in plan.tasks:
        typer.echo(f"  {task.due} {task.owner}: {task.title} ({task.control})")
    if target is not None:
        typer.echo(f"Policy: {target}")
