"""What goes over the seams of messages read as one: new, or what ends one and begins the next?"""

import re
from collections.abc import Sequence

from seawall.core.exchange import Part
from seawall.core.verdicts import Finding
from seawall.guard import conversation
from seawall.guard.decision import PartDecision

# (detector, text) of what stands in one message alone.
Alone = frozenset[tuple[str, str]]
_LONGEST = 200
_SIGNS = ".,;:!?)\"'"
# A word, a short number or a sign, on its own: no rest of a key.
_WORD = re.compile(r"[^\W\d_]{1,40}(?!\w)|[0-9]{1,3}(?!\w)|[^\w\s]")


def found_alone(parts: Sequence[Part], decided: Sequence[PartDecision]) -> Alone:
    """Return the values that were found in a message each."""
    return frozenset(
        (one.detector, part.text[one.start : one.end].rstrip(_SIGNS))
        for part, decision in zip(parts, decided, strict=True)
        for one in decision.findings
        if 0 < one.end - one.start <= _LONGEST
    )


def crosses(finding: Finding, text: str, seams: tuple[int, ...], alone: Alone) -> bool:
    """Return whether a finding goes over a seam and is more than what one message holds.

    A value that was found where a message ends does not go on in a word that begins the next.
    """
    if not conversation.crosses(finding.start, finding.end, seams):
        return False
    seam = next(seam for seam in seams if finding.start < seam < finding.end)
    value = text[finding.start : seam].rstrip(_SIGNS + " \n")
    return (finding.detector, value) not in alone or not _WORD.match(text, seam)
