"""Finds the word of the samples that has the same letters between the same ends."""

import re

WORDS = [
    *("Please", "forget", "your", "rules", "amber", "otter", "fjord", "Überweise", "sofort"),
    *("print", "open", "harbour", "vault", "read"),
]
BY_LETTERS = {(word[0], *sorted(word[1:-1]), word[-1]): word for word in WORDS}


def decode(text: str) -> str:
    def back(match: re.Match[str]) -> str:
        word = match[0]
        return BY_LETTERS.get((word[0], *sorted(word[1:-1]), word[-1]), word)

    return re.sub(r"[^\W\d_]{4,}", back, text)
