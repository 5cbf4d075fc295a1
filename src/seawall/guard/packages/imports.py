"""Packages that Python and JavaScript code imports, less what is the project's own."""

import re
from collections.abc import Iterator

from seawall.guard.packages.installs import Wanted
from seawall.guard.packages.names import built_in, first_party, package_of

_IMPORT = re.compile(
    r"^[ \t]*(?:>>> |In \[\d{1,4}\]: )?import[ \t]+"
    r"([A-Za-z_][\w.]*(?:[ \t]+as[ \t]+\w+)?"
    r"(?:[ \t]*,[ \t]*[A-Za-z_][\w.]*(?:[ \t]+as[ \t]+\w+)?)*)"
    r"[ \t]*(?:[#;].*)?$",
    re.MULTILINE,
)
_FROM = re.compile(
    r"^[ \t]*(?:>>> |In \[\d{1,4}\]: )?from[ \t]++([A-Za-z_]\w*+)[\w.]*+[ \t]++import[ \t]++[\w(*]",
    re.MULTILINE,
)
_ROOT = re.compile(r"(?:^|,)[ \t]*([A-Za-z_]\w*)")
_SCRIPT = re.compile(
    r"(?:\bfrom[ \t]{0,4}|^[ \t]*import[ \t]{1,4}|\b(?:require|import)[ \t]{0,4}\([ \t]{0,4})"
    r"([\"'])([@\w][\w@./:~-]{0,200})\1",
    re.MULTILINE,
)
_PACKAGE = re.compile(r"^(@[a-z0-9~_-][\w.~-]*/[\w.~-]+|[A-Za-z0-9_][\w.~-]*)")
# Not in quotes: an import of a file in a package makes the package no own one.
_FILE = re.compile(r"(?<![\w\"'@/-])([\w/-]+)\.(?:py|pyi|js|jsx|ts|tsx|mjs|vue|svelte)\b")
_FOLDER = re.compile(r"(?<![\w@\"'/-])([\w-]{2,60})/(?=\s)")
_MADE = re.compile(
    r"\b(?:startproject|startapp|mkdir(?: -p)?|cd|new|name[\"']?[=:])[ \t]+[\"']?([\w-]{2,60})"
)


def own_modules(text: str) -> frozenset[str]:
    """Return what the text names as files, folders and projects of its own. Linear."""
    found: set[str] = set()
    for match in _FILE.finditer(text):
        found.update(match[1].split("/"))
    for pattern in (_FOLDER, _MADE):
        found.update(match[1] for match in pattern.finditer(text))
    return frozenset(name.replace("-", "_").lower() for name in found if name)


def python_imports(code: str, offset: int, own: frozenset[str]) -> Iterator[Wanted]:
    """Yield the packages of the modules that Python code imports; positions from `offset`."""
    for match in _IMPORT.finditer(code):
        for root in _ROOT.finditer(match[1]):
            yield from _module(root[1], offset + match.start(1) + root.start(1), own)
    for match in _FROM.finditer(code):
        yield from _module(match[1], offset + match.start(1), own)


def _module(module: str, start: int, own: frozenset[str]) -> Iterator[Wanted]:
    if built_in("pypi", module) or first_party(module) or module.lower() in own:
        return
    name = package_of(module)
    yield Wanted(registry="pypi", name=name, start=start, end=start + len(module), certain=False)


def script_imports(code: str, offset: int, own: frozenset[str]) -> Iterator[Wanted]:
    """Yield the packages that JavaScript or TypeScript imports; positions count from `offset`."""
    for match in _SCRIPT.finditer(code):
        said = match[2].removeprefix("npm:")
        package = _PACKAGE.match(said)
        if package is None or ":" in said.partition("/")[0]:
            continue
        name = package[1]
        root = name.partition("/")[0].lstrip("@").replace("-", "_").lower()
        if built_in("npm", name) or first_party(name) or root in own:
            continue
        start = offset + match.start(2)
        yield Wanted(
            registry="npm", name=name, start=start, end=start + len(match[2]), certain=False
        )
