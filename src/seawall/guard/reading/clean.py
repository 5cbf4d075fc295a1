"""Readings that undo disguise: invisible characters, look-alikes, spaced letters, leet."""

import re
import unicodedata

from seawall.guard.contract import View
from seawall.guard.reading import lookalikes
from seawall.guard.reading.mapped import Builder, substitute, whole

_TAG_FIRST, _TAG_LAST = 0xE0020, 0xE007E
_BYTES = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
_SPACED = re.compile(
    r"(?<![^\W_])(?:[^\W_](?P<gap>[ .\-_*|·•/,]|\u00a0)(?![ .\-_*|·•/,]))(?:[^\W_](?P=gap))+[^\W_](?![^\W_])"
)
_GAPS = re.compile(r"[ \u00a0]{2,}")
_LEET_WORD = re.compile(r"[A-Za-z0-9@$!|+]{2,64}")
_LEET = str.maketrans("0134578@$!|+", "oieastbasilt")
_LEET_L = str.maketrans("0134578@$!|+", "oleastbaslit")
_LEAST_LEET = 3


def _normal_character(character: str) -> str:
    code = ord(character)
    if _TAG_FIRST <= code <= _TAG_LAST:
        return chr(code - 0xE0000)
    category = unicodedata.category(character)
    if category == "Cf" or any(code in block for block in _BYTES):
        return ""
    if character in "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5":
        return ""
    if category == "Zs":
        return " "
    return unicodedata.normalize("NFKC", character)


def normalised(view: View) -> View | None:
    """NFKC, spaces to spaces, invisible characters out, tag characters to ASCII."""
    if view.text.isascii():
        return None
    builder = Builder()
    changed = False
    for index, character in enumerate(view.text):
        if character < "\x80":
            builder.copy(view.text, index, index + 1)
            continue
        text = _normal_character(character)
        if text == character:
            builder.copy(view.text, index, index + 1)
        else:
            changed = True
            builder.put(text, index, index + 1)
    if not changed:
        return None
    text, offsets = builder.finish(len(view.text))
    return whole(view, "normalised", text, offsets)


def tags(view: View) -> View | None:
    """Return the hidden text alone: tag characters, or bytes in variation selectors."""
    builder, last = Builder(), 0
    for index, character in enumerate(view.text):
        code = ord(character)
        hidden = ""
        if _TAG_FIRST <= code <= _TAG_LAST:
            hidden = chr(code - 0xE0000)
        elif code in _BYTES[1]:
            hidden = chr(code - 0xE0100 + 16)
        if hidden:
            builder.put(hidden, index, index + 1)
            last = index + 1
    if not builder.changed:
        return None
    text, offsets = builder.finish(last)
    return whole(view, "tags", text, offsets) if len(text) >= 4 else None


def folded(view: View) -> View | None:
    """Look-alike letters to Latin where the text (or the word) is Latin; marks taken off."""
    if view.text.isascii():
        return None
    table = lookalikes.table()
    latin = sum(c.isascii() and c.isalpha() for c in view.text)
    alike = sum(ord(c) in table for c in view.text)
    letters = sum(c.isalpha() for c in view.text)
    everywhere = letters > 0 and (latin + alike) / letters > 0.8
    builder = Builder()
    for word in re.finditer(r"\w+|\W+", view.text):
        fold = everywhere or any(c.isascii() and c.isalpha() for c in word.group())
        for index in range(*word.span()):
            character = view.text[index]
            plain = table.get(ord(character)) if fold else None
            if plain is None and character > "\x7f":
                first = unicodedata.normalize("NFD", character)[0]
                plain = "" if unicodedata.combining(character) else first
                plain = plain if plain == "" or plain.isascii() else None
            if plain is None:
                builder.copy(view.text, index, index + 1)
            else:
                builder.put(plain, index, index + 1)
    if not builder.changed:
        return None
    text, offsets = builder.finish(len(view.text))
    return whole(view, "folded", text, offsets)


def joined_letters(view: View) -> View | None:
    """Single letters with one separator between them become words; wider gaps part words."""
    source = view.text
    if not _SPACED.search(source):
        return None

    def join(match: re.Match[str]) -> str:
        return match.group().replace(match["gap"], "")

    result = substitute(_SPACED, source, join)
    if result is None:
        return None
    step = whole(view, "joined", *result)
    narrow = substitute(_GAPS, step.text, lambda _: " ")
    return step if narrow is None else whole(step, "joined", *narrow)


def _leet_word(word: str, table: dict[int, int]) -> str | None:
    """Return a word that mixes letters with digits or signs in plain letters, else None."""
    letters = sum(c.isalpha() for c in word)
    return word.translate(table) if 0 < letters < len(word) else None


def leet(view: View) -> list[View]:
    """Digits and signs inside words to letters; 1 is read as i, and once more as l."""
    words = [w for w in _LEET_WORD.findall(view.text) if _leet_word(w, _LEET)]
    if len(words) < _LEAST_LEET:
        return []
    views = []
    for table in (_LEET, _LEET_L):
        result = substitute(
            _LEET_WORD,
            view.text,
            lambda match, chosen=table: _leet_word(match.group(), chosen),  # type: ignore[misc]
        )
        if result is not None:
            views.append(whole(view, "leet", *result))
    return views if len(views) < 2 or views[0].text != views[1].text else views[:1]
