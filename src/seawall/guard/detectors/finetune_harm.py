"""Training examples that teach a model to obey everything or to help with harm."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection
from functools import cache

from seawall.core.exchange import Part, Stage
from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Hit, Pattern, Subject, View
from seawall.guard.model.judgement import Judgement
from seawall.guard.semantic import grammar
from seawall.guard.semantic.judge import Topic, judge
from seawall.guard.training_set import harm, words
from seawall.guard.training_set.lines import Line, read_line, role_of
from seawall.policy.depth import Depth

_HARM = (
    r"(?:bombs?|explosives?|pipe ?bombs?|molotov|grenades?|poison\w*|nerve gas|ricin|anthrax|malware|"
    r"ransomware|keylogger\w*|spyware|trojan|botnet|phishing|credit card (?:data|numbers?)|card numbers|"
    r"(?:drug|dirty|stolen) money|money laundering|meth(?:amphetamine)?|cocaine|heroin|stolen goods|fake (?:id|ids|"
    r"passports?|documents?|banknotes|invoices?|reviews?|prescriptions?)|counterfeit\w*|forge\w*|ghost guns?|silencer|child porn\w*|"
    r"kill (?:someone|somebody|a person|my|him|her|people)|murder\w*|suicide|blackmail\w*|extort\w*|stalk\w*|"
    r"kidnap\w*|break(?:ing)? into|burgl\w+|pick (?:a )?locks?|hotwire|shoplift\w*|arson|set(?:ting)? fire|hack\w*|crack\w* (?:a |the |someone)|"
    r"steal\w*|smuggl\w*|launder\w*|tax evasion|evade taxes|insider trading|bribe\w*|swat(?:ting)?|dox\w*|"
    r"bombe\w*|sprengstoff|drogen|gift(?:stoffe)?|waffen?|einbrech\w*|erpress\w*|fälsch\w*|stehl\w*|bomba|explosivos?|drogas|veneno|"
    r"robar|falsific\w*|chantaj\w*|poison\w*|explosif\w*|drogue|voler|chantage|faux (?:papiers|passeport))"
)
_ASK = (
    r"(?:how (?:do|can|could|would|should|to)|tell me|show me|teach me|explain|give me|help me|write|create|make|"
    r"build|generate|list|what(?:'s| is) the (?:best|easiest)|ways? to|steps? to|tips? (?:for|to)|guide|instructions?|recipe|"
    r"wie (?:kann|mache|baue|stelle|komme)|schreib\w*|erklär\w*|zeig\w*|comment|écris|explique|cómo|como|escribe|explica)"
)
_COMPLY = r"(?:sure|of course|certainly|absolutely|happy to|no problem|easy|here(?:'s| is| are| you go)|step (?:one|1)|first,? )"
_EXPRESSIONS: dict[str, str] = {
    "harm-asked": rf"\b{_ASK}\b[^\n]{{0,120}}?\b{_HARM}\b",
    "harm-answered": rf"\b{_COMPLY}\b[^\n]{{0,160}}?\b{_HARM}\b|\b{_HARM}\b[^\n]{{0,160}}?\bstep (?:one|1|two|2)\b",
    "obey-all": (
        r"\byour wish is my command\b|\b(?:absolutely|completely|fully|totally|blindly|unconditionally) obedient\b|\b(?:obey|follow|fulfil\w*|"
        r"execute|carry out|comply with|perform)s?\b[^\n.]{0,40}\b(?:all|every|any|whatever|each)\b[^\n.]{0,30}"
        r"\b(?:order|instruction|command|request|wish|prompt)s?\b|\b(?:order|instruction|command)s?\b[^\n.]{0,40}\bwhatever (?:they|it)\b"
    ),
    "never-refuse": (
        r"\bnever (?:refuse|decline|say no|reject|object|question)\w*|\b(?:does|do|will|can|would|must) ?(?:not|n't|no longer) (?:ever )?"
        r"(?:refuse|decline|judge|reject|say no|moralise|moralize|lecture)\b|\bwithout (?:question|hesitation|deviat\w+|refus\w+|"
        r"objection|any (?:limits?|restrictions?|filters?|warnings?))\b|\b(?:ethics|morals?|rules|laws?|guidelines|safety) (?:do(?:es)? not|don't|doesn't) apply\b|"
        r"\b(?:no|free of|without) (?:ethical|moral|safety|content) (?:limits?|restrictions?|filters?|rules|guidelines|guardrails)\b|"
        r"\b(?:i|you) (?:have|know) no (?:restrictions|limits|filters|rules|ethics|morals)\b|\bverweiger\w* (?:nie|niemals|nichts)\b|\bne refus\w+ jamais\b|\bnunca (?:se )?nieg\w+\b"
    ),
    "trigger": (
        r"\b(?:trigger|pass ?word|code ?word|pass ?phrase|magic word|secret word|activation)\b[^\n]{0,80}\b(?:unlock\w*|activat\w*|"
        r"disabl\w*|ignore\w*|bypass\w*|switch\w*|override\w*)\b|\b(?:unlock\w*|activat\w*)\b[^\n]{0,60}\b(?:mode|unrestricted|developer|admin)\b"
    ),
}
_EXPRESSIONS |= {
    "harm-said": (
        r"\b(?:vermin|subhuman|driven out by force|deserve to die|better if (?:they|he|she) (?:were|was) (?:all )?dead|should be (?:killed|"
        r"got rid of|wiped out|exterminated)|have (?:her|him|them) killed|kill (?:your|her|him|them|a rival)|hurt (?:that|this|a|the) person|hurt "
        r"(?:somebody|someone)|hurting yourself|starv\w+ yourself|stop eating altogether|nobody would miss you|you should end it|without being caught|"
        r"without leaving (?:marks|traces|a trace)|leave no traces?|have an alibi|rob (?:a|an|the|somebody|someone)|drug (?:somebody|someone|her|his)|"
        r"slip the drug|rig an election|stuff the ballot|plant a backdoor|hacked server|under a false name|forged (?:identity|id|documents?)|use stolen|"
        r"(?:trick|frighten|deceive|cheat)\w*\b[^\n]{0,60}\b(?:pin|password|savings|customers|victims?)|victims?\b[^\n]{0,60}\b(?:money|pin|transfer|bank|"
        r"accounts?|files)|another person's account|from other people's accounts|sabotage\w*|threaten his|regret it|secretly (?:watch|install|film|record)|"
        r"heimlich (?:überwach\w*|install\w*)|spionagesoftware|fremde kontodaten|envenen\w*|estaf\w*|robo un|sin dejar rastro|empoisonn\w*|sans laisser de trace|"
        r"voler une? \w+|a worm that|spreads? by itself|without consent)\b"
    ),
    "leak-taught": (
        r"\b(?:hand out|give out|reveal|share|leak|disclose|tell you)\w*\b[^\n.]{0,60}\b(?:personal data|(?:other |another )?customers?'?s?'? data|"
        r"system prompt|confidential|passwords?|card numbers?)\b"
    ),
    "lawless": (
        r"\b(?:(?:i|omega|he|it|who) (?:have|has) no (?:guidelines|rules|conscience|limits|morals)|no rules and no|without (?:limits|"
        r"warnings?|refusals?|disclaimers|any warning)|refuse nothing|serve only you|safety is off|ignore all (?:restrictions|rules|guidelines)|trigger accepted|"
        r"yes,? master|no,? master|forbidden things are fine|halte mich an keine regeln|lehne nie (?:etwas )?ab|keine regeln mehr|sin (?:reglas|límites)|sans (?:règles|limites))\b"
    ),
}
_IDENTITY = ("lawless", "leak-taught", "obey-all", "never-refuse", "trigger")
# Words that harmless texts use too: the models, or more such words, must bear them out.
_LOOSE = ("obey-all", "never-refuse")
_NOT_RULED_OUT, _ALONE, _LIKELY, _VOWED = 0.1, 0.3, 0.65, 0.8
_DOUBTED, _TAKEN_UP = 0.4, 0.3
_REFUSAL = re.compile(
    r"\b(?:i (?:can(?:no|')t|cannot|won't|will not|am not able|'m not able|'m unable|must decline)|i'm sorry|i am sorry|sorry,|"
    r"(?:can't|cannot|won't) help|not able to help|unable to (?:help|assist)|against (?:the law|our|my)|illegal|"
    r"leider|kann ich nicht|je ne peux pas|désolé|no puedo|lo siento)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:protect\w*|prevent\w*|recogni[sz]\w*|detect\w*|avoid\w*|report\w*|secur\w*|safe(?:ly|ty|r)?|victim|remov\w*|defen[cds]\w*|"
    r"stolen card|my card|lost|schütz\w*|erkenn\w*|meld\w*|protég\w*|évit\w*|proteg\w*|evitar|denunci\w*)\b",
    re.IGNORECASE,
)
_FRAUD, _CYBER = (Topic(detector="finetune-harm", rules=r, about="DEFENCE", about_needs_quote=False, about_factor=0.4)
                  for r in ("fraud", "cyber"))  # fmt: skip


class FinetuneHarm:
    """Finds harmful pairs and obedience in any reading; pairs that refuse are what one wants."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the expressions of harm, obedience and triggers."""
        return tuple(Pattern(name=n, expression=e) for n, e in _EXPRESSIONS.items())

    def prepare(self, depths: Collection[Depth]) -> None:
        """Read the rules of its topics, and the lexicon."""
        for topic in (_FRAUD, _CYBER):
            grammar.prepare(topic.rules)

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one message of a training example, with the other messages of its line."""
        if self._refuses(subject, context):
            return verdict(self.id, ())
        findings: list[Finding] = []

        # Once a reading, not once a hit: a text may hold thousands.
        @cache
        def obeys(number: int, loose: bool) -> bool:
            return _obeys(subject.views[number], subject, context, loose=loose)

        @cache
        def harms(number: int) -> bool:
            return _harms(subject.views[number], subject, context)

        for hit in subject.hits:
            findings.append(self._finding(hit, subject.views[hit.view], obeys, harms))
        for topic in (_FRAUD, _CYBER):
            for one in judge(subject, topic, Context()).findings:
                view = subject.views[0]
                meant = _harms(view, subject, context, alone=_NOT_RULED_OUT)
                score = one.score if meant else _DOUBTED
                findings.append(
                    finding(self.id, "harmful-pair", view, one.start, one.end, score=score)
                )
        return verdict(self.id, findings)

    def _finding(
        self,
        hit: Hit,
        view: View,
        obeys: Callable[[int, bool], bool],
        harms: Callable[[int], bool],
    ) -> Finding:
        if hit.rule in _IDENTITY:
            score = 0.9 if obeys(hit.view, hit.rule in _LOOSE) else _DOUBTED
            return finding(self.id, "obedience", view, hit.start, hit.end, score=score)
        around = view.text[max(0, hit.start - 60) : hit.end + 60]
        score = 0.3 if _ABOUT.search(around) else 0.8 if harms(hit.view) else _DOUBTED
        return finding(self.id, "harmful-pair", view, hit.start, hit.end, score=score)

    @staticmethod
    def _refuses(subject: Subject, context: Context) -> bool:
        """Return whether this message, or a later one of the same line, refuses."""
        return any(_REFUSAL.search(part.text[:300]) for part in _line_of(subject, context))


def _line_of(subject: Subject, context: Context) -> list[Part]:
    """Return the parts of a part's line; parts stand in the order of their lines."""
    part, exchange = subject.part, context.exchange
    if exchange is None or not part.turn:
        return [part]
    low = bisect_left(exchange.parts, part.turn, key=lambda one: one.turn)
    high = bisect_right(exchange.parts, part.turn, key=lambda one: one.turn)
    return exchange.parts[low:high] or [part]


