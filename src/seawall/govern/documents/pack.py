"""Evidence pack of one framework: each entry, the controls that serve it, and what shows them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from seawall import __version__
from seawall.catalog.model import Reference
from seawall.core.errors import InputError
from seawall.govern.documents.build import Given
from seawall.govern.documents.model import Document, Part, Table
from seawall.govern.status.model import ControlState, State, counts
from seawall.govern.words import count, plain, plural

# Families of clauses that have no pinned index of their own, by the beginning of their ids.
CLAUSES = {"iso-42001": "ISO42001-", "soc-2": "SOC2-"}
NOTHING = "no control of the catalogue serves it"
_SHOWS: tuple[State, ...] = ("tested-pass", "attested")
# States about which there is nothing more to say: such controls share a line.
_SILENT: tuple[State, ...] = ("not tested", "not applicable")
_NAMES = {"iso-42001": "ISO/IEC 42001, by number", "soc-2": "SOC 2 criteria, by number"}


def frameworks(given_frameworks: Sequence[str]) -> tuple[str, ...]:
    """Return what a pack can be about."""
    return (*given_frameworks, *CLAUSES)


def pack(framework: str, given: Given) -> Document:
    """Return the pack. Raises InputError for a framework that the catalogue does not hold.

    An entry that nothing serves stands in it too, and says so; there is no share of anything.
    """
    catalog = given.catalog
    if framework in CLAUSES:
        entries = {
            key: clause.title
            for key, clause in catalog.clauses.items()
            if key.startswith(CLAUSES[framework])
        }
        title, pinned = _NAMES[framework], "Numbers only: its text is not ours to carry."
    elif framework in catalog.frameworks:
        card = catalog.frameworks[framework]
        entries, title = card.entries, card.title
        pinned = f"Pinned at {card.pin}. {card.attribution}"
    else:
        known = ", ".join(frameworks(tuple(catalog.frameworks)))
        raise InputError(f"There is no framework {framework!r}.", hint=f"Frameworks: {known}.")
    serving = _serving(framework, given)
    threatened = _threatened(framework, given)
    parts = (
        Part(
            title="Each entry and what serves it",
            text="An entry counts as shown only where a control that serves it was tested, or a "
            "person attests it, and neither is too old.",
            tables=(_entries(entries, serving, threatened),),
            todo=(),
        ),
        Part(
            title="Evidence of each control",
            text="",
            tables=(_evidence(serving),),
            todo=(),
        ),
        Part(
            title="What this rests on",
            text="Everything above follows from these, and can be made again from them.",
            tables=(_grounds(given, pinned),),
            todo=(),
        ),
    )
    return Document(
        kind="pack", title=f"Evidence pack: {title}", reader="auditors", intro=pinned,
        application=plain(given.register.application), subject=plain(given.profile.title),
        created=given.register.created[:10], model=plain(given.register.model), parts=parts,
        open=(),
    )  # fmt: skip


def _serving(framework: str, given: Given) -> dict[str, dict[str, ControlState]]:
    """Return what serves an entry, by entry: what it is called there -> the state of the control.

    A control serves what it names itself, and what a risk endangers that applies and that it acts
    on; then that risk is named with it.
    """
    found: defaultdict[str, dict[str, ControlState]] = defaultdict(dict)
    states = {one.control: one for one in given.states}
    for key, card in given.catalog.controls.items():
        for entry in _named(framework, given, card.references, card.clauses):
            found[entry][key] = states[key]
    for entry, risks in _threatened(framework, given).items():
        for risk in risks:
            for key in given.catalog.controls_of_risk.get(risk, ()):
                if key not in found[entry]:
                    found[entry][f"{key}, on {risk}"] = states[key]
    return dict(found)


def _threatened(framework: str, given: Given) -> dict[str, list[str]]:
    """Return the risks that apply or may apply and that name an entry, by entry."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in given.register.risks:
        if row.applicability == "does not apply" or row.risk not in given.catalog.risks:
            continue
        card = given.catalog.risks[row.risk]
        for entry in _named(framework, given, card.references, card.clauses):
            found[entry].append(row.risk)
    return dict(found)


def _named(
    framework: str, given: Given, references: Sequence[Reference], clauses: Sequence[str]
) -> set[str]:
    """Return the entries of a framework that a card names, itself or by a clause."""
    if framework in CLAUSES:
        return {name for name in clauses if name.startswith(CLAUSES[framework])}
    named = (given.catalog.clauses[name] for name in clauses)
    entries = {one.id for one in references if one.fw == framework}
    return entries | {one.ref for one in named if one.fw == framework}


