"""Write src/seawall/guard/packages/{pypi,npm}.bin: which package names are published.

Input: a tab-separated file a registry, with a line of column names: the name first; for PyPI the
rank among the most downloaded (empty beyond them) in a column that begins with "rank", for npm the
downloads a month in one that begins with "downloads". Only names and their order are kept.
Run: python scripts/build_package_index.py pypi.tsv npm.tsv
"""

import sys
from pathlib import Path

from seawall.guard.packages.index import Bloom, Registry, dumped, loaded, normal, scope_of

TARGET = Path(__file__).parent.parent / "src/seawall/guard/packages"
# Bits a name and hashes: 0.9 % and 0.1 % of other names are taken for one of these.
PUBLISHED, USED = (9.8, 7), (14.4, 10)
MOST_USED, TARGETS = 15_000, 3_000


def names_of(path: str, registry: Registry) -> tuple[set[str], list[str]]:
    """Return all names and scopes, and the most used names in order."""
    with Path(path).open(encoding="utf-8") as lines:
        columns = next(lines).rstrip("\n").split("\t")
        wanted = "rank" if registry == "pypi" else "downloads"
        place = next(i for i, column in enumerate(columns) if column.startswith(wanted))
        rows = [line.rstrip("\n").split("\t") for line in lines]
    numbers: dict[str, int] = {}
    for row in rows:
        name = normal(registry, row[0])
        if len(row) > place and row[place].isdigit():
            numbers[name] = int(row[place]) * (1 if registry == "pypi" else -1)
    used = sorted(numbers, key=lambda name: (numbers[name], name))[:MOST_USED]
    names = {normal(registry, row[0]) for row in rows}
    return names | {scope_of(name) for name in names if scope_of(name)}, used


def main(arguments: list[str]) -> int:
    """Build both files and try them."""
    registries: tuple[Registry, ...] = ("pypi", "npm")
    for registry, path in zip(registries, arguments, strict=True):
        names, used = names_of(path, registry)
        sizes = [
            round(share * len(n) / 8) * 8 for (share, _), n in ((PUBLISHED, names), (USED, used))
        ]
        content = dumped(
            Bloom.of(names, sizes[0], PUBLISHED[1]),
            Bloom.of(used, sizes[1], USED[1]),
            used[:TARGETS],
        )
        (TARGET / f"{registry}.bin").write_bytes(content)
        index = loaded(content)
        tries = [f"{name}-zq{number}" for number, name in enumerate(used) if name[0] != "@"]
        wrong = sum(index.known(name) for name in tries if name not in names)
        missing = sum(not index.known(name) for name in names)
        print(f"{registry}: {len(names)} names, {len(content)} bytes, {missing} missing, "
              f"{wrong / len(tries):.2%} of invented names known")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
