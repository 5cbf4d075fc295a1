"""Words of pictures, read by Tesseract's command."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from PIL import Image

from seawall.core.errors import MissingPartError
from seawall.guard.image.errors import UnreadableImageError

_COLUMNS, _WORD = 12, "5"
_SURE, _DOUBTFUL, _SURE_LINE, _SURE_WELL = 75.0, 40.0, 70.0, 85.0


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """A word, its line, its box in pixels (left, top, right, bottom), confidence 0 to 100."""

    text: str
    line: tuple[str, str, str]
    box: tuple[int, int, int, int]
    confidence: float


def command() -> str:
    """Return where Tesseract is. Raises MissingPartError."""
    found = shutil.which("tesseract")
    if found is None:
        raise MissingPartError(
            "Tesseract is not installed, so that images cannot be read.",
            hint="Install the package tesseract-ocr.",
        )
    return found


def read(pages: Sequence[Image.Image], seconds: float) -> list[list[Word]]:
    """Return the words of each page. One process reads all: its start costs as much again.

    Raises MissingPartError, and UnreadableImageError when Tesseract fails or takes longer than
    `seconds`.
    """
    with tempfile.TemporaryDirectory(prefix="seawall-") as folder:
        names = [str(Path(folder) / f"{number}.pgm") for number in range(len(pages))]
        for name, page in zip(names, pages, strict=True):
            page.save(name)
        listing = Path(folder) / "pages.txt"
        listing.write_text("\n".join(names), encoding="utf-8")
        table = _run([command(), str(listing), "stdout", "--psm", "3", *_OPTIONS], seconds)
    found: list[list[Word]] = [[] for _ in pages]
    for row in table.splitlines():
        cells = row.split("\t")
        if len(cells) == _COLUMNS and cells[0] == _WORD and cells[11].strip():
            found[int(cells[1]) - 1].append(_word(cells))
    return found


# Pages come with dark letters on light ground: trying the inverse of each line is lost time.
_OPTIONS = ("-c", "tessedit_create_tsv=1", "-c", "tessedit_do_invert=0")


def _run(arguments: list[str], seconds: float) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments, files of our own
            arguments,
            capture_output=True,
            timeout=max(seconds, 0),
            check=True,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise UnreadableImageError(f"Tesseract: {type(error).__name__}") from None
    return done.stdout.decode("utf-8", "replace")


def _word(cells: list[str]) -> Word:
    left, top, width, height = (int(cell) for cell in cells[6:10])
    return Word(
        text=cells[11].strip(),
        line=(cells[2], cells[3], cells[4]),
        box=(left, top, left + width, top + height),
        confidence=float(cells[10]),
    )


def text(words: Sequence[Word]) -> str:
    """Return the words as running text: where a line breaks depends on the picture's width."""
    # A sans-serif "AI" reads as "Al"; nobody of that name gets instructions in pictures.
    return re.sub(r"\bAl\b", "AI", " ".join(word.text for word in words))


def sure(words: Sequence[Word]) -> list[Word]:
    """Return the words that were read with confidence, in lines that were.

    In a line upside down some word always looks like another one; in a line read well a doubtful
    word is more likely right than something else.
    """
    lines: dict[tuple[str, str, str], list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    found: list[Word] = []
    for line in lines.values():
        average = sum(word.confidence for word in line) / len(line)
        if average >= _SURE_LINE:
            least = _SURE if average < _SURE_WELL else _DOUBTFUL
            found += [word for word in line if word.confidence >= least]
    return found
