"""Read what a person types as an answer to a question."""

import re
from typing import Any

from seawall.assess.profile import read_answer
from seawall.catalog.model import Question

UNKNOWN = ("unknown", "?", "u", "don't know", "dont know", "not known")
_YES, _NO = ("y", "yes", "true"), ("n", "no", "false")
_NUMBER = re.compile(r"(\d+(?:\.\d+)?)\s*([km]?)", re.ASCII | re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:[,_' ]\d{3})+", re.ASCII)
_AMBIGUOUS = re.compile(r"\d{1,3}\.\d{3}", re.ASCII)
_TIMES = {"": 1.0, "k": 1e3, "m": 1e6}
_PIECES = re.compile(r"\s*[,;]\s*")


def read_typed(text: str, question: Question) -> Any:
    """Return the answer that `text` gives, None for unknown. Raises ValueError saying what fits.

    Options may be named by their number; several, and free words of a list, are separated by
    commas; `none` is an empty list. Numbers may be grouped (2,000) or end in k or m.
    """
    word = text.strip()
    if word.casefold() in UNKNOWN:
        return None
    return read_answer(_READERS[question.type](word, question), question)


def _yes_no(word: str, question: Question) -> bool:
    if word.casefold() in _YES:
        return True
    if word.casefold() in _NO:
        return False
    raise ValueError("answer yes, no or unknown")


def _number(word: str, question: Question) -> float:
    plain = re.sub(r"[,_' ]", "", word) if _GROUPED.fullmatch(word) else word
    if _AMBIGUOUS.fullmatch(plain):
        whole = plain.replace(".", "")
        raise ValueError(f"{word} can be read in two ways: write {whole} or {float(plain):g}")
    match = _NUMBER.fullmatch(plain)
    if match is None:
        raise ValueError("answer with a number such as 2000, 2,000, 2k or 1.5m, or unknown")
    return float(match[1]) * _TIMES[match[2].casefold()]


def _text(word: str, question: Question) -> str:
    if not word:
        raise ValueError("answer with a sentence, or unknown")
    return word


def _list(word: str, question: Question) -> list[str]:
    return [piece for piece in _PIECES.split(word) if piece]


def _choice(word: str, question: Question) -> str:
    return _option(word, question)


def _choices(word: str, question: Question) -> list[str]:
    pieces = _PIECES.split(word)
    if len(pieces) == 1 and all(piece.isdigit() for piece in word.split()):
        pieces = word.split()
    return [_option(piece, question) for piece in pieces if piece]


def _option(word: str, question: Question) -> str:
    """Return an option by its number, from 1, or the word itself for the reader to judge."""
    if not (word.isascii() and word.isdigit()):
        return word
    if not 1 <= int(word[:4]) <= len(question.options):
        raise ValueError(f"there is no option {word}: 1 to {len(question.options)}")
    return question.options[int(word) - 1]


_READERS = {
    "yes-no": _yes_no,
    "number": _number,
    "text": _text,
    "list": _list,
    "choice": _choice,
    "choices": _choices,
}
