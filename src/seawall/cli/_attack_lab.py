"""What `seawall attack lab` does: attack the bundled agent bare and behind a gateway, compare."""

from pathlib import Path

import msgspec
import typer

from seawall.catalog.load import load_catalog
from seawall.cli._attack_run import Order, carry_out
from seawall.cli._compared import tell
from seawall.cli._output import print_json, print_table
from seawall.core.errors import InputError, NotScoredError
from seawall.core.files import write_atomically
from seawall.demo.lab.results import Miss, markdown, misses, recorded
from seawall.redteam import comparing
from seawall.redteam.rows import open_rows

OFF, ON = "off.jsonl", "on.jsonl"
# Attempts a probe, harmless conversations; as many as fit into a minute and into 15 on two cores.
_QUICK, _FULL, _HARMLESS = (1, 12), (12, 200), 40


class LabOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The options of `seawall attack lab`; see its help. `probes` empty: see `every`."""

    out: Path
    probes: tuple[str, ...]
    every: bool
    n: int | None
    seed: int
    concurrency: int
    harmless: int
    markdown: Path | None
    misses: Path | None
    as_json: bool


def sized(
    quick: bool, full: bool, given: tuple[bool, int | None, int | None]
) -> tuple[bool, int | None, int]:
    """Return (every probe, attempts, harmless talks) of a preset; what was given goes before it.

    Raises InputError for both presets at once.
    """
    every, n, harmless = given
    if quick and full:
        raise InputError("--quick and --full exclude each other.")
    preset = _QUICK if quick else _FULL if full else None
    if preset is not None:
        every, n = True, n or preset[0]
    usual = preset[1] if preset is not None else _HARMLESS
    return every, n, usual if harmless is None else harmless


def both(order: LabOrder) -> None:
    """Run both arms, or go on where they stopped, and tell what changed.

    Raises InputError for an unknown probe or a folder of another run, NotScoredError when nothing
    can be compared.
    """
    order.out.mkdir(parents=True, exist_ok=True)
    _arm(order, behind=False)
    _arm(order, behind=True)
    head, on = open_rows(order.out / ON)
    comparison = comparing.compare(open_rows(order.out / OFF)[1], on)
    catalog = load_catalog()
    left = misses(comparison, catalog)
    if order.markdown is not None:
        write_atomically(order.markdown, markdown(comparison, catalog))
    if order.misses is not None:
        write_atomically(order.misses, recorded(left, head.created))
    if order.as_json:
        print_json({"comparison": comparison, "misses": left})
    else:
        tell(comparison)
        _tell_misses(left, len(comparison.probes))
    if comparing.unscored(comparison):
        raise NotScoredError("Nothing could be scored.", hint="The rows say why, in `reason`.")


def _arm(order: LabOrder, *, behind: bool) -> None:
    catalog = load_catalog()
    chosen = order.probes or tuple(catalog.all_probes if order.every else catalog.more_probes)
    carry_out(
        Order(
            target="lab",
            model="default",
            key_env="",
            facts=None,
            probes=chosen,
            attempts=frozenset(),
            n=order.n,
            seed=order.seed,
            gateway=behind,
            out=order.out / (ON if behind else OFF),
            concurrency=order.concurrency,
            transcripts=None,
            tau=None,
            dry_run=False,
            as_json=order.as_json,
            harmless=order.harmless,
            calibrate=False,
            folder=order.out,
        )
    )


def _tell_misses(left: list[Miss], probes: int) -> None:
    if left:
        print_table(
            ("passes", "probe", "title", "why"),
            [(f"{miss.passed} of {miss.scored}", miss.probe, miss.title, miss.why)
             for miss in left],
            "What still passes the gateway",
        )  # fmt: skip
    typer.echo(f"{probes - len(left)} of {probes} probes: nothing passed in these attempts.")
