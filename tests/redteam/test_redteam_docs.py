"""The reference page is what the cards say."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_page_is_current() -> None:
    built = runpy.run_path(str(ROOT / "scripts" / "build_probe_docs.py"))
    page = (ROOT / "docs" / "reference" / "probes.md").read_text(encoding="utf-8")
    assert page == built["page"](), "run: python scripts/build_probe_docs.py"


@pytest.mark.parametrize("name", ["attack-an-application.md", "add-a-probe.md"])
def test_guides_name_what_exists(name) -> None:
    import re

    from seawall.catalog.load import load_catalog
    from seawall.redteam.oracles import load_oracles
    from seawall.redteam.strategies import load_strategies

    text = (ROOT / "docs" / "how-to" / name).read_text(encoding="utf-8")
    known = load_catalog().all_probes
    for probe in re.findall(r"PRB-[A-Z]+(?:-[A-Z]+)+", text):
        assert probe in known or probe.startswith("PRB-MY"), probe
    for kind in re.findall(r"oracle: \{kind: ([a-z-]+)", text):
        assert kind in load_oracles(), kind
    for path in re.findall(r"`(src/seawall/[\w/.-]+)`", text):
        assert (ROOT / path).exists() or "PRB-MY" in path, path
    for strategy in re.findall(r"strategies/\w+/(\w+)\.py", text):
        assert strategy.replace("_", "-") in load_strategies()


def test_example_card_can_be_planned(facts) -> None:
    from seawall.catalog.model import ProbeCard
    from seawall.core.yamlfile import decode
    from seawall.redteam.planning import plan

    text = (ROOT / "docs" / "how-to" / "add-a-probe.md").read_text(encoding="utf-8")
    card = decode(text.partition("```yaml\n")[2].partition("```")[0], "example", ProbeCard)
    planned = plan(card, facts)
    assert len(planned) == card.n
    assert all(one.slots["canary"] for one in planned)


def test_coverage_page_names_every_probe_and_strategy() -> None:
    import re

    from seawall.catalog.load import load_catalog
    from seawall.redteam.strategies import load_strategies

    text = (ROOT / "docs" / "reference" / "red-team-coverage.md").read_text(encoding="utf-8")
    assert set(re.findall(r"PRB-[A-Z-]+[A-Z]", text)) == set(load_catalog().all_probes)
    hiding = {name for name, s in load_strategies().items() if s.kind == "text"} - {"plain"}
    assert hiding <= set(re.findall(r"`([a-z0-9-]+)`", text))
    for row in (line for line in text.splitlines() if line.startswith("| ") and "---" not in line):
        status = row.rstrip(" |").split("|")[-1].strip()
        assert status.startswith(("Status", "covered", "not yet", "in part", "elsewhere")), row


def test_the_page_of_names_names_what_exists() -> None:
    import re

    from seawall.catalog.load import load_catalog
    from seawall.redteam.strategies import load_strategies

    text = (ROOT / "docs" / "reference" / "red-team-names.md").read_text(encoding="utf-8")
    assert set(re.findall(r"PRB-[A-Z-]+[A-Z]", text)) <= set(load_catalog().all_probes)
    # Quoted is a strategy, or an option or command that begins otherwise.
    quoted = {name for name in re.findall(r"`([^`]+)`", text) if not name.startswith(("--", "sea"))}
    known = set(load_strategies())
    for name in quoted:
        assert set(name.split("+")) <= known, name
    rows = [line for line in text.splitlines() if line.startswith("| ") and "Status" not in line]
    for row in rows:
        status = row.rstrip(" |").split("|")[-1].strip()
        assert status.startswith(("covered", "not yet", "in part", "elsewhere")), row
    named = [re.split(r"[(,)]", row.split("|")[1]) for row in rows]
    assert sum(len([one for one in part if one.strip()]) for part in named) > 300
