"""Write drafts from facts: system card, notice, DPIA, FRIA and evidence packs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from seawall.cli._input import day_or_today, write_page
from seawall.cli._output import DrillsFile, Json, print_json, print_table

if TYPE_CHECKING:
    from seawall.govern.documents.build import Given
    from seawall.govern.documents.model import Document

app = typer.Typer(
    help="Write drafts from facts: system card, notice, DPIA, FRIA, evidence packs.",
    no_args_is_help=True,
    add_completion=False,
)
ProfileFile = Annotated[Path, typer.Argument(help="The application's profile (YAML).")]
RegisterFile = Annotated[
    Path | None, typer.Option("--register", help="The register; without one nothing was measured.")
]
PolicyFile = Annotated[Path | None, typer.Option("--policy", help="The running policy.")]
DecisionsFile = Annotated[
    Path | None, typer.Option("--decisions", help="Acceptances and attestations (YAML).")
]
DataFolder = Annotated[str, typer.Option("--data", help="Folder with attestations and vendors.")]
AuditFolder = Annotated[
    str, typer.Option("--audit", help="Folder of an audit log, which is verified.")
]
Out = Annotated[Path | None, typer.Option(help="The HTML file to write; KIND.html if left out.")]
Pdf = Annotated[
    Path | None, typer.Option(help="Write it as PDF here too; a Chromium of this machine prints.")
]
Day = Annotated[str, typer.Option("--on", help="As of this day (ISO); today by default.")]


class _Sources(NamedTuple):
    """The files that a document is made of."""

    profile: Path
    register: Path | None
    policy: Path | None
    decisions: Path | None
    data: str
    audit: str
    drills: Path | None
    on: str


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the kinds of documents, and the frameworks of evidence packs."""
    from seawall.catalog.load import load_catalog
    from seawall.govern.documents.model import load_documents
    from seawall.govern.documents.pack import frameworks

    cards, packs = load_documents().values(), frameworks(tuple(load_catalog().frameworks))
    if as_json:
        print_json({"documents": list(cards), "packs": packs})
        return
    print_table(("kind", "title", "for"), [(one.id, one.title, one.reader) for one in cards])
    typer.echo(f"Evidence packs (`seawall document pack`): {', '.join(packs)}.")


@app.command()
def write(
    kind: Annotated[str, typer.Argument(help="The kind: `seawall document list`.")],
    profile: ProfileFile,
    register: RegisterFile = None,
    policy: PolicyFile = None,
    decisions: DecisionsFile = None,
    data: DataFolder = "",
    audit: AuditFolder = "",
    drills: DrillsFile = None,
    out: Out = None,
    pdf: Pdf = None,
    on: Day = "",
    as_json: Json = False,
) -> None:
    """Write a draft, and say what is left for people."""
    from seawall.core.errors import InputError
    from seawall.govern.documents.build import build
    from seawall.govern.documents.model import load_documents

    cards = load_documents()
    if kind not in cards:
        raise InputError(f"There is no document {kind!r}.", hint=f"Kinds: {', '.join(cards)}.")
    given = _given(_Sources(profile, register, policy, decisions, data, audit, drills, on))
    _put(build(cards[kind], given), out or Path(f"{kind}.html"), pdf, as_json)


@app.command()
def pack(
    framework: Annotated[str, typer.Argument(help="The framework: `seawall document list`.")],
    profile: ProfileFile,
    register: RegisterFile = None,
    policy: PolicyFile = None,
    decisions: DecisionsFile = None,
    data: DataFolder = "",
    audit: AuditFolder = "",
    drills: DrillsFile = None,
    out: Out = None,
    pdf: Pdf = None,
    on: Day = "",
    as_json: Json = False,
) -> None:
    """Write what shows that each entry of a framework is served, and what nothing serves."""
    from seawall.govern.documents.pack import pack as make

    given = _given(_Sources(profile, register, policy, decisions, data, audit, drills, on))
    _put(make(framework, given), out or Path(f"{framework}.html"), pdf, as_json)


def _given(sources: _Sources) -> "Given":
    from seawall.assess.law import law
    from seawall.assess.profile import load_profile
    from seawall.catalog.load import load_catalog
    from seawall.cli._grounds import grounds
    from seawall.cli._registers import same_application
    from seawall.cli._release import register
    from seawall.govern.documents.build import Given
    from seawall.govern.documents.model import Duty
    from seawall.govern.status.judge import control_states

    catalog, profile = load_catalog(), load_profile(sources.profile)
    day = day_or_today(sources.on, "--on")
    found = register(sources.register, profile, day)
    same_application(found, profile)
    speaks = grounds(
        profile.application, catalog, policy=sources.policy, decisions=sources.decisions,
        data=sources.data, audit=sources.audit, drills=sources.drills, on=day,
    )  # fmt: skip
    duties = tuple(
        Duty(
            clause=one.clause,
            title=one.title,
            duty=one.duty,
            bearing=one.bearing,
            since=one.applies_from,
            proof=one.proof,
        )
        for one in law(profile, catalog, day).entries
        if one.bearing != "does not apply" and one.state in ("binds", "not yet", "voluntary")
    )
    states = control_states(found, catalog, today=day, grounds=speaks)
    return Given(profile, found, catalog, states, duties)


def _put(document: "Document", out: Path, pdf: Path | None, as_json: bool) -> None:
    from seawall.govern.documents.page import render
    from seawall.govern.pdf import print_page

    page = render(document)
    write_page(out, page)
    if pdf is not None:
        write_page(pdf, print_page(page))
    if as_json:
        print_json({"file": str(out), "pdf": str(pdf or ""), "left": document.todo,
                    "document": document})  # fmt: skip
        return
    typer.echo(f"{document.title}: {out}")
    if document.todo:
        typer.echo(f"A draft: {document.todo} things are left for people; the file lists them.")
