"""Try each control that no probe tests: without it and with it, on servers of this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import today, write_page
from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from seawall.catalog.load import Catalog
    from seawall.core.drills import Shown
    from seawall.policy.model import Policy


def command(
    policy: Annotated[
        Path | None,
        typer.Option(help="The running policy: its controls are tried as they stand in it."),
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("drills.json"),
    control: Annotated[
        list[str] | None, typer.Option(help="Only this control; may be given again.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Try controls that no probe tests, without and with each; write what was seen.

    Provider and gateway of a drill are started on 127.0.0.1 for it alone: nothing reaches the
    providers of the policy. Exit 4 where an attempt gets through a control.
    """
    import msgspec

    from seawall import __version__
    from seawall.catalog.load import load_catalog
    from seawall.core.drills import Drilled
    from seawall.policy.load import load_policy

    catalog = load_catalog()
    running = None if policy is None else load_policy(policy)
    shown = _run(catalog, running, control or [])
    run = Drilled(
        made=today().isoformat(), seawall=__version__, policy="" if policy is None else policy.name,
        drills=shown,
    )  # fmt: skip
    write_page(out, msgspec.json.format(msgspec.json.encode(run)))
    if as_json:
        print_json(run)
    else:
        _print(shown, catalog, out)
    return 4 if any(one.known and not one.holds for one in shown) else 0


def _run(catalog: "Catalog", running: "Policy | None", wanted: list[str]) -> "tuple[Shown, ...]":
    """Run the drills of the controls that the policy holds, or of those that are named.

    Raises InputError for a control that has none, or that the policy does not hold.
    """
    from seawall.core.errors import InputError
    from seawall.demo.drills.run import drills, run_drills
    from seawall.govern.status.enforced import enforced

    held = set(catalog.controls if running is None else enforced(running, catalog))
    for name in wanted:
        if name not in drills():
            raise InputError(
                f"There is no drill of {name!r}.", hint=f"There are: {', '.join(drills())}."
            )
        if name not in held:
            raise InputError(f"The policy does not hold {name}: there is nothing to try.")
    chosen = held & set(wanted) if wanted else held
    return tuple(run_drills(catalog, running, chosen, _tell))


def _tell(control: str) -> None:
    typer.echo(f"{control}: done", err=True)


def _print(shown: "tuple[Shown, ...]", catalog: "Catalog", out: Path) -> None:
    print_table(
        ("control", "title", "holds", "seen"),
        [
            (one.control, catalog.controls[one.control].title,
             ("yes" if one.holds else "no") if one.known else "not known", one.sentence)
            for one in shown
        ],
    )  # fmt: skip
    typer.echo(
        f"Written: {out}. `seawall controls`, `report`, `document` and `oscal` take it as "
        f"evidence: --drills {out}"
    )
