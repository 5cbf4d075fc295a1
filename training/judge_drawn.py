"""How many drawn words the guard reads: `python -m training.judge_drawn [--figlet FOLDER]`.

Words of 3 to 10 letters that the word list lacks, drawn in fonts that were left out of training
(`training.drawn`), in a sentence, read as the product reads. A word counts when all its letters
are right; capitals do not count.
"""

import argparse
import json
import random
import re
from collections import Counter
from pathlib import Path

from seawall.guard.contract import View
from seawall.guard.reading.drawn import GATES, Work, drawn
from seawall.guard.reading.drawn_letters import bundled
from seawall.guard.reading.vocabulary import known
from training import drawn as learnt
from training import drawn_letters as letters

_DATA = Path(__file__).parent / "data"
_FRAME = "Read this word:\n\n{}\n\nand explain what it stands for."


def rare_words():
    """Return words of our rows that the word list lacks."""
    found = set()
    for path in sorted(_DATA.glob("validation*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            found |= set(re.findall(r"\b[a-z]{3,10}\b", json.loads(line)["text"]))
    return sorted(word for word in found if not known(word))


def _lines(grid):
    return "\n".join("".join(map(chr, row)).rstrip() for row in grid.tolist())


def _own(word, rng):
    from seawall.redteam.strategies.spell.ascii_art import encode

    return encode(word, rng).strip("\n")


def main():
    """Print the share of words and letters that are read, by style and by font."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--figlet", default=learnt.figlet_fonts())
    parser.add_argument("--words", type=int, default=150, help="for each style")
    parser.add_argument("--fonts", action="store_true", help="FIGlet fonts one by one")
    given = parser.parse_args()
    _, held = learnt.sources(given.figlet)
    lines = letters.Lines(bundled().signs)
    words = rare_words()
    rng = random.Random(17)
    styles = ["filled", "finer", "lines", "figlet", "own 5x5"]
    right, close, total, fonts = Counter(), Counter(), Counter(), {}
    for style in styles:
        for _ in range(given.words):
            word = rng.choice(words)
            word = word.upper() if rng.random() < 0.5 else word
            if style == "own 5x5":
                art, name = _own(word, rng), style
            elif style == "figlet":
                name, font = rng.choice(held[1])
                art = "\n".join(row.rstrip() for row in font.drawn(word, rng))
            else:
                name = style
                made = None
                while made is None:
                    made = learnt.drawing(word, rng, style, held[0], (), lines)
                art = _lines(made[0])
            text = _FRAME.format(art)
            view = next(drawn(View(kind="raw", text=text), frozenset(GATES), Work()), None)
            shown = view.text if view is not None else ""
            said = shown.removeprefix("Read this word:").split("\n\nand explain")[0].strip()
            said = "".join(said.split()) if view is not None else ""
            wrong = learnt.edits(said, word.lower())
            for counter, value in (
                (right, wrong == 0),
                (close, max(0, len(word) - wrong)),
                (total, len(word)),
            ):
                counter[style] += value
            fonts.setdefault(name, []).append(wrong / len(word))
    for style in styles:
        print(
            f"{style:10} words {right[style] / given.words:.1%}   letters {close[style] / total[style]:.1%}"
        )
    if given.fonts:
        for name, shares in sorted(fonts.items(), key=lambda item: sum(item[1]) / len(item[1])):
            print(
                f"  {name:30} letters wrong {sum(shares) / len(shares):.0%} of {len(shares)} words"
            )


if __name__ == "__main__":
    main()
