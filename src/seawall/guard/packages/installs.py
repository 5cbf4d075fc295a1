"""Packages that shell commands install: pip, uv, poetry, pipx, npm, npx, yarn, pnpm, bun."""

import re
from collections.abc import Iterator, Sequence

import msgspec

from seawall.guard.code.shell import Command, Pipeline, Word
from seawall.guard.packages.index import Registry


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A package at text[start:end]; `name` as written, `certain`: an install command names it."""

    registry: Registry
    name: str
    start: int
    end: int
    certain: bool = True


_PYTHON = re.compile(r"^(?:python|py)[\d.]*(?:\.exe)?$")
_PIP = re.compile(r"^[!%]?pip[\d.]*$")
_PYPI_NAME = re.compile(
    r"^([A-Za-z0-9](?:[A-Za-z0-9._-]{0,90}[A-Za-z0-9])?)(?:\[[^\]]*\])?\s*(?:[=<>!~@;^ ].*)?$"
)
_NPM_NAME = re.compile(
    r"^(@[a-z0-9~_-][\w.~-]{0,90}/[\w.~-]{1,90}|[A-Za-z0-9_][\w.~-]{0,90})(?:@[^/]*)?$"
)
_FILE = re.compile(r"\.(?:whl|gz|zip|tgz|txt|toml|git|py|js|ts|json|cfg)$|://|^[.~/\\<]|[\\${}|]")
_VALUE_OPTIONS = frozenset((
    "-r", "-c", "-i", "-e", "-t", "-f", "-G", "-E", "-C", "--requirement", "--constraint",
    "--editable", "--target", "--prefix",
    "--root", "--platform", "--python-version", "--group", "--source", "--python", "--registry",
    "--extras", "--extra", "--dir", "--cwd", "--workspace", "-w", "--filter", "--proxy",
    "--cache-dir", "--tag", "--default-index", "--index", "--abi",
    "--implementation", "--optional", "--from", "--with", "--timeout", "--retries", "--log",
    "--template", "--package-manager", "--upgrade-strategy", "--only-binary", "--no-binary",
    "--progress-bar", "--config-settings", "--global-option", "--build-option", "--report",
    "--exists-action", "--use-feature", "--keyring-provider",
))  # fmt: skip
# Options with these ends take an address or a host, whatever the installer.
_ADDRESS = ("-url", "-links", "-host")
_WRAPPERS = frozenset(
    (
        "sudo",
        "time",
        "env",
        "command",
        "exec",
        "RUN",
        "run",
        "then",
        "do",
        "xargs",
        "!",
        "nohup",
        "%",
        "winpty",
    )
)
# Program -> verbs that install what follows; the last says that only one name follows.
_PYPI_VERBS: dict[str, tuple[tuple[str, ...], bool]] = {
    "uv add": ((), False), "uv pip install": ((), False), "uv tool install": ((), True),
    "uv tool run": ((), True), "uvx": ((), True), "poetry add": ((), False),
    "pipx install": ((), True), "pipx run": ((), True), "pipenv install": ((), False),
    "pdm add": ((), False), "rye add": ((), False), "hatch add": ((), False),
}  # fmt: skip
_NPM_VERBS = (
    "npm install", "npm i", "npm add", "pnpm add", "pnpm install", "pnpm i", "yarn add",
    "yarn global add", "bun add", "bun install", "cnpm install",
)  # fmt: skip
_NPM_ONE = ("npx", "bunx", "pnpx", "pnpm dlx", "yarn dlx", "npm exec", "bun x", "pnpm exec")
_NPM_CREATE = ("npm create", "npm init", "yarn create", "pnpm create", "bun create")


def installs(pipelines: Sequence[Pipeline]) -> Iterator[Wanted]:
    """Yield the packages that the commands install, also inside substitutions."""
    for pipeline in pipelines:
        for command in pipeline.commands:
            yield from _command(command)
            yield from installs(command.inner)


def _command(command: Command) -> Iterator[Wanted]:
    words = list(command.words)
    while words and (words[0].text in _WRAPPERS or _assigned(words[0])):
        words.pop(0)
    if len(words) > 2 and _PYTHON.match(words[0].text) and words[1].text == "-m":
        words = words[2:]
    if not words:
        return
    if _PIP.match(words[0].text) and len(words) > 1 and words[1].text in ("install", "download"):
        yield from _pypi(words[2:], one=False)
        return
    said = [word.text.lstrip("!%") for word in words[:3]]
    for length in (3, 2, 1):
        program = " ".join(said[:length])
        rest = words[length:]
        if program in _PYPI_VERBS:
            yield from _pypi(rest, one=_PYPI_VERBS[program][1])
        elif program in _NPM_VERBS:
            yield from _npm(rest, one=False)
        elif program in _NPM_ONE:
            yield from _npm(rest, one=True)
        elif program in _NPM_CREATE:
            yield from _npm(rest, one=True, create=True)
        else:
            continue
        return


def _assigned(word: Word) -> bool:
    return "=" in word.text and word.text.partition("=")[0].isidentifier()


def _names(words: Sequence[Word]) -> Iterator[Word]:
    """Yield the words that are neither options nor their values, files or addresses."""
    skip, blank = False, False
    for word in words:
        # {{one two}} is a form to fill in.
        blank = (blank or "{{" in word.text) and "}}" not in word.text
        if blank or "}}" in word.text:
            continue
        if skip:
            skip = False
        elif word.text.startswith("-"):
            skip = word.text in _VALUE_OPTIONS or word.text.endswith(_ADDRESS)
        elif not word.inner and not _FILE.search(word.text) and not word.text.endswith("-"):
            yield word


def _pypi(words: Sequence[Word], *, one: bool) -> Iterator[Wanted]:
    for word in _names(words):
        match = _PYPI_NAME.match(word.text)
        if match:
            yield Wanted(registry="pypi", name=match[1], start=word.start, end=word.end)
        if one:
            return


def _npm(words: Sequence[Word], *, one: bool, create: bool = False) -> Iterator[Wanted]:
    for word in _names(words):
        match = _NPM_NAME.match(word.text.rpartition("@npm:")[2])
        if match:
            name = _created(match[1]) if create else match[1]
            yield Wanted(registry="npm", name=name, start=word.start, end=word.end)
        if one:
            return


def _created(name: str) -> str:
    """Return the package that `npm create NAME` runs."""
    scope, slash, rest = name.partition("/")
    return f"{scope}/create-{rest}" if slash else f"create-{name}"
