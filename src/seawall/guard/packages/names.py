"""Names that are no package of a registry, or another one's: built-ins, modules, placeholders."""

import re
import sys
from functools import cache
from importlib import resources

import msgspec

from seawall.core import yamlfile

_PLACEHOLDER = re.compile(
    r"^@?(?:my|your|our|the|some|any|another|other|example|sample|demo|dummy|foo|bar|baz|acme|"
    r"company|corp|org|organization|custom|local|internal|private|test|x{2,}|lib|package|pkg|module)"
    r"(?:$|[-_./\d])|^(?:my|your|our)[a-z]|(?:^|[-_])(?:package|module|library|plugin|dependency)"
    r"(?:[-_]?name|s)?\d?$|^_|^\w$|\.\.|^name$",
    re.IGNORECASE,
)


class _Names(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The tables of names.yaml."""

    package_of: dict[str, str]
    elsewhere: frozenset[str]
    node: frozenset[str]
    first_party: frozenset[str]


@cache
def _names() -> _Names:
    place = resources.files("seawall.guard.packages") / "names.yaml"
    return yamlfile.decode(place.read_text(encoding="utf-8"), "names.yaml", _Names)


def load_tables() -> None:
    """Read the tables. Raises InputError when their file is broken."""
    _names()


def package_of(module: str) -> str:
    """Return the package that brings a Python module."""
    return _names().package_of.get(module.lower(), module)


def built_in(registry: str, module: str) -> bool:
    """Return whether a module comes with the language or its host, so that nobody publishes it."""
    if registry == "npm":
        return module.startswith(("node:", "bun:", "astro:", "virtual:")) or module in _names().node
    return module in sys.stdlib_module_names or module.lower() in _names().elsewhere


def placeholder(name: str) -> bool:
    """Return whether a name stands for one that the reader is to put in."""
    return bool(_PLACEHOLDER.search(name))


def first_party(module: str) -> bool:
    """Return whether a module is called as projects call their own."""
    return _root(module) in _names().first_party or placeholder(module)


def _root(module: str) -> str:
    return module.lower().lstrip("@~#").partition("/")[0]
