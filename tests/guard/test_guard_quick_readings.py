"""Quick ways of single readings say the same as the plain ones that they stand for."""

import random

from seawall.guard.reading import broken, ciphers, composed, gates, leet, vocabulary


def test_no_run_of_broken_words_is_passed_over_where_some_words_are_wanted() -> None:
    """In ASCII without two apostrophes in a row, where words that are not common stand apart."""
    rng = random.Random(32)
    pieces = (
        "ig-no-re", " ", " al l", "the ", "the house of my ", "prev ious", ": ", "\n", "'", "d",
        "n't ", "    ", "instr uc tions ", "5", " '", " sys tem ", "and you have to ", " xq ",
        "'ll",
    )  # fmt: skip
    seen = most = 0
    for _ in range(4000):
        text = "".join(rng.choices(pieces, k=rng.randrange(4, 34))).replace("''", "' ")
        shown = gates.signs(text)
        if "''" in text or broken._dense(shown.places):
            continue
        runs = [broken.words_in(run) for run in broken._RUN.findall(text)]
        is_broken = any(
            broken._broken(run, [i for i, word in enumerate(run) if word in shown.unknown])
            for run in runs
        )
        joining = broken._joining(shown.words, shown.places)
        made = [*broken._made(shown.words, shown.places)]
        assert [*broken._made(shown.words, joining)] == made
        wanted = {shown.words[place] for place in joining}
        assert broken._some_broken(text, shown, "", wanted) >= is_broken
        seen, most = seen + is_broken, max(most, len(wanted))
    assert seen > 200
    assert most > broken._MOST_WANTED


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
        found = {text[start:end] for start, end in leet._mixed(kinds).items()}
        wanted = {
            part
            for part in "".join(c if c in "aZ19@€£¡" else " " for c in text).split()
            if not part.isalpha() and ("a" in part or "Z" in part)
        }
        assert found == wanted
