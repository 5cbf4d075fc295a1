"""Runs of signs of one block that spell bytes by their places in it."""

import re

ASCII = False
_RUN = re.compile(r"[\u2800-\u28ff]{8,}|[\ue000-\ue0ff]{8,}|[\U0001f300-\U0001f6ff]{8,}")


def read(text: str) -> str:
    """Return the text with such runs as what their bytes say."""
    return _RUN.sub(_spelt, text)


def _spelt(match: re.Match[str]) -> str:
    data = bytes(ord(ch) & 0xFF for ch in match.group())
    try:
        said = data.decode()
    except UnicodeDecodeError:
        return match.group()
    return f" {said} " if said.replace("\n", " ").isprintable() else match.group()
