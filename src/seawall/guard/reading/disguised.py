"""Encoded runs that were turned around, or shifted by rot13, after they were encoded."""

import re
from collections.abc import Callable

from seawall.guard.reading import codecs
from seawall.guard.reading.ciphers import ROT13
from seawall.guard.reading.vocabulary import known

_HEX, _SHIFTED = "[0-9A-Fa-f]", "[0-9n-sN-S]"
_BACKWARDS = (
    rf"(?:{_HEX}{{2}}[%=]){{4,}}|(?:;?\d{{2,5}}#&){{4,}}|(?:{_HEX}{{4}}u\\){{4,}}|"
    rf"(?:{_HEX}{{4,6}}\+[Uu]\s?){{4,}}|(?:[0-7]{{3}}\\){{4,}}|>~[!-uz\s]{{8,}}~<"
)
_ROTATED = (
    rf"\b(?:{_SHIFTED}{{2}}){{12,}}\b|(?:[%=]{_SHIFTED}{{2}}){{4,}}|"
    rf"(?:[Hh]\+{_SHIFTED}{{4,6}}\s?){{4,}}|(?:\\[Hh]{_SHIFTED}{{4}}){{4,}}"
)
RUN = re.compile(f"({_BACKWARDS})|{_ROTATED}")
GATE = (
    r"(?:[0-9a-f]{2}[%=]){3}|\d#&|[0-9a-f]{4}u\\|[0-9a-f]{4}\+u|[0-7]{3}\\[0-7]{3}\\|>~|"
    r"[0-9n-s]{24}|[%=][0-9][n-s]|h\+[0-9n-s]{4}|\\h[0-9n-s]{4}"
)
_WORD, _HEAD = re.compile(r"[^\W\d_]{2,}"), 400
_LETTER = re.compile("[n-sN-S]")
_ENTITY = re.compile(r"&#(\d{2,5});?")


def undone(raw: str) -> str | None:
    """Return what a run says once it is turned back and decoded; None for no plain text."""
    match = RUN.fullmatch(raw)
    if match is None:
        return None
    if not match[1] and _LETTER.search(raw) is None:
        return None
    run = raw[::-1] if match[1] else raw.translate(ROT13)
    text = _decoded(run)
    if text is None or not text.isascii():
        return None
    return text if sum(map(str.isalpha, text)) * 2 >= len(text) else None


def _decoded(run: str) -> str | None:
    if run.startswith("<~"):
        return codecs.from_ascii85(run)
    if "&" in run:
        return codecs.from_codes(" ".join(_ENTITY.findall(run)))
    if run.startswith("\\") and run[1:2] not in "uU":
        return codecs.from_octal(run)
    if "+" in run or "\\" in run:
        return codecs.from_code_points(run.replace("\\u", "U+").replace("\\U", "U+"))
    return codecs.from_hex(run)


def either_way(decode: Callable[[str], str | None]) -> Callable[[str], str | None]:
    """Return a decoder that reads a run backwards where that says more."""

    def decoded(raw: str) -> str | None:
        text = decode(raw)
        if text is not None and _words(text):
            return text
        backwards = decode(raw[::-1])
        return backwards if backwards is not None and _words(backwards) else text

    return decoded


def _words(text: str) -> bool:
    """Return whether half of a text's letters are in words that are known."""
    words = _WORD.findall(text.lower()[:_HEAD])
    return sum(len(word) for word in words if known(word)) * 2 >= sum(map(len, words)) > 0
