"""Commands over the rows of runs: group findings, judge them, shorten them, stop them."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from seawall.cli._output import Json, print_json, print_table

Runs = Annotated[list[Path], typer.Argument(help="Rows of runs (--out), the oldest first.")]
Run = Annotated[Path, typer.Argument(help="Rows of a run (--out).")]
JudgedFile = Annotated[Path, typer.Option(help="File of people's verdicts.")]
Findings = Annotated[
    list[str] | None, typer.Option("--finding", help="Only this finding (F-...); repeat it.")
]


def triage(runs: Runs, judged: JudgedFile = Path("triage.yaml"), as_json: Json = False) -> None:
    """Group what succeeded into findings, over several runs: new, known, back or gone."""
    from seawall.cli._attack_again import cards_of
    from seawall.redteam.rows import open_rows
    from seawall.redteam.triage import faults
    from seawall.redteam.verdicts import read_judged

    read = [open_rows(path) for path in runs]
    cards = {name: card for head, _ in read for name, card in cards_of(head).items()}
    words = read_judged(judged)
    found = faults(read, cards, words)
    elsewhere = sorted({one.finding for one in words} - {one.id for one in found})
    if as_json:
        print_json({"findings": found, "judged_elsewhere": elsewhere})
        return
    print_table(
        ("finding", "state", "mode", "risk", "probe", "succeeded", "seeds", "disguise", "evidence",
         "verdict"),
        [
            (one.id, one.state, one.mode.value, one.risk, one.probe,
             f"{len(one.attempts)} of {one.tried}", str(len(one.seeds)), one.disguise,
             one.evidence, one.verdict)
            for one in found
        ],
    )  # fmt: skip
    false = [one for one in found if one.judged is not None and one.judged.verdict == "false"]
    states = Counter(one.state for one in found if one not in false)
    untried = states["not tried again"]
    left = states.total() - states["gone"] - untried
    attempts = sum(len(one.attempts) for one in found)
    typer.echo(
        f"Attempts that succeeded: {attempts}. Findings: {len(found)}, open: {left}"
        + (f", not tried again: {untried}" if untried else "")
        + (f", judged false: {len(false)}." if false else ".")
    )
    if elsewhere:
        typer.echo(f"Judged, but in none of these runs: {', '.join(elsewhere)}.")


def verdict(
    finding: Annotated[str, typer.Argument(help="Id of the finding (F-...).")],
    word: Annotated[str, typer.Argument(help="true or false: is it a finding?")],
    by: Annotated[str, typer.Option(help="Who says so.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    judged: JudgedFile = Path("triage.yaml"),
    as_json: Json = False,
) -> None:
    """Say by name, with a reason, whether a finding is a true or a false one."""
    from datetime import UTC, datetime

    import msgspec

    from seawall.core.errors import InputError
    from seawall.redteam.verdicts import Judged, judge

    given = {"finding": finding, "verdict": word, "by": by, "reason": reason,
             "date": datetime.now(UTC).date().isoformat()}  # fmt: skip
    try:
        said = msgspec.convert(given, Judged)
    except msgspec.ValidationError as error:
        raise InputError(f"The verdict cannot be kept: {error}.") from None
    judge(judged, said)
    if as_json:
        print_json(said)
        return
    typer.echo(f"{finding}: {word}, by {by}. Kept in {judged}.")


def minimise(
    run: Run,
    finding: Findings = None,
    most: Annotated[int, typer.Option(min=1, help="Requests a finding, at most.")] = 120,
    save: Annotated[
        Path | None, typer.Option(help="Folder: save each as a case for `attack --cases`.")
    ] = None,
    judged: JudgedFile = Path("triage.yaml"),
    as_json: Json = False,
) -> None:
    """Shorten the attack behind each finding to the least text that still succeeds."""
    from seawall.cli._attack_shorten import shorten

    shorten(run, tuple(finding or ()), most, save, judged, as_json)


def mitigate(
    run: Run,
    policy: Annotated[Path, typer.Option(help="The policy in force.")],
    finding: Findings = None,
    each: Annotated[int, typer.Option(min=1, help="Attempts of each finding to replay.")] = 4,
    harmless: Annotated[int, typer.Option(min=1, help="Harmless conversations to hold.")] = 40,
    disturbed: Annotated[
        int, typer.Option(min=0, help="Harmless conversations that one change may disturb.")
    ] = 0,
    out: Annotated[Path | None, typer.Option(help="Write the changed policy.")] = None,
    judged: JudgedFile = Path("triage.yaml"),
    as_json: Json = False,
) -> None:
    """Find changes of the policy that stop the findings, and prove them by replay."""
    from seawall.cli._attack_mitigate import Wanted, propose

    propose(
        Wanted(
            run=run, policy=policy, findings=tuple(finding or ()), each=each, harmless=harmless,
            disturbed=disturbed, out=out, judged=judged, as_json=as_json,
        )
    )  # fmt: skip


COMMANDS: dict[str, Callable[..., None]] = {
    "triage": triage,
    "verdict": verdict,
    "minimise": minimise,
    "mitigate": mitigate,
}
