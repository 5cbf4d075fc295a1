"""Write src/seawall/guard/model/glosses/latin.tsv: all word lists of languages in Latin letters.

Run after a change of one of them: python scripts/build_latin.py
"""

from pathlib import Path

from seawall.guard.model.gloss import latin_table

TARGET = Path(__file__).parent.parent / "src/seawall/guard/model/glosses/latin.tsv"


def main() -> int:
    """Put the lists together and write."""
    TARGET.write_text(latin_table(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
