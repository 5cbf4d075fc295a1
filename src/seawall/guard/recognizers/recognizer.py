"""What recognises one kind of personal data: a form, a check, and words that must stand near."""

import re
from collections.abc import Callable

import msgspec

# Any run of 7 to 19 digits, grouped or not, and an extension. Every kind of number shares it: the
# shared pass then matches and counts a number once, however many kinds it may be.
NUMBER = (
    r"\(?\b[0-9](?:[ \-./()]{0,2}[0-9]){6,18}"
    r"(?:\b|[ ,]{0,2}(?:x|ext\.?|extension|durchwahl|poste)[ :.]{0,2}[0-9]{1,6}\b)"
)


_SHORT = 4
# Hebrew, the first script behind Latin, Greek, Cyrillic and Armenian: from here on words join.
_JOINING = "\u0590"


class Recognizer(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of personal data. `check` sees the value without separators, upper case.

    `words`: context of which one must stand near; empty means none is needed. `counts`: how many
    digits a part of a NUMBER must have. `shape`: how the value must be written. `raw`: the check
    sees it as written. `keyed`: the expression holds its words, and the value is its group.
    `checked`: sure enough to count in a reading that is right by chance. `not_after`: what may not
    stand before the value.
    """

    label: str
    expression: str
    check: Callable[[str], bool]
    words: tuple[str, ...] = ()
    score: float = 0.95
    counts: tuple[int, ...] = ()
    shape: re.Pattern[str] | None = None
    raw: bool = False
    keyed: re.Pattern[str] | None = None
    checked: bool = False
    not_after: re.Pattern[str] | None = None


def always(_: str) -> bool:
    """Accept any value."""
    return True


def distance(words: tuple[str, ...], before: str, after: str) -> int | None:
    """Return how far the nearest of the words stands from a value, or None if none is near.

    Both texts are lower case. A short word must stand alone, a long one may be inflected, and so
    may one of a script that writes words without spaces or with articles in front. Several words,
    or one with a sign, begin where a word does.
    """
    nearest: int | None = None
    # Most words stand nowhere near.
    for word in [word for word in words if word in before or word in after]:
        for text, backwards in ((before, True), (after, False)):
            at = text.rfind(word) if backwards else text.find(word)
            alone = len(word) <= _SHORT and word[-1] < _JOINING
            begins = not word.isalpha() and word[0] < _JOINING
            while at >= 0 and (
                (alone and not _alone(text, at, at + len(word)))
                or (begins and text[max(0, at - 1) : at].isalpha())
            ):
                at = text.rfind(word, 0, at) if backwards else text.find(word, at + 1)
            if at >= 0:
                far = len(text) - at - len(word) if backwards else at
                nearest = far if nearest is None else min(nearest, far)
    return nearest


def _alone(text: str, start: int, end: int) -> bool:
    return not (text[max(0, start - 1) : start].isalpha() or text[end : end + 1].isalpha())


def one(
    label: str,
    expression: str,
    check: Callable[[str], bool],
    *words: str,
    score: float = 0.95,
    raw: bool = False,
    checked: bool = False,
    not_after: str = "",
) -> Recognizer:
    """Return a recognizer with an expression of its own; `words` must stand near the value."""
    return Recognizer(
        label=label,
        expression=expression,
        check=check,
        words=words,
        score=score,
        raw=raw,
        checked=checked,
        not_after=re.compile(rf"(?:{not_after})\Z", re.IGNORECASE) if not_after else None,
    )


def number(
    label: str,
    counts: int | tuple[int, ...],
    check: Callable[[str], bool],
    *words: str,
    shape: str = "",
    score: float = 0.95,
    checked: bool = False,
    not_after: str = "",
) -> Recognizer:
    """Return a recognizer for a number of so many digits; `shape` is how it must be written."""
    return Recognizer(
        label=label,
        expression=NUMBER,
        check=check,
        words=words,
        score=score,
        counts=counts if isinstance(counts, tuple) else (counts,),
        shape=re.compile(shape) if shape else None,
        checked=checked,
        not_after=re.compile(rf"(?:{not_after})\Z", re.IGNORECASE) if not_after else None,
    )


_BETWEEN = (
    r"(?:[ ._-]?(?:numbers?|nummer|número|numero|numéro|num|no|nr|n[°º]|id|code|#)){0,2}"
    r"[\"'.)]{0,2}[ \t]{0,3}(?:(?:is|was|ist|lautet|est|es|è|é|jest|to|of|:|=|#|-)[\"' \t]{0,3}){0,2}"
)


def keyed(
    label: str,
    names: str,
    value: str,
    check: Callable[[str], bool] = always,
    score: float = 0.8,
    *,
    raw: bool = False,
) -> Recognizer:
    """Return a recognizer for a value right behind one of its names ("Passport no.: X123")."""
    # RE2 cannot ask what follows: "dni" is no piece of "dnia".
    ends = r"(?!(?<=[^\W\d_])[^\W\d_])"
    return Recognizer(
        label=label,
        expression=rf"\b(?:{names}){_BETWEEN}({value})\b",
        check=check,
        score=score,
        raw=raw,
        keyed=re.compile(rf"\b(?:{names}){ends}{_BETWEEN}({value})\b", re.IGNORECASE),
    )
