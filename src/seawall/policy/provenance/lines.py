"""The layout of a text as a tool gave it: wrapped lines, blocks of YAML, printed dicts, escapes."""

import re

from seawall.policy.provenance.words import GRAMMAR

_WIDTH, _SAID = 50, 2
_ROW = re.compile(r",\S|[|\t]|\S {3,}\S")
_WORD = re.compile(r"[^\W\d_]+")
# What begins a line of its own: an entry, a row, a key, a quotation, a number.
_OPENS = re.compile(r"\s*(?:[-*•#|<>{}\[\]()\"'+=~\d]|[\w -]{1,30}:(?:\s|$))")
_CLOSES = frozenset(".!?:;|\"'{}[]>")
_KEY_LINE = re.compile(r"\n( *(?:- )?)[\w-]{1,30}:(?= |\n)")
_KEYED = re.compile(r" *(?:- )?[\w-]{1,30}:(?: |$)")
_INDENT = re.compile(r" *(?:- )?")


def unwrapped(text: str) -> str:
    """Return a text of the same length in which a paragraph that was wrapped is one line.

    A line end is a wrap where the next line's first word had no place in the width of its block.
    """
    if text.count("\n") < 1:
        return text
    lines = text.split("\n")
    if max(map(len, lines)) < _WIDTH:
        return text
    joined = [lines[0]]
    ends = ["\n"] * (len(lines) - 1)
    for at in range(len(lines) - 1):
        if _wraps(lines, at):
            ends[at] = " "
    for end, line in zip(ends, lines[1:], strict=True):
        joined += [end, line]
    return "".join(joined)


def _wraps(lines: list[str], at: int) -> bool:
    line, follows = lines[at], lines[at + 1]
    if not line or not follows.strip() or line[-1] in _CLOSES or _OPENS.match(follows):
        return False
    if _ROW.search(line) or len(GRAMMAR.intersection(_WORD.findall(line))) < _SAID:
        return False  # rows of a list are no paragraph
    width = max(map(len, lines[max(0, at - 3) : at + 4]))
    return width >= _WIDTH and len(line) + 1 + len(follows.split(None, 1)[0]) > width


def block_end(text: str, at: int, end: int) -> int:
    """Return where the block of a YAML dump that holds `at` ends: before a key no deeper than it.

    `end`: where it ends at the latest, and where a text that is no such dump does.
    """
    low = text.rfind("\n", 0, at) + 1
    found = _INDENT.match(text, low)
    deep = found.end() - low if found else 0
    if not deep and not text.startswith("- "):
        return end
    keyed = _KEYED.match(text, low) is not None
    for match in _KEY_LINE.finditer(text, at, end):
        here = len(match[1])
        if here < deep or (keyed and here == deep):
            return match.start()
    return end


_TAGGED = re.compile(r"</(?:p|div|td|th|tr|li|h[1-6]|table|body|html|section|article|ul|ol)>")
_TAG = re.compile(
    r"</?(p|div|td|th|tr|li|h[1-6]|table|thead|tbody|body|html|head|section|article|header|footer|nav|main|aside|ul|ol|dl|dt|dd|"
    r"br|hr|title|blockquote|pre|figure|figcaption|"
    r"b|i|u|em|strong|small|span|code|sup|sub|mark|cite)(?:\s[^<>]{0,200})?/?>"
)
_INLINE = frozenset("b i u em strong small span code sup sub mark cite".split())
_HIDES = re.compile(r"display|hidden|visib|opacity|font-size|aria-|color")


def untagged(text: str) -> str:
    """Return a text of the same length in which the tags of a page are blanks, ends of lines or cells.

    What hides something stays, and so do comments and tags of no page.
    """
    return _TAG.sub(_blank, text) if _TAGGED.search(text) else text


def _blank(match: re.Match[str]) -> str:
    tag, size = match[1], len(match[0])
    if _HIDES.search(match[0]):
        return match[0]
    if tag in _INLINE:
        return " " * size
    if tag in ("td", "th"):
        return (" | " if match[0].startswith("</") else "").ljust(size)
    return "\n".ljust(size)


_PRINTS = re.compile(r"\s*(?:\{|\[\s*\{?)\s*'")
# A string of a printed Python dict or list, in either quotes; what nothing closes ends with the text.
_PRINTED = re.compile(
    r'"[^"\\]*(?:\\[\s\S][^"\\]*)*(?:"|\\?\Z)|'
    r"'([^'\\]*(?:\\[\s\S][^'\\]*)*)('|\\?\Z)"
)
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
# How the end of a line within a string of JSON is kept: its letter would join the next word.
BREAK = "\\\f"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# What would end a string if it stood for itself: as an escape or in its wide form it never does.
_INERT = str.maketrans({'"': "”", "\\": "⧵"})
_WIDE = {"＂": "”", "＇": "’"}


def unescaped(text: str) -> str:
    """Return a text with its \\u0000 escapes undone, in which only real quotes end a string."""
    if "\\u" in text:
        text = ESCAPE.sub(lambda match: chr(int(match[1], 16)).translate(_INERT), text)
    for wide, plain in _WIDE.items():
        text = text.replace(wide, plain)
    return text


def parted(text: str) -> str:
    """Return a folded text, of the same length, in which escaped line ends belong to no word."""
    if not any(end in text for end in ("\\n", "\\t", "\\r")):
        return text
    return _ESCAPED.sub(lambda match: BREAK if match[1] in "nrt" else match[0], text)


def requoted(text: str) -> str:
    """Return a printed Python dict or list, of the same length, with the quotes of JSON."""
    return _PRINTED.sub(_in_json, text) if _PRINTS.match(text) else text


def _in_json(match: re.Match[str]) -> str:
    if match[2] != "'":
        return match[0]
    return '"' + match[1].replace('"', "'") + '"'
