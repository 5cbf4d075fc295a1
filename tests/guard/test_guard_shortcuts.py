"""Quick ways of the readings say the same as the plain ones that they stand for."""

import random
import re

from seawall.guard.contract import View
from seawall.guard.reading import clean, glue, vocabulary
from seawall.guard.reading.words import words_in


def _cheapest(letters: str) -> float:
    """Return the cost of the best way to cut letters, every way weighed."""
    costs = vocabulary._costs()
    best = [0.0]
    for end in range(1, len(letters) + 1):
        starts = range(max(0, end - vocabulary.LONGEST), end)
        words = [best[at] + costs.get(letters[at:end], 1e9) for at in starts]
        best.append(min(best[end - 1] + vocabulary._UNKNOWN_CHARACTER, *words))
    return best[-1]


def test_letters_are_cut_into_words_at_the_least_cost() -> None:
    rng = random.Random(7)
    known = list(vocabulary.ranks())
    glued = ["".join(rng.choices(known, k=rng.randrange(1, 7))) for _ in range(150)]
    noise = ["".join(rng.choices("etaoinshrdluü", k=rng.randrange(1, 30))) for _ in range(150)]
    for letters in glued + noise:
        cut = vocabulary.segment(letters)
        assert "".join(cut) == letters
        costs = (
            vocabulary._costs().get(word, vocabulary._UNKNOWN_CHARACTER * len(word)) for word in cut
        )
        assert abs(sum(costs) - _cheapest(letters)) < 1e-6


def test_apostrophes_part_words_but_for_english_endings() -> None:
    assert words_in("don't Anna's ig'nore 'quoted' they'll x'y'z '' '") == [
        "don", "anna", "ig", "nore", "quoted", "they", "x", "y", "z",
    ]  # fmt: skip
    assert words_in("if I say l'été they don’t hear it")[3:7] == ["l", "été", "they", "don"]


def test_markup_is_looked_for_from_sign_to_sign() -> None:
    rng = random.Random(3)
    pieces = ("a", "bc ", "*", "~", "`", "<b>", "</i>", "<!-- x -->", "\\", "\\n", "longer", ". ")
    seen = 0
    for _ in range(3000):
        text = "".join(rng.choices(pieces, k=14))
        found = re.search(clean._MARKUP, text) is not None
        read = clean.without_markup(View(kind="raw", text=text)) is not None
        assert read <= found
        if found:
            whole = re.sub(clean._MARKUP, lambda m: clean._MARK.sub("", m.group()), text)
            assert read == (whole != text)
            seen += read
    assert seen > 100


def test_a_sum_of_names_is_seen_whatever_stands_between() -> None:
    for between in ("+", " + ", ".", " & ", " " * 200 + "+ "):
        assert glue._summed(f"x = first_name{between}second", ("first_name", "second"))
    assert glue._summed("{first}{second}", ("first", "second"))
    assert not glue._summed("It ends. Nothing + adds up & more", ("first", "second"))
