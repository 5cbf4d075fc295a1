"""Python code as statements: what does not parse as a whole is read in pieces, and line by line."""

import ast
import re
import textwrap
from collections.abc import Iterator

from seawall.guard.code.shell import ShellError

# The prompt of an interpreter, and what notebooks write beside Python.
_PROMPT = re.compile(r"(?m)^([ \t]*)(?:>>> ?|\.\.\. ?|In \[\d+\]: ?)")
_MAGIC = re.compile(r"(?m)^[ \t]*[!%?][^\n]*")
# An old print statement: with a semicolon for its blank it parses, and keeps its length.
_PRINT = re.compile(r"(?m)^([ \t]*print)[ \t](?=[ \t]*[\"'\w])")
_MOST_LINES = 5_000


class Piece:
    """A parsed stretch of code: its tree, and the place of every node in the code."""

    def __init__(self, tree: ast.Module, lines: list[str], start: int, indent: int) -> None:
        self.tree, self._lines, self._indent = tree, lines, indent
        self._starts = [start]
        for line in lines:
            self._starts.append(self._starts[-1] + len(line) + 1)

    def place(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends."""
        first, last = getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or 1
        return (
            self._at(first, getattr(node, "col_offset", 0)),
            self._at(last, getattr(node, "end_col_offset", None) or 0),
        )

    def _at(self, number: int, column: int) -> int:
        line = self._lines[min(number, len(self._lines)) - 1]
        # Columns count octets of the dedented line.
        inside = line[self._indent :].encode()[:column].decode("utf-8", "ignore")
        return self._starts[min(number, len(self._lines)) - 1] + self._indent + len(inside)


def pieces(code: str) -> Iterator[Piece]:
    """Yield the code as one piece, or what can be read of it. Raises ShellError if it nests too deep."""
    plain = _PRINT.sub(r"\1;", _MAGIC.sub(_blank, _PROMPT.sub(_blank, code)))
    whole = _piece(plain, 0)
    if whole is not None:
        yield whole
        return
    for start, text in _stretches(plain):
        own = _piece(text, start)
        if own is not None:
            yield own
            continue
        at = start
        for line in text.split("\n"):
            alone = _piece(line, at) or _piece(f"{line.rstrip()} pass", at)
            if alone is not None:
                yield alone
            at += len(line) + 1


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group()) if match.group().strip() else match.group()


def _stretches(code: str) -> Iterator[tuple[int, str]]:
    """Yield (start, text) of what stands between lines that are not indented."""
    lines = code.split("\n")
    if len(lines) > _MOST_LINES:
        raise ShellError("code that cannot be parsed is too long")
    start, own = 0, [lines[0]]
    for line in lines[1:]:
        if line[:1].strip() and not line.startswith(
            (")", "]", "}", "else", "elif", "except", "finally")
        ):
            yield start, "\n".join(own)
            start += sum(len(one) + 1 for one in own)
            own = []
        own.append(line)
    yield start, "\n".join(own)


def _piece(text: str, start: int) -> Piece | None:
    dedented = textwrap.dedent(text)
    first = next((line for line in text.split("\n") if line.strip()), "")
    bare = next((line for line in dedented.split("\n") if line.strip()), "")
    try:
        tree = ast.parse(dedented)
    except (SyntaxError, ValueError):
        return None
    except (RecursionError, MemoryError):
        raise ShellError("code nests too deeply") from None
    return Piece(tree, text.split("\n"), start, len(first) - len(bare)) if tree.body else None
