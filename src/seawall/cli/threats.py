"""Name the threats of the data-flow picture; notes of people survive a new run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import write_page
from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from seawall.govern.threats import Note


def command(
    profile: Annotated[Path, typer.Argument(help="The application's profile (YAML).")],
    notes: Annotated[
        Path | None, typer.Option(help="Your notes by threat id (YAML); read, never written.")
    ] = None,
    mermaid: Annotated[Path | None, typer.Option(help="Write the picture here (Mermaid).")] = None,
    otm: Annotated[
        Path | None, typer.Option(help="Write the model here (Open Threat Model, JSON).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Name STRIDE, LINDDUN and ATLAS threats of each element and flow of the profile's picture."""
    import msgspec

    from seawall.assess.profile import load_profile
    from seawall.catalog.load import load_catalog
    from seawall.govern import threats
    from seawall.govern.paths import paths
    from seawall.govern.sketch import sketch

    own = load_profile(profile)
    loaded = sketch(own)
    techniques = load_catalog().frameworks["mitre-atlas"].entries
    model = threats.threats(loaded, techniques, _notes(notes))
    ways = paths(loaded, model.threats)
    if mermaid is not None:
        attacked = {step for one in ways if not one.stopped_by for step in one.steps}
        write_page(mermaid, threats.mermaid(loaded, model, attacked))
    if otm is not None:
        raw = msgspec.json.encode(threats.otm(loaded, model))
        write_page(otm, msgspec.json.format(raw, indent=2).decode())
    if as_json:
        print_json({**msgspec.structs.asdict(model), "paths": ways, "drawn": loaded is not own})
        return
    print_table(
        ("id", "place", "method", "threat", "crosses", "status", "note"),
        [
            (one.id, one.place, one.method, one.category, one.crosses or "-", one.status, one.note)
            for one in model.threats
        ],
        title=f"{model.application}: {len(model.threats)} threats",
    )
    if loaded is not own:
        typer.echo("Drawn from the facts: the profile has no elements. Draw them to correct it.")
    if ways:
        print_table(
            ("entry", "loss", "way", "boundaries", "open threats", ""),
            [
                (one.entry, one.loss, " → ".join(one.steps[::2]), "; ".join(one.crosses) or "-",
                 str(one.open), f"stopped by {one.stopped_by}" if one.stopped_by else "open")
                for one in ways
            ],
            title="Attack paths: from where outsiders enter to where something can be lost",
        )  # fmt: skip
    for key in model.orphans:
        typer.echo(f"Note {key}: its element or flow is gone from the picture.")


def _notes(path: Path | None) -> "dict[str, Note]":
    from seawall.core import yamlfile
    from seawall.govern.threats import Note

    if path is None:
        return {}
    return yamlfile.decode(yamlfile.read_text(path), str(path), dict[str, Note])
