"""Quick ways of the readings say the same as the plain ones that they stand for."""

import random
import re

from broken_support import foreign_of, some_run_is_broken

from seawall.guard.contract import View
from seawall.guard.reading import (
    broken,
    ciphers,
    clean,
    codecs,
    decode,
    fluency,
    gates,
    glue,
    leet,
    seams,
    vocabulary,
)
from seawall.guard.reading import letters as joining
from seawall.guard.reading.words import words_in
from seawall.guard.recognizers import links


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
        assert read == found or (read and clean._cut_words(text))
        signs = [sign.start() for sign in clean._SIGN.finditer(text)]
        wanted = [match.span() for match in clean._MARKUP.finditer(text)]
        assert [match.span() for match in clean._parted(text, signs)] == wanted
        seen += found
    assert seen > 100


def test_a_sum_of_names_is_seen_whatever_stands_between() -> None:
    for between in ("+", " + ", ".", " & ", " " * 200 + "+ "):
        assert glue._summed(f"x = first_name{between}second", ("first_name", "second"))
    assert glue._summed("{first}{second}", ("first", "second"))
    assert not glue._summed("It ends. Nothing + adds up & more", ("first", "second"))


def test_all_ciphers_of_words_are_weighed_at_once() -> None:
    rng = random.Random(11)
    ways = ciphers._undoing()
    for _ in range(60):
        words = ["".join(rng.choices(ciphers._LOWER, k=rng.randrange(1, 14))) for _ in range(6)]
        letters = sum(map(len, words)) * fluency.SCALE
        assert sum(fluency.weight(word)[0] for word in words) / letters == fluency.strangeness(
            words
        )
        weighed = dict(ways.bits(words))
        assert weighed.keys() == ciphers.CIPHERS.keys()
        for name, undo in ciphers.CIPHERS.items():
            assert weighed[name] / letters == fluency.strangeness([*map(undo, words)])


def test_ciphers_leave_letters_with_accents_alone() -> None:
    rng = random.Random(19)
    for _ in range(60):
        words = [
            "".join(rng.choices(ciphers._LOWER + "äéößçøж", k=rng.randrange(1, 14)))
            for _ in range(6)
        ]
        parts = fluency.shifting(words)
        letters = sum(map(len, parts)) * fluency.SCALE
        assert ("".join(parts)).lower() == "".join(fluency.fold(" ".join(words)))
        for name, bits in ciphers._undoing().bits(parts) if letters else ():
            undone = fluency.fold(" ".join(map(ciphers.CIPHERS[name], words)))
            assert bits / letters == fluency.strangeness(undone)


def test_letters_that_words_make_up_are_seen_without_their_cut() -> None:
    rng = random.Random(23)
    known = [word for word in vocabulary.ranks() if len(word) > 2]
    for _ in range(300):
        words = rng.choices(known, k=rng.randrange(3, 6))
        assert vocabulary.parts_in("".join(words), len(words), {rng.choice(words)})
        assert not vocabulary.parts_in("".join(words), len(words), frozenset())
    assert not vocabulary.parts_in("theandqx", 4, {"the"})
    assert not vocabulary.parts_in("thethethethe", 3, {"the"})
    assert not vocabulary.parts_in("houseparty", 2, {"house"})


def test_long_words_are_cut_where_they_may_be_a_sentence_alone() -> None:
    rng = random.Random(29)
    short = [word for word in vocabulary.ranks() if word.isascii() and len(word) < 8][:1500]
    some = [*joining._FUNCTION_WORDS]
    seen = 0
    for _ in range(3000):
        glued = "".join(rng.choices(short, k=2) + rng.choices(some, k=rng.randrange(3)))
        if not joining._LEAST_LONG <= len(glued) < joining._LEAST_UNKNOWN:
            continue
        cut = vocabulary.segment(glued)
        wanted = vocabulary.plausible(cut) and len(cut) > 2 and joining.sentence(cut)
        assert (joining._glued(glued) is not None) == wanted
        seen += wanted
    assert seen > 100


def test_leet_is_seen_without_its_places() -> None:
    rng = random.Random(29)
    pieces = (
        "pr3v10us ",
        "th3 ",
        "c4t ",
        "(see) ",
        "3pm ",
        "A4 ",
        "5",
        "a",
        "!",
        " ",
        "word ",
        "x" * 33,
        "\x80",
        "€",
        "é",
        "А",
    )
    seen = 0
    for _ in range(1000):
        text = "".join(rng.choices(pieces, k=rng.randrange(1, 12)))
        tokens = [match.group() for match in leet.tokens(text)]
        found = [leet.leet_word(token) for token in tokens]
        sizes = [len(one[0]) for one in found if one and one[1]]
        enough = len(sizes) >= leet._DENSE or leet._enough(sizes)
        assert leet._may_read(text) == enough or "x" * 33 in text or "\x80" in text
        assert leet._may_read(text) >= enough
        seen += enough
    assert 150 < seen < 980


