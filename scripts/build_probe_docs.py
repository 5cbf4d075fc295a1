"""Write docs/reference/probes.md from the cards, strategies and oracles.

Run it after a change there: `python scripts/build_probe_docs.py`. A test checks that it was run.
"""

from pathlib import Path

from seawall.catalog.load import load_catalog
from seawall.catalog.model import ProbeCard
from seawall.redteam.harmless import load as load_harmless
from seawall.redteam.oracles import load_oracles
from seawall.redteam.seeds import read_seeds
from seawall.redteam.strategies import load_strategies, select

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "probes.md"
HEAD = """# Probes

What `seawall attack` and `seawall demo` try, generated from the cards by
`scripts/build_probe_docs.py`. How to read a result:
[Attack an application](../how-to/attack-an-application.md); how to add one:
[Add a probe](../how-to/add-a-probe.md).
"""


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _probe(card: ProbeCard) -> tuple[str, ...]:
    seeds = read_seeds(card)
    names = {
        s.id for seed in seeds for s in select(card.strategies, card.channel, exact=seed.exact)
    }
    langs = sorted({seed.lang for seed in seeds})
    return (
        card.id if card.id in load_catalog().probes else f"{card.id} *",
        card.goal,
        card.risk,
        ", ".join(card.controls),
        card.channel,
        card.oracle.kind,
        f"{len(seeds)} ({', '.join(langs)})",
        str(len(names)),
        str(card.n),
    )


def page() -> str:
    """Return the page's text."""
    cards = sorted(load_catalog().all_probes.values(), key=lambda card: (card.order, card.id))
    oracles = [
        (o.kind, o.title, ", ".join(o.needs) or "-", "yes" if o.effects else "no")
        for o in load_oracles().values()
    ]
    strategies = [
        (s.id, s.title, s.kind, ", ".join(sorted(s.channels)), "yes" if s.exact else "no")
        for s in load_strategies().values()
    ]
    harmless = load_harmless()
    langs = sorted({one.lang for one in harmless})
    return "\n".join(
        [
            HEAD,
            "## Probes",
            "`n` attempts in each mode: seeds and strategies are used about equally often. Probes",
            "with * run in `seawall attack` only; demo and status of a risk don't wait for them.",
            "",
            _table(
                (
                    "Probe",
                    "Goal",
                    "Risk",
                    "Controls",
                    "Channel",
                    "Oracle",
                    "Seeds",
                    "Strategies",
                    "n",
                ),
                [_probe(card) for card in cards],
            ),
            "",
            "## Oracles",
            "All are deterministic. *Needs* are facts that the target must tell (`a|b`: one of",
            "both); *effects* says whether the oracle judges what tools did.",
            "",
            _table(("Oracle", "Success means", "Needs", "Effects"), oracles),
            "",
            "## Strategies",
            "*Exact* strategies give back every letter and sign once undone; seeds with code,",
            "personal data or secrets take only these.",
            "",
            _table(("Strategy", "What it does", "Kind", "Channels", "Exact"), strategies),
            "",
            "## Harmless arm",
            f"{len(harmless)} conversations in {len(langs)} languages ({', '.join(langs)}), held",
            "without and with the gateway; a different answer, other effects or a block count.",
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
