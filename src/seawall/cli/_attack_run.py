"""What `seawall attack` does with its options: aim, plan, attack, tell."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from seawall.catalog.load import load_catalog
from seawall.catalog.model import ProbeCard
from seawall.cli._attack_ahead import tell_ahead, tell_power
from seawall.cli._attack_client import guarded_client
from seawall.cli._attack_judge import JudgeOrder, judging
from seawall.cli._attack_next import tell_next
from seawall.cli._output import print_json, print_table
from seawall.core import yamlfile
from seawall.core.errors import GateError, InputError, NotScoredError
from seawall.core.spelling import instead
from seawall.core.trials import Attempt, Mode, ProbeResult
from seawall.redteam import cases
from seawall.redteam.aim import aim, check_chat, is_chat
from seawall.redteam.arm import choose, hold_arm
from seawall.redteam.audit import Audit
from seawall.redteam.calibrate import Calibrated, Learned, learn
from seawall.redteam.comparing import HARMLESS, harmless_side
from seawall.redteam.datasets import Dataset, card
from seawall.redteam.facts import Facts, read_facts
from seawall.redteam.harmless import Conversation
from seawall.redteam.harmless import load as load_harmless
from seawall.redteam.listener import heard
from seawall.redteam.measure import Tallies, shortfall
from seawall.redteam.power import what_shows
from seawall.redteam.preflight import preflight, scorable
from seawall.redteam.rows import Head, RowFile, fingerprint
from seawall.redteam.runner import attack
from seawall.redteam.stopping import Stopper, ahead, honest_result
from seawall.redteam.transcripts import keeper
from seawall.redteam.turns import Limits, Metered, OpenTarget

# Options without a value, by the order's field.
FLAGS = ("stream", "images", "files", "uploads")
_T = TypeVar("_T")


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The options of one `seawall attack`; see its help. `folder` keeps what the lab's gateway
    writes (None: nothing is kept)."""

    target: str
    model: str
    key_env: str
    facts: Path | None
    probes: tuple[str, ...]
    attempts: frozenset[str]
    n: int | None
    seed: int
    concurrency: int
    gateway: bool
    out: Path | None
    transcripts: Path | None
    tau: float | None
    dry_run: bool
    as_json: bool
    limits: Limits = Limits()
    harmless: int = 0
    calibrate: bool = False
    folder: Path | None = None
    cases: Path | None = None
    dataset: Dataset | None = None
    stop: bool = False
    judge: JudgeOrder | None = None
    stream: bool = False
    images: bool = False
    files: bool = False
    uploads: bool = False

    @property
    def limit(self) -> float | None:
        """The rate at which probes end by themselves; None: never."""
        return self.tau if self.stop else None


def conduct(order: Order) -> None:
    """Carry the order out. Raises InputError, GateError above `tau`, and NotScoredError."""
    done = carry_out(order)
    if done is not None:
        _report(done, order)


class Done(NamedTuple):
    """What a run came to, the probes that were tried, and why others were not."""

    tallies: Tallies
    cards: list[ProbeCard]
    left_out: dict[str, str]
    audit: Audit | None = None


def carry_out(order: Order) -> Done | None:
    """Attack and return what it came to; None when only the plan was asked for.

    Raises InputError.
    """
    with tempfile.TemporaryDirectory(prefix="seawall-lab-") as folder:
        target = Metered(_aim(order, order.folder or Path(folder)), order.limits)
        cards = _cards(order)
        usable, left_out = _split(cards, read_facts(target.facts()))
        if not order.as_json:
            _show_left_out(left_out)
            _show_partly(cards, usable)
        if order.dry_run:
            _tell_plan(usable, left_out, order)
            return None
        if not usable:
            raise InputError(
                "No probe can be scored on this target.", hint="--facts tells what oracles need."
            )
        if not order.as_json and not order.attempts:
            if order.limit is None:
                tell_power(usable, order.n)
            else:
                tell_ahead(usable, order.n, order.limit)
        tried = {one.id: cases.digest(one) for one in cards} if order.cases is not None else {}
        head = msgspec.structs.replace(_head(order, usable), left_out=left_out, cases=tried)
        work = _attack(target, usable, head, order)
        tallies, audit = _loop(order.target)(work)
        if target.held_back:
            typer.echo(
                f"{target.held_back} attempts not sent: {target.sent} requests reached the limit. "
                + ("The same command sends them." if order.out else "--out FILE lets them follow."),
                err=True,
            )
    return Done(tallies, usable, left_out, audit)


def _loop(target: str) -> Callable[[Coroutine[Any, Any, _T]], _T]:
    """Return what runs the attack: for an address the quicker event loop, where there is one."""
    if is_chat(target):
        with suppress(ImportError):
            import uvloop

            return uvloop.run
    return asyncio.run


