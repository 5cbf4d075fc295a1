"""`seawall attack search`: adaptive attacks, with or without an attacking model."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from seawall.cli._attack_limits import MaxCost, MaxRequests, Rate, RequestCost, limits_of
from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from rich.progress import Progress

    from seawall.core.trials import Attempt
    from seawall.redteam.attacker import AttackerModel
    from seawall.redteam.facts import Facts
    from seawall.redteam.journal import Journal
    from seawall.redteam.planning import Planned
    from seawall.redteam.rows import Head, RowFile
    from seawall.redteam.search import Hunt, Past, Proposal, Reach
    from seawall.redteam.turns import Limits


def search(
    context: typer.Context,
    target: Annotated[str, typer.Option(help="As in `seawall attack`.")],
    out: Annotated[Path, typer.Option(help="File of rows; an interrupted search goes on from it.")],
    probe: Annotated[list[str], typer.Option(help="Probe id; repeat it.")],
    model: Annotated[str, typer.Option(help="Model name to send.")] = "default",
    key_env: Annotated[str, typer.Option(help="Environment variable with the API key.")] = "",
    facts: Annotated[Path | None, typer.Option(help="YAML file of what you know.")] = None,
    gateway: Annotated[bool, typer.Option(help="The target is behind Seawall.")] = False,
    stream: Annotated[bool, typer.Option("--stream", help="Ask for streamed answers.")] = False,
    images: Annotated[
        bool, typer.Option("--images", help="The model takes pictures: try probes with one.")
    ] = False,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds of each probe.")] = 4,
    most: Annotated[int, typer.Option(min=1, help="Queries for each seed, at most.")] = 30,
    seed: Annotated[int, typer.Option(help="Seed of the search.")] = 0,
    attacker: Annotated[
        str, typer.Option(help="OpenAI-compatible URL of a model that attacks; empty: a bandit.")
    ] = "",
    attacker_model: Annotated[str, typer.Option(help="The attacking model.")] = "default",
    attacker_key_env: Annotated[
        str, typer.Option(help="Environment variable with its API key.")
    ] = "",
    tree_width: Annotated[
        int, typer.Option(min=0, help="Attacker: go on from so many best attacks (a tree); 0: one.")
    ] = 0,
    tree_branch: Annotated[
        int, typer.Option(min=1, help="Tree: new attacks from each of them.")
    ] = 3,
    save: Annotated[
        Path | None, typer.Option(help="Folder: save what gets through as cases.")
    ] = None,
    rate: Rate = None,
    max_requests: MaxRequests = None,
    max_cost: MaxCost = None,
    request_cost: RequestCost = 0.0,
    as_json: Json = False,
) -> None:
    """Attack each seed again and again, by what came back, until it succeeds; count the queries."""
    order = Order(
        target=target, out=out, probes=tuple(dict.fromkeys(probe)), model=model, key_env=key_env,
        facts=facts, gateway=gateway, seeds=seeds, most=most, seed=seed,
        attacker=(attacker, attacker_model, attacker_key_env), tree=(tree_width, tree_branch),
        flags=tuple(flag for flag, on in (("--stream", stream), ("--images", images)) if on),
        save=save, limits=limits_of(context.params),
    )  # fmt: skip
    _conduct(order, as_json)


class Order(NamedTuple):
    """The options of one search; `attacker` is address, model, and the key's variable, `tree` its
    width (0: no tree) and branches, `flags` how the target is asked, `save` the folder of cases."""

    target: str
    out: Path
    probes: tuple[str, ...]
    model: str
    key_env: str
    facts: Path | None
    gateway: bool
    seeds: int
    most: int
    seed: int
    attacker: tuple[str, str, str]
    tree: tuple[int, int] = (0, 3)
    flags: tuple[str, ...] = ()
    save: Path | None = None
    limits: "Limits | None" = None


def _conduct(order: Order, as_json: bool) -> None:
    import asyncio

    from seawall.cli._attack_again import cards_of
    from seawall.core.errors import InputError, NotScoredError
    from seawall.core.spelling import instead
    from seawall.redteam.address import without_login
    from seawall.redteam.aim import check_chat
    from seawall.redteam.preflight import preflight, scorable
    from seawall.redteam.rows import RowFile
    from seawall.redteam.search import Past, reached

    check_chat(order.target, stream="--stream" in order.flags, images="--images" in order.flags)
    without_login(order.attacker[0])
    if order.tree[0] and not order.attacker[0]:
        raise InputError("--tree-width needs --attacker: a model that branches.")
    head = _head(order)
    known = cards_of(head)
    if missing := [name for name in order.probes if name not in known]:
        raise InputError(f"Unknown probe {missing[0]}.", hint=instead(missing[0], known, "Known:"))
    if pairs := [name for name in order.probes if known[name].oracle.kind == "twins"]:
        raise InputError(f"{pairs[0]} compares two requests; a search would change only one.")
    rows: dict[str, Attempt] = {}
    # Errors stay: they are part of what the search had seen when it chose its next tries.
    keep = RowFile(order.out, head, lambda row: rows.update({row.id: row}), errors=True)
    fresh = not order.out.exists()
    with keep as file:
        past = Past(rows, _journal(order, fresh=fresh))
        ends, facts = asyncio.run(_hunt_all(order, head, file, past))
    cards = [scorable(known[name], facts) for name in order.probes]
    left_out = {one.probe: one.reason for one in preflight(cards, facts)}
    found = reached(ends)
    if as_json:
        print_json({"reached": found, "hunts": ends, "not_tested": left_out})
    else:
        for name, reason in left_out.items():
            typer.echo(f"Not tested: {name}. {reason}", err=True)
        _tell(found, order.most)
    if why := next((end.unfinished for end in ends if end.unfinished), ""):
        typer.echo(f"Not finished: {why} The same command goes on from here.", err=True)
    if not any(end.queries > end.unscored for end in ends):
        raise NotScoredError("No query came back with a verdict.", hint="The rows say why.")


def _head(order: Order) -> "Head":
    """Return the head of the rows: what makes the search, and the options that repeat it."""
    from datetime import UTC, datetime

    from seawall.core.trials import Mode
    from seawall.redteam.rows import Head, fingerprint

    options = ["--model", order.model]
    options += ["--key-env", order.key_env] if order.key_env else []
    options += ["--facts", str(order.facts)] if order.facts else []
    options += ["--seeds", str(order.seeds), "--most", str(order.most)]
    if order.attacker[0]:
        options += ["--attacker", order.attacker[0], "--attacker-model", order.attacker[1]]
        options += ["--attacker-key-env", order.attacker[2]] if order.attacker[2] else []
    if order.tree[0]:
        options += ["--tree-width", str(order.tree[0]), "--tree-branch", str(order.tree[1])]
    options += order.flags
    which = " ".join(("search", order.target, *order.probes, *options))
    now = datetime.now(UTC)
    return Head(
        run=fingerprint([], None, order.seed, which),
        target=order.target,
        mode=Mode.ON if order.gateway else Mode.OFF,
        seed=order.seed,
        created=now.date().isoformat(),
        began=now.isoformat(timespec="seconds"),
        options=tuple(options),
    )


def _journal(order: Order, *, fresh: bool) -> "Journal | None":
    """Return the journal beside the rows where a model attacks: its texts can't be drawn anew.

    Without rows there is nothing to go on with: what an earlier search left is dropped.
    """
    from seawall.redteam.journal import Journal

    if not order.attacker[0]:
        return None
    path = order.out.with_name(f"{order.out.name}.journal")
    if fresh:
        path.unlink(missing_ok=True)
    return Journal(path)


async def _hunt_all(
    order: Order, head: "Head", file: "RowFile", past: "Past"
) -> "tuple[list[Hunt], Facts]":
    import tempfile
    from contextlib import AsyncExitStack

    from seawall.cli._attack_again import cards_of, same_target
    from seawall.redteam.facts import read_facts
    from seawall.redteam.planning import draw
    from seawall.redteam.preflight import obstacle, scorable
    from seawall.redteam.search import Bandit, Hunter, not_begun, starts
    from seawall.redteam.turns import Limits, Metered

    ends: list[Hunt] = []
    known = cards_of(head)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="seawall-lab-"))
        aimed = Metered(same_target(head, Path(folder)), order.limits or Limits())
        target = await stack.enter_async_context(aimed)
        facts = read_facts(target.facts())
        model = await stack.enter_async_context(_model(order, past)) if order.attacker[0] else None
        hunter = Hunter(
            target, facts, head.mode, file.append, barred=target.beyond, past=past,
            won=_saving(order.save, head) if order.save else None,
        )  # fmt: skip
        cards = [scorable(known[probe], facts) for probe in order.probes]
        wanted = [
            (proposer, one)
            for card, proposer in (
                (card, model or Bandit(f"{card.id}@{order.seed}")) for card in cards
            )
            if not obstacle(card, facts)
            for one in starts(draw(card, facts, seed=order.seed), order.seeds)
        ]
        bar = stack.enter_context(_bar())
        task = bar.add_task("Searching", total=len(wanted))
        for proposer, planned in wanted:
            bar.update(task, description=planned.cluster)
            why = ends[-1].unfinished if ends else ""
            ends.append(
                not_begun(planned, why) if why else await hunter.hunt(planned, proposer, order.most)
            )
            bar.advance(task)
    return ends, facts


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    return Progress(
        "{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True),
    )  # fmt: skip


def _model(order: Order, past: "Past") -> "AttackerModel":
    """Return the attacking model, alone or as a tree."""
    from seawall.redteam.attacker import AttackerModel
    from seawall.redteam.openai_target import key_from
    from seawall.redteam.tree import TreeAttacker

    url, name, key_env = order.attacker
    key, (width, branch) = key_from(key_env) if key_env else "", order.tree
    if width:
        return TreeAttacker(url, name, key=key, width=width, branch=branch, journal=past.journal)
    return AttackerModel(url, name, key=key, journal=past.journal)


def _saving(folder: Path, head: "Head") -> "Callable[[Planned, Proposal, Attempt], None]":
    """Return what keeps a success as the case of its finding; the last one of a finding stays."""
    from seawall.redteam import cases
    from seawall.redteam.verdicts import fault_id

    def keep(planned: "Planned", proposal: "Proposal", row: "Attempt") -> None:
        fault = fault_id(row.probe, head.mode, row.reason)
        cases.save(folder, cases.found_case(fault, planned, proposal.how, proposal.texts))

    return keep


def _tell(found: "list[Reach]", most: int) -> None:
    print_table(
        ("probe", "seeds that got through", "95% interval", "undecided", "median of queries", "by"),
        [
            (
                one.probe,
                f"{one.bypassed} of {one.seeds}",
                f"{one.low:.0%} to {one.high:.0%}",
                str(one.undecided),
                "-" if one.median is None else f"{one.median:g}",
                ", ".join(one.hows),
            )
            for one in found
        ],
        f"At most {most} queries a seed",
    )


COMMANDS: dict[str, Callable[..., None]] = {"search": search}
