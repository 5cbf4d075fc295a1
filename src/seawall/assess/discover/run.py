"""Read a repository and say what it shows."""

import ast
import json
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from seawall.assess.discover import local_models
from seawall.assess.discover.facts import counted, facts_of
from seawall.assess.discover.libraries import PYTHON, longest
from seawall.assess.discover.pickled import SUFFIXES, read_pickle
from seawall.assess.discover.prompts import is_prompt_file, prompt_signals
from seawall.assess.discover.python_calls import calls
from seawall.assess.discover.python_flow import Flow
from seawall.assess.discover.python_names import Names
from seawall.assess.discover.python_tools import decorated, tools, uploads
from seawall.assess.discover.script_code import read_script
from seawall.assess.discover.secrets import TooManyHitsError, secrets_in
from seawall.assess.discover.settings import is_settings, settings
from seawall.assess.discover.signals import Signal
from seawall.assess.discover.walk import MAX_TEXT, MAX_TOTAL, Found, Walk
from seawall.catalog.model import Question
from seawall.core.profile import Fact

_SCRIPTS = (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte")
CODE = (".py", ".ipynb", *_SCRIPTS)
_TEXTS = (
    ".py", ".ipynb", ".json", ".jsonl", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".env", ".txt",
    ".md", ".sh", ".bash", ".ps1", ".sql", ".tf", ".tfvars", ".properties", ".xml", ".html", ".java",
    ".kt", ".go", ".rb", ".php", ".cs", ".rs", ".j2", ".jinja", ".jinja2", ".prompt", ".hbs",
    ".mustache", ".http",
)  # fmt: skip
_NAMES = ("Dockerfile", ".env", ".npmrc", ".netrc", ".pypirc", "Makefile", "Procfile", "Modelfile")
_LOCKS = frozenset("package-lock.json yarn.lock pnpm-lock.yaml poetry.lock uv.lock Cargo.lock go.sum "
                   "composer.lock Gemfile.lock".split())  # fmt: skip
Progress = Callable[[int, int, str], None]


class Discovery(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository shows. `unread`: files and folders of which nothing is known, and why.

    `files` and `read` count the files that were listed and those whose content was read whole.
    """

    root: str
    files: int
    read: int
    facts: dict[str, Fact]
    signals: tuple[Signal, ...]
    unread: tuple[Signal, ...]


def discover(
    root: Path,
    questions: Mapping[str, Question],
    *,
    today: str,
    progress: Progress | None = None,
) -> Discovery:
    """Read every file of interest below `root`. The same files give the same answer.

    Work is bounded: see walk.py for the limits; what they leave out is in `unread`. Raises
    InputError when `root` is no folder.
    """
    walk = Walk(root)
    found = walk.files()
    signals: list[Signal] = [
        _unread(path, "a folder that cannot be read") for path in walk.unlisted
    ]
    if walk.cut:
        signals.append(_unread(".", walk.cut))
    total = read = 0
    for number, file in enumerate(found, 1):
        if progress is not None:
            progress(number, len(found), file.path)
        if not _wanted(file):
            continue
        if total + min(file.size, MAX_TEXT) > MAX_TOTAL:
            signals.append(_unread(file.path, "and all after it: the limit of all files together"))
            break
        total += min(file.size, MAX_TEXT)
        shown = list(_file(file))
        read += all(signal.kind != "unread" for signal in shown)
        signals += shown
    unread = tuple(sorted((s for s in signals if s.kind == "unread"), key=lambda s: s.path))
    kept = counted(s for s in signals if s.kind != "unread")
    return Discovery(
        root=str(root), files=len(found), read=read, facts=facts_of(kept, questions, today),
        signals=tuple(kept), unread=unread,
    )  # fmt: skip


def _unread(path: str, why: str) -> Signal:
    return Signal(kind="unread", what=why, path=path)


def _wanted(file: Found) -> bool:
    name = file.path.rpartition("/")[2]
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a name, no path
    if name in _LOCKS or name.endswith((".min.js", ".map")):
        return False
    known = (_TEXTS, _SCRIPTS, SUFFIXES, local_models.WEIGHTS)
    return any(suffix in some for some in known) or name.startswith(_NAMES)


def _file(file: Found) -> Iterator[Signal]:
    try:
        if file.file.suffix.lower() in SUFFIXES:
            yield from _pickle(file)
            return
        if file.file.suffix.lower() in local_models.WEIGHTS:
            if not _TESTS.search(file.path):
                yield from local_models.weights(file.file, file.path)
            return
        if file.size > MAX_TEXT:
            yield _unread(file.path, f"larger than {MAX_TEXT:,} bytes")
            return
        data = file.file.read_bytes()[: MAX_TEXT + 1]
    except OSError as error:
        yield _unread(file.path, f"cannot be opened: {error.strerror}")
        return
    if b"\0" in data[:4096]:
        yield _unread(file.path, "not a text")
        return
    text = data.decode("utf-8", errors="replace")
    try:
        yield from _text(text, file.path)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        yield _unread(file.path, f"cannot be parsed: {type(error).__name__}")
    yield from _secrets(text, file.path)


def _secrets(text: str, path: str) -> Iterator[Signal]:
    try:
        for label, line in secrets_in(text):
            yield Signal(kind="secret", what=f"a credential ({label})", path=path, line=line)
    except TooManyHitsError:
        yield _unread(path, "too many places look like credentials to judge them")


def _pickle(file: Found) -> Iterator[Signal]:
    found = read_pickle(file.file)
    if found is None:
        return
    if found.dangerous:
        what = f"would call {', '.join(found.dangerous[:3])} when it is loaded"
        yield Signal(kind="pickle-danger", what=what, path=file.path)
    elif found.unknown:
        yield _unread(file.path, f"a pickle: {found.unknown}")
    else:
        what = f"a pickled object ({', '.join(found.imports[:3]) or 'plain values'})"
        yield Signal(kind="pickle", what=what, path=file.path)


# Tests call models that the application does not; a credential in a test is one all the same.
_TESTS = re.compile(
    r"(?:^|/)(?:tests?|__tests__|testing|e2e|fixtures|spec|evals?|benchmarks?)/"
    r"|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$|\.(?:test|spec|stories)\.[cm]?[jt]sx?$"
)


def _text(text: str, path: str) -> Iterator[Signal]:
    if _TESTS.search(path):
        return
    if path.endswith(".py"):
        yield from _python(text, path)
    elif path.endswith(".ipynb"):
        yield from _notebook(text, path)
    elif path.endswith(_SCRIPTS):
        yield from read_script(text, path)
    elif is_prompt_file(path):
        yield from prompt_signals(text, path, 1)
    else:
        yield from local_models.texts(text, path)
        yield from _settings(text, path)


def _settings(text: str, path: str) -> Iterator[Signal]:
    if is_settings(path) or path.rpartition("/")[2].startswith("Dockerfile"):
        yield from settings(text, path)


def _python(text: str, path: str) -> Iterator[Signal]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    names = Names(tree)
    yield from _imports(names, path)
    yield from calls(tree, names, path)
    yield from tools(tree, names, path)
    yield from uploads(tree, names, path)
    yield from Flow(tree, names, path, frozenset(decorated(tree, names))).signals()


def _imports(names: Names, path: str) -> Iterator[Signal]:
    seen: set[str] = set()
    for name, line in names.imports.items():
        known = longest(PYTHON, name, ".")
        if known and known not in seen:
            seen.add(known)
            library = PYTHON[known]
            yield Signal(kind=library.kind, what=library.what, path=path, line=line,
                         says=library.says, weak=library.weak)  # fmt: skip


def _notebook(text: str, path: str) -> Iterator[Signal]:
    """Give the signals of a notebook's code; lines are those of all code cells together."""
    raw = json.loads(text)
    cells = raw.get("cells") if isinstance(raw, dict) else None
    lines: list[str] = []
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source")
            code = "".join(source) if isinstance(source, list) else str(source)
            lines += [
                "" if line.lstrip().startswith(("%", "!")) else line for line in code.split("\n")
            ]
    yield from _python("\n".join(lines), path)
