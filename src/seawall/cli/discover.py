"""Read a repository, never run it, or recorded traffic, and fill in the profile."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from seawall.cli._input import write_page
from seawall.cli._output import Json, print_json, print_table
from seawall.cli._traffic import discover_traffic

if TYPE_CHECKING:
    from seawall.assess.discover.facts import Conflict
    from seawall.assess.discover.run import Discovery, Progress
    from seawall.core.profile import Profile

_SHOWN = 12


def command(
    folder: Annotated[
        Path | None, typer.Argument(help="The repository's folder; this one by default.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(help="Profile to fill in; a new one is made.")
    ] = None,
    application: Annotated[str, typer.Option(help="The application's id, for a new file.")] = "",
    sarif: Annotated[
        Path | None, typer.Option(help="Write what was seen as SARIF, for code scanning.")
    ] = None,
    traffic: Annotated[
        list[str] | None,
        typer.Option(help="Read a gateway's audit log instead: its data folder, one a replica."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="With --traffic: the policy, for providers' model names.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 4 where an answer and the code differ.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Read a repository, or recorded traffic, and say what it shows of an application.

    Answers of people are never overwritten; where the code says otherwise, both are shown.
    """
    if traffic:
        if folder is not None or sarif is not None:
            raise typer.BadParameter("--traffic reads no repository: leave out folder and --sarif.")
        return discover_traffic(
            traffic, profile, application, policy, strict=strict, as_json=as_json
        )
    return _repository(folder or Path(), profile, application, sarif, strict=strict,
                       as_json=as_json)  # fmt: skip


def _repository(
    folder: Path, profile: Path | None, application: str, sarif: Path | None, *, strict: bool,
    as_json: bool,
) -> int:  # fmt: skip
    from seawall.assess.discover.facts import conflicts
    from seawall.assess.discover.run import discover
    from seawall.catalog.load import load_catalog
    from seawall.core.errors import InputError

    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder.", hint="Name the folder of a repository.")
    today = datetime.now(UTC).date().isoformat()
    with _progress(hidden=as_json) as progress:
        found = discover(folder, load_catalog().questions, today=today, progress=progress)
    before, written = None, 0
    if profile is not None:
        name = application or folder.resolve().name
        before, written = _fill(profile, name, found, today)
    clash = [] if before is None else conflicts(before, found.facts)
    if sarif is not None:
        _write_sarif(sarif, found, clash, profile)
    if as_json:
        print_json({
            "root": str(folder), "files": found.files, "read": found.read, "facts": found.facts,
            "signals": found.signals, "unread": found.unread, "conflicts": clash,
            "written": written,
        })  # fmt: skip
    else:
        _tell(found, clash, profile, written)
    return 4 if strict and any(item.kind == "differs" for item in clash) else 0


def _fill(path: Path, application: str, found: "Discovery", today: str) -> "tuple[Profile, int]":
    """Write what discovery may write; return the profile as it was, and the number of changes."""
    from seawall.assess.discover.facts import changes
    from seawall.assess.interview.file import ProfileFile
    from seawall.catalog.load import load_catalog

    file = ProfileFile(path, load_catalog().questions)
    if not file.exists:
        file.create(application)
    before = file.load()
    written = changes(before, found.facts)
    file.put(written)
    file.follow(today)
    return before, len(written)


def _write_sarif(
    target: Path, found: "Discovery", clash: "Sequence[Conflict]", profile: Path | None
) -> None:
    import msgspec

    from seawall import __version__
    from seawall.assess.discover.report import sarif

    log = sarif(found, clash, __version__, "profile.yaml" if profile is None else profile.name)
    write_page(target, msgspec.json.format(msgspec.json.encode(log), indent=2))


def _tell(
    found: "Discovery", clash: "Sequence[Conflict]", profile: Path | None, written: int
) -> None:
    from seawall.assess.applicability import shown
    from seawall.assess.discover.signals import KINDS

    typer.echo(f"{found.read} of {found.files} files read, none run.")
    rows = [
        (key, "not settled" if fact.value is None else shown(fact.value), "\n".join(fact.grounds))
        for key, fact in found.facts.items()
    ]
    if rows:
        print_table(("fact", "answer", "grounds"), rows, title="What the code shows")
    else:
        typer.echo(
            "Nothing of a generative-AI application was seen in it."
            if found.files
            else "There is no file in it: is it the right folder?"
        )
    serious = [s for s in found.signals if KINDS[s.kind].level == "error"]
    _list("Look at these first", [f"{s.place} {s.what}" for s in serious])
    _list("Answers that the code does not bear out (they stay as they are)",
          [item.sentence for item in clash])  # fmt: skip
    _list("Not read, so nothing is known of it", [f"{s.path}: {s.what}" for s in found.unread])
    if profile is None:
        typer.echo(
            "Not written anywhere: add --profile profile.yaml to keep it. `seawall init "
            "profile.yaml` then asks what nobody can read from code."
        )
    else:
        named = quote(str(profile))
        typer.echo(f"{profile}: {written} facts written. Next: seawall init {named}")


def _list(title: str, lines: list[str]) -> None:
    if not lines:
        return
    typer.echo(f"{title}:")
    for line in lines[:_SHOWN]:
        typer.echo(f"  {line}")
    if len(lines) > _SHOWN:
        typer.echo(f"  and {len(lines) - _SHOWN} more; --json and --sarif have all.")


@contextmanager
def _progress(*, hidden: bool) -> "Iterator[Progress | None]":
    """Show a bar on stderr where somebody sees it."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    if hidden or not console.is_terminal:
        yield None
        return
    with Progress(
        "Reading", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console,
        transient=True,
    ) as bar:  # fmt: skip
        task = bar.add_task("files", total=None)
        yield lambda done, total, path: bar.update(task, completed=done, total=total)
