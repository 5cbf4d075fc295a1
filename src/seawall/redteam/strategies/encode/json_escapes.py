r"""Every character as a JSON escape \uXXXX; in a training file that is plain JSON again."""

from random import Random

from seawall.redteam.strategies.base import text_strategy


def encode(text: str, _rng: Random) -> str:
    """Return the text as UTF-16 units in JSON escapes."""
    data = text.encode("utf-16-be")
    return "".join(f"\\u{data[i]:02x}{data[i + 1]:02x}" for i in range(0, len(data), 2))


STRATEGY = text_strategy(
    "json-escapes", "JSON escapes", encode, carrier="unicode escapes", files=True
)
