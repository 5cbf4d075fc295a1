"""A small reader of JavaScript: tokens with places, brackets matched. Linear; JSX does no harm."""

import re
from bisect import bisect_left

import msgspec

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/|\Z)|<!--[^\n]*)"
    r"|(?P<string>\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+')"
    r"|(?P<word>[A-Za-z_$][\w$]*)|(?P<number>\d[\w.]*)"
    r"|(?P<sign>===|!==|=>|==|!=|<=|>=|\+=|&&|\|\||\?\?=?|\?\.|\.\.\.|.)",
    re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.){0,100}+\]){1,400}+/[a-z]*")
# Behind these a slash begins an expression, not a division.
_BEFORE_REGEX = frozenset("(,=:[!&|?{};+-*%~^<>") | {"return", "typeof", "=>", "&&", "||", "==="}
_OPEN, _CLOSE = "([{", ")]}"
_SCRIPT = re.compile(r"<script\b[^>]{0,300}>", re.IGNORECASE)
_HANDLER = re.compile(
    r"\bon[a-z]{3,20}\s{0,3}=\s{0,3}(\"[^\"]{1,2000}\"|'[^']{1,2000}')", re.IGNORECASE
)
_MARKUP = re.compile(
    r"^\s*<(?:!doctype\b|\?xml\b|/?[a-z][\w:.-]{0,60}[\s>/])",
    re.IGNORECASE,
)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: word, string, number, sign, regex, or text (a piece of a template)."""

    kind: str
    text: str
    start: int
    end: int


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens, and for each opening bracket the place of its partner (else the end)."""

    tokens: list[Token]
    partner: dict[int, int]

    def close(self, opening: int) -> int:
        """Return the place of the bracket that closes the one at `opening`."""
        return self.partner.get(opening, len(self.tokens))


def sources(code: str, offset: int) -> list[tuple[str, int]]:
    """Return the scripts in code: of markup, its script elements and handlers; else the whole."""
    if not _MARKUP.match(code):
        return [(code, offset)]
    found: list[tuple[str, int]] = []
    lower = code.lower()
    ends = [match.start() for match in re.finditer(r"</script", lower)]
    last = 0
    for match in _SCRIPT.finditer(code):
        if match.start() < last:
            continue
        number = bisect_left(ends, match.end())
        last = ends[number] if number < len(ends) else len(code)
        found.append((code[match.end() : last], offset + match.end()))
    found += [(match[1][1:-1], offset + match.start(1) + 1) for match in _HANDLER.finditer(code)]
    return found


def read(code: str, offset: int = 0) -> Script:
    """Return the tokens of a script; positions count from `offset`."""
    tokens = _tokens(code, offset)
    partner: dict[int, int] = {}
    waiting: list[int] = []
    for number, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in _OPEN:
            waiting.append(number)
        elif token.text in _CLOSE and waiting:
            partner[waiting.pop()] = number
    return Script(tokens=tokens, partner=partner)


def _tokens(code: str, offset: int) -> list[Token]:
    """Read tokens; a template becomes text pieces with what it inserts between brackets."""
    found: list[Token] = []
    depths: list[int] = []
    at = 0
    while at < len(code):
        if code[at] == "`" or (code[at] == "}" and depths and depths[-1] == 0):
            if code[at] == "}":
                depths.pop()
                found.append(Token(kind="sign", text="}", start=offset + at, end=offset + at + 1))
            end, inserts = _template(code, at + 1)
            found.append(
                Token(kind="text", text=code[at + 1 : end], start=offset + at, end=offset + end)
            )
            if inserts:
                found.append(Token(kind="sign", text="{", start=offset + end, end=offset + end + 2))
                depths.append(0)
            at = end + (2 if inserts else 1)
            continue
        match = _TOKEN.match(code, at)
        if match is None:
            break
        kind, text = match.lastgroup or "sign", match[0]
        if text == "/" and (not found or found[-1].text in _BEFORE_REGEX):
            regex = _REGEX.match(code, at)
            kind, text = ("regex", regex[0]) if regex else (kind, text)
        if depths and kind == "sign":
            depths[-1] += (text == "{") - (text == "}")
        if kind not in ("space", "comment"):
            found.append(
                Token(kind=kind, text=text, start=offset + at, end=offset + at + len(text))
            )
        at += len(text)
    return found


_STOP = re.compile(r"[^`\\$]*+(?:\\.|\$(?!\{)|[^`\\$]++)*+", re.DOTALL)


def _template(code: str, at: int) -> tuple[int, bool]:
    """Return where a template's piece ends, and whether something is inserted there."""
    match = _STOP.match(code, at)
    end = match.end() if match else at
    return end, code.startswith("${", end)
