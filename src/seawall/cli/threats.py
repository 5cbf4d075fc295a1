"""Name the threats of the data-flow picture; notes of people survive a new run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import write_page
from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seawall.core.profile import Profile
    from seawall.govern.edits import Edits
    from seawall.govern.paths import AttackPath
    from seawall.govern.threats import Model, Note


def command(
    profile: Annotated[Path, typer.Argument(help="The application's profile (YAML).")],
    notes: Annotated[
        Path | None, typer.Option(help="Your notes by threat id (YAML); read, never written.")
    ] = None,
    edits: Annotated[
        Path | None,
        typer.Option(help="What you add, change, move and remove (YAML); laid over each drawing."),
    ] = None,
    svg: Annotated[Path | None, typer.Option(help="Write the picture here (SVG).")] = None,
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
    from seawall.govern.charts.flow_file import flow_file
    from seawall.govern.edits import lay, noted
    from seawall.govern.paths import paths
    from seawall.govern.sketch import sketch

    own = load_profile(profile)
    drawn = sketch(own)
    edited = lay(drawn, _edits(edits))
    loaded = edited.profile
    atlas = load_catalog().frameworks["mitre-atlas"]
    model = threats.threats(loaded, atlas, _notes(notes))
    ways = paths(loaded, model.threats)
    attacked = {step for one in ways if not one.stopped_by for step in one.steps}
    if svg is not None:
        write_page(svg, flow_file(loaded, attacked))
    if mermaid is not None:
        write_page(mermaid, threats.mermaid(loaded, model, attacked))
    if otm is not None:
        raw = msgspec.json.encode(threats.otm(loaded, model))
        write_page(otm, msgspec.json.format(raw, indent=2).decode())
    if as_json:
        print_json({
            **msgspec.structs.asdict(model), "paths": ways, "drawn": drawn is not own,
            "picture_notes": dict(noted(loaded)), "left": edited.left,
        })  # fmt: skip
        return
    _print(model, loaded, ways)
    if drawn is not own:
        typer.echo("Drawn from the facts: the profile has no elements. Correct it with --edits.")
    tell_left(edited.left)


def _print(model: "Model", picture: "Profile", ways: "Sequence[AttackPath]") -> None:
    from seawall.govern.edits import noted

    print_table(
        ("id", "place", "method", "threat", "crosses", "status", "note"),
        [
            (one.id, one.place, one.method, one.category, one.crosses or "-", one.status, one.note)
            for one in model.threats
        ],
        title=f"{model.application}: {len(model.threats)} threats",
    )
    for key, text in noted(picture):
        typer.echo(f"{key}: {text}")
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


def tell_left(left: "Sequence[str]") -> None:
    """Name the edits that fit nothing."""
    for key in left:
        typer.echo(f"Edit of {key}: the picture has nothing, or no more, that it fits.")


def _edits(path: Path | None) -> "Edits":
    from seawall.core import yamlfile
    from seawall.govern.edits import Edits

    return Edits() if path is None else yamlfile.load(path, Edits)


def _notes(path: Path | None) -> "dict[str, Note]":
    from seawall.core import yamlfile
    from seawall.govern.threats import Note

    if path is None:
        return {}
    return yamlfile.decode(yamlfile.read_text(path), str(path), dict[str, Note])
