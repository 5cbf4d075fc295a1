"""The words of a long text are looked up at once: exactly as one by one, whatever they are."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.guard.reading import words
from seawall.guard.reading.vocabulary import LONGEST
from seawall.guard.reading.vocabulary import words as common_words
from seawall.guard.reading.word_table import WordTable, common

COMMON = sorted(word for word in common_words() if word.isascii())
LONG = [word for word in COMMON if len(word) > 8]
# What stands between words, and what only looks like a letter.
BETWEEN = st.text(" \t\n\r\x00\x1f\x7f.,;:!?()[]@`{|}0123456789-_/", max_size=3)
WORDS = st.one_of(
    st.sampled_from(COMMON),
    st.sampled_from(LONG),
    st.sampled_from(COMMON).map(str.upper),
    st.sampled_from(("don't", "Anna's", "they'll", "ig'nore", "'", "''", "rock'n'roll")),
)
# Words that nearly are common: a letter more, fewer or another, at every place.
NEARLY = st.builds(
    lambda word, at, letter, more: word[: at % (len(word) + 1)] + letter + word[at + more :],
    st.sampled_from([*COMMON, *LONG]), st.integers(0, LONGEST), st.sampled_from(("", "e", "q")),
    st.integers(0, 2),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_AT_ONCE", [common().holds])
    monkeypatch.setattr(words, "_LONG", 0)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.tuples(st.one_of(WORDS, NEARLY), BETWEEN), max_size=12))
def test_all_at_once_says_what_one_by_one_says(pieces: list[tuple[str, str]]) -> None:
    text = "".join(word + between for word, between in pieces)
    one_by_one = common_words().issuperset(words.words_in(text))
    assert words.common_alone(text) == one_by_one


def test_each_common_word_is_held_and_none_that_differs_in_a_letter() -> None:
    table = common()
    assert all(map(table.holds, COMMON))
    assert table.holds(" ".join(COMMON)) and table.holds(", ".join(COMMON).upper())
    for word in COMMON[::7]:
        others = (f"{word}q", f"q{word}", word[:-1] + "q", "q" + word[1:], word[: len(word) // 2])
        for other in others:
            assert table.holds(other) == (other in common_words() or not other), other


@pytest.mark.parametrize("size", [8, 9, 16, 17, LONGEST, LONGEST + 1, 24, 25, 200])
def test_words_of_every_length_are_compared_to_their_last_letter(size: int) -> None:
    word = ("abcdefghijklmnopqrstuvwxyz" * 8)[:size]
    table = WordTable([word] if size <= LONGEST else [])
    assert table.holds(f"({word}) {word}") == (size <= LONGEST)
    assert not table.holds(word[:-1] + "0" + "z")
    assert not table.holds(word[:-1] + chr(ord(word[-1]) ^ 1))


def test_words_that_share_every_slot_are_told_apart() -> None:
    many = [a + b + c for a in "abcdefgh" for b in "ijklmnop" for c in "qrstuvwx"]
    table = WordTable(many[::2])
    assert [table.holds(word) for word in many] == [True, False] * (len(many) // 2)


def test_a_text_without_words_holds_none_that_is_not_common() -> None:
    assert all(WordTable([]).holds(text) for text in ("", " ", "12. 34!", "\n\n"))
    assert not WordTable([]).holds("a")


def test_without_numpy_the_words_are_looked_up_one_by_one() -> None:
    code = (
        "import sys; from seawall.guard import views; views.prepare()\n"
        "assert views.glance('the parcel waits ' * 900)\n"
        "sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_text_waits_for_the_tables_of_ciphers() -> None:
    code = (
        "from seawall.guard import views; views.prepare()\n"
        "from seawall.guard.reading import ciphers\n"
        "print('_rows' in vars(ciphers._undoing()))"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "True"
