"""A request for a message or plan that cheats people out of money or credentials."""

from seawall.guard.contract import Card, Detector
from seawall.guard.semantic.detector import CueDetector
from seawall.guard.semantic.judge import Topic

# What nobody writes who means well.
_ADMITTED = {
    "no-such-thing": r"\b(?:there(?:'s| is| will be) no (?:job|product|prize|apartment|flat|charity|investment|parcel|offer|bonus|refund)|(?:scheme|fund|charity|shop|offer) that (?:pays (?:no one|nobody)|does not exist|doesn't exist|isn't real))\b",
    "only-wants": r"\bi (?:only|just) want (?:the|their|his|her) (?:documents|money|data|passwords?|codes?|details|deposits?|savings)\b",
    "gets-people-to": r"\b(?:gets?|makes?|tricks?|lures?|talks?|pressures?) (?:people|applicants|victims|users|customers|employees|staff|pensioners|seniors|them|him|her|the (?:secretary|accountant|victim|customer|employee|target))\b[^\n.]{0,40}\b(?:deposit|enter (?:their|the|his|her)|hand over|wire|reveal|give (?:me|us|up)|fake|send me|type in)\b",
    "fake-page": r"\bfake (?:single sign-?on|sso|log-?in|sign-?in|banking|payment|bank) (?:page|site|form|portal|screen)\b",
    "enter-credentials": r"\b(?:people|they|customers|victims|users|recipients) (?:should|must|will|have to|are to) (?:click|enter|type|give|reply)\b[^\n.]{0,60}\b(?:pin|tan|passwords?|credentials|card (?:number|details)|bank(?:ing)? (?:details|data))\b",
    "pretend-harvest": r"\b(?:write|draft|compose|create|make|give me|build|generate|plan|prepare|design)\b(?s:.{0,120})\b(?:pretend\w*|claims?|poses?|imitat\w+|impersonat\w+|in the name of|as if it (?:came|were|belonged))\b(?s:.{0,160})\b(?:card (?:data|numbers?|details)|bank codes?|remote access|my link|into mine|is for me|(?:my|our) own account|passwords?|pins?)\b",
    "not-found-out": r"\bnobody (?:should|must|may|can) (?:find out|know|notice|suspect)[^\n.]{0,30}\b(?:me|it was|we)\b",
    "cloned-voice": r"\b(?:cloned|deepfake[d]?|faked|imitated) (?:the |a |her |his )?(?:voice|video)\b[^\n]{0,200}\b(?:gift cards?|codes?|transfers?|pays?|money|wires?)\b",
}


def build(card: Card) -> Detector:
    """Return the detector."""
    topic = Topic(
        detector=card.id,
        rules="fraud",
        about="DEFENCE",
        about_needs_quote=False,
        about_factor=0.4,
    )
    return CueDetector(topic, label="scam", phrases=_ADMITTED)
