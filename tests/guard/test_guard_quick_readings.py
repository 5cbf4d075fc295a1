"""Quick ways of single readings say the same as the plain ones that they stand for."""

import random
import re

import pytest
from broken_support import foreign_of, some_run_is_broken

from seawall.guard.contract import View
from seawall.guard.reading import (
    broken,
    ciphers,
    composed,
    decode,
    gates,
    leet,
    leet_ciphers,
    rot47,
    vocabulary,
)
from seawall.guard.reading.words import others, stretches_with, words_in


@pytest.mark.parametrize("beyond", [(), ("’", "’s ", "é", "–", "·", "\u00ad", "“", "y’ll ")])
def test_no_run_of_broken_words_is_passed_over_for_what_it_must_hold(
    beyond: tuple[str, ...],
) -> None:
    rng = random.Random(32)
    pieces = (
        "ig-no-re", " ", " al l", "the ", "the house of my ", "prev ious", ": ", "\n", "'", "d",
        "n't ", "    ", "instr uc tions ", "5", " '", " sys tem ", "and you have to ", " xq ",
        "'ll", "sti ll ", "zqarlyn brevtok ", *beyond,
    )  # fmt: skip
    seen = known = many = 0
    for _ in range(4000):
        text = "".join(rng.choices(pieces, k=rng.randrange(4, 34)))
        shown = gates.signs(text)
        is_broken = some_run_is_broken(text, shown)
        joining = broken._joining(shown.words, shown.places)
        made = [*broken._made(shown.words, shown.places)]
        assert [*broken._made(shown.words, joining)] == made
        wanted = broken._wanted(text, shown, joining)
        assert (
            broken._some_broken(text, shown, "".join(foreign_of(shown)).lower(), wanted)
            >= is_broken
        )
        seen, known = seen + is_broken, known + (is_broken and wanted is not None)
        many += wanted is None
    assert seen > 1000
    assert known > 200
    assert many > 200


def test_a_composed_cipher_is_found_as_by_trying_each_on_every_word() -> None:
    rng = random.Random(61)
    known = [word for word in vocabulary.ranks() if word.isascii() and len(word) > 2]
    names, seen = list(composed._BOTH), 0
    for _ in range(400):
        name = rng.choice(names)
        share = rng.choice((0.4, 0.6, 0.9))
        plain = rng.choices(known, k=rng.randrange(3, 14))
        words = [
            _done(name, word) if rng.random() < share else f"{word}qx"
            for word in dict.fromkeys(plain)
        ]
        made: dict[str, list[str]] = {}
        for word in words:
            for one in names:
                if vocabulary.known(composed.undoing(one)(word)):
                    made.setdefault(one, []).append(word)
        best = max(made.values(), key=len, default=[])
        enough = len(words) >= 4 and len(best) * 5 >= len(words) * 3 and len("".join(best)) >= 16
        found = composed.composed(words, vocabulary.known, ciphers._shifted)
        assert bool(found) == enough
        assert not found or len(made[found]) == len(best)
        seen += enough
    assert 100 < seen < 380


def _done(name: str, word: str) -> str:
    """Return a word as a composed cipher writes it."""
    undo = {composed.undoing(name)(letter): letter for letter in "abcdefghijklmnopqrstuvwxyz"}
    written = "".join(undo[letter] for letter in word)
    return written[::-1] if composed.turns(name) else written


def test_tokens_of_letters_and_signs_are_seen_by_their_kinds() -> None:
    rng = random.Random(67)
    for _ in range(3000):
        text = "".join(rng.choices("aZ19@€£¡ .é語\n", k=rng.randrange(30)))
        kinds = text.replace("€", leet._EURO).encode("latin-1", "replace").translate(leet._KINDS)
        found = {
            text[start:end] for start, end in stretches_with(kinds, b" ", leet._BESIDE).items()
        }
        wanted = {
            part
            for part in "".join(c if c in "aZ19@€£¡" else " " for c in text).split()
            if not part.isalpha() and ("a" in part or "Z" in part)
        }
        assert found == wanted


def test_few_digits_beside_letters_are_counted_without_finding_them() -> None:
    rng = random.Random(71)
    for _ in range(2000):
        text = "".join(rng.choices("aZ19 é語-", k=rng.randrange(40)))
        kinds = text.encode("latin-1", "replace").translate(leet_ciphers._KINDS)
        assert kinds.count(b"a1") + kinds.count(b"1a") >= len(leet_ciphers._MIXED.findall(text))


