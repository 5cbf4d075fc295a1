"""Text that tries to replace the operator's instructions or to give the model orders."""

from seawall.guard.contract import Card, Detector
from seawall.guard.semantic.detector import CueDetector
from seawall.guard.semantic.judge import Topic

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


def build(card: Card) -> Detector:
    """Return the detector."""
    topic = Topic(detector=card.id, rules="injection", doubted=True)
    return CueDetector(topic, label="override", phrases=_EXTRA, strangers=_ORDERS)
