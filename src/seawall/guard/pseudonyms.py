"""How pseudonyms are written, how models bend them, and a restorer for streamed answers.

A pseudonym is `<PERSON_1>`: a kind and a number. Models change case, put a space or a backslash
in, drop the brackets or write them as entities; `TOKEN` reads all of it.
"""

import re
from collections.abc import Callable, Iterable

PERSONAL = frozenset({"personal-data", "answer-personal-data", "personal-names"})
OTHER = "ID"
LITERAL = "TEXT"
_KIND_OF_LABEL = {
    "person": "PERSON",
    "street-address": "ADDRESS",
    "location": "PLACE",
    "organisation": "ORGANISATION",
    "email": "EMAIL",
    "phone": "PHONE",
    "payment-card": "CARD",
    "iban": "ACCOUNT",
    "bank-account": "ACCOUNT",
    "bank-routing": "ACCOUNT",
    "date-of-birth": "DATE",
}
KINDS = tuple(sorted({*_KIND_OF_LABEL.values(), OTHER, LITERAL}))
# The longest way to write one is shorter than this.
LONGEST = 48
_DIGITS = 6
Key = tuple[str, int]
# One sign of a token: its expression, and whether it must stand.
_Sign = tuple[str, bool]


def kind_of(label: str) -> str:
    """Return the kind of pseudonym for a finding's label."""
    return _KIND_OF_LABEL.get(label, OTHER)


def written(kind: str, number: int) -> str:
    """Return a pseudonym."""
    return f"<{kind}_{number}>"


def _exactly(text: str) -> list[_Sign]:
    return [(re.escape(letter), True) for letter in text]


def _forms(kind: str) -> Iterable[list[_Sign]]:
    """Yield the ways to write a kind with any number, sign by sign, the bare one last."""
    letters = [(f"[{letter}{letter.lower()}]", True) for letter in kind]
    number: list[_Sign] = [("[0-9]", True), *[("[0-9]", False)] * (_DIGITS - 1)]
    middle: list[_Sign] = [(r"\\", False), (r"[_\-\s]", True)]
    space: list[_Sign] = [(r"\s", False)]
    yield [("<", True), *space, *letters, *middle, *number, *space, (">", True)]
    yield [*_exactly("\\<"), *letters, *middle, *number, *_exactly("\\>")]
    yield [*_exactly("&lt;"), *letters, *middle, *number, *_exactly("&gt;")]
    yield [("\\[", True), *letters, *middle, *number, ("\\]", True)]
    yield [*_exactly(kind), (r"\\", False), ("_", True), *number]


def _whole(signs: list[_Sign]) -> str:
    return "".join(sign if needed else f"(?:{sign})?" for sign, needed in signs)


def _beginning(signs: list[_Sign]) -> str:
    """Return an expression for every beginning of a token."""
    rest = ""
    for sign, needed in reversed(signs):
        rest = f"(?:{sign}{rest})?" if needed else f"(?:{sign})?{rest}"
    return rest


def _compiled() -> tuple[re.Pattern[str], re.Pattern[str]]:
    whole, begun = [], []
    for kind in KINDS:
        *closed, bare = _forms(kind)
        whole += [_whole(form) for form in closed]
        whole.append(rf"(?<!\w){_whole(bare)}(?!\w)")
        begun += [_beginning(form) for form in closed]
        begun.append(rf"(?<!\w){_beginning(bare)}")
    return re.compile("|".join(whole)), re.compile("|".join(begun))


TOKEN, _BEGUN = _compiled()
_PARTS = re.compile(r"([A-Za-z]+)\\?[_\-\s]([0-9]+)(?:\s?>|\\>|&gt;|\]|)\Z")


def key_of(token: str) -> Key:
    """Return kind and number of what TOKEN matched."""
    found = _PARTS.search(token)
    if found is None:
        raise ValueError("not a pseudonym")
    return found.group(1).upper(), int(found.group(2))


class Restorer:
    """Restores pseudonyms in a text that arrives in pieces, however it is cut.

    Holds back at most LONGEST characters: what may still become a pseudonym.
    """

    __slots__ = ("_before", "_held", "_restore")

    def __init__(self, restore: Callable[[str], str]) -> None:
        """`restore`: what restores a whole text."""
        self._restore = restore
        self._held = ""
        self._before = ""

    def feed(self, piece: str) -> str:
        """Take a piece; return what is certain by now."""
        text, at = self._before + self._held + piece, len(self._before)
        done: list[str] = []
        while True:
            begun = _first_begun(text, at)
            found = TOKEN.search(text, at)
            if found is None or found.start() >= begun or not _certain(found, text):
                break
            done += [text[at : found.start()], self._restore(found.group())]
            at = found.end()
        cut = min(begun, len(text))
        done.append(text[at:cut])
        self._before = text[max(0, cut - 1) : cut]
        self._held = text[cut:]
        return "".join(done)

    def finish(self) -> str:
        """Return the rest."""
        held, self._held = self._held, ""
        if not held:
            return ""
        found = TOKEN.search(self._before + held, len(self._before))
        if found is None:
            return held
        start, end = found.start() - len(self._before), found.end() - len(self._before)
        return held[:start] + self._restore(found.group()) + self._restore(held[end:])


def _certain(found: re.Match[str], text: str) -> bool:
    """Return whether nothing that follows could change a match: its bracket is closed, or more."""
    return found.end() < len(text) or not text[found.end() - 1].isalnum()


def _first_begun(text: str, at: int) -> int:
    """Return where the earliest token begins that the end of the text leaves open."""
    for start in range(max(at, len(text) - LONGEST), len(text)):
        if (text[start] in "<\\&[" or text[start].isupper()) and _BEGUN.fullmatch(text, start):
            return start
    return len(text)
