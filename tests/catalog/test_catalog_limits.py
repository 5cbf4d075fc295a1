"""What passed in the published lab run stands as a limit in the cards of its controls."""

import json
import re
from datetime import date, datetime
from pathlib import Path

import pytest

from seawall.catalog.load import DATA, LAB, Catalog, load_catalog
from seawall.catalog.model import LabRun
from seawall.cli.main import run
from seawall.core.errors import InputError
from seawall.demo.lab.results import Miss, recorded

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "lab-results.md"


def published() -> dict[str, tuple[int, int]]:
    """The page's table of what passes: probe -> (passed, scored)."""
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (\d+) \| (PRB-[A-Z0-9-]+) ", text, re.MULTILINE)
    return {probe: (int(passed), int(scored)) for passed, scored, probe in rows}


def test_data_and_page_are_of_one_run() -> None:
    lab = load_catalog().lab
    assert len(lab.misses) > 30
    assert lab.misses == published(), "run `seawall attack lab --misses --markdown`, update both"
    told = re.search(r"Measured on (\d+ \w+ \d{4})", PAGE.read_text(encoding="utf-8"))
    assert told is not None
    assert datetime.strptime(told[1], "%d %B %Y").date() == date.fromisoformat(lab.measured)


def test_each_miss_is_a_limit_of_every_control_that_its_probe_tests() -> None:
    catalog = load_catalog()
    for probe, (passed, scored) in catalog.lab.misses.items():
        controls = catalog.all_probes[probe].controls
        assert controls
        for control in controls:
            assert control in catalog.controls
            told = catalog.limits_of_control[control]
            title = catalog.all_probes[probe].title
            day = catalog.lab.measured
            assert f"{title} ({probe}): {passed} of {scored} passed on {day}" in told
    total = sum(len(told) for told in catalog.limits_of_control.values())
    assert total == sum(len(catalog.all_probes[p].controls) for p in catalog.lab.misses)


def test_the_command_shows_them(capsys) -> None:
    assert run(["catalog", "show", "CTL-INJ-INPUT", "--json"]) == 0
    links = json.loads(capsys.readouterr().out)["linked_from"]
    passed, unseen = (keys for name, keys in links.items() if name.startswith("limits"))
    assert any(one.startswith("Orders in verse (PRB-VERSE): ") for one in passed)
    assert any("(injection): " in one and "drawn" in one for one in unseen)
    assert run(["catalog", "show", "CTL-INJ-INPUT"]) == 0
    told = capsys.readouterr().out
    assert "limits: what still passed in the lab:\n- " in told
    assert "\n- Orders in verse (PRB-VERSE): " in told


def test_what_a_run_writes_is_what_the_catalogue_reads(tmp_path: Path) -> None:
    found = [Miss(probe="PRB-VERSE", title="t", passed=3, scored=4, why="w"),
             Miss(probe="PRB-BOLA", title="t", passed=1, scored=4, why="w")]  # fmt: skip
    (tmp_path / LAB).write_bytes(recorded(found, "2026-11-29"))
    lab = Catalog(tmp_path).lab
    assert lab == LabRun(measured="2026-11-29", misses={"PRB-BOLA": (1, 4), "PRB-VERSE": (3, 4)})
    (tmp_path / LAB).write_text("{}")
    with pytest.raises(InputError, match="lab run"):
        _ = Catalog(tmp_path).lab
    assert (DATA / LAB).exists()
    assert Catalog(tmp_path / "none").lab.misses == {}
