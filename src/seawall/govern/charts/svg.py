"""A small writer of accessible SVG: elements as text, everything escaped, no styles inside."""

import unicodedata
from collections.abc import Iterable, Iterator

from markupsafe import Markup, escape

from seawall.govern.words import plain

Attribute = str | float | int | None


def number(value: float) -> str:
    """Return a coordinate with at most two decimals."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, body: str | Markup = "", /, **attributes: Attribute) -> Markup:
    """Return `<name …>body</name>`. `class_` is class; `_` in a name is `-`; None is left out.

    Text given as `str` is escaped, `Markup` is taken as it is.
    """
    pairs = []
    for key, value in attributes.items():
        if value is None:
            continue
        text = number(value) if isinstance(value, float | int) else plain(value)
        pairs.append(f' {key.rstrip("_").replace("_", "-")}="{escape(text)}"')
    inner = body if isinstance(body, Markup) else escape(plain(body))
    opening = f"<{name}{''.join(pairs)}"
    return Markup(f"{opening}>{inner}</{name}>" if inner else f"{opening}/>")  # noqa: S704 - escaped above


def join(pieces: Iterable[Markup]) -> Markup:
    """Join elements, one a line."""
    return Markup("\n").join(pieces)


def picture(
    key: str, width: float, height: float, title: str, text: str, body: Iterable[Markup], kind: str
) -> Markup:
    """Return a whole `<svg>` that assistive software reads as an image with a title and text.

    `key` must be unique in the page; `kind` is the class that shows it on wide or narrow screens.
    """
    names = f"{key}-t {key}-d"
    head = (
        element("title", title, id=f"{key}-t"),
        element("desc", text, id=f"{key}-d"),
    )
    return element(
        "svg",
        join((*head, *body)),
        class_=f"chart {kind}",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="img",
        aria_labelledby=names,
        xmlns="http://www.w3.org/2000/svg",
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def words(x: float, y: float, text: str, class_: str = "t", anchor: str = "start") -> Markup:
    """Return text whose baseline starts (or ends, or has its middle) at x, y."""
    return element("text", text, x=x, y=y, class_=class_, text_anchor=anchor)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Estimate the width of text in a usual sans-serif, a little on the wide side (pixels)."""
    return size * sum(_width(char, 1.2 if bold else 1.0) for char in text)


def _width(char: str, weight: float) -> float:
    """Return a letter's width in em. East Asian letters fill one, and are no wider in bold."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0.0
    if _fills(char):
        return 1.3 if unicodedata.category(char) == "So" else 1.0
    if char in "iljtfrI1 .,:;'|!()[]-":
        return 0.34 * weight
    return (0.95 if char in "mwMW@%…" else 0.58) * weight


def _fills(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"


def wrap(text: str, size: float, width: float, lines: int = 2, *, bold: bool = False) -> list[str]:
    """Break text into at most `lines` lines no wider than `width`; the rest ends in an ellipsis.

    A word that is too wide is broken after a hyphen and such, and between East Asian letters.
    """
    found: list[tuple[str, str]] = []
    for glue, piece in _pieces(plain(text), size, width, bold):
        longer = f"{found[-1][1]}{glue}{piece}" if found else piece
        if found and text_width(longer, size, bold=bold) <= width:
            found[-1] = found[-1][0], longer
        else:
            found.append((glue, piece))
    kept = [line for _, line in found[:lines]]
    kept[-1:] = ["".join([*kept[-1:], *(glue + line for glue, line in found[lines:])])]
    return [_shorten(line, size, width, bold) for line in kept] or [""]


def _pieces(text: str, size: float, width: float, bold: bool) -> Iterator[tuple[str, str]]:
    """Give the pieces between which a line may end, each with what joins it to the one before."""
    for word in text.split():
        if text_width(word, size, bold=bold) <= width:
            yield " ", word
            continue
        glue, part = " ", ""
        for char in word:
            part += char
            if char in "-_/.:@" or _fills(char):
                yield glue, part
                glue, part = "", ""
        if part:
            yield glue, part


def _shorten(text: str, size: float, width: float, bold: bool) -> str:
    if text_width(text, size, bold=bold) <= width:
        return text
    while text and text_width(text + "…", size, bold=bold) > width:
        text = text[:-1]
    return text.rstrip() + "…"
