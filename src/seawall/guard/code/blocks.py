"""Where code stands in a text: fenced blocks, inline code, lines that are a command."""

import re
from collections.abc import Iterator

import msgspec

_FENCE = re.compile(
    r"^[ \t>*+-]{0,40}(`{3,20}|~{3,20})[ \t]*+\{?\.?([\w+#.-]{0,30}+)[^\n`]*+$", re.MULTILINE
)
_INLINE = re.compile(r"`([^`\n]{2,300})`")
_LANGUAGES = {
    "python": "python py python3 ipython pycon jupyter py3",
    "shell": "shell sh bash zsh ksh console terminal shellsession shell-session bash-session cmd "
    "ps1 powershell pwsh batch fish dockerfile docker makefile",
    "sql": "sql mysql postgresql postgres psql plpgsql sqlite sqlite3 tsql t-sql plsql mssql "
    "oracle",
    "javascript": "javascript js jsx mjs cjs node typescript ts tsx vue svelte html htm xhtml",
    "json": "json json5 jsonc package.json",
    "toml": "toml pyproject pyproject.toml pipfile",
    "requirements": "requirements requirements.txt requirements.in pip-requirements",
    "java": "java kotlin groovy jsp",
    "go": "go golang",
    "c": "c h cpp c++ cc cxx hpp",
    "php": "php php7 php8 phtml",
    "ruby": "ruby rb erb rails",
}
_NAMED = {name: language for language, names in _LANGUAGES.items() for name in names.split()}


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Code at text[start:end]. `language`: one of ours, "other" for another, "" if not said."""

    language: str
    start: int
    end: int


def language_of(name: str) -> str:
    """Return our name of the language that a fence names, "other" for one that is not read."""
    return _NAMED.get(name.lower(), "other") if name else ""


def fenced(text: str) -> list[Block]:
    """Return the fenced blocks in order; one that is not closed reaches to the end. Linear."""
    if "```" not in text and "~~~" not in text:
        return []
    found: list[Block] = []
    mark, language, start = "", "", 0
    for match in _FENCE.finditer(text):
        if not mark:
            mark, language, start = match[1], match[2], match.end() + 1
        elif match[1].startswith(mark) and not match[2]:
            found.append(_block(language, min(start, match.start()), match.start()))
            mark = ""
    if mark and start < len(text):
        found.append(_block(language, start, len(text)))
    return found


def inline(text: str, blocks: list[Block]) -> Iterator[Block]:
    """Yield code between single backticks outside of the blocks. Linear."""
    waiting = iter([*blocks, Block(language="", start=len(text), end=len(text))])
    block = next(waiting)
    for match in _INLINE.finditer(text):
        while block.end <= match.start() and block.start < len(text):
            block = next(waiting)
        if match.end() <= block.start:
            yield Block(language="", start=match.start(1), end=match.end(1))


def _block(language: str, start: int, end: int) -> Block:
    return Block(language=language_of(language), start=start, end=end)