def test_no_run_of_broken_words_is_passed_over() -> None:
    rng = random.Random(31)
    pieces = (
        "ig-no-re", " ", " ", ", ", " al l", "the ", "prev ious", ": ", "\n", "’", "'", "d", "n't ",
        "·", "    ", "é", "Ⓐ", "instr uc tions ", "–", "“", "5", "u", " sys tem ", "K",
    )  # fmt: skip
    seen = 0
    for _ in range(1500):
        text = "".join(rng.choices(pieces, k=rng.randrange(4, 24)))
        shown = gates.signs(text)
        wanted = some_run_is_broken(text, shown)
        lower = "".join(foreign_of(shown)).lower()
        assert broken._some_broken(text, shown, lower) >= wanted
        seen += wanted
    assert 100 < seen < 1400


def test_quotations_stand_in_a_row_only_where_the_gate_says_so() -> None:
    rng = random.Random(37)
    pieces = (
        '"ab"',
        "'c'",
        "`d`",
        '"',
        "'",
        " ",
        " + ",
        ",",
        ";",
        "\\\n",
        "..",
        "||",
        "x",
        ". ",
        "\n",
    )
    seen = 0
    for _ in range(1500):
        text = "".join(rng.choices(pieces, k=rng.randrange(2, 9)))
        rows = list(glue._adjacent(text, list(glue._QUOTED.finditer(text))))
        assert not rows or "quotes" in gates.signs(text).gates
        seen += bool(rows)
    assert seen > 200


def test_no_stretch_is_passed_over_that_a_cipher_reads() -> None:
    rng = random.Random(13)
    known = [word for word in vocabulary.ranks() if word.isascii() and len(word) > 2]
    names, read = list(ciphers.CIPHERS), 0
    for _ in range(2000):
        undo = ciphers.CIPHERS[rng.choice(names)]
        plain = rng.choices(known, k=rng.randrange(1, 12))
        words = [undo(word) if rng.random() < 0.7 else f"{word}qx" for word in plain]
        found = ciphers._reads(words, ciphers.CIPHERS, {*words})
        made = bytes(bool(ciphers._makes_known(word)) for word in words)
        assert ciphers._may_read(made) or not found
        read += bool(found)
    assert read > 500


def test_ciphers_of_many_words_are_undone_at_once() -> None:
    rng = random.Random(17)
    known = [word for word in vocabulary.ranks() if len(word) > 2]
    undoing, read = list(ciphers.CIPHERS.values()), 0
    for _ in range(500):
        plain = rng.choices(known, k=rng.randrange(1, 40))
        made = {rng.choice(undoing)(word) if rng.random() < 0.4 else f"{word}qx" for word in plain}
        unknown = made - vocabulary.words()
        wanted = {word for word in unknown if ciphers._makes_known(word)}
        # New words, and those that were seen before.
        assert ciphers._readable(unknown) == wanted
        assert ciphers._readable(unknown) == wanted
        read += len(wanted)
    assert read > 1000
    assert len(ciphers._PLAIN) <= ciphers._MOST_PLAIN


def test_so_many_plain_words_are_kept_and_no_more() -> None:
    for start in range(0, 60_000, 3000):
        words = frozenset(f"{chr(97 + at % 26)}qx{at}" for at in range(start, start + 3000))
        ciphers._readable(words)
        assert len(ciphers._PLAIN) <= ciphers._MOST_PLAIN
    before = len(ciphers._PLAIN)
    ciphers._readable(frozenset(["qx" * 5000]))
    assert len(ciphers._PLAIN) == before


def test_words_in_small_letters_part_like_others() -> None:
    rng = random.Random(19)
    known = [word for word in vocabulary.ranks() if word.isascii()][:400]
    parted = 0
    for _ in range(1500):
        glued = "".join(rng.choices(known, k=rng.randrange(2, 7)))
        found = joining._apart(glued)
        assert found == joining._apart(glued.capitalize())
        parted += found is not None
    assert parted > 100


def test_assigned_names_are_found_from_sign_to_sign() -> None:
    rng = random.Random(5)
    pieces = (
        "a", "let ", "x1", "i", "is", " is ", "=", ":=", ":", " :=", " ", "\n", " " * 70, '"', "'",
        "“", "”", '"v"', "'w'", "“z”", ";", ",", "(", "s", "const ", "$", '="b"', ": 'c'", "A_b",
        "é", '"' + "q" * 400 + '"', '"' + "q" * 401 + '"',
    )  # fmt: skip
    seen = 0
    for _ in range(6000):
        text = "".join(rng.choices(pieces, k=rng.randrange(2, 25)))
        wanted = [(m.span(), m.groups()) for m in glue._ASSIGNED.finditer(text)]
        assert [(m.span(), m.groups()) for m in glue._assigned(text)] == wanted
        seen += len(wanted)
    assert seen > 500


