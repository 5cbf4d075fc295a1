"""A small reader of SQL: tokens with places, statements, across dialects. Linear."""

import re
from collections.abc import Iterator

import msgspec

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>--[^\n]*|#(?![>-])[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z))"
    r"|(?P<string>[NnEeBbXx]?'(?:[^'\\]|''|\\.)*+(?:'|\Z))"
    r"|(?P<dollar>\$(?P<tag>\w{0,30})\$)"
    r"|(?P<name>\"[^\"\n]{0,200}\"|`[^`\n]{0,200}`|\[[A-Za-z_][^\]\n]{0,200}\]|[@#:]{0,2}[A-Za-z_][\w$]*)"
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<other>.)",
    re.DOTALL,
)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: word (not quoted), name, string, number or sign. `text` in capitals for words."""

    kind: str
    text: str
    start: int
    end: int


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens without comments, and the comments right before and in it."""

    tokens: tuple[Token, ...]
    comment: str = ""

    @property
    def start(self) -> int:
        """Return where the first token starts."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Return where the last token ends."""
        return self.tokens[-1].end

    def words(self) -> list[str]:
        """Return the tokens' texts."""
        return [token.text for token in self.tokens]


def statements(code: str, offset: int = 0) -> Iterator[Statement]:
    """Yield the statements of SQL code; positions count from `offset`."""
    tokens: list[Token] = []
    comment: list[str] = []
    for kind, text, start, end in _tokens(code):
        if kind == "comment":
            comment.append(text)
            continue
        if text == ";" or (kind == "word" and text == "GO"):
            if tokens:
                yield Statement(tokens=tuple(tokens), comment="\n".join(comment))
            tokens, comment = [], []
            continue
        tokens.append(Token(kind=kind, text=text, start=offset + start, end=offset + end))
    if tokens:
        yield Statement(tokens=tuple(tokens), comment="\n".join(comment))


def _tokens(code: str) -> Iterator[tuple[str, str, int, int]]:
    at = 0
    while at < len(code):
        match = _TOKEN.match(code, at)
        if match is None:
            return
        kind, text, end = match.lastgroup or "other", match[0], match.end()
        if match["dollar"]:
            close = code.find(match[0], end)
            end = len(code) if close < 0 else close + len(match[0])
            kind, text = "string", code[at:end]
        elif kind == "name" and text[0] in '"`[':
            text = text[1:-1]
        elif kind == "name":
            kind, text = "word", text.upper()
        elif kind == "other":
            kind = "sign"
        if kind != "space":
            yield kind, text, at, end
        at = end
