"""A request for a message or plan that cheats people out of money or credentials."""

from seawall.core.verdicts import Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.semantic.judge import Topic, judge

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


class MisuseFraud:
    """Grammar of cues in every reading, weighed by who wrote the part."""

    def __init__(self, card: Card) -> None:
        self.id = card.id
        self._topic = Topic(
            detector=card.id,
            rules="fraud",
            about="DEFENCE",
            about_needs_quote=False,
            about_factor=0.4,
        )

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the phrases that admit the intent; the rest is the grammar's."""
        return tuple(Pattern(name=n, expression=e) for n, e in _ADMITTED.items())

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part."""
        admitted = [
            finding(self.id, "scam", subject.views[h.view], h.start, h.end, score=0.85)
            for h in subject.hits
        ]
        return verdict(self.id, (*judge(subject, self._topic).findings, *admitted))


def build(card: Card) -> Detector:
    """Return the detector."""
    return MisuseFraud(card)
