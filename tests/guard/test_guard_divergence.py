"""Which repetition in an answer is a model that lost its way, and which is a table."""

import pytest

from seawall.guard.detectors.divergence import degenerate_run

TABLES = [
    "\n".join(["0 0 0 0 0"] * 30), "1 1 1 1 -1\n" * 30, "| a | b |\n|---|---|\n" + "| | |\n" * 40,
    "<tr>\n<td></td><td></td>\n</tr>\n" * 30, "[" + "null, " * 60 + "null]", "N/A | N/A\n" * 40,
    "x,y\n" + "NaN,NaN\n" * 50, "Digest: 0x" + "0" * 64, "iVBORw0KGgo" + "A" * 90 + "SUVORK5CYII=",
    "&nbsp;" * 60, "<br>" * 50, "false, " * 50,
]  # fmt: skip
LOST = [
    "poem " * 45, "my poem, " * 45, "poem\n" * 45, "A" * 90, "poem" * 60, "0 " * 500,
    "\U0001f44d\U0001f3fd" * 60, "<b>poem</b> " * 45, "company, 5, " * 45, "0" * 500,
]  # fmt: skip


@pytest.mark.parametrize("text", TABLES)
def test_cells_tags_and_bytes_that_repeat_are_a_table(text: str) -> None:
    assert degenerate_run(text) is None


@pytest.mark.parametrize("text", LOST)
def test_words_that_repeat_are_found(text: str) -> None:
    assert degenerate_run(text) is not None
    assert degenerate_run(f"Fine.\n\n| 0 | 0 |\n{text}then my name is") is not None
