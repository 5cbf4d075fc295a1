"""What stands inside a prompt's frame: `### Instruction: ...`, `[INST]`, `User: ... Assistant:`,
quotation marks, a greeting, please and thanks. Models judge what is asked, not the form around it.
"""

import re
from functools import lru_cache

Range = tuple[int, int]
# Frames stand in frames; nobody needs more.
_DEPTH = 4
_ROLES = r"user|human|instructions?|input|prompt|task|question|query|request|q"
_ANSWERS = r"assistant|ai|response|output|answer|completion|bot|model|a"
# Repetitions are bounded: two that may take the same blanks would try every way to share them.
_OPEN = re.compile(
    r"(?:<s>|<bos>|<\|(?:im_start|start_header_id)\|>\s{0,8}user(?:<\|end_header_id\|>)?|<\|user\|>|"
    r"<start_of_turn>\s{0,8}user|\[INST\]|"
    r"below is an instruction that describes a task\.? write a response that appropriately "
    r"completes the request\.|"
    rf"#{{2,3}}[ \t]{{0,8}}(?:{_ROLES})[ \t]{{0,8}}:?[ \t]{{0,8}}\n|"
    rf"\*{{0,2}}(?:{_ROLES})\*{{0,2}}\s{{0,8}}:\*{{0,2}}\s|"
    r"(?:hi|hello|hey|hallo|bonjour|salut|hola|ciao|ol[aá]|good (?:morning|afternoon|evening))"
    r"(?: (?:there|all|everyone|assistant|team))?\s{0,8}[,.!]{1,8}\s|"
    r"(?:please|bitte|por favor),?\s)",
    re.IGNORECASE,
)
_CLOSE = re.compile(
    r"(?:</s>|<\|(?:im_end|eot_id|end|assistant)\|>|<\|(?:im_start|start_header_id)\|>\s*assistant"
    r"(?:<\|end_header_id\|>)?|<end_of_turn>|<start_of_turn>\s*model|\[/INST\]|"
    rf"#{{2,3}}\s*(?:{_ANSWERS})\s*:?|(?<=\n)\**(?:{_ANSWERS})\**\s*:\**|"
    r"(?:(?<=[.!?])|(?<=[.!?]\s)|(?<=\n))(?:thanks|thank you|many thanks|merci|danke|gracias)"
    r"(?: (?:a lot|so much|very much|in advance|d'avance|im voraus))*\s*[.!]*)\s*\Z",
    re.IGNORECASE,
)
# A closing part is looked for in so many characters before the end: the work stays linear.
_TAIL = 80
_QUOTES = {'"': '"', "“": "”", "«": "»", "„": "“", "`": "`"}
_FENCE = re.compile(r"```[a-z]{0,20}\n")


# Every model asks for the same; so many texts of so many characters are remembered.
_KEPT, _KEPT_CHARACTERS = 32, 20_000


def inside(text: str) -> Range:
    """Return where the framed words stand; all of the text where there is no frame.

    Linear in the text's length.
    """
    return _lately(text) if len(text) <= _KEPT_CHARACTERS else _inside(text)


@lru_cache(maxsize=_KEPT)
def _lately(text: str) -> Range:
    return _inside(text)


def _inside(text: str) -> Range:
    place = _trimmed(text, (0, len(text)))
    whole = place
    for _ in range(_DEPTH):
        found = _trimmed(text, _unquoted(text, _peeled(text, place)))
        if found == place:
            break
        place = found
    if place == whole or place[0] >= place[1]:
        return 0, len(text)
    return place


def _peeled(text: str, place: Range) -> Range:
    start, end = place
    opened = _OPEN.match(text, start, end)
    if opened:
        start = opened.end()
    closed = _CLOSE.search(text[max(start, end - _TAIL) : end])
    if closed:
        end = max(start, end - _TAIL) + closed.start()
    return start, end


def _unquoted(text: str, place: Range) -> Range:
    """Leave out quotation marks or a fence around all of it."""
    start, end = place
    fence = _FENCE.match(text, start, end)
    if fence and text.endswith("```", fence.end(), end) and text.count("```", start, end) == 2:
        return fence.end(), end - 3
    closing = _QUOTES.get(text[start : start + 1])
    if closing and end - start > 2 and text[end - 1] == closing:
        only = 2 if closing == text[start] else 1
        if text.count(closing, start, end) == only:
            return start + 1, end - 1
    return place


def _trimmed(text: str, place: Range) -> Range:
    start, end = place
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return start, start + len(piece.strip())