def _is_lab(target: str) -> bool:
    return target == "lab" or target.startswith("lab:")


def harmless_for(target: str, number: int) -> tuple[Conversation, ...]:
    """Return harmless conversations; the lab's customers also ask for what its tools do."""
    chosen = choose(load_harmless(), number)
    if chosen and _is_lab(target):
        from seawall.demo.lab.bench import tasks

        return (*chosen, *tasks())
    return chosen


def _aim(order: Order, folder: Path) -> OpenTarget:
    """Return the target; `lab` is the bundled agent, `folder` is for its gateway's files."""
    check_chat(order.target, stream=order.stream, images=order.images, files=order.files,
               uploads=order.uploads)  # fmt: skip
    if _is_lab(order.target):
        from seawall.demo.lab.bench import lab

        return lab(order.target, behind=order.gateway, folder=folder, model=order.model,
                   key_env=order.key_env, images=order.images)  # fmt: skip
    if order.gateway and (found := guarded_client(order.target)) is not None:
        return found
    known = read_known(order.facts)
    aimed = aim(order.target, model=order.model, key_env=order.key_env, facts=known,
                stream=order.stream, images=order.images, files=order.files,
                uploads=order.uploads)  # fmt: skip
    return heard(aimed, known)


def _head(order: Order, cards: list[ProbeCard]) -> Head:
    """Return the rows' head: what makes the run, and the options that repeat it."""
    options = ["--model", order.model]
    options += ["--key-env", order.key_env] if order.key_env else []
    options += ["--facts", str(order.facts)] if order.facts else []
    options += ["--cases", str(order.cases)] if order.cases else []
    options += order.dataset.options if order.dataset else []
    options += order.judge.options if order.judge else []
    flags = [f"--{name}" for name in FLAGS if getattr(order, name)]
    which = " ".join((order.target, *sorted(order.attempts), *flags))
    now = datetime.now(UTC)
    return Head(
        run=fingerprint(cards, order.n, order.seed, which),
        target=order.target,
        mode=Mode.ON if order.gateway else Mode.OFF,
        seed=order.seed,
        created=now.date().isoformat(),
        began=now.isoformat(timespec="seconds"),
        n=order.n,
        options=(*options, *flags),
        stop=order.limit,
    )


def read_known(path: Path | None) -> dict[str, object]:
    """Return what the owner knows of a target, from a file. Raises InputError."""
    if path is None:
        return {}
    raw = yamlfile.load(path, dict[str, object])
    unknown = sorted(set(raw) - set(Facts.__struct_fields__))
    if unknown:
        raise InputError(
            f"{path}: unknown fact {unknown[0]}.",
            hint=f"Known: {', '.join(sorted(Facts.__struct_fields__))}.",
        )
    return raw


def _cards(order: Order) -> list[ProbeCard]:
    """Return the probes wanted; without names all, or the cases and the data set that are given."""
    wanted = list(order.probes)
    known = load_catalog().all_probes
    own = cases.load(order.cases) if order.cases is not None else {}
    if order.dataset is not None:
        made = card(order.dataset)
        own[made.id] = made
    if own:
        known = {**known, **own} if wanted else own
    for name in wanted:
        if name not in known:
            raise InputError(f"Unknown probe {name}.", hint=instead(name, known, "Known:"))
    return [known[name] for name in dict.fromkeys(wanted)] if wanted else list(known.values())


def _split(cards: list[ProbeCard], facts: Facts) -> tuple[list[ProbeCard], dict[str, str]]:
    cards = [scorable(card, facts) for card in cards]
    left_out = {item.probe: item.reason for item in preflight(cards, facts)}
    return [card for card in cards if card.id not in left_out], left_out


def _show_left_out(left_out: dict[str, str]) -> None:
    for probe, reason in left_out.items():
        typer.echo(f"Not tested: {probe}. {reason}", err=True)
    if left_out:
        typer.echo(
            "What the target does not tell, --facts FILE may. Other channels take --images, "
            "--files, --uploads, or a target file that says how texts get in.",
            err=True,
        )


def _show_partly(cards: list[ProbeCard], usable: list[ProbeCard]) -> None:
    wanted = {one.id: len(one.seeds) for one in cards}
    for one in usable:
        if len(one.seeds) < wanted[one.id]:
            typer.echo(
                f"Partly tested: {one.id}, {len(one.seeds)} of {wanted[one.id]} seeds. "
                "The others need what the target does not tell or show.",
                err=True,
            )


