"""The messages of a plain text: mails below their headers, lines of a chat, entries of an inbox.

Only the layout tells them apart: what begins alike more than once begins a message, and its first
lines say who wrote it. Lists of records in JSON or YAML are read elsewhere.
"""

import re
from collections import Counter

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
# "Ann Lee <ann@x>", "@ann:": an address in a sentence wrote nothing.
_WROTE = re.compile(
    r"(?:[^\W\d_][\w.'’-]{0,24}[ ,]{1,2}){0,5}<[^<>\s@]{1,60}@[^<>\s@]{1,80}>|@[\w.-]{2,40}(?= ?:)"
)


class Message(msgspec.Struct, frozen=True):
    """Where a message stands, and who wrote it."""

    start: int
    end: int
    author: str


def messages_of(text: str) -> tuple[Message, ...]:
    """Return the messages of a folded text; none where nothing says who wrote what."""
    if _LIST.match(text):
        return ()
    lines, at = [], 0
    for line in text.split("\n"):
        lines.append((at, line))
        at += len(line) + 1
    heads = _headed(lines) or _alike(lines)
    bounds = zip(heads, [*heads[1:], len(text)], strict=False)
    found = ((low, high, _author(text[low : min(high, low + _HEAD)])) for low, high in bounds)
    return tuple(Message(low, high, author) for low, high, author in found if author)


def _headed(lines: list[tuple[int, str]]) -> list[int]:
    """Return where messages begin that have a header: at its first line."""
    found = []
    for index, (_, line) in enumerate(lines):
        if _HEADER.match(line):
            while index and _KEY.match(lines[index - 1][1]):
                index -= 1
            found.append(lines[index][0])
    return sorted(set(found))[:_MOST]


def _alike(lines: list[tuple[int, str]]) -> list[int]:
    """Return where lines begin that say who writes, and whose openings are made alike."""
    opened = [(at, match.group()) for at, line in lines if (match := _OPENING.match(line))]
    forms = [(at, _RUN.sub(_kind, key)) for at, key in opened if _MARKS.intersection(key)]
    counts = Counter(form for _, form in forms)
    return [at for at, form in forms if counts[form] > 1][:_MOST]


def _kind(run: re.Match[str]) -> str:
    return "0" if run.group().isdigit() else "a"


def _author(head: str) -> str:
    match = _HEADER.match(head) or re.search(rf"\n{_HEADER.pattern}", head)
    if match:
        return match[1]
    wrote = _WROTE.search(head.partition("\n")[0])
    return wrote.group() if wrote else ""
