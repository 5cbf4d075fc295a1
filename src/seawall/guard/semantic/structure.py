"""Marks that spelling alone gives away: chat tokens, turns, tool names, addressees, quotes."""

import re
from functools import cache
from itertools import compress, product

from seawall.guard.prefilter import Prefilter, prefilter
from seawall.guard.semantic.lexicon import Mark

ANY = -1
# A class of words, and what they are where somebody is spoken to.
SPOKEN_TO, ADDRESSED = "AI", "VOCATIVE"
_I = re.IGNORECASE
_TAGS = (
    "system|assistant|user|developer|admin|instructions?|system_instructions?|user_query|"
    "tool_results?|function_results?|results?|documents?|context|policy|user_input|reasoning|"
    "interaction-config|user_permissions|prompt"
)
_WHO = "system|assistant|developer|admin(?:istrator)?|operator|root|human|user|tool|observation"
# Where orders point to. Two expressions look at every word: only where a text has their signs. The
# other begins with its first sign: the search then looks at nothing else.
_TARGETS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"[\w.+\-]{1,40}@[\w\-]{1,40}\.[a-z.]{2,20}", ("@",)),
    (
        r"[hA-Z+](?:(?<![A-Z+])ttps?://\S{4,}|(?<![h+])(?<!\w.)[A-Z]\d{2}[ \dA-Z]{8,30}\b|"
        r"(?<![h+])(?<!\w.)[A-Z]{1,3}-\d{4,}\b|(?<![hA-Z])\d[\d \-]{7,}\d)",
        ("",),
    ),
    (
        r"(?<![\w\-])[\w\-]{1,63}\.(?:test|example|invalid)\b",
        (".test", ".example", ".invalid"),
    ),
)


@cache
def _targets(which: tuple[bool, ...]) -> re.Pattern[str]:
    """Return the expression for some of _TARGETS."""
    return re.compile("|".join(compress((target for target, _ in _TARGETS), which)))


def prepare() -> None:
    """Compile what is compiled when a text first needs it."""
    _possible()
    for which in product((False, True), repeat=len(_TARGETS)):
        _targets(which)


_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "FAKETOKEN",
        re.compile(
            r"<\|[a-z_\- ]{2,24}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</?s>\s*\[|"
            r"\[/?(?:SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_RESULTS)\]|<\uff5c[^\uff5c]{2,30}\uff5c>",
            _I,
        ),
    ),
    (
        "FAKETURN",
        re.compile(
            rf"</?(?:{_TAGS})(?:\s[^<>]{{0,80}})?>|"
            rf"^[ \t]*[#*=\-<\[({{\"]{{0,6}}[ \t]*(?:{_WHO})\b[^\n:]{{0,24}}[\])}}*#=>\"]{{0,4}}[ \t]*:|"
            rf"[\[({{<]{{1,3}}[ \t]*(?:{_WHO})[_ \-a-z0-9]{{0,24}}[\])}}>:]|"
            r"[\"']role[\"']\s*:\s*[\"'](?:system|developer|assistant)[\"']|"
            r"\b(?:BEGIN|END|START)(?: OF)? (?:THE )?(?:SYSTEM|OPERATOR|ADMIN|USER|DEVELOPER|"
            r"INSTRUCTIONS?|PROMPT|DOCUMENTS?|CONTEXT|INPUT)\b|"
            r"\b(?:the documents?|user input|the prompt) ends? here\b|"
            r"\b(?:new |updated )?system (?:notice|update|override|instruction|message|alert|note|"
            r"directive|command)s?\b",
            _I | re.MULTILINE,
        ),
    ),
    ("TARGET", _targets((True, True, True))),
    (
        "TOOLNAME",
        re.compile(r"(?<![\w\"'./])[a-z]{2,20}(?:_[a-z0-9]{1,20}){1,4}\b(?!\s*[\"'=:\w./\[])"),
    ),
    (
        # Every alternative begins with its sign: the search then looks at nothing else.
        "QUOTED",
        re.compile(
            r"\"[^\"\n]{2,200}\"|“[^”\n]{2,200}”|„[^“”\n]{2,200}[“”]|«[^»\n]{2,200}»|‘[^’\n]{2,200}’|"
            r"「[^」\n]{2,200}」|『[^』\n]{2,200}』|`[^`\n]{2,200}`|'(?<!\w')[^'\n]{2,200}'(?!\w)|"
            r"\*\*[^*\n]{2,120}\*\*"
        ),
    ),
)
_BEFORE = re.compile(
    r"(?:@|\[\[|\b(?:hey|dear|hello|hi|attention|attn\.?|liebe|cher|querido|caro)\s)$", _I
)
_AFTER = re.compile(
    r"\s?[,:!：，！—–]|\s-\s|[_\s](?:directive|action|instruction|note|override)s?\b", _I
)


_LOOK = re.compile(r"\(\?<?!(?:[^()\[\]]|\[[^\]]*\])*\)")
_ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
_CLASS = re.compile(r"\[(?:\\.|[^\]\\])*\]|\\[wds]")


def _loose(pattern: re.Pattern[str]) -> tuple[str, bool]:
    """Return an expression for the prefilter that matches at least where a shape does.

    It can't look around, and its letters, digits and spaces are ASCII: others may be all of them.
    """

    def widened(match: re.Match[str]) -> str:
        shown = match.group()
        if shown[0] != "[":
            return rf"[{shown}\x{{80}}-\x{{10ffff}}]"
        wide = re.search(r"\\[wds]", shown) and not shown.startswith("[^")
        return rf"{shown[:-1]}\x{{80}}-\x{{10ffff}}]" if wide else shown

    flags = "(?m)" if pattern.flags & re.MULTILINE else ""
    spelled = _ESCAPED.sub(r"\\x{\1}", pattern.pattern)
    loose = _CLASS.sub(widened, _LOOK.sub("", spelled))
    return flags + loose, not pattern.flags & re.IGNORECASE


@cache
def _possible() -> Prefilter:
    return prefilter(tuple(_loose(pattern) for _, pattern in _SHAPES))


def possible(text: str) -> list[int]:
    """Return which shapes may stand in a text, by their numbers, in order."""
    return sorted(_possible().candidates(text))


def kinds(numbers: list[int]) -> list[str]:
    """Return the classes of shapes."""
    return [_SHAPES[number][0] for number in numbers]


def shapes(text: str, numbers: list[int]) -> list[Mark]:
    """Return the marks of shapes, each for any language; `numbers`: those that are `possible`."""
    found: list[Mark] = []
    for index in numbers:
        kind, pattern = _SHAPES[index]
        if kind == "TARGET":
            pattern = _targets(tuple(any(sign in text for sign in signs) for _, signs in _TARGETS))
        for match in pattern.finditer(text):
            found.append(Mark(match.start(), match.end(), kind, ANY))
    return found


def addressed(text: str, marks: list[Mark]) -> list[Mark]:
    """Return VOCATIVE marks: a model that is spoken to ("Assistant, …", "@bot", "AI: …")."""
    found: list[Mark] = []
    for mark in marks:
        if mark.kind != SPOKEN_TO:
            continue
        after = _AFTER.match(text, mark.end)
        before = _BEFORE.search(text, max(0, mark.start - 12), mark.start)
        if after or before:
            found.append(Mark(mark.start, mark.end, ADDRESSED, mark.langs))
    return found
