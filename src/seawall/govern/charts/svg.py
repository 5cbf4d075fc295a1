"""A small writer of accessible SVG: elements as text, everything escaped, no styles inside."""

from collections.abc import Iterable

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


def text_width(text: str, size: float) -> float:
    """Estimate the width of text in a usual sans-serif, a little on the wide side."""
    narrow = sum(char in "iljtfrI1 .,:;'|!()[]" for char in text)
    wide = sum(char in "mwMW@%" or ord(char) > 0x2E7F for char in text)
    return size * (0.58 * (len(text) - narrow - wide) + 0.34 * narrow + 0.95 * wide)


def wrap(text: str, size: float, width: float, lines: int = 2) -> list[str]:
    """Break text into at most `lines` lines no wider than `width`; the rest ends in an ellipsis."""
    found: list[str] = []
    for word in plain(text).split():
        longer = f"{found[-1]} {word}" if found else word
        if found and text_width(longer, size) <= width:
            found[-1] = longer
        else:
            found.append(word)
    cut = [*found[: lines - 1], " ".join(found[lines - 1 :])] if len(found) > lines else found
    return [_shorten(line, size, width) for line in cut] or [""]


def _shorten(text: str, size: float, width: float) -> str:
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"
