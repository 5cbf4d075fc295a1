"""What stands behind the hyphen goes back to the front."""

import re


def decode(text: str) -> str:
    return re.sub(r"([a-z]*)-([a-z]*?)ay\b", r"\2\1", text)
