"""Prepare what the guard compares with: register texts that must not be repeated."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli._output import Json, print_json

app = typer.Typer(
    help="Prepare what the guard compares with.", no_args_is_help=True, add_completion=False
)


@app.callback()
def root() -> None:
    """Prepare what the guard compares with."""


@app.command()
def register(
    files: Annotated[
        list[Path], typer.Argument(help="Text files, .jsonl records, or folders of them.")
    ],
    out: Annotated[Path, typer.Option(help="The index to write, a name ending in .npz.")],
    run: Annotated[
        int, typer.Option(help="Shortest copy that is always found, in letters (32 to 800).")
    ] = 80,
    as_json: Json = False,
) -> None:
    """Fingerprint texts so that answers that repeat them are found. The index holds no text.

    With SEAWALL_REGISTER_SECRET set, nobody without it can test the index for a text.
    """
    from seawall.core.errors import InputError
    from seawall.guard.registered import index, sources

    if out.suffix != sources.INDEX:
        raise InputError(f"{out} must end in {sources.INDEX}.", hint="For example texts.npz.")
    found = [path for path in sources.files(files) if path.resolve() != out.resolve()]
    made = index.make(_texts(found, hidden=as_json), run=run, secret=sources.secret())
    try:
        index.save(made, out)
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error.strerror}.") from None
    header = made.header
    if as_json:
        counts = {"texts": header.texts, "letters": header.letters, "too_short": header.too_short}
        kept = {"fingerprints": header.count, "bytes": out.stat().st_size, "run": run}
        print_json({"index": str(out), "files": len(found), **counts, **kept})
        return
    typer.echo(
        f"{out}: {header.texts} texts of {len(found)} files, {header.letters} letters, "
        f"{header.count} fingerprints, {out.stat().st_size / 1e6:.1f} MB. "
        f"Every copy of {run} letters or more will be found."
    )
    if header.too_short:
        typer.echo(
            f"{header.too_short} texts are shorter than {run} letters; their copies may be missed. "
            "A smaller --run helps.",
            err=True,
        )


def _texts(files: list[Path], *, hidden: bool) -> Iterator[str]:
    """Yield every text, with a bar on stderr."""
    from rich.console import Console
    from rich.progress import Progress

    from seawall.guard.registered import sources

    console = Console(stderr=True)
    with Progress(
        console=console, transient=True, disable=hidden or not console.is_terminal
    ) as progress:
        for path in progress.track(files, description="Registering"):
            yield from sources.texts(path)
