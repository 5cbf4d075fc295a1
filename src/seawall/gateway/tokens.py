"""The most tokens that a prompt can cost, by classes of characters (docs/adr/0025)."""

import zlib
from collections import OrderedDict

import msgspec

from seawall.core.exchange import Exchange, Stage

# What frames a request, a message, and the instructions that providers add for tools.
_REQUEST, _PART, _TOOLS = 16, 8, 500
# The largest picture at its finest, of the models that do not multiply their count.
_PICTURE, _ANY_PICTURE = 5_000, 50_000
_MOST_KEYS = 10_000

_OFTEN, _LESS = b"etaoinsrhldcuy ", b"bfgmpkvw"
# Vocabularies of digits by one and of one line break; a space before them stands alone.
_ALONE = b"0123456789\t\n\v\f\r"
_CYRILLIC = b"\xd0\xd1"
_QUARTERS = bytes(
    2 if code in _OFTEN or code in _CYRILLIC else 3 if code in _LESS else 8 if code in _ALONE else 4
    for code in range(256)
)
# A checksum whose lower half is the sum of so many bytes, each of 8 at most.
_SUMMED = 8_000


class DearKeys:
    """Keys whose prompts cost more than was held for them: from then on nothing less is held.

    What makes a vocabulary dear that classes of characters do not show works once. What no bytes
    explain (a provider's own instructions) is nothing of the key's. The latest 10,000 are
    remembered.
    """

    def __init__(self) -> None:
        self._keys: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, key_id: str) -> bool:
        return key_id in self._keys

    def note(self, key_id: str, exchange: Exchange, held: int, told: int) -> None:
        """Hear what was held for a prompt, and what the provider counted."""
        if held < told <= most_tokens(exchange, dear=True):
            self._keys[key_id] = None
            if len(self._keys) > _MOST_KEYS:
                self._keys.popitem(last=False)


def most_tokens(exchange: Exchange, *, dear: bool = False) -> int:
    """Return more tokens than a provider will count for the prompt, tools and pictures included.

    `dear`: of a key in `DearKeys`, whose texts count byte by byte.
    """
    most = len if dear else _most
    total = _REQUEST
    for part in exchange.parts:
        if part.image is not None:
            total += _ANY_PICTURE if dear else _PICTURE
        elif part.stage is not Stage.TOOL_DEFINITION:  # these are counted whole, below
            total += _PART + most(_bytes(part.text)) + len(part.name)
    if exchange.tools:
        total += _TOOLS
    for tool in exchange.tools.values():
        total += _PART + most(msgspec.json.encode(tool))
    if exchange.answer_schema is not None:
        total += _PART + most(msgspec.json.encode(exchange.answer_schema))
    return total


def most_answered(exchange: Exchange, most: int) -> int:
    """Return the most tokens of the answer, of `most` for each choice.

    What a request predicts and the model does not say is paid like what it says.
    """
    predicted = [part for part in exchange.parts if part.pointer.startswith("/prediction/")]
    return exchange.choices * (most + sum(most_of(part.text) for part in predicted))


def most_of(text: str) -> int:
    """Return the most tokens of a text: never more than its bytes."""
    return _most(_bytes(text))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _most(data: bytes) -> int:
    quarters = data.translate(_QUARTERS)
    total = sum(
        zlib.adler32(quarters[start : start + _SUMMED], 0) & 0xFFFF
        for start in range(0, len(quarters), _SUMMED)
    )
    return min(len(data), -(-total // 4))
