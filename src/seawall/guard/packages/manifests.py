"""Packages that manifests name: requirements files, pyproject.toml, Pipfile, package.json."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from seawall.guard.code.blocks import Block
from seawall.guard.packages.index import Registry
from seawall.guard.packages.installs import Wanted

_REQUIREMENT = re.compile(
    r"[ \t]*+([A-Za-z0-9](?:[A-Za-z0-9._-]{0,90}[A-Za-z0-9])?)[ \t]*+"
    r"(?:\[[\w ,.-]{0,200}\])?[ \t]*+(\(?(?:[=<>!~]=|===|[<>])[ \t]*+[\w.*+!-]{1,60}"
    r"(?:[ \t]*+,[ \t]*+[=<>!~]{1,3}[ \t]*+[\w.*+!-]{1,60}){0,8}\)?)?"
    r"[ \t]*+(?:;[^\n#]*)?(?:--hash=\S++[ \t]*+)*+\\?[ \t]*+(?:#[^\n]*)?"
)
# What else stands in a requirements file: blank lines, comments, options, addresses and paths.
_BESIDE = re.compile(
    r"[ \t]*+(?:$|#|-|@@|diff |index |\+\+\+|[\w.-]+\.(?:txt|in|toml|whl|gz|zip)[ \t]*$|[./~]|[\w+.-]+://|"
    r"[\w.-]+(?:\[[\w ,.-]*\])?[ \t]*+@[ \t])"
)
_MARKS = re.compile(r"^(?:[ \t]{0,9}>[ \t]?){1,9}|^\+(?!\+)", re.MULTILINE)
_PINNED = re.compile(r"^[ \t]*[A-Za-z][\w.-]*(?:\[[\w,]+\])?[=~<>!]=[\d*]", re.MULTILINE)
_REQUIREMENTS_FILE = re.compile(
    r"\b(?:[\w-]{0,30}requirements|constraints)[\w-]{0,30}\.(?:txt|in)\b|\brequirements/[\w-]+\.txt\b"
)
_FILES = {
    "package.json": "json", "pyproject.toml": "toml", "Pipfile": "toml", "setup.py": "python",
}  # fmt: skip
_HEADING = 200
_PIP_OF_CONDA = re.compile(r"^[ \t]*-[ \t]*pip:[ \t]*\n((?:[ \t]+-[ \t]+[^\n]*\n?)+)", re.MULTILINE)
_ITEM = re.compile(r"^[ \t]+-[ \t]+", re.MULTILINE)

_TABLE = re.compile(r"[ \t]*\[{1,2}([^\[\]\n#]{1,120})\]{1,2}[ \t]*(?:#[^\n]*)?$")
_KEY = re.compile(r"[ \t]*(\"[^\"\n]{1,90}\"|'[^'\n]{1,90}'|[\w.-]{1,90})[ \t]*=[ \t]*")
_ARRAY = re.compile(r"\[(?:[^\]\[\"'#{}]|\"[^\"\n]*\"|'[^'\n]*'|#[^\n]*|\{[^{}\n]*\})*+\]?")
_STRING = re.compile(r"#[^\n]*|\{[^{}\n]*\}|\"([^\"\n]*)\"|'([^'\n]*)'")
# Tables of TOML in which lists name packages: under which keys ("": under any).
_LISTS: dict[str, tuple[str, ...]] = {
    "project": ("dependencies",), "build-system": ("requires",),
    "project.optional-dependencies": (), "dependency-groups": (), "tool.pdm.dev-dependencies": (),
    "tool.uv": ("dev-dependencies", "override-dependencies", "constraint-dependencies"),
}  # fmt: skip
_ENVIRONMENT, _OF_ENVIRONMENT = "tool.hatch.envs.", ("dependencies", "extra-dependencies")
# Tables of TOML whose keys are packages.
_NAMING = re.compile(
    r"tool\.poetry\.(?:group\.[\w-]+\.)?(?:dev-)?dependencies|(?:dev-)?packages|"
    r"(?:tool\.pixi\.)?(?:feature\.[\w-]+\.)?pypi-dependencies"
)
_ELSEWHERE = re.compile(r"\b(?:path|git|url|file|source|index|workspace|editable)[ \t]*=")
_OWN_SOURCES = "tool.uv.sources"
_SETUP = re.compile(
    r"\b(?:install_requires|setup_requires|tests_require|extras_require)[ \t]*=[ \t]*(?=[\[{])"
)
_SETUP_END = re.compile(r"\)[ \t]*$|^[ \t]{0,8}\w+[ \t]*=", re.MULTILINE)
_SCRIPT = re.compile(r"^# /// script[ \t]*\n((?:#[^\n]*\n){1,200}?)# ///[ \t]*$", re.MULTILINE)

_DEPENDENCIES = re.compile(
    r"\b(?:dev|peer|optional)?dependencies\"?\s*:\s*\{([^{}]*+)", re.IGNORECASE
)
_ENTRY = re.compile(r"\"((?:@[a-z0-9~_-][\w.~-]*/)?[A-Za-z0-9_~-][\w.~-]*)\"\s*:\s*\"([^\"\n]*)\"")
_RANGE = re.compile(
    r"(?=[^\n]*[\d*xX])[\dxX^~<>=v*|., +-][\w^~<>=*|., +-]*|latest|next|beta|alpha|canary|rc|"
    r"stable|nightly|lts|experimental|catalog:.*",
    re.ASCII,
)
_ALIAS = re.compile(r"npm:((?:@[\w.~-]+/)?[\w.~-]+)(?:@.*)?")
_LOCAL = ("workspace:", "file:", "link:", "portal:")
_NAMED = re.compile(r"\"?\bname\"?[ \t]*[:=][ \t]*[\"']((?:@[\w.~-]{1,90}/)?[\w.~-]{1,90})[\"']")
_SCOPE = re.compile(r"(@[a-z0-9~_-][\w.~-]{0,90}):registry\b")

_INDEX = re.compile(
    r"(?:--(?:extra-|default-)?index(?:-url)?|--find-l\w+|(?<=\s)-[if]|INDEX_URL|index-url)[ \t=]+"
    r"[\"']?https?://([^\s\"'/]+)|"
    r"^[ \t]*\[\[?(?:tool\.uv\.index|tool\.poetry\.source|source)\]\]?[^\[]{0,300}?\burl[ \t]*="
    r"[ \t]*[\"']https?://([^\s\"'/]+)",
    re.IGNORECASE | re.MULTILINE,
)
_NPM_REGISTRY = re.compile(
    r"(?<!:)\bregistry[\"']?[ \t]*[:= \t][ \t]*[\"']?https?://([^\s\"'/]+)", re.IGNORECASE
)
_PUBLIC = ("pypi.org", "pythonhosted.org", "pytorch.org", "npmjs.org", "npmjs.com", "yarnpkg.com")


def private_registries(text: str) -> frozenset[Registry]:
    """Return for which registries a text names another one, whose packages nobody else knows."""
    found: set[Registry] = set()
    if any(_private(match[1] or match[2]) for match in _INDEX.finditer(text)):
        found.add("pypi")
    if any(_private(match[1]) for match in _NPM_REGISTRY.finditer(text)):
        found.add("npm")
    return frozenset(found)


def _private(host: str) -> bool:
    return not host.lower().rpartition("@")[2].partition(":")[0].endswith(_PUBLIC)


def manifest_language(path: str) -> str:
    """Return in what a file is written that says which packages a project needs; "" for others."""
    name = PurePosixPath(path.replace("\\", "/")).name
    if name in _FILES:
        return _FILES[name]
    return "requirements" if _REQUIREMENTS_FILE.fullmatch(name) else ""


def manifest(text: str, block: Block, own: frozenset[str]) -> Iterator[Wanted]:
    """Yield the packages that a block names as a project's needs; `own`: the project's modules."""
    # What is quoted or added in a diff keeps its place.
    code = _MARKS.sub(lambda mark: " " * len(mark.group()), text[block.start : block.end])
    own = own | _own_names(code)
    for one in _needs(text, code, block):
        start, end = block.start + one.start, block.start + one.end
        if _root(one.name) not in own and one.name.lower() not in own:
            yield Wanted(registry=one.registry, name=one.name, start=start, end=end)


def _root(name: str) -> str:
    """Return the scope of an npm name, or a name as modules are written."""
    lower = name.lower()
    return lower.partition("/")[0] if lower[:1] == "@" else lower.replace("-", "_")


def _own_names(code: str) -> frozenset[str]:
    names = [match[1] for match in _NAMED.finditer(code)]
    names += [match[1] for match in _SCOPE.finditer(code)]
    local = (match for match in _ENTRY.finditer(code) if match[2].startswith(_LOCAL))
    return frozenset(map(_root, (*names, *(match[1] for match in local))))


def _needs(text: str, code: str, block: Block) -> Iterator[Wanted]:
    if block.language in ("json", "javascript", "", "other"):
        yield from _package_json(code)
    if block.language in ("toml", "", "other"):
        yield from _toml(code, 0, "project" if block.language == "toml" else "")
    if block.language in ("python", ""):
        yield from _setup(code)
        for match in _SCRIPT.finditer(code):
            yield from _toml(
                match[1].replace("\n#", "\n ").replace("#", " ", 1), match.start(1), "project"
            )
    if block.language in ("requirements", "", "other") and _are_requirements(text, code, block):
        yield from _requirements(code, 0)
    if block.language in ("", "other"):
        for match in _PIP_OF_CONDA.finditer(code):
            listed = _ITEM.sub(lambda item: " " * len(item.group()), match[1])
            yield from _requirements(listed, match.start(1))


def _are_requirements(text: str, code: str, block: Block) -> bool:
    """Return whether a block is a requirements file: it is called so, or pins, and nothing else."""
    if block.language == "requirements":
        return True
    heading = text[max(0, block.start - _HEADING) : block.start].rstrip().splitlines()[-3:]
    first = code.lstrip().partition("\n")[0]
    named = any(map(_REQUIREMENTS_FILE.search, (*heading, first if first[:1] == "#" else "")))
    if not (named or _PINNED.search(code)):
        return False
    return all(_REQUIREMENT.fullmatch(x) or _BESIDE.match(x) for x in code.splitlines())


def _requirements(code: str, offset: int) -> Iterator[Wanted]:
    at = offset
    for line in code.splitlines(keepends=True):
        match = None if _BESIDE.match(line) else _REQUIREMENT.fullmatch(line.rstrip("\r\n"))
        if match is not None:
            yield _pypi(match[1], at + match.start(1))
        at += len(line)


def _pypi(name: str, start: int) -> Wanted:
    return Wanted(registry="pypi", name=name, start=start, end=start + len(name))


def _toml(code: str, offset: int, table: str) -> Iterator[Wanted]:
    """Yield what TOML requires; `table`: in which one it begins."""
    sourced: set[str] = set()
    found: list[Wanted] = []
    at = 0
    while at < len(code):
        end = code.find("\n", at)
        end = len(code) if end < 0 else end
        header, key = _TABLE.fullmatch(code, at, end), _KEY.match(code, at, end)
        if header is not None:
            table = header[1].replace(" ", "").replace('"', "")
            if table.startswith(_OWN_SOURCES + "."):
                sourced.add(_root(table.removeprefix(_OWN_SOURCES + ".")))
        elif key is not None:
            name = key[1].strip("\"'")
            if table == _OWN_SOURCES:
                sourced.add(_root(name))
            elif _NAMING.fullmatch(table):
                if name != "python" and not _ELSEWHERE.search(code, key.end(), end):
                    found.append(_pypi(name, offset + at + code[at:end].index(name)))
            elif code.startswith("[", key.end()) and (array := _ARRAY.match(code, key.end())):
                end = max(end, array.end())
                if _lists(table, name):
                    found += _strings(array.group(), offset + array.start())
        at = end + 1
    yield from (one for one in found if _root(one.name) not in sourced)


def _lists(table: str, key: str) -> bool:
    if table.startswith(_ENVIRONMENT):
        return key in _OF_ENVIRONMENT
    keys = _LISTS.get(table)
    return keys is not None and (not keys or key in keys)


def _strings(code: str, offset: int) -> Iterator[Wanted]:
    """Yield what the strings of a list require."""
    for match in _STRING.finditer(code):
        said = match[1] or match[2]
        needed = _REQUIREMENT.fullmatch(said) if said else None
        if needed is not None:
            yield _pypi(needed[1], offset + match.start(match.lastindex or 0) + needed.start(1))


def _setup(code: str) -> Iterator[Wanted]:
    last = 0
    for match in _SETUP.finditer(code):
        if (start := match.end()) < last:
            continue
        if code[start] == "[":
            array = _ARRAY.match(code, start)
            arrays, last = [array] if array else [], array.end() if array else start
        else:
            end = _SETUP_END.search(code, start)
            last = end.start() if end else len(code)
            arrays = list(_ARRAY.finditer(code, start, last))
        for array in arrays:
            yield from _strings(array.group(), array.start())


def _package_json(code: str) -> Iterator[Wanted]:
    for table in _DEPENDENCIES.finditer(code):
        for match in _ENTRY.finditer(code, table.start(1), table.end(1)):
            alias = _ALIAS.fullmatch(match[2])
            if alias is None and not _RANGE.fullmatch(match[2]):
                continue
            yield Wanted(
                registry="npm", name=alias[1] if alias else match[1],
                start=match.start(1), end=match.end(1),
            )  # fmt: skip
