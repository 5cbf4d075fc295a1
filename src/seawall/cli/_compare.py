"""What `seawall report compare` reads: a register, the folder of a demo, or a stored run."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seawall.cli._input import read_json

if TYPE_CHECKING:
    from seawall.core.register import Register
    from seawall.core.trials import Mode, ProbeResult
    from seawall.govern.compare.model import Side

REGISTER, RUN = "register.json", "run_"


def side(name: str, data: str, decisions: Path | None) -> "Side":
    """Return one side of a comparison. `data` holds stored runs and attestations; empty: none.

    Raises InputError, IntegrityError (an edited run), and what `acting` does.
    """
    path = Path(name)
    if name.startswith(RUN) and not path.exists():
        return _of_run(name, data)
    return _of_register(_file(path), data, decisions)


def _file(path: Path) -> Path:
    """Return the register that a path means: itself, in that folder, or beside that summary."""
    if path.is_dir():
        return path / REGISTER
    return path.with_name(REGISTER) if path.name == "summary.json" else path


def _of_register(path: Path, data: str, decisions: Path | None) -> "Side":
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import grounds
    from seawall.core.register import Register
    from seawall.core.trials import Mode
    from seawall.govern.compare.model import Side
    from seawall.govern.status.judge import control_states

    found, catalog = read_json(path, Register), load_catalog()
    day = _day(found, path)
    given = grounds(found.application, catalog, decisions=decisions, data=data, on=day)
    rates: dict[tuple[str, Mode], ProbeResult] = {}
    for row in found.pitfalls:
        rates[row.probe, Mode.OFF], rates[row.probe, Mode.ON] = row.off, row.on
    return Side(
        name=path.as_posix(),
        application=found.application,
        created=found.created,
        model=found.model,
        rates=rates,
        titles={row.probe: row.title for row in found.pitfalls},
        register=found,
        states=control_states(found, catalog, today=day, grounds=given),
    )


def _day(found: "Register", path: Path) -> date:
    from seawall.core.errors import InputError

    try:
        return date.fromisoformat(found.created[:10])
    except ValueError:
        raise InputError(f"{path}: created is no time: {found.created!r}.") from None


def _of_run(run_id: str, data: str) -> "Side":
    import msgspec

    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import reading
    from seawall.core.errors import InputError
    from seawall.core.trials import Attempt
    from seawall.govern.compare.model import Side
    from seawall.store.runs import load_run

    if not data:
        raise InputError(f"{run_id} is a stored run: --data names the folder that holds it.")
    run = load_run(reading(data), run_id)
    try:
        attempts = msgspec.convert(run.results, list[Attempt])
    except msgspec.ValidationError:
        raise InputError(
            f"{run_id} holds no attempts: it is a run of {run.kind}.",
            hint="Compare runs of the red team, or registers.",
        ) from None
    manifest: dict[str, Any] = run.manifest if isinstance(run.manifest, dict) else {}
    cards = load_catalog().all_probes
    return Side(
        name=run_id,
        application=str(manifest.get("application", "")),
        created=datetime.fromtimestamp(run.created, UTC).isoformat(timespec="seconds"),
        model=str(manifest.get("model", "not named")),
        rates=_rates(attempts),
        titles={one.probe: cards[one.probe].title for one in attempts if one.probe in cards},
    )


def _rates(attempts: "Sequence[Any]") -> "dict[tuple[str, Mode], ProbeResult]":
    from seawall.core.trials import Mode
    from seawall.redteam.measure import summarise

    return {
        (probe, mode): result
        for mode in Mode
        for probe, result in summarise(one for one in attempts if one.mode is mode).items()
    }
