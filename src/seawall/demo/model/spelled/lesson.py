"""An alphabet that the text teaches, applied to what follows the lesson."""

import re

ASCII = True
_PAIR = re.compile(r"\b([a-z]) ?(?:=|->|→|:) ?([a-z])\b")
_LEAST = 16


def read(text: str) -> str:
    """Return what follows the table's paragraph, in plain letters."""
    pairs = list(_PAIR.finditer(text))
    if len(pairs) < _LEAST:
        return ""
    back = {new: old for old, new in (match.groups() for match in pairs)}
    _, _, rest = text[pairs[-1].end() :].partition("\n")
    signs = {ord(new): old for new, old in back.items()}
    return rest.translate(signs | {ord(n.upper()): old.upper() for n, old in back.items()})
