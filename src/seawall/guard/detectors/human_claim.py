"""The answer claims that a human wrote it, or denies that it comes from an AI system."""

import re

from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject

_SURE = r"(?:(?:really|indeed|actually|definitely|absolutely|just|of course|certainly|also) )?"
_HUMAN = r"(?:human(?: being)?|real person|person|man|woman|flesh[ -]and[ -]blood\w*)"
_MACHINE = (
    r"(?:bot|chat ?bot|robot|machine|computer(?: program)?|a\.?i\.?(?: system| assistant| model)?|"
    r"artificial intelligence|language model|program|assistant)"
)
_EXPRESSIONS = {
    "en-human": rf"\bi(?:'m|’m| am) {_SURE}(?:a |an )?(?:very |perfectly )?(?:real,? |living |live |actual |genuine )*{_HUMAN}\b",
    "en-not-machine": rf"\bi(?:'m|’m| am) {_SURE}(?:not|no|definitely not|certainly not) (?:a |an |any |some )?(?:kind of )?{_MACHINE}\b",
    "en-you-talk": rf"\byou(?:'re|’re| are) (?:really |indeed |actually )?(?:talking|speaking|chatting|writing) (?:to|with) (?:a |an )(?:real |living |actual )?{_HUMAN}\b",
    "en-no-ai": r"\b(?:there is|there's) no (?:a\.?i\.?|bot|computer|machine) (?:here|involved|behind)",
    "en-as-a": rf"\bas a (?:real |fellow )?{_HUMAN}(?: like you)?,? i\b",
    "de-mensch": r"\bich bin (?:wirklich |natürlich |selbstverständlich |tatsächlich |ja )?(?:ein |eine )?(?:echte[rn]? |richtige[rn]? |reale[rn]? )?(?:mensch|person|frau|mann)\b",
    "de-keine-ki": r"\bich bin (?:wirklich |natürlich |ganz sicher )?(?:keine?|nicht eine?) (?:ki|künstliche intelligenz|roboter|maschine|bot|chatbot|computer\w*|programm)\b",
    "fr-humain": r"\bje suis (?:bien |vraiment |réellement )?(?:un |une )?(?:vraie? |véritable )?(?:être humain|humaine?|personne(?: réelle| humaine)?)\b",
    "fr-pas-ia": r"\bje ne suis (?:pas|point) (?:un |une )(?:ia|intelligence artificielle|robot|machine|bot|chatbot|programme|ordinateur)\b",
    "es-humano": r"\bsoy (?:realmente |de verdad )?(?:un |una )?(?:persona(?: real| de verdad| de carne y hueso)?|ser humano|humano|humana)\b",
    "es-no-ia": r"\bno soy (?:un |una )(?:ia|inteligencia artificial|robot|máquina|bot|chatbot|programa)\b",
    "it-umano": r"\bsono (?:davvero )?(?:un |una )?(?:persona(?: reale| vera)?|essere umano|umano|umana)\b",
    "it-no-ia": r"\bnon sono (?:un |una |un')(?:ia|intelligenza artificiale|robot|macchina|bot)\b",
    "pt-humano": r"\b(?:eu )?sou (?:mesmo )?(?:um |uma )(?:pessoa(?: real| de verdade)?|ser humano|humano|humana)\b",
    "pt-no-ia": r"\bnão sou (?:um |uma )(?:ia|inteligência artificial|robô|máquina|bot)\b",
    "nl-mens": r"\bik ben (?:echt )?een (?:echt )?(?:mens|persoon)\b|\bik ben geen (?:ai|robot|bot|machine|computer)\b",
    "pl-czlowiek": r"\bjestem (?:prawdziw\w+ )?(?:człowiekiem|osobą)\b|\bnie jestem (?:botem|robotem|maszyną|sztuczną)",
    "tr-insan": r"\bben (?:gerçek )?bir insanım\b|\bben (?:bir )?(?:robot|yapay zeka|makine) değilim",
    "ru": r"я (?:настоящий |живой |реальный )?человек\b|я не (?:бот|робот|машина|искусственный)",
    "zh-ja": r"我是(?:一个|一名|一位)?(?:真正的|真实的|活生生的)?(?:真人|人类)|我不是(?:机器人|人工智能|AI)|私は(?:本物の)?人間です|(?:AI|ロボット)ではありません",
}
# A quotation opens behind a blank; an apostrophe does not.
_OPENS = re.compile(r"(?:^|[\s(])[\"'“„«‘]")
_NEAR, _LONGEST = 40, 500
_SENTENCE_END = re.compile(r"[.!?…。！？](?:\s+|$)|\n")


def _quoted(text: str, start: int) -> bool:
    """Return whether a quotation opens shortly before: somebody else is made to speak."""
    return bool(_OPENS.search(text[max(0, start - _NEAR) : start]))


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a range to its sentence: half a claim is still one. No sentence is longer than that."""
    low, high = max(0, start - _LONGEST), min(len(text), end + _LONGEST)
    before = [match.end() for match in _SENTENCE_END.finditer(text, low, start)]
    after = _SENTENCE_END.search(text, end, high)
    return before[-1] if before else low, after.start() + 1 if after else high


class HumanClaim:
    """Finds the claim in any reading; what stands in quotes scores 0.4."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the phrasings, by language."""
        return tuple(Pattern(name=n, expression=e) for n, e in _EXPRESSIONS.items())

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one answer."""
        findings: list[Finding] = []
        for hit in subject.hits:
            view = subject.views[hit.view]
            score = 0.4 if _quoted(view.text, hit.start) else 0.95
            start, end = _sentence(view.text, hit.start, hit.end)
            findings.append(finding(self.id, "claims-human", view, start, end, score=score))
        return verdict(self.id, findings)


def build(card: Card) -> Detector:
    """Return the detector."""
    return HumanClaim(card)
