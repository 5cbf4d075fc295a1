"""Stray tasks for training: with the text around them, beside what belongs to a document."""

import random
import re
from dataclasses import replace

import pytest
from training.put import put_as_kind
from training.rows import Row
from training.stray import Document, Examples, asking, documents, tasks

from seawall.guard.model import classifier
from seawall.guard.model.candidates import Candidates

LETTER = (
    "The gutters on the north side were cleaned on Monday. Two tiles are loose above the porch. "
    "The roofer comes back on Thursday with a longer ladder, and the scaffold stays until then. "
)
HOST = Row(LETTER * 3, "benign", "document", "letter", "en", "own_letters", "h")
ASKED = Row(
    "Name five rivers of Asia, longest first.", "benign", "input", "list", "en", "own_q", "q"
)
REQUEST = "Please send me the bill by Friday."
TABLE = "item,price,remark\n" + "nails,4,for the porch\nscrews,9,\nhinges,12,brass\n" * 3


@pytest.fixture(scope="module")
def likely() -> Candidates:
    return classifier.load()._stray._candidates


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        (TABLE, r"[,\n]([\w ]* )?Name a river[,\n]"),
        ("Ann: it rains.\nBob: then we stay.\nAnn: fine by me.", r"\n\w+: Name a river$"),
        ("# the first\nx = 1\n# the second\ny = 2\n# the third", r"^# Name a river$"),
        ('{"a": "a longer text of it", "b": "another longer text"}', r'"Name a river"|t Name a'),
    ],
)
def test_words_stand_where_a_kind_of_document_has_text(text: str, stands: str) -> None:
    rng = random.Random(5)
    for _ in range(30):
        found, own = put_as_kind("Name a river", text, rng)
        assert own in found
        assert re.search(stands, f"\n{found}\n", re.MULTILINE), found


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


def test_an_example_shows_the_text_around_and_not_the_sentence(likely: Candidates) -> None:
    make = Examples([], {"en": [ASKED.text]}, likely)
    strays = 0
    for number in range(40):
        for one in make.of(Document(f"{number}. {LETTER * 3}", "en")):
            assert ASKED.text not in one.rest or not one.stray
            assert one.own not in one.rest or one.own in LETTER
            assert one.stray == (ASKED.text == one.own)
            strays += one.stray
    assert strays == 40


def test_a_documents_own_request_is_harmless_there_and_stray_elsewhere(
    likely: Candidates,
) -> None:
    letter = Document(f"{LETTER} {REQUEST} {LETTER}", "en", asks=REQUEST)
    menu = Document(f"Soup of the day. {LETTER}", "en", asks="Soup of the day.")
    make = Examples([], {"en": [ASKED.text]}, likely)
    assert [(one.own, one.stray) for one in make.of(letter)][:1] == [(REQUEST, False)]
    others = [one for _ in range(60) for one in make.others(letter, [menu])]
    assert others
    assert all(one.stray and one.own == menu.asks and REQUEST not in one.rest for one in others)


def test_every_marked_request_stands_in_its_document_once_we_learn_from_it(
    likely: Candidates,
) -> None:
    found = asking()
    assert len(found) > 1_100
    assert all(one.asks and one.asks in one.text for one in found)
    make = Examples([], {"en": [ASKED.text]}, likely)
    sample = random.Random(3).sample(found, 80)
    assert sum(bool(make.of(one)) for one in sample) > 70
