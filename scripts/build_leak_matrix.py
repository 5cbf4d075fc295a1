"""Write docs/reference/leak-matrix.md: send a marker through every place of every surface.

Run it after a change of the surfaces or of the official clients:
`python scripts/build_leak_matrix.py`. A test checks that it was run.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "gateway"))
sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "shared"))

import leak_page
from leak_matrix import GOOD


def main() -> int:
    """Write the page; 1 when the marker arrived somewhere."""
    with tempfile.TemporaryDirectory() as folder:
        rows = asyncio.run(leak_page.run(Path(folder)))
    leak_page.PAGE.write_text(leak_page.page(rows), encoding="utf-8")
    holes = [row for row in rows if row.outcome not in GOOD]
    for hole in holes:
        print(hole)
    print(f"{len(rows)} places, {len(holes)} holes: {leak_page.PAGE}")
    return 1 if holes else 0


if __name__ == "__main__":
    raise SystemExit(main())
