"""List and show the catalogue's cards: risks, controls, probes, clauses, cases, packs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seawall.cli._output import Json, print_json, print_table

if TYPE_CHECKING:
    from seawall.catalog.load import Catalog

_LIMITS = "limits"
app = typer.Typer(
    help="List and show the catalogue's cards.", no_args_is_help=True, add_completion=False
)
KINDS = (
    "risks", "controls", "probes", "more_probes", "clauses", "cases", "frameworks", "packs",
    "questions",
)  # fmt: skip


@app.command("list")
def list_(
    kind: Annotated[str, typer.Argument(help="One kind only: " + ", ".join(KINDS))] = "",
    as_json: Json = False,
) -> None:
    """List every card, or those of one kind."""
    from seawall.catalog.load import load_catalog
    from seawall.core.errors import InputError

    if kind and kind not in KINDS:
        raise InputError(f"There is no kind {kind!r}.", hint=f"Kinds: {', '.join(KINDS)}.")
    catalog = load_catalog()
    rows = [
        (one, card.id, getattr(card, "title", "") or f"{card.fact}: {card.ask}")
        for one in (KINDS if not kind else (kind,))
        for card in getattr(catalog, one).values()
    ]
    if as_json:
        print_json([{"kind": one, "id": key, "title": title} for one, key, title in rows])
        return
    print_table(("kind", "id", "title"), rows)


@app.command()
def show(
    key: Annotated[str, typer.Argument(metavar="ID", help="A card's id, or a fact.")],
    as_json: Json = False,
) -> None:
    """Show one card and what links to it."""
    import msgspec

    from seawall.catalog.load import load_catalog

    catalog = load_catalog()
    kind, card = catalog.find(key)
    links = _links(catalog, kind, card)
    body: dict[str, Any] = msgspec.to_builtins(card)
    if as_json:
        print_json({"kind": kind, "card": body, "linked_from": links})
        return
    import yaml

    typer.echo(yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=96).rstrip())
    for name, keys in links.items():
        if name.startswith(_LIMITS):
            typer.echo("\n".join((f"{name}:", *(f"- {text}" for text in keys))))
        else:
            typer.echo(f"{name}: {', '.join(keys)}")


@app.command()
def diff(
    index: Annotated[Path, typer.Argument(help="A framework's new index (YAML, as a card).")],
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 4 when a card of the catalogue is touched.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Say what a new version of a framework changes, and which cards name what changed."""
    from seawall.catalog.diff import diff as changes_of
    from seawall.catalog.load import load_catalog
    from seawall.catalog.model import Framework
    from seawall.core import yamlfile

    new = yamlfile.load(index, Framework)
    catalog = load_catalog()
    changes = changes_of(new, catalog)
    cards = {card for one in changes for card in one.touched}
    if as_json:
        pinned = catalog.frameworks[new.id].pin
        print_json({"framework": new.id, "from": pinned, "to": new.pin, "changes": changes})
    elif not changes:
        typer.echo(f"{new.id} {new.pin} has the entries that are pinned.")
    else:
        print_table(
            ("change", "entry", "now", "cards to read again"),
            [
                (one.change, f"{one.entry} {one.before}".strip(), f"{one.to} {one.after}".strip(),
                 ", ".join(one.touched) or "-")
                for one in changes
            ],
            title=f"{new.id}: {len(changes)} entries changed, {len(cards)} cards touched",
        )  # fmt: skip
    return 4 if strict and cards else 0


@app.command()
def migrate(
    index: Annotated[Path, typer.Argument(help="A framework's new index (YAML, as a card).")],
    root: Annotated[
        Path | None, typer.Option(help="The catalogue's folder; else the one in the package.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put a new index in place, and its renumbered ids into the cards that name the old ones."""
    from seawall.catalog.load import DATA, Catalog
    from seawall.catalog.migrate import migrate as move
    from seawall.catalog.model import Framework
    from seawall.core import yamlfile

    done = move(yamlfile.load(index, Framework), Catalog(DATA if root is None else root))
    if as_json:
        print_json(done)
        return
    for old, now in done.moved.items():
        typer.echo(f"{old} is {now} now.")
    typer.echo(
        f"{done.framework}: {len(done.cards)} cards changed: {', '.join(done.cards) or '-'}."
    )
    for one in done.left:
        typer.echo(f"{one.entry} has another title; read again: {', '.join(one.touched)}.")


def _blind_spots(card: Any) -> dict[str, tuple[str, ...]]:
    """Return a control's limits that its detectors' cards name, by its id; else nothing."""
    from seawall.guard.cards import cards

    known = cards()
    texts = [known[one] for one in getattr(card, "detectors", ()) if one in known]
    told = tuple(f"{one.title} ({one.id}): {one.limits}" for one in texts)
    return {card.id: told} if told else {}


def _links(catalog: "Catalog", kind: str, card: Any) -> dict[str, tuple[str, ...]]:
    """Return who names this card, by a sentence that says how; empty links are left out."""
    found = {
        "risks": {
            "controls that act on it": catalog.controls_of_risk,
            "probes that try it": catalog.probes_of_risk,
            "further probes that try it": catalog.further_of_risk,
            "packs that say how it shows": catalog.packs_of_risk,
        },
        "controls": {
            "probes that test it": catalog.probes_of_control,
            "further probes that test it": catalog.further_of_control,
            f"{_LIMITS}: what still passed in the lab": catalog.limits_of_control,
            f"{_LIMITS}: what its detectors do not see": _blind_spots(card),
        },
        "clauses": {
            "controls that serve it": catalog.controls_of_clause,
            "risks that endanger it": catalog.risks_of_clause,
        },
        "cases": {"risks that it shows": catalog.risks_of_case},
        "questions": {"risks that ask it": catalog.risks_of_question},
    }.get(kind, {})
    return {name: links[card.id] for name, links in found.items() if card.id in links}
