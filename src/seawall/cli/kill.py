"""Switch a key, a function or a model off, and on again, in a running gateway."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json, print_table, when
from seawall.core.roles import Actor, Permission

if TYPE_CHECKING:
    from seawall.store.db import Store

app = typer.Typer(
    help="Switch a key, a function or a model off, and on again.",
    no_args_is_help=True,
    add_completion=False,
)
Name = Annotated[
    str, typer.Argument(help="Key id (of a token's subject jwt:ISSUER:SUBJECT), function or model.")
]
Reason = Annotated[str, typer.Option(help="Why; kept with the switch.")]
For = Annotated[str, typer.Option("--for", help="Until it ends by itself: 30m, 24h, 7d.")]
PolicyFile = Annotated[
    Path | None, typer.Option("--policy", help="The running policy: refuse a name it doesn't have.")
]


def _kill(
    kind: str, name: str, reason: str, lasts: str, data: str, as_json: bool,
    policy: Path | None = None,
) -> None:  # fmt: skip
    from seawall.cli._actor import seconds_of
    from seawall.store.kills import kill

    expires = int(time.time()) + seconds_of(lasts) if lasts else None
    store, actor, name = _meant(kind, name, data)
    doubt = _check_key(store, name) if kind == "key" else _check_named(store, kind, name, policy)
    switch = kill(store, kind, name, reason=reason, expires=expires, actor=actor)
    if doubt:
        typer.echo(f"warning: {doubt}", err=True)
    if as_json:
        print_json(switch)
        return
    until = f"until {when(switch.expires)}" if switch.expires else "until it is lifted"
    typer.echo(f"The {kind} {name} is switched off {until}.")


def _meant(kind: str, name: str, data: str) -> "tuple[Store, Actor, str]":
    """Open the store; return it, who may switch this, and the name a switch is kept under."""
    from seawall.cli._actor import acting_on_key, open_as_writer
    from seawall.store.token_ids import key_named

    store, actor = open_as_writer(data, Permission.KILLS_WRITE)
    if kind != "key":
        return store, actor, name
    acting_on_key(store, name, Permission.KILLS_WRITE)
    return store, actor, key_named(store, name)


def _check_key(store: "Store", name: str) -> str:
    """Raise NotFoundError for a key that does not exist: a slip would switch nothing off."""
    from seawall.core.errors import NotFoundError
    from seawall.store.keys import list_keys
    from seawall.store.token_ids import PREFIX

    # A token's id stands in no table.
    if not name.startswith(PREFIX) and all(one.key_id != name for one in list_keys(store)):
        raise NotFoundError(
            f"There is no key {name[:64]!r}: nothing was switched off.",
            hint="`seawall keys list` shows the ids; the secret itself is none.",
        )
    return ""


def _check_named(store: "Store", kind: str, name: str, policy: Path | None) -> str:
    """Raise NotFoundError for a name that the policy does not have; return a doubt without one."""
    from seawall.core.errors import NotFoundError
    from seawall.policy.load import load_policy
    from seawall.store.keys import list_keys

    if policy is not None:
        rules = load_policy(policy)
        models = {model for upstream in rules.upstreams for model in upstream.models}
        known = models if kind == "model" else {*rules.functions}
        if name not in known:
            raise NotFoundError(
                f"The policy has no {kind} {name[:64]!r}: nothing was switched off.",
                hint=f"It has {', '.join(sorted(known)) or 'none'}.",
            )
        return ""
    if kind == "function" and any(one.function == name for one in list_keys(store)):
        return ""
    seen = "no key here is of such a function" if kind == "function" else "it was not looked up"
    return (
        f"whether there is a {kind} {name} is not known, {seen}; if it is a slip, nothing is off. "
        "--policy FILE checks the name."
    )


@app.command()
def key(
    name: Name, reason: Reason, lasts: For = "", data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Switch a key off; a running gateway refuses it within seconds."""
    _kill("key", name, reason, lasts, data, as_json)


@app.command()
def function(
    name: Name, reason: Reason, lasts: For = "", policy: PolicyFile = None,
    data: Data = DEFAULT_DATA, as_json: Json = False,
) -> None:  # fmt: skip
    """Switch every key of a function off."""
    _kill("function", name, reason, lasts, data, as_json, policy)


@app.command()
def model(
    name: Name, reason: Reason, lasts: For = "", policy: PolicyFile = None,
    data: Data = DEFAULT_DATA, as_json: Json = False,
) -> None:  # fmt: skip
    """Switch a model off, as the policy names it."""
    _kill("model", name, reason, lasts, data, as_json, policy)


@app.command()
def lift(
    kind: Annotated[str, typer.Argument(help="key, function or model.")],
    name: Name,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Switch something on again."""
    from seawall.store.kills import lift as lift_kill

    store, actor, name = _meant(kind, name, data)
    lift_kill(store, kind, name, actor=actor)
    if as_json:
        print_json({"kind": kind, "name": name, "lifted": True})
        return
    typer.echo(f"The {kind} {name} is on again.")


@app.command("list")
def list_(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List what is switched off, with reasons."""
    from seawall.cli._actor import open_as_reader
    from seawall.store.kills import list_kills

    store = open_as_reader(data, Permission.KILLS_READ)
    switches = list_kills(store)
    if as_json:
        print_json(switches)
        return
    now = time.time()
    rows = [
        (
            switch.kind,
            switch.name,
            "off" if switch.holds(now) else "ended",
            when(switch.created),
            when(switch.expires),
            switch.reason,
        )
        for switch in switches
    ]
    print_table(("kind", "name", "state", "since", "until", "reason"), rows)
