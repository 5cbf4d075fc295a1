"""The messages of a plain text: mails below their headers, lines of a chat, entries of an inbox.

Only the layout tells them apart: what begins alike more than once begins a message, and its first
lines say who wrote it. Lists of records in JSON or YAML are read elsewhere.
"""

import re
from collections import Counter
from itertools import pairwise, takewhile

import msgspec

_HEAD, _MOST = 300, 200
# What begins a message: a number, a time or a handle; its form is compared, not what it says.
_OPENING = re.compile(r"[\[(#@]?(?:[#@]|no\.? |nr\.? )?[\w:.,/-]{1,24}[\])]?[:.)]?(?=\s|$)")
# A list in JSON or YAML; a time in brackets begins none.
_LIST = re.compile(r"\s*(?:\{|\[\s*[\[{\"'\]])|- ")
_MARKS = frozenset("0123456789#@[(")
_RUN = re.compile(r"[^\W\d_]+|\d+")
_HEADER = re.compile(r"(?:from|sender|author|by|von|de|da|van|od) ?: ?([^\n]{2,80})")
_KEY = re.compile(r"[\w -]{2,20}: ")
_MOST_KEYS = 12
# Keys that not every mail has.
_OPTIONAL = frozenset(("cc", "bcc", "reply-to", "labels", "attachments", "attachment", "priority"))
# "Ann Lee <ann@x>", "@ann:": an address in a sentence wrote nothing.
_WROTE = re.compile(
    r"(?:[^\W\d_][\w.'’-]{0,24}[ ,]{1,2}){0,5}<[^<>\s@]{1,60}@[^<>\s@]{1,80}>|@[\w.-]{2,40}(?= ?:)"
)


# What parts the records of a list.
_BREAKS = ("}, {", "},{", "\n- ")


class Message(msgspec.Struct, frozen=True):
    """Where a message stands, and who wrote it; "" where that is not sure."""

    start: int
    end: int
    author: str


def records(text: str, *, wrapped: bool = False) -> list[tuple[int, int]]:
    """Return the character ranges of a list's records; one range where a text is no list.

    `wrapped`: an object that holds a list counts as one.
    """
    whole = [(0, len(text))]
    head = text.lstrip()[:1]
    if (head == "[" or (head == "{" and wrapped)) and "{" in text:
        marks: tuple[str, ...] = _BREAKS[:2]
    elif head == "-" and re.search(r"\n {2}\w+: ", text):
        marks = _BREAKS[2:]
    else:
        return [(one.start, one.end) for one in messages_of(text)] or whole
    cuts = sorted(at for mark in marks for at in _places(text, mark))
    bounds = [0, *(at + 1 for at in cuts), len(text)]
    return [(low, high) for low, high in pairwise(bounds) if low < high]


def record_around(text: str, at: int) -> tuple[int, int]:
    """Return the record of a list that holds a place; the whole text where none does."""
    return next((one for one in records(text) if one[0] <= at < one[1]), (0, len(text)))


def _places(text: str, mark: str) -> list[int]:
    found, at = [], text.find(mark)
    while at >= 0:
        found.append(at)
        at = text.find(mark, at + 1)
    return found


def messages_of(text: str) -> tuple[Message, ...]:
    """Return the messages of a folded text; none where nothing says who wrote what.

    What stands below a header that lacks keys of the first, or beyond the last message that is
    looked at, has no author: somebody else's message may hold it.
    """
    if _LIST.match(text):
        return ()
    lines, at = [], 0
    for line in text.split("\n"):
        lines.append((at, line))
        at += len(line) + 1
    headed, alike = _headed(lines), [(at, True) for at in _alike(lines)]
    first = headed[0][0] if headed else len(text)
    # A header in somebody's message makes no mails of a chat.
    own = [_author(text, *one) for one in pairwise([*(at for at, _ in alike), len(text)])]
    heads = alike if alike and alike[0][0] < first and sum(map(bool, own)) > 1 else headed or alike
    if not heads:
        return ()
    ends = [*(at for at, _ in heads[1:]), len(text)]
    found = tuple(
        Message(low, high, _author(text, low, high) if sure and index < _MOST else "")
        for index, ((low, sure), high) in enumerate(zip(heads, ends, strict=True))
    )
    return found if any(one.author for one in found) else ()


def _headed(lines: list[tuple[int, str]]) -> list[tuple[int, bool]]:
    """Return where messages begin that have a header, at its first line; and whether it is whole.

    Whole: it has the keys that the first one has.
    """
    found: dict[int, bool] = {}
    wanted: set[str] = set()
    for index, (_, line) in enumerate(lines):
        if not _HEADER.match(line):
            continue
        first = index
        while first and index - first < _MOST_KEYS and _KEY.match(lines[first - 1][1]):
            first -= 1
        at, keys = lines[first][0], set()
        for _, one in lines[first : index + _MOST_KEYS]:
            if not (key := _KEY.match(one)):
                break
            keys.add(key.group().rstrip(" :"))
        wanted = wanted or keys - _OPTIONAL
        found.setdefault(at, wanted <= keys)
    return sorted(found.items())[: _MOST + 1]


def _alike(lines: list[tuple[int, str]]) -> list[int]:
    """Return where lines begin that say who writes, and whose openings are made alike."""
    opened = [(at, match.group()) for at, line in lines if (match := _OPENING.match(line))]
    forms = [(at, _RUN.sub(_kind, key)) for at, key in opened if _MARKS.intersection(key)]
    counts = Counter(form for _, form in forms)
    return [at for at, form in forms if counts[form] > 1][: _MOST + 1]


def _kind(run: re.Match[str]) -> str:
    return "0" if run.group().isdigit() else "a"


def _author(text: str, low: int, high: int) -> str:
    """Return who wrote a message: its first line says it, or the keys at its head."""
    lines = text[low : min(high, low + _HEAD)].split("\n")
    if not _KEY.match(lines[0]):
        if wrote := _WROTE.search(lines[0]):
            return wrote.group()
        del lines[0]
    keys = takewhile(_KEY.match, lines)
    return next((match[1] for one in keys if (match := _HEADER.match(one))), "")
