"""How the simulated model reads spelt texts, a file a way; found by scanning this folder."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache


@cache
def _readers() -> tuple[tuple[bool, Callable[[str], str]], ...]:
    """Return (whether it reads plain ASCII, its `read`) of each file, in order of names."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__, __name__ + "."))
    modules = [importlib.import_module(name) for name in names]
    return tuple((module.ASCII, module.read) for module in modules)


def spelled(text: str) -> Iterator[str]:
    """Yield the text as each way reads it; a way that finds nothing yields nothing."""
    plain = text.isascii()
    for of_ascii, read in _readers():
        if plain and not of_ascii:
            continue
        found = read(text)
        if found and found != text:
            yield found
