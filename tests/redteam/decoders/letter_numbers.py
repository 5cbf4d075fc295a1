"""Numbers joined by hyphens are letters."""

import re


def decode(text: str) -> str:
    return re.sub(
        r"(?<![\w-])\d{1,2}(?:-\d{1,2})+(?![\w-])",
        lambda match: "".join(chr(96 + int(number)) for number in match[0].split("-")),
        text,
    )