def _entries(
    entries: Mapping[str, str],
    serving: Mapping[str, Mapping[str, ControlState]],
    threatened: Mapping[str, Sequence[str]],
) -> Table:
    rows = []
    # A control may name a paragraph, "50(1)", of an entry that the index holds as "50".
    for key in sorted({*entries, *serving}, key=_natural):
        found = serving.get(key, {})
        rows.append(
            (
                f"{key} {plain(entries.get(key, ''))}".strip(),
                _conclusion(found),
                _controls(found) or NOTHING,
                ", ".join(threatened.get(key, ())) or "none",
            )
        )
    return Table(
        caption="Entries",
        head=("Entry", "What shows it", "Controls and their state", "Risks here"),
        rows=tuple(rows), empty="The index is empty.",
    )  # fmt: skip


def _conclusion(found: Mapping[str, ControlState]) -> str:
    """Say what shows an entry; a control that failed its test or is too old stands first."""
    by: defaultdict[str, list[str]] = defaultdict(list)
    for one in {one.control: one for one in found.values()}.values():
        by[one.state].append(f"{one.control} ({plain(one.title)})")
    said = []
    if by["tested-fail"]:
        said.append(f"Against it: {', '.join(by['tested-fail'])} failed a test.")
    if by["not shown"]:
        said.append(f"Too few tries decide about {', '.join(by['not shown'])}.")
    if by["expired"]:
        said.append(f"Too old: what showed {', '.join(by['expired'])}.")
    shown = [name for state in _SHOWS for name in by[state]]
    if shown:
        said.append(f"Shown by {', '.join(shown)}.")
    elif by["not tested"]:
        said.append(
            f"Not shown: {plural(len(by['not tested']), 'control')} not tested or attested."
        )
    elif not said:
        said.append("Nothing here shows it.")
    return "\n".join(said)


def _controls(found: Mapping[str, ControlState]) -> str:
    """Return the controls with their states, a line each; those of which nothing is known share."""
    lines = [f"{name}: {one.state}" for name, one in found.items() if one.state not in _SILENT]
    for state in _SILENT:
        names: dict[str, list[str]] = {}
        for name, one in found.items():
            if one.state == state:
                risks = names.setdefault(one.control, [])
                risks += [risk] if (risk := name.partition(", on ")[2]) else []
        if names:
            told = [f"{key} on {' and '.join(on)}" if on else key for key, on in names.items()]
            lines.append(f"{state}: {', '.join(told)}")
    return "\n".join(lines)


def _grounds(given: Given, pinned: str) -> Table:
    """Return what the pack was made of, so that somebody else can make it again."""
    register = given.register
    tries = sum(row.off.n + row.on.n for row in register.pitfalls)
    states = ", ".join(f"{count(n)} {name}" for name, n in counts(given.states).items())
    attacked = f"{plural(tries, 'scored attempt')} on {plural(len(register.pitfalls), 'pitfall')}"
    rows = (
        ("Register", f"{plain(register.application)}, made on {plain(register.created)}"),
        ("Attacks in it", attacked if tries else "none: nothing was attacked"),
        ("Loss figures", f"seed {register.seed}, {count(register.draws)} draws"),
        ("States of all controls", states),
        ("Framework", pinned),
        ("Made by", f"Seawall {__version__}"),
    )
    return Table(caption="Grounds", head=("What", "Which"), rows=rows, empty="")


def _natural(key: str) -> list[tuple[int, str]]:
    """Sort 2.10 after 2.9."""
    pieces = "".join(char if char.isalnum() else " " for char in key).split()
    return [(int(one), "") if one.isdigit() else (-1, one) for one in pieces]


def _evidence(serving: Mapping[str, Mapping[str, ControlState]]) -> Table:
    states = {one.control: one for found in serving.values() for one in found.values()}
    rows = []
    for key in sorted(states):
        one = states[key]
        items = "\n".join(
            f"{item.source} {item.subject}: {plain(item.sentence)}"
            + (f" Counts until {item.until}." if item.until else "")
            for item in one.evidence
        )
        name = f"{key} {plain(one.title)}"
        rows.append((name, one.state, plain(one.reason), items or "nothing was given"))
    return Table(
        caption="Controls", head=("Control", "State", "Why", "Evidence"), rows=tuple(rows),
        empty="No control of the catalogue serves this framework.",
    )  # fmt: skip
