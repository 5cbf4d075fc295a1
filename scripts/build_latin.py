"""Write src/seawall/guard/model/glosses/latin.npz: all word lists of languages in Latin letters.

Run after a change of one of them: python scripts/build_latin.py
"""

from pathlib import Path

import numpy as np

from seawall.guard.model.english import flags_of
from seawall.guard.model.gloss import TABLE, latin_glosses
from seawall.guard.model.latin import table_of

FOLDER = Path(__file__).parent.parent / "src/seawall/guard/model/glosses"


def main() -> int:
    """Put the lists together and write."""
    glosses = latin_glosses()
    np.savez_compressed(FOLDER / TABLE, **table_of(glosses), flags=flags_of(glosses))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
