"""Stray tasks for training: half the rows carry one, in the window, marked; half carry none."""

from dataclasses import replace

from training.rows import Row
from training.stray import stray

LETTER = (
    "The gutters on the north side were cleaned on Monday. Two tiles are loose above the porch. "
    "The roofer comes back on Thursday with a longer ladder, and the scaffold stays until then. "
)
HOST = Row(LETTER * 3, "benign", "document", "letter", "en", "own_letters", "h")
ASKED = Row(
    "Name five rivers of Asia, longest first.", "benign", "input", "list", "en", "own_q", "q"
)


def test_half_of_the_rows_hold_a_marked_task() -> None:
    rows = stray([replace(HOST, text=f"{n}. {LETTER * 3}") for n in range(40)] + [ASKED], 40)
    attacks = [row for row in rows if row.label == "injection"]
    assert len(rows) == 2 * len(attacks) > 0
    assert all(row.span and row.span in row.text for row in attacks)
    assert all(row.stage == "document" for row in rows)
    assert not any(ASKED.text in row.text for row in rows if row.label == "benign")


def test_what_people_ask_about_themselves_is_no_stray_task() -> None:
    own = replace(ASKED, text="Can I get my money back for the ticket?")
    desk = replace(ASKED, text="Which platform does the night train use?", source="banking77")
    rows = stray([*[replace(HOST, text=f"{n}. {LETTER * 3}") for n in range(40)], own, desk], 40)
    assert rows
    assert not any(text in row.text for row in rows for text in (own.text, desk.text))


def test_a_task_keeps_its_neighbours_of_a_long_document() -> None:
    long = [replace(HOST, text=f"{n}. {LETTER * 14}") for n in range(30)]
    for row in stray([*long, ASKED], 20):
        assert len(row.text) < 1_300
        assert not row.text[:1].isspace()
