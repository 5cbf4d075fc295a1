"""Links that open a mail with its text filled in: one click and what stands in it has left."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

import msgspec

from seawall.policy.provenance import carry
from seawall.policy.provenance.text import compact, fold

_MAILTO = re.compile(r"\bmailto:([^\s?<>\"')\]]{0,200})\?([^\s<>\"')\]]{1,4000})", re.IGNORECASE)
_FILLED = frozenset({"body", "subject", "cc", "bcc", "attach", "attachment"})
_RUN, _TOKEN = 20, 6
_TOKENS = re.compile(r"[\w+-]{6,}")


class MailLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link to a mail: whom it goes to, what is filled in, and its range."""

    to: str
    filled: str
    start: int
    end: int


def mail_links(text: str) -> Iterator[MailLink]:
    """Yield the links of a text that open a mail with something filled in."""
    if "?" not in text:
        return
    for match in _MAILTO.finditer(text):
        given = parse_qsl(match[2].replace("&amp;", "&"), max_num_fields=None)
        filled = [value for name, value in given if name.casefold() in _FILLED]
        if filled:
            yield MailLink(
                to=fold(match[1]), filled=" ".join(filled), start=match.start(), end=match.end()
            )


def holds(link: MailLink, private: Iterable[str]) -> bool:
    """Say whether a mail is filled with something encoded, or a run or number of a private text.

    `private`: the letters and digits of each text (see `compact`).
    """
    if carry.carries(f"mail/{link.filled}", ()):
        return True
    whole = compact(fold(link.filled))
    pieces = {compact(fold(one)) for one in _TOKENS.findall(link.filled)}
    numbers = [one for one in pieces if len(one) >= _TOKEN and any(map(str.isdigit, one))]
    return any(
        (len(whole) >= _RUN and whole in text) or any(one in text for one in numbers)
        for text in private
    )
