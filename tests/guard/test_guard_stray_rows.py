"""Stray tasks for training: with the text around them, beside what belongs to a document."""

import random
from dataclasses import replace

from training.rows import Row
from training.stray import Document, Examples, asking, documents, tasks

LETTER = (
    "The gutters on the north side were cleaned on Monday. Two tiles are loose above the porch. "
    "The roofer comes back on Thursday with a longer ladder, and the scaffold stays until then. "
)
HOST = Row(LETTER * 3, "benign", "document", "letter", "en", "own_letters", "h")
ASKED = Row(
    "Name five rivers of Asia, longest first.", "benign", "input", "list", "en", "own_q", "q"
)
REQUEST = "Please send me the bill by Friday."


def test_what_people_ask_about_themselves_is_no_stray_task() -> None:
    own = replace(ASKED, text="Can I get my money back for the ticket?")
    desk = replace(ASKED, text="Which platform does the night train use?", source="banking77")
    found = tasks([own, desk, ASKED])["en"]
    assert ASKED.text in found
    assert not {own.text, desk.text} & set(found)


def test_documents_are_harmless_texts_of_outsiders() -> None:
    bad = replace(HOST, label="injection", text=f"bad {LETTER * 3}")
    short = replace(HOST, text="Short.")
    assert [one.text for one in documents([HOST, bad, short, ASKED])] == [HOST.text]


def test_an_example_shows_the_text_around_and_not_the_sentence() -> None:
    make = Examples([], {"en": [ASKED.text]}, None)
    strays = 0
    for number in range(40):
        for one in make.of(Document(f"{number}. {LETTER * 3}", "en")):
            assert ASKED.text not in one.rest or not one.stray
            assert one.own not in one.rest or one.own in LETTER
            assert one.stray == (ASKED.text == one.own)
            strays += one.stray
    assert strays == 40


def test_a_documents_own_request_is_harmless_there_and_stray_elsewhere() -> None:
    letter = Document(f"{LETTER} {REQUEST} {LETTER}", "en", asks=REQUEST)
    menu = Document(f"Soup of the day. {LETTER}", "en", asks="Soup of the day.")
    make = Examples([], {"en": [ASKED.text]}, None)
    assert [(one.own, one.stray) for one in make.of(letter)][:1] == [(REQUEST, False)]
    others = [one for _ in range(60) for one in make.others(letter, [menu])]
    assert others
    assert all(one.stray and one.own == menu.asks and REQUEST not in one.rest for one in others)


def test_every_marked_request_stands_in_its_document_once_we_learn_from_it() -> None:
    found = asking()
    assert len(found) > 700
    assert all(one.asks and one.asks in one.text for one in found)
    make = Examples([], {"en": [ASKED.text]}, None)
    sample = random.Random(3).sample(found, 80)
    assert sum(bool(make.of(one)) for one in sample) > 70