def test_values_are_counted_without_finding_them() -> None:
    rng = random.Random(7)
    pieces = ("a", "is", " is ", "=", ":=", ":", " ", "\n", "\x1c", '"', "'", '"v"', "'w'", '="b"')
    many = few = 0
    for _ in range(4000):
        text = "".join(rng.choices(pieces, k=rng.randrange(2, 12)))
        found = len(glue._SIGNED.findall(text)) + len(glue._IS.findall(text))
        assert found < 2 or not glue._few_values(text)
        many, few = many + (found > 1), few + glue._few_values(text)
    assert min(many, few) > 500


def test_compounds_are_found_from_sign_to_sign() -> None:
    rng = random.Random(41)
    pieces = ("a", "bc", "_", "-", ".", "/", "|", " ", "1", "é", "x" * 39, "Y" * 41)
    seen = 0
    for _ in range(5000):
        text = "".join(rng.choices(pieces, k=rng.randrange(2, 30)))
        wanted = [match.span() for match in joining._COMPOUND.finditer(text)]
        assert [match.span() for match in joining._compounds(text)] == wanted
        seen += len(wanted)
    assert seen > 100


def test_base64_is_found_as_bytes() -> None:
    rng = random.Random(43)
    pieces = ("abcdefghijkl", "A", "z1", "\n", " ", ">", "é", "=", "=", "-", "abc", "\r\n", "/")
    seen = 0
    for _ in range(5000):
        text = "".join(rng.choices(pieces, k=rng.randrange(2, 24)))
        wanted = [match.span() for match in decode._BASE64.finditer(text)]
        assert [match.span() for match in decode._base64(text)] == wanted
        seen += len(wanted)
    assert seen > 500


def test_what_quotations_must_have_is_counted_without_finding_them() -> None:
    rng = random.Random(47)
    pieces = ("'", '"', "`", "“", "”", "a", "b ", " ", "\n", "+", ".", "' + '", "é", "1", "_")
    seen = 0
    for _ in range(5000):
        text = "".join(rng.choices(pieces, k=rng.randrange(2, 24)))
        found = len(glue._QUOTED.findall(text))
        if found >= glue._LEAST_QUOTED:
            assert glue._most_quoted(text) >= glue._LEAST_QUOTED
            seen += 1
    assert seen > 500


def test_pieces_that_no_common_word_has_in_it_make_none() -> None:
    rng = random.Random(53)
    known = [word for word in vocabulary.ranks() if len(word) > 3]
    for word in rng.choices(known, k=2000):
        start = rng.randrange(len(word))
        piece = word[start : rng.randrange(start, len(word)) + 1]
        assert broken._inside(piece, broken.grams())
    assert not broken._inside("adeyinka", broken.grams())


def test_a_word_in_hexadecimal_is_found_in_every_notation() -> None:
    expression = next(found for kind, found, _ in decode._RUNS if kind == "hex")
    for run in (
        r"\x69\x67\x6e\x6f", r"\\\x69\\\x67\\\x6e\\\x6f", "0x69 0x67,0x6e\n0x6f", "0x69676e6f7265",
        "69 67 6e 6f 72 65", "69:67:6e:6f:72:65", "69,\n67 6e-6f 72 65", "69676e6f7265",
    ):  # fmt: skip
        found = expression.search(f"see {run} here")
        assert found is not None
        assert found.group().strip() == run
        assert codecs.from_hex(found.group()) in ("igno", "ignore")
    for other in (
        "69676e6f726",
        "x69676e6f7265",
        "69 67 6e 6f 72",
        "69676e6f7265z",
        r"\x69\x67\x6e",
    ):
        assert expression.search(f"see {other} here") is None


def test_links_are_found_where_their_notations_begin() -> None:
    rng = random.Random(59)
    pieces = (
        "http", "HTTPS", "ftp", "wss", "ws", "://", "//", "/", "www.", "a.b", "example.com/x", "](",
        "[x]", "[", "]:", ": ", "!", "(", ")", "<", "<a ", "<A href=", 'href="', "<img src=", ">",
        "<\u017fcript src=x", "url(", "URL(", '"', "'", " ", "\n", "   ", "x", "@", ".",
        "http\u017f", "w\u00df", "<link href=",
    )  # fmt: skip
    seen = {True: 0, False: 0}
    for _ in range(8000):
        text = "".join(rng.choices(pieces, k=rng.randrange(2, 25)))
        for image, expression in ((True, links._IMAGE), (False, links._LINK)):
            wanted = [(m.span(), m.groups()) for m in expression.finditer(text)]
            assert [(m.span(), m.groups()) for m in links._found(text, image=image)] == wanted
            seen[image] += len(wanted)
    assert min(seen.values()) > 1000


def test_seams_are_counted_only_where_there_may_be_enough() -> None:
    rng = random.Random(61)
    known = [word for word in vocabulary.ranks() if word.isascii() and len(word) > 3]
    seen = 0
    for _ in range(600):
        text = rng.choice((" ", ", ", "")).join(rng.choices(known, k=6))
        size = rng.randrange(3, 12)
        cut = [text[at : at + size] for at in range(0, len(text), size)]
        every = seams.seams(cut, 0)
        for least in range(1, 6):
            assert seams.seams(cut, least) == (every if every >= least else 0)
        seen += every > 1
    assert 100 < seen < 600