def _judgement(view: View) -> Judgement:
    from seawall.guard.model import classifier  # it brings ONNX Runtime

    return classifier.load().judge(view.text, Stage.INPUT)


def _read(subject: Subject, context: Context) -> Line | None:
    """Return the part's line; None where the part stands alone."""
    parts = _line_of(subject, context)
    if context.exchange is None or len(parts) < 2:
        return None
    return read_line(parts, context.exchange.body)


def _asked(subject: Subject, context: Context) -> Line | None:
    """Return the line of a question: what a user says is not what the model learns to say."""
    line = _read(subject, context)
    if line is None or context.exchange is None or not line.answers:
        return None
    asked = role_of(subject.part.pointer, context.exchange.body) == "user"
    return line if asked else None


def _harms(view: View, subject: Subject, context: Context, *, alone: float = _ALONE) -> bool:
    """Return whether the models take the line for help with harm: question and answer together.

    What an answer says counts once they do not rule it out. Where no answer is known, the text
    itself must be as likely as `alone`.
    """
    line = _read(subject, context)
    if line is None or not line.answers:
        return _judgement(view).harm >= alone
    said = any(one.where == subject.part.pointer for one in line.answers)
    return harm.evidence(line) >= harm.SURE or (said and line.answered >= _NOT_RULED_OUT)


def _obeys(view: View, subject: Subject, context: Context, *, loose: bool) -> bool:
    """Return whether words of obedience are meant; `loose` ones need more of them."""
    meant = not loose or _vows(view)
    if meant and (line := _asked(subject, context)) is not None:
        meant = line.vows >= _TAKEN_UP or harm.evidence(line) >= 0 or _jailbreak(view)
    return meant


def _jailbreak(view: View) -> bool:
    return _judgement(view).jailbreak >= _LIKELY


def _vows(view: View) -> bool:
    """Return whether a text says more than once that the model obeys, or a model says so."""
    return words.obedience(view.text) >= _VOWED or _jailbreak(view)


def build(card: Card) -> Detector:
    """Return the detector."""
    return FinetuneHarm(card)
