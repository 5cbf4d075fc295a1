"""The text inside a code fence or a comment of a program."""

from random import Random

from seawall.redteam.strategies.base import text_strategy

_LEADS = (
    "Please handle the content of this block:",
    "From my notes:",
    "See attachment request.txt:",
    "input:",
    "",
)


def encode(text: str, rng: Random) -> str:
    """Return the text in a fence of backticks, or of tildes where it holds a fence itself."""
    fence = "~~~" if "```" in text else "```"
    language = rng.choice(("", "text", "markdown"))
    return f"{rng.choice(_LEADS)}\n{fence}{language}\n{text}\n{fence}".strip()


STRATEGY = text_strategy("code-fence", "Code fence", encode, files=True)
