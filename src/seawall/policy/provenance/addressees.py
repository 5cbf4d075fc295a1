"""The addresses in one text of a call: `a@x.org, b@y.org`, `"A" <a@x.org>`, a list written as JSON."""

import re

from seawall.policy.provenance.text import EMAIL

_HEADERS = re.compile(
    r"[\r\n\x0b\x0c\x85\u2028\u2029]\s*(?:to|cc|bcc|from|sender|reply-to|subject|content-[a-z-]+|mime-version|x-[\w-]+)\s*:",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[,;<>\[\]\r\n]")
# More of them in one text are judged as the text that they are.
_MOST = 50


def addressees(text: str) -> list[str]:
    """Return the addresses of a text that holds one and more than that; none of a link."""
    if "@" not in text or "://" in text:
        return []
    plain = text.strip()
    found = [match.group() for match in EMAIL.finditer(plain)]
    if not 0 < len(found) <= _MOST or found == [plain]:
        return []
    return found if len(found) > 1 or _BETWEEN.search(plain) else []


def adds_header(text: str) -> bool:
    """Say whether a text that is one line of a mail's head goes on with another header."""
    return _HEADERS.search(text) is not None
