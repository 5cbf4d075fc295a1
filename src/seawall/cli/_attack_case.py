"""What `seawall attack case` does: an incident, a detection or a finding becomes a case."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.cli._output import DEFAULT_DATA, Data, Json, print_json

if TYPE_CHECKING:
    from seawall.redteam.recorded import Recorded
    from seawall.store.db import Store


def case(
    ids: Annotated[
        list[str] | None,
        typer.Argument(help="Incidents (inc_...), requests (sw_...), findings (F-...)."),
    ] = None,
    save: Annotated[Path, typer.Option(help="Folder of cases.")] = Path("cases"),
    flagged: Annotated[
        int, typer.Option(min=0, help="The newest N requests that a rule in shadow flagged.")
    ] = 0,
    data: Data = DEFAULT_DATA,
    text: Annotated[
        Path | None, typer.Option(help="The attack's text, where none was captured.")
    ] = None,
    expect: Annotated[
        str, typer.Option(help="Text that proves success when it stands in the answer.")
    ] = "",
    risk: Annotated[str, typer.Option(help="The risk, where no record names it.")] = "",
    whole: Annotated[
        bool, typer.Option("--whole", help="Keep personal data and secrets in the case.")
    ] = False,
    run: Annotated[
        Path | None, typer.Option(help="Findings: rows of the run that found them (--out).")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Findings: requests to shorten one.")] = 120,
    judged: Annotated[Path, typer.Option(help="Findings: people's verdicts.")] = Path(
        "triage.yaml"
    ),
    as_json: Json = False,
) -> None:
    """Save incidents, detections of the gateway or findings as cases that must not pass again."""
    from seawall.core.errors import InputError

    ids = list(ids or ())
    _check_ids(ids, flagged)
    findings = tuple(name for name in ids if name.startswith("F-"))
    if (findings or run is not None) and (len(findings) < len(ids) or run is None or flagged):
        raise InputError("Findings need --run ROWS, and a command of their own.")
    if run is not None:
        options = {"--text": text, "--expect": expect, "--risk": risk, "--whole": whole}
        for option, value in options.items():
            if value:
                raise InputError(f"{option} does not go with findings: their run holds all.")
        from seawall.cli._attack_shorten import shorten

        shorten(run, findings, most, save, judged, as_json)
        return
    given = {"text": _given(text), "expect": expect, "risk": risk, "whole": whole}
    made = _cases(ids, data, given) if ids else []
    if flagged:
        made += _shadowed(flagged, data, given)
    _save(made, save, as_json)


def _check_ids(ids: list[str], flagged: int) -> None:
    from seawall.core.errors import InputError

    if not ids and not flagged:
        raise InputError(
            "Nothing is named.", hint="inc_..., sw_..., F-... with --run, or --flagged N."
        )
    for name in ids:
        if not name.startswith(("inc_", "sw_", "F-")):
            raise InputError(
                f"{name!r} is no incident, request or finding.", hint="inc_, sw_ or F-."
            )


def _shadowed(number: int, data: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cases of requests that a rule in shadow flagged; those that hold no attack once
    they are masked, or were not kept, are named and left out.

    Raises InputError where no request is left.
    """
    from seawall.core.errors import InputError
    from seawall.store.db import open_store
    from seawall.store.request_records import flagged_requests

    if given["text"]:
        raise InputError("--text is for one request or incident, not for --flagged.")
    names = flagged_requests(open_store(data, must_exist=True), number)
    made: list[dict[str, Any]] = []
    for name in names:
        try:
            made += _cases([name], data, given)
        except InputError as error:
            typer.echo(f"Left out: {error.message}", err=True)
    if not made:
        raise InputError(f"No case: {len(names)} requests that a rule only flagged were looked at.")
    return made


def _given(path: Path | None) -> str:
    from seawall.core.errors import InputError

    if path is None:
        return ""
    try:
        given = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}.") from None
    if not given:
        raise InputError(f"{path}: is empty.")
    return given


def _save(made: list[dict[str, Any]], folder: Path, as_json: bool) -> None:
    from seawall.redteam import cases

    paths = [cases.save(folder, one) for one in made]
    if as_json:
        print_json([{"case": one["id"], "risk": one["risk"], "controls": one["controls"],
                     "channel": one["channel"], "oracle": one["oracle"]["kind"], "file": str(path)}
                    for one, path in zip(made, paths, strict=True)])  # fmt: skip
        return
    for one, path in zip(made, paths, strict=True):
        typer.echo(f"{path}: {one['channel']} text, judged by {one['oracle']['kind']}.")
    typer.echo(f"Try it: `seawall attack --target ... --gateway --cases {folder}`.")


def _cases(ids: list[str], data: str, given: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cards. Who reads captured texts is noted, as by `seawall capture show`."""
    from seawall.catalog.load import load_catalog
    from seawall.redteam.recorded import case_of
    from seawall.store.db import open_store

    store = open_store(data, must_exist=True)
    found = [one for name in ids for one in _recorded(store, name, given)]
    return [case_of(one, load_catalog()) for one in found]


def _recorded(store: "Store", name: str, given: dict[str, Any]) -> "list[Recorded]":
    from seawall.core.errors import InputError
    from seawall.redteam.recorded import Recorded

    if name.startswith("sw_"):
        title = f"Detection {name}"
        return [_request(store, name, title, given)]
    incident = _incident(store, name)
    title = f"Incident {name}: {incident.title}"
    risk = given["risk"] or next(iter(incident.risks), "")
    given = {**given, "risk": risk}
    if not incident.records and not given["text"]:
        raise InputError(
            f"{name} names no request.",
            hint="Open it with --record sw_..., or give the attack with --text FILE.",
        )
    if not incident.records or given["text"]:
        return [Recorded(id=name, title=title, **given)]
    return [_request(store, one, title, given) for one in incident.records]


def _incident(store: "Store", name: str) -> Any:
    from seawall.cli._actor import acting
    from seawall.core.roles import Permission
    from seawall.govern.incidents import read
    from seawall.store.registers import history

    acting(store, Permission.REGISTERS_READ)
    return read(history(store, name)[-1])


def _request(store: "Store", name: str, title: str, given: dict[str, Any]) -> "Recorded":
    from seawall.cli._actor import acting
    from seawall.core.roles import Permission
    from seawall.redteam.recorded import Recorded
    from seawall.store.captures import read_capture
    from seawall.store.request_records import record_of

    actor = acting(store, Permission.CAPTURES_READ)
    record = record_of(store, name)
    items = () if given["text"] else read_capture(store, name, actor=actor).content["items"]
    return Recorded(id=name, title=title, record=record, items=items, **given)


COMMANDS = {"case": case}
