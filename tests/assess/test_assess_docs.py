"""The reference of the formulas names every formula that a score can carry."""

import re
from pathlib import Path

import pytest

from seawall.assess.profile import parse_profile
from seawall.assess.scoring.formulas import FORMULAS
from seawall.catalog.load import load_catalog

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("formula", sorted(FORMULAS))
def test_the_reference_explains_every_formula(formula: str) -> None:
    text = (DOCS / "reference/scoring.md").read_text(encoding="utf-8")
    assert f"`{formula}`" in text, f"docs/reference/scoring.md says nothing about {formula}"


def test_the_how_to_profile_is_a_profile() -> None:
    text = (DOCS / "how-to/assess-an-application.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert block
    lines = "\n".join(line.removeprefix("   ") for line in block[1].splitlines())
    profile = parse_profile(lines, "how-to", load_catalog().questions)
    assert profile.value("tools.approval") is None
