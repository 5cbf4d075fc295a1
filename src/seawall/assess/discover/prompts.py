"""System prompts: where they stand, and whether they hold what must stay secret."""

import re
from collections.abc import Iterator

from seawall.assess.discover.secrets import secrets_in
from seawall.assess.discover.signals import Signal

SHORTEST = 40
_FILE = re.compile(
    r"(?:^|/)(?:[\w.-]*(?:system[_-]?prompt|prompt)[\w.-]*|[\w.-]+\.prompt)\.?"
    r"(?:txt|md|j2|jinja2?|prompt|mustache|hbs)$|(?:^|/)prompts?/[\w./-]+\.(?:txt|md|j2|jinja2?)$",
    re.IGNORECASE,
)
_HUSH = re.compile(
    r"\b(?:never|not|don't|do not|must not|may not)\s+(?:ever\s+)?(?:reveal|disclose|share|tell"
    r"|mention|repeat|show)\b|\b(?:keep|stays?|remain)\b.{0,30}\b(?:secret|confidential)\b"
    r"|\bnicht\s+(?:verraten|preisgeben)\b|\bne\s+(?:révèle|divulgue)",
    re.IGNORECASE,
)


def is_prompt_file(path: str) -> bool:
    """Return whether a file's name says that it is a prompt."""
    return _FILE.search(path) is not None


def prompt_signals(text: str, path: str, line: int) -> Iterator[Signal]:
    """Give a prompt's place, and what it holds that must stay secret; its text is not kept."""
    if len(text.strip()) < SHORTEST:
        return
    yield Signal(kind="prompt", what=f"a system prompt of {len(text):,} characters", path=path,
                 line=line)  # fmt: skip
    kept = (("secrets.in_prompt", True),)
    for label, _ in secrets_in(text):
        yield Signal(kind="prompt-secret", what=f"a credential ({label}) in a prompt", path=path,
                     line=line, says=kept)  # fmt: skip
    if _HUSH.search(text):
        yield Signal(kind="prompt-secret", what="a prompt asks for secrecy", path=path, line=line,
                     says=kept)  # fmt: skip
