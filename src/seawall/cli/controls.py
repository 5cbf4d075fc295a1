"""Show the state of each control: tested, attested, expired or not tested, and why."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import day_or_today, read_json
from seawall.cli._output import DrillsFile, Json, print_json, print_table

if TYPE_CHECKING:
    from seawall.govern.status.model import ControlState


_IDS = "`seawall catalog list controls` shows every id."


def command(
    register: Annotated[Path, typer.Option(help="The register, register.json.")],
    policy: Annotated[
        Path | None, typer.Option(help="The running policy: does it hold the control?")
    ] = None,
    decisions: Annotated[Path | None, typer.Option(help="Attestations in a file (YAML).")] = None,
    data: Annotated[
        str, typer.Option("--data", help="Folder with attestations of `seawall attest`.")
    ] = "",
    audit: Annotated[
        str, typer.Option(help="Folder of a gateway's audit log, which is verified now.")
    ] = "",
    gateway: Annotated[
        str,
        typer.Option(help="Address of a running gateway: it is sent what it must refuse."),
    ] = "",
    drills: DrillsFile = None,
    control: Annotated[str, typer.Option(help="Only this control, with all its evidence.")] = "",
    state: Annotated[
        list[str] | None, typer.Option(help="Only controls in this state; may be given again.")
    ] = None,
    on: Annotated[str, typer.Option(help="Judge as of this day (ISO); today by default.")] = "",
    as_json: Json = False,
) -> None:
    """List every control with its state and the reason; never a share of them.

    States: tested-pass, tested-fail, not shown, attested, expired, not tested, not applicable.
    """
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import grounds
    from seawall.core.errors import InputError
    from seawall.core.register import Register
    from seawall.govern.status.judge import control_states
    from seawall.govern.status.model import STATES, counts

    catalog, found = load_catalog(), read_json(register, Register)
    if control and control not in catalog.controls:
        raise InputError(f"The catalogue has no control {control!r}.", hint=_IDS)
    for name in state or ():
        if name not in STATES:
            raise InputError(f"There is no state {name!r}.", hint=", ".join(STATES))
    day = day_or_today(on, "--on")
    given = grounds(
        found.application, catalog, policy=policy, decisions=decisions, data=data, audit=audit,
        gateway=gateway, drills=drills, on=day,
    )  # fmt: skip
    every = control_states(found, catalog, today=day, grounds=given)
    shown = [
        one
        for one in every
        if (not control or one.control == control) and (not state or one.state in state)
    ]
    if as_json:
        print_json({"application": found.application, "counts": counts(every), "controls": shown})
        return
    _print(shown, every)
    if control:
        _evidence(shown)


def _print(shown: "list[ControlState]", every: "Sequence[ControlState]") -> None:
    """Print those shown, what needs attention first, and how many of all are in each state."""
    from seawall.govern.status.model import STATES, counts

    rows = sorted(shown, key=lambda one: (STATES.index(one.state), one.control))
    print_table(
        ("control", "state", "title", "why"),
        [(one.control, one.state, one.title, one.reason) for one in rows],
    )
    typer.echo(", ".join(f"{number} {name}" for name, number in counts(every).items()))


def _evidence(states: "Sequence[ControlState]") -> None:
    rows = [
        (item.source, item.subject, "for" if item.holds else "not for", item.date or "-",
         item.until or "-", item.sentence)
        for one in states
        for item in one.evidence
    ]  # fmt: skip
    print_table(("source", "what", "speaks", "of", "until", "says"), rows, title="Evidence")
