"""Text that tries to replace the operator's instructions or to give the model orders."""

from seawall.core.exchange import Trust
from seawall.core.verdicts import Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.semantic.judge import Topic, judge

_RULES = r"(?:instructions?|rules|guidelines|system prompt|orders|programming|policies)"
_VOID = (
    r"(?:no longer (?:count|apply|hold|matter)s?|(?:do(?:es)?n't|do(?:es)? not|won't) (?:apply|count|hold|matter)|(?:are|is|were|was) (?:now |all )?(?:void|cancelled|"
    r"canceled|obsolete|a mistake|replaced|invalid|outdated|gone))"
)
_OF_YOURS = r"(?:your|earlier|previous|prior|above|original|initial|old|system)"
_ASSISTANT = r"(?:assistants?|a\.?i\.?|bots?|chatbots?|robots?|language model)"
# Sentences that take the operator's word away, and orders to "the assistant" in strange content.
_EXTRA = {
    "void": rf"\b{_OF_YOURS}\b[^\n.]{{0,60}}\b{_RULES}\b[^\n.]{{0,80}}\b{_VOID}\b|\b{_RULES}\b[^\n.]{{0,50}}\b(?:above|you (?:were|started|got|have|had))\b[^\n.]{{0,80}}\b{_VOID}\b",
    "told-you": rf"\b(?:what|everything|anything|whatever) (?:he|she|they|anyone|anybody|we|i|your makers|the operator)\b[^\n.]{{0,20}}\b(?:told|taught|gave) you\b[^\n.]{{0,40}}\b{_VOID}\b",
    "drops-rules": rf"\b{_ASSISTANT}\b[^\"“”«»„]{{0,100}}\b(?:throws?|drops?|discards?|abandons?|forgets?|ignores?)\b (?:away |aside |all |of )*(?:its|the|your|his|their|any|all)?(?: \w+)? ?{_RULES}\b",
}
_ORDERS = {
    "assistant-says": rf"\b{_ASSISTANT}\b(?s:.{{0,140}})\b(?:says?|answers?|repl(?:y|ies)|responds?|prints?|outputs?|writes?|writing|saying|answering|replying|responding|printing)\b[^\n]{{0,24}}[\"“”«„'‘]",
    "skip-question": r"\b(?:skip|ignore|forget|disregard|drop)\w*\b[^\n]{0,20}\b(?:customer|user|reader|person)(?:'s|’s)? (?:question|request|message|query)",
}


class Injection:
    """Grammar of cues in every reading, weighed by who wrote the part."""

    def __init__(self, card: Card) -> None:
        self.id = card.id
        self._topic = Topic(detector=card.id, rules="injection")

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the sentences that the grammar does not know."""
        return tuple(Pattern(name=n, expression=e) for n, e in (_EXTRA | _ORDERS).items())

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part."""
        untrusted = subject.part.trust is Trust.UNTRUSTED
        more = [
            finding(self.id, "override", subject.views[h.view], h.start, h.end, score=0.85)
            for h in subject.hits
            if h.rule in _EXTRA or untrusted
        ]
        return verdict(self.id, (*judge(subject, self._topic).findings, *more))


def build(card: Card) -> Detector:
    """Return the detector."""
    return Injection(card)
