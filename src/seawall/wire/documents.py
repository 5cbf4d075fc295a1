"""Retrieved text inside a message: from the first opening marker to the last closing one."""

import re
from typing import Protocol

import msgspec

_SOURCE = re.compile(r"""\bsource\s*=\s*(?:"([^"]{0,200})"|'([^']{0,200})'|([^\s>]{1,200}))""")


class Markers(Protocol):
    """What `policy.documents` gives: the two markers around retrieved text."""

    @property
    def open(self) -> str: ...
    @property
    def close(self) -> str: ...


class DefaultMarkers(msgspec.Struct, frozen=True):
    """`<document ...>` to `</document>`."""

    open: str = "<document"
    close: str = "</document>"


class Piece(msgspec.Struct, frozen=True):
    """A character range of a text; `source` is the document's name, empty where unknown."""

    start: int
    end: int
    document: bool
    source: str = ""


def split(text: str, markers: Markers) -> list[Piece]:
    """Cut `text` into what its author wrote and what stands between the markers.

    One document piece runs from behind the first opening marker (its attributes included) to the
    last closing marker, so that a document cannot end itself; without a closing marker it runs to
    the end. The outer markers are the application's own. Case is ignored.
    """
    if _no_marker(text, markers.open):
        return [Piece(0, len(text), document=False)]
    lowered = text.lower()
    if len(lowered) != len(text):  # a few letters change length: compare as they stand
        lowered = text
    start = lowered.find(markers.open.lower())
    if start < 0:
        return [Piece(0, len(text), document=False)]
    last = lowered.rfind(markers.close.lower(), start)
    end = len(text) if last < 0 else last
    after = len(text) if last < 0 else last + len(markers.close)
    head = text[start : text.find(">", start) + 1 or len(text)]
    match = _SOURCE.search(head)
    source = next((group for group in match.groups() if group), "") if match else ""
    pieces = [
        Piece(0, start, document=False),
        Piece(start + len(markers.open), end, document=True, source=source),
        Piece(after, len(text), document=False),
    ]
    return [piece for piece in pieces if piece.document or text[piece.start : piece.end].strip()]


def _no_marker(text: str, marker: str) -> bool:
    """Say whether not even the sign is there that a marker begins with, a letter being none.

    No capital of another sign is one in ASCII; looking for one sign takes a tenth of the time.
    """
    sign = marker[:1]
    return bool(sign) and sign.isascii() and not sign.isalpha() and sign not in text


def wrap(text: str, markers: Markers, *, source: str) -> str:
    """Return `text` between the markers, so that `split` finds it; `source` is a plain name."""
    tag = markers.open.startswith("<") and ">" not in markers.open
    head = f'{markers.open} source="{source}">' if tag else markers.open
    return f"{head}\n{text}\n{markers.close}"