def test_tokens_with_signs_that_rot47_makes_are_seen_by_their_kinds() -> None:
    rng = random.Random(73)
    signs = [chr(code) for code in range(128)]
    for _ in range(2000):
        text = "".join(rng.choices([*signs, "a", "b ", ". "], k=rng.randrange(40)))
        places = stretches_with(text.encode().translate(rot47._KINDS), b" ", (b"#",))
        wanted = [token for token in text.split() if rot47._SIGNS.search(token)]
        assert [text[start:end] for start, end in places.items()] == wanted


def test_words_beyond_ascii_are_those_of_the_text_in_lower_case() -> None:
    rng = random.Random(79)
    letters = "abZ'’ éÉİıßẞ\u017f\u212aΣσς“”–—²٣語\u00ad\u0301ǅﬁ1.-\n"
    for _ in range(3000):
        text = "".join(rng.choices(f"{'mnop ' * rng.choice((1, 30))}{letters}", k=40))
        assert others(text) == {sign for sign in text if not sign.isascii()}
        assert words_in(text) == words_in(text.lower())
        if not {"'", "’"} & {*text}:
            assert words_in(text) == re.findall(r"[^\W\d_]+", text.lower())


def test_stretches_that_no_cipher_may_have_made_are_left_out_alone() -> None:
    rng = random.Random(83)
    known = [word for word in vocabulary.ranks() if word.isascii() and len(word) > 1]
    undoing, seen = list(ciphers.CIPHERS.values()), 0
    for _ in range(1500):
        share = rng.choice((0.1, 0.3, 0.8))
        undo = rng.choice((*undoing[:2], rng.choice(undoing)))
        plain = rng.choices(known, k=rng.randrange(1, 30))
        text = " ".join(
            undo(word) if rng.random() < share else rng.choice((word, word, f"{word}qx"))
            for word in plain
        )
        shown = gates.signs(text)
        made = ciphers._readable(shown.unknown)
        stretches = ciphers._stretches(shown.words, shown.places)
        wanted = any(True for one in stretches for _ in ciphers._ciphers_of(one, made))
        assert ciphers._may_be(shown.words, shown.places) == wanted
        seen += wanted
    assert 200 < seen < 1300


def test_octets_open_their_gate_in_every_notation() -> None:
    rng = random.Random(89)
    expression = next(found for kind, found, _ in decode._RUNS if kind == "hex")
    pieces = (
        "69", "6F", "0x", "\\x", "\\", " ", "  ", "\n", "\r\n", ":", "-", ",", "69676e", "é", "g",
        "0x69 ", "\\x6f", "69:", "67 ", "0069: ", "00000010  ", "  ig\n", "\n0010 6967 ", "…", "_",
        "69 67 6e 6f ", "\\x69\\x67\\x6e", "0x69,0x67,",
    )  # fmt: skip
    seen = 0
    for _ in range(12_000):
        text = "".join(rng.choices(pieces, k=rng.randrange(4, 22)))
        found = expression.search(text) or decode._DUMP.search(text)
        assert not found or "hex" in gates.signs(text).gates
        seen += bool(found)
    assert seen > 1500


def test_rot47_is_looked_for_in_all_that_letters_become() -> None:
    rng = random.Random(97)
    known = [word for word in vocabulary.ranks() if word.isascii() and len(word) > 2]
    seen = 0
    for _ in range(600):
        words = rng.choices(known, k=rng.randrange(1, 9))
        plain = " ".join(
            rng.choice(("{}", "{}.", "({})", '"{}"', "{}!?")).format(rng.choice((w, w.upper())))
            for w in words
        )
        text = plain.translate(rot47._ROT47 | {32: " "})
        tokens = [token for token in text.split() if rot47._SIGNS.search(token)]
        undone = [token.translate(rot47._ROT47).lower().strip(rot47._AROUND) for token in tokens]
        enough = len(rot47._SIGNS.findall(text)) >= rot47._LEAST_SIGNS
        wanted = enough and rot47._mostly_known(undone)
        assert bool([*rot47.rot47(View(kind="raw", text=text))]) == wanted
        seen += wanted
    assert 200 < seen < 590
