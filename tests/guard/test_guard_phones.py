"""What is quick to say of the words around a number rules out nothing that they tell."""

import itertools
import re._constants as signs
import re._parser as parser
from collections.abc import Iterator
from typing import Any

import pytest

from seawall.guard.recognizers import checks, personal, phones

_FILLER = "x"


def shortest(parsed: Any) -> Iterator[str]:
    """Yield texts in ASCII that an expression matches: repeats as often as they must, or once more.

    Only the first of what may stand in a class that names none of its signs; looks are left out.
    """
    each = [list(dict.fromkeys(_one(*item))) for item in parsed]
    return map("".join, itertools.product(*each))


def _one(kind: Any, value: Any) -> Iterator[str]:
    if kind is signs.LITERAL:
        yield from [chr(value)] if value < 128 else []
    elif kind is signs.IN:
        literal = all(what is signs.LITERAL for what, _ in value)
        yield from [chr(sign) for _, sign in value if sign < 128] if literal else [_FILLER]
    elif kind is signs.BRANCH:
        yield from itertools.chain.from_iterable(map(shortest, value[1]))
    elif kind is signs.SUBPATTERN:
        yield from shortest(value[3])
    elif kind is signs.MAX_REPEAT:
        least, most, inner = value
        for times in {least, min(least + 1, most)}:
            yield from map("".join, itertools.product(list(shortest(inner)), repeat=times))
    elif kind in (signs.ASSERT, signs.ASSERT_NOT, signs.AT):
        yield ""
    else:
        yield _FILLER


@pytest.mark.parametrize(
    ("expressions", "pieces"),
    [
        ((phones._NEAR.pattern, phones._DIRECT.pattern), phones._NAMING),
        ((phones._NOT_AFTER.pattern,), phones._REFUSING),
    ],
)
def test_what_names_or_refuses_a_number_holds_a_piece(
    expressions: tuple[str, ...], pieces: tuple[str, ...]
) -> None:
    without_fill = [one.replace(phones._FILL, "") for one in expressions]
    texts = {text for one in without_fill for text in shortest(parser.parse(one))}
    assert len(texts) > 100
    assert [text for text in texts if not phones._may(pieces, text)] == []


@pytest.mark.parametrize("text", ["Tél : ", "TELE\u017fON ", "номер телефона ", "\u212aomórka"])
def test_beyond_ascii_nothing_is_ruled_out(text: str) -> None:
    assert phones._may(("no such piece",), text)


def test_no_kind_of_number_is_asked_whose_words_stand_nowhere_near() -> None:
    assert personal._asked(10, ("the reading was ", " at noon")) == ()
    assert [one.label for one in personal._asked(16, ("", ""))] == ["payment-card"]


@pytest.mark.parametrize("count", personal._BY_COUNT)
def test_every_kind_of_number_is_asked_beside_each_of_its_words(count: int) -> None:
    for one in personal._BY_COUNT[count]:
        for near in [("", ""), *((word, "") for word in one.words), *(("", w) for w in one.words)]:
            assert (one in personal._asked(count, near)) or (one.words and near == ("", ""))


@pytest.mark.parametrize(
    ("digits", "holds"),
    [("79927398713", True), ("79927398710", False), ("0", True), ("18", True), ("", True)],
)
def test_luhn(digits: str, holds: bool) -> None:
    assert checks.luhn(digits) is holds