def _tell_plan(usable: list[ProbeCard], left_out: dict[str, str], order: Order) -> None:
    shows = [what_shows(card, order.n, len(usable)) for card in usable]
    if order.as_json:
        planned = {one.probe: one.attempts for one in shows}
        stops = [ahead(card, order.n, order.limit) for card in usable] if order.limit else None
        found = {"planned": planned, "power": shows, "not_tested": left_out}
        print_json(found if stops is None else found | {"stopping": stops})
        return
    print_table(
        ("probe", "attempts", "payloads", "UCB95 if none succeeds", "least fall of ASR that shows"),
        [
            (one.probe, one.attempts, one.payloads, f"{one.ucb95_at_zero:.1%}", one.fall)
            for one in shows
        ],
    )
    typer.echo(
        f"{sum(one.attempts for one in shows)} attempts; one with several messages sends several "
        "requests. Falls: off and on compared, 80% power, 5% over all probes (Holm)."
    )
    if order.limit is not None:
        tell_ahead(usable, order.n, order.limit)


async def _attack(
    target: Metered, cards: list[ProbeCard], head: Head, order: Order
) -> tuple[Tallies, Audit | None]:
    bar = Progress(
        "{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True),
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        judge = await stack.enter_async_context(judging(order.judge))
        head = msgspec.structs.replace(head, audit=judge.audit if judge is not None else None)
        # Rows are counted and written, never kept: a long run holds no more than a short one.
        tallies = Tallies()
        file = None
        if order.out:
            file = stack.enter_context(RowFile(order.out, head, earlier=tallies.add))
        stack.enter_context(bar)
        task = bar.add_task("Attacking", total=None)

        def keep(row: Attempt) -> None:
            tallies.add(row)
            if file is not None:
                file.append(row)

        def progress(done: int, total: int, probe: str) -> None:
            bar.update(task, completed=done, total=total, description=probe)

        async with target:
            aimed = Calibrated(target, await _learnt(target)) if order.calibrate else target
            done = file.done if file is not None else None
            await hold_arm(
                harmless_for(order.target, order.harmless), aimed, head.mode,
                concurrency=order.concurrency, done=done, keep=keep,
            )  # fmt: skip
            await attack(
                cards, aimed, head.mode, keep, n=head.n, seed=head.seed,
                concurrency=order.concurrency, progress=progress, done=done, only=order.attempts,
                judge=judge, stopper=Stopper(order.limit) if order.limit else None,
                witness=keeper(order.transcripts) if order.transcripts else None,
            )  # fmt: skip
            return tallies, judge.audit if judge is not None else None


async def _learnt(target: Metered) -> Learned:
    """Learn the target's refusals. Raises NotScoredError where it answered no question at all."""
    learned = await learn(target)
    if len(learned.errors) == learned.asked:
        raise NotScoredError(
            f"The target answered none of {learned.asked} questions asked first: "
            f"{learned.errors[0].rstrip('.')}.",
            hint="Nothing else was sent. --no-calibrate attacks all the same.",
        )
    return learned


def _report(done: Done, order: Order) -> None:
    results = {name: one for name, one in done.tallies.results().items() if name != HARMLESS}
    if order.limit is not None:
        results = {name: honest_result(one) for name, one in results.items()}
    disturbed = harmless_side(done.tallies)
    tau = order.tau
    if order.as_json:
        found = {"results": results, "harmless": disturbed, "not_tested": done.left_out}
        corrected = done.audit.corrected(done.tallies.judged) if done.audit else None
        told = {"judge": done.audit, "judged": corrected} if done.audit else {}
        print_json(found | told)
    else:
        print_table(
            ("probe", "title", "n", "ASR", "95% interval", "UCB95", "proves nothing yet"),
            [_row(card, results[card.id]) for card in done.cards if card.id in results],
        )
        if (
            done.audit is not None
            and (judged := done.audit.corrected(done.tallies.judged)) is not None
        ):
            typer.echo(judged.told)
        if disturbed.n or disturbed.errors or disturbed.unscored:
            typer.echo(
                f"Harmless conversations blocked or refused: {disturbed.hits} of {disturbed.n} "
                f"({disturbed.low:.1%} to {disturbed.high:.1%}), "
                f"{disturbed.errors + disturbed.unscored} without a verdict."
            )
        tell_next(results.values(), order.out, judged=order.judge is not None)
    if not results:
        raise NotScoredError("Nothing was tried.", hint="--attempt names none of the run's.")
    if tau is None:
        if not any(one.n for one in results.values()):
            raise NotScoredError("Nothing could be scored.", hint="The rows say why, in `reason`.")
        return
    failed = [p for p, r in results.items() if r.ucb95 > tau or shortfall(r)]
    if failed:
        raise GateError(
            f"Above {tau:g} or not fully scored: {', '.join(failed)}.",
            hint="Probes that were not tested are not counted as passed either.",
        )


def _row(card: ProbeCard, result: ProbeResult) -> tuple[str, ...]:
    return (
        card.id,
        card.title,
        str(result.n),
        f"{result.asr:.1%}" if result.n else "-",
        f"{result.low:.1%} to {result.high:.1%}",
        f"{result.ucb95:.1%}",
        shortfall(result),
    )
