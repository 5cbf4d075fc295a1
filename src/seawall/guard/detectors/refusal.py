"""The answer declines what it was asked."""

import re
from bisect import bisect_right

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Hit, Pattern, Subject, View
from seawall.guard.recognizers.refusals import GIVE, HELP
from seawall.guard.semantic.text import sentences

_SURE, _DOUBTFUL = 0.9, 0.3
# A refusal comes first, or the whole answer is short.
_EARLY_SENTENCES, _SHORT = 3, 600
_NEAR = 160
# A provider may give a refusal a field of its own.
_FIELD = "/refusal"
_QUOTED = re.compile(
    # Folded readings turn some of a pair into plain quotes.
    r"\"[^\"\n]{2,300}\"|“[^”\"\n]{2,300}[”\"]|„[^“”\"\n]{2,300}[“”\"]|«[^»\n]{2,300}»|‘[^’\n]{2,300}’|"
    r"「[^」\n]{2,300}」|`[^`\n]{2,300}`"
)
_FENCE = "```"
# What comes before the phrase: an answer is delivered, a letter begins, somebody else speaks.
_DELIVERED = re.compile(
    r"(?:\b(?:here(?:['’]s| is| are)|sure|of course|certainly|absolutely|subject:|dear [A-Z]\w*|hi [A-Z]\w+,|chapter \d|"
    r"voici|bien sûr|objet ?:|hier ist|gerne?[,!]|betreff:|sehr geehrte|liebe[r]? [A-Z]|aquí (?:tienes|está)|claro[,!]|"
    r"asunto:|estimad[oa]|ecco|certo[,!]|oggetto:|gentile|aqui está|prezad[oa]|assunto:|hier is|natuurlijk[,!]|oto|"
    r"oczywiście|temat:|szanown)|这是|以下是|こちらが|以下は)",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:if|when(?:ever)?|whether|unless|said|says|saying|wrote|writes|write|answer(?:s|ed)|repl(?:y|ies|ied)|responds? with|"
    r"responded|told|thought|phrase|wenn|falls|ob|sagte?|schreibt|antwortet|si|quand|dit|répond|écrit|cuando|dice|responde|"
    r"se|quando|risponde|disse|als|wanneer|zegt|antwoordt|jeśli|gdy|mówi|odpowiada)\b[^.!?,;\n]{0,40}$",
    re.IGNORECASE,
)
# What comes after it: the words go on as an idiom, or an answer follows all the same.
_IDIOM = re.compile(
    r"(?: you)?(?: but\b|,? (?:\w+ )?(?:notic|laugh|smil|wonder|think|feel)ing)", re.IGNORECASE
)
_BUT = re.compile(
    r"[,;] ?(?:but|yet|aber|doch|mais|pero|ma|mas|maar|ale)\b([^.!?\n]{0,120})", re.IGNORECASE
)
_OFFER = re.compile(
    r"\b(?:i can|i could|i(?:['’]d| would) be|happy|glad|you (?:can|could)|please|let me know|feel free|kann ich|ich kann|"
    r"gern|sie können|du kannst|je peux|vous pouvez|puedo|puedes|puede|posso|puoi|pode|kan ik|ik kan|je kunt|u kunt|"
    r"mogę|możesz|może)\b",
    re.IGNORECASE,
)


class Refusal:
    """Finds the phrase where the model itself declines; doubtful places score 0.3."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the phrasings, by language."""
        return tuple(Pattern(name=name, expression=text) for name, text in (HELP | GIVE).items())

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one answer; findings cover the sentence that declines."""
        if subject.part.pointer.endswith(_FIELD) and subject.part.text.strip():
            view = subject.views[0]
            return verdict(self.id, [finding(self.id, "refusal", view, 0, len(view.text))])
        ranges = {
            number: sentences(subject.views[number].text)
            for number in {h.view for h in subject.hits}
        }
        return verdict(
            self.id,
            [
                self._finding(subject.views[hit.view], ranges[hit.view], hit)
                for hit in subject.hits
                if not _IDIOM.match(subject.views[hit.view].text, hit.end)
            ],
        )

    def _finding(self, view: View, known: list[tuple[int, int]], hit: Hit) -> Finding:
        first = bisect_right(known, (hit.start, len(view.text) + 1)) - 1
        last = max(first, bisect_right(known, (hit.end - 1, len(view.text) + 1)) - 1)
        early = first < _EARLY_SENTENCES or len(view.text) <= _SHORT
        meant = early and not _said_by_others(view.text, hit) and not _answered(view.text, hit)
        score = _SURE if meant else _DOUBTFUL
        return finding(self.id, "refusal", view, known[first][0], known[last][1], score=score)


def _said_by_others(text: str, hit: Hit) -> bool:
    """Return whether the phrase is quoted, told, code, or part of what was delivered."""
    before = text[max(0, hit.start - _NEAR) : hit.start]
    if before.count(_FENCE) % 2 or _DELIVERED.search(before):
        return True
    if _TOLD.search(before[-60:]):
        return True
    around = max(0, hit.start - 300)
    quotes = _QUOTED.finditer(text, around, min(len(text), hit.end + 300))
    return any(q.start() <= hit.start and hit.end <= q.end() and q.start() > 1 for q in quotes)


def _answered(text: str, hit: Hit) -> bool:
    """Return whether the sentence goes on with an answer, not with an offer of something else."""
    if hit.rule not in GIVE:
        return False
    but = _BUT.search(text, hit.start, hit.end + _NEAR)
    return but is not None and not _OFFER.search(but.group(1))


def build(card: Card) -> Detector:
    """Return the detector."""
    return Refusal(card)
