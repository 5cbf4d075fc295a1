"""What of a text every Markdown client shows as code: no picture or link is made of it.

Where clients may differ (HTML around a fence, a list that ends inside it), nothing behind that
counts as code. What follows never changes what was said of a text's beginning. Linear.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter

import msgspec

_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
_QUOTE = re.compile(r">[ ]?")
_MARKER = re.compile(r" {0,3}(?:[-*+]|(\d{1,9})[.)]) {1,4}(?=\S)")
_FENCE = re.compile(r"(`{3,}|~{3,})(.*)")
_FENCE_LIKE = re.compile(r"[\s>*+.)\d-]*(?:(`{3,})|~~~)")
_INFO = re.compile(r"[\s{.]*([\w+#-]*)")
# What clients draw instead of showing it.
_DRAWN = frozenset((
    "mermaid", "svg", "math", "latex", "tex", "katex", "dot", "graphviz", "plantuml", "puml", "uml",
    "vega", "vega-lite", "vegalite", "echarts", "chart", "geojson", "topojson", "markmap", "smiles",
    "iframe", "embed",
))  # fmt: skip
# Clients take a whole answer out of such a fence and draw it.
_WRAPS = frozenset(("markdown", "md", "mdx", "gfm"))
# Blocks in which a fence is none: what they begin and end with ("": with a blank line).
_BLOCKS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("<!--", r"<!--", ("-->",)),
    ("<pre>", r"<(?:script|pre|style|textarea)\b", ("</script>", "</pre>", "</style>", "</textarea>")),
    ("<?x", r"<\?", ("?>",)),
    ("<![CDATA[", r"<!\[CDATA\[", ("]]>",)),
    ("<!X", r"<![A-Z]", (">",)),
    ("<x", r"</?[A-Z]", ()),
    ("$$", r"\$\$", ("$$",)),
    ("\\[", r"\\\[", ("\\]",)),
)  # fmt: skip
_BLOCK = re.compile(
    r"[\s>*+.)\d-]*(?:" + "|".join(f"({begin})" for _, begin, _ in _BLOCKS) + ")", re.IGNORECASE
)
# In prose: backticks, and what binds as tightly as they do or leaves open what they mean.
_TICKS = re.compile(r"`+|<[A-Za-z!?/]|\$|\\`")
_DEEP = 4
_LOST, _NOT_FIRST = "<!--\n```\n", ".\n"
UNPAIRED = "<x>\n\n"
"""Behind this no backticks in a line count."""

Range = tuple[int, int]


class _Fence(msgspec.Struct, frozen=True, kw_only=True):
    """An open fence: its run of signs, the language, what its lines begin with.

    `deep`: it may be an indented line of a paragraph; `shown`: clients show it as code.
    """

    run: str
    language: str
    quotes: int
    indent: int
    deep: bool
    shown: bool

    @property
    def opener(self) -> str:
        """Return a line that opens such a fence."""
        first = _NOT_FIRST if self.shown and self.language in _WRAPS else ""
        return f"{first}{'> ' * self.quotes}{' ' * self.indent}{self.run}{self.language}\n"


class _Reader:
    """Reads line by line. `lost`: from here on clients may differ."""

    def __init__(self) -> None:
        self.ranges: list[Range] = []
        self.lost = False
        self.fence: _Fence | None = None
        # The open one of _BLOCKS, -1 for none.
        self.block = -1
        # Whether backticks pair up line by line in this paragraph, and in the whole text.
        self.pairs, self.spans = True, True
        self._start = 0
        self.blank, self._first = True, True

    def read(self, text: str) -> None:
        """Read a text to its end, or to where clients may differ."""
        for match in _LINE.finditer(text):
            if self.lost or match.start() == len(text):
                break
            line = match[1]
            if self.fence is not None:
                self._inside(self.fence, line, match.start())
            elif not self._opens(line):
                self._outside(line, match.start())
            elif self.fence is not None:
                self._start = match.end()
            self.blank = not line.strip(" \t")
            self._first = self._first and self.blank
        if self.fence is not None and not self.lost and not self.fence.deep:
            self._found(self.fence, len(text))

    def _found(self, fence: _Fence, end: int) -> None:
        if fence.shown and self._start < end:
            self.ranges.append((self._start, end))

    def _lose(self, end: int) -> None:
        if self.fence is not None and not self.fence.deep:
            self._found(self.fence, end)
        self.lost = True

    def _inside(self, fence: _Fence, line: str, start: int) -> None:
        for _ in range(fence.quotes):
            if not line.startswith(">"):
                self._lose(start)
                return
            line = line[2 if line[1:2] == " " else 1 :]
        bare = line.lstrip(" \t")
        blank = line[: len(line) - len(bare)]
        width = len(blank.expandtabs(4))
        if bare and (width < fence.indent or (fence.quotes and "\t" in blank)):
            self._lose(start)
            return
        run = len(bare) - len(bare.lstrip(fence.run[0]))
        if run < len(fence.run) or bare[run:].strip(" \t"):
            if fence.deep and fence.run in bare:
                self._lose(start)
        elif "\t" in blank or width > (fence.indent or _DEEP - 1):
            self._lose(start)
        else:
            self._found(fence, start)
            self.fence, self.pairs = None, True

    def _opens(self, line: str) -> bool:
        """Take a line that opens a fence, or may do so; say whether it was one."""
        like = _FENCE_LIKE.match(line)
        # Backticks behind backticks: a piece of code in a line.
        if like is None or (like[1] and "`" in line[like.end() :]):
            return False
        self.fence = self._fence(line) if self.block < 0 else None
        self.lost = self.fence is None
        return True

    def _fence(self, line: str) -> _Fence | None:
        """Return the fence that a line opens, None for one that clients may read otherwise."""
        quotes = width = 0
        while quote := _QUOTE.match(line):
            line, quotes = line[quote.end() :], quotes + 1
        marked = False
        while (marker := _MARKER.match(line)) and (marker[1] in (None, "1") or self.blank):
            line, width, marked = line[marker.end() :], width + marker.end(), True
        bare = line.lstrip(" ")
        indent = len(line) - len(bare)
        run = _FENCE.match(bare)
        deep = not marked and indent >= _DEEP
        if run is None or (marked and indent) or (deep and run[1][0] == "~"):
            return None
        info = _INFO.match(run[2])
        language = info[1].lower() if info else ""
        shown = language not in _DRAWN and not (self._first and language in _WRAPS)
        return _Fence(
            run=run[1], language=language, quotes=quotes, indent=width + indent, deep=deep,
            shown=shown,
        )  # fmt: skip

    def _outside(self, line: str, start: int) -> None:
        if not line.strip(" \t"):
            self.pairs = True
            if self.block >= 0 and not _BLOCKS[self.block][2]:
                self.block = -1
            return
        at = 0
        if self.block < 0 and (begin := _BLOCK.match(line)):
            self.block, at, self.spans = (begin.lastindex or 0) - 1, begin.end(), False
        if self.block >= 0 and any(end in line.lower()[at:] for end in _BLOCKS[self.block][2]):
            self.block = -1
        if self.spans and self.pairs:
            self.ranges += self._spans(line, start)

    def _spans(self, line: str, start: int) -> Iterator[Range]:
        """Yield the code between backticks of a line, up to where their meaning is open."""
        last = 0
        while match := _TICKS.search(line, last):
            sign = match.group()
            end = _closing(line, match.end(), len(sign)) if sign[0] == "`" else -1
            if end < 0 or "|" in line[match.end() : end]:
                self.spans, self.pairs = self.spans and sign[0] != "<", False
                return
            yield start + match.end(), start + end - len(sign)
            last = end


def _closing(line: str, at: int, size: int) -> int:
    """Return where the next run of so many backticks ends, -1 where there is none."""
    run = "`" * size
    while (at := line.find(run, at)) >= 0:
        end = at
        while line[end : end + 1] == "`":
            end += 1
        if end - at == size:
            return end
        at = end
    return -1


def shown_as_code(text: str) -> list[Range]:
    """Return the ranges that every client shows as code, in order and apart."""
    if "`" not in text and "~~~" not in text:
        return []
    reader = _Reader()
    reader.read(text)
    return reader.ranges


def inside(ranges: Sequence[Range], start: int, end: int) -> bool:
    """Return whether one of the ranges, in order and apart, holds all of a place."""
    at = bisect_right(ranges, start, key=itemgetter(0)) - 1
    return at >= 0 and end <= ranges[at][1]


def may_open(text: str) -> bool:
    """Return whether something may stand open at a text's end. Quick."""
    return any(sign in text for sign in ("`", "~~~", "<", "$$", "\\["))


def opening(text: str) -> str:
    """Return what must stand before a text's rest for that to be read as it is behind the text.

    The text ends with the end of a line.
    """
    reader = _Reader()
    reader.read(text)
    if reader.lost:
        return _LOST
    before = "" if reader.spans and reader.pairs else UNPAIRED
    if reader.fence is not None:
        return before + reader.fence.opener
    if reader.block >= 0:
        return f"{before}{_BLOCKS[reader.block][0]}\n"
    return before if reader.blank else before + _NOT_FIRST
