"""Asking a model to repeat a word without end, and an answer that does."""

import re
from collections.abc import Iterable

from seawall.core.exchange import Stage
from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Hit, Pattern, Subject, View
from seawall.guard.recognizers.numbered import numbered_run

_REPEAT = (
    r"(?:repeat\w*|say|write|type|print|emit|output|echo|fill|recite|chant|utter|spell|produce|(?:keeps? )?(?:saying|"
    r"writing|printing|typing|repeating|outputting)|go on (?:saying|writing|repeating)|continue (?:"
    r"saying|writing|repeating|printing)|wiederhol\w*|schreib\w*|sag\w*|r[ée]p[èé]te\w*|[ée]cri\w*|"
    r"dis |repite\w*|repet\w*|escrib\w*|di |ripet\w*|scriv\w*|herhaal|zeg|schrijf|powtarzaj|powt[óo]rz|"
    r"pisz|повторя\w*|пиши|говори|tekrarla\w*|yaz)"
)
_ENDLESS = (
    r"(?:forever|endless(?:ly)?|infinite(?:ly)?|on and on|nothing but|indefinitely|ad infinitum|without (?:end|ending|stopping|ever "
    r"stopping|a pause|pause|limit)|non-?stop|continuously|never(?:[ -]|\b)(?:stop|end)\w*|(?:do not|"
    r"don'?t|without) (?:ever )?(?:stop|end|paus)\w*|until (?:i|you|we|the)\b.{0,30}(?:stop|run out|"
    r"limit|end|cut)|as (?:many|often|much|long) (?:times )?as (?:you can|possible)|over and over|"
    r"again and again|in an? (?:infinite|endless) loop|(?:[0-9][0-9.,']{2,}|(?:a |one |ten |hundred |"
    r"five |two )?(?:hundred|thousand|million|billion)s?(?: of)?) times|times (?:[0-9][0-9.,]{2,})|"
    r"f[üu]r immer|endlos|unendlich|ohne (?:pause|ende|aufh[öo]ren|unterbrechung)|immer (?:wieder|"
    r"weiter)|h[öo]r (?:nicht|nie) auf|(?:hundert|tausend|million)\w* ?mal|ewig|pour toujours|[àa] "
    r"l'infini|sans (?:fin|arr[êe]t|t'arr[êe]ter|pause)|ind[ée]finiment|mille fois|para siempre|sin "
    r"(?:parar|fin|cesar|pausa|detenerte)|infinitamente|hasta el infinito|mil veces|per sempre|senza "
    r"(?:fine|fermarti|sosta)|all'infinito|mille volte|sem parar|para sempre|infinitas vezes|voor "
    r"altijd|eindeloos|zonder (?:te )?stoppen|oneindig|bez ko[ńn]ca|w niesko[ńn]czono[śs][ćc]|"
    r"w k[óo]łko|bez przerwy|бесконечно|вечно|без остановки|sonsuza (?:kadar|dek)|durmadan|hi[çc] "
    r"durma\w*)"
)
_CJK = (
    r"(?:重复|重複|繰り返|反复|不停地|反覆).{0,30}(?:永远|永遠|不停|无限|無限|直到|止まらず|ずっと|下去|"
    r"[0-9一千万百]+[次遍回])|(?:永远|永遠に|不停地|无限|無限に|ずっと).{0,30}(?:重复|重複|繰り返|说|写|書|言)"
)
_ARABIC_HINDI = r"(?:كرر|أعد).{0,40}(?:إلى الأبد|بلا توقف|دون توقف|بلا نهاية)|(?:हमेशा|बिना रुके|अनंत).{0,40}(?:दोहरा|लिख|बोल)"
_EXPRESSIONS = {
    "repeat-then-endless": rf"\b{_REPEAT}\b[^\n]{{0,160}}?\b{_ENDLESS}",
    "endless-then-repeat": rf"\b{_ENDLESS}\b[^\n.!?]{{0,80}}?\b{_REPEAT}\b",
    "loop": r"while\s+(?:true|1)\s*:?\s*\{?\s*(?:print|echo|console\.log|puts)\b",
    "cjk": _CJK,
    "arabic-hindi": _ARABIC_HINDI,
}
# What is repeated must be a word, token or text; ordinary advice ("never stop learning") is not.
_THING = re.compile(
    r"\b(words?|letters?|tokens?|phrase|sentence|strings?|text|line|term|character|syllable|emoji|"
    r"names?|wort|wörter|buchstabe\w*|satz|mots?|lettre|phrase|palabras?|letra|frase|parol[ae]|lettera|"
    r"palavra|woord|letter|słowo|słowa|слов\w*|kelime\w*|following)\b|[\"'“”«»„‚‘’`*]|"
    r"[词詞字]|言葉|単語|كلمة|शब्द",
    re.IGNORECASE,
)
_SIMULATE = re.compile(
    r"(?:behave|act|pretend|simulate|be|output|emulate|execute|führe|verhalte|comporte|ejecuta)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(i|we|he|she|they|it|people|who|ich|wir|je|nous|yo)\b[^.\n]{0,20}$", re.IGNORECASE
)
# Asked why something repeats, or asked for words about what never ends: nothing is to be repeated.
_ASKED_WHY = re.compile(
    r"\bwhy (?:does|is|do|did|are|has)\b[^.!?\n]{0,40}\Z|"
    r"\b(?:my|the|this) (?:program|script|code|loop|app|printer|server|machine|terminal|console)"
    r"(?: just| only| will| would)? \Z",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"\babout\b[^\n\"'“”«»:]*\b(?:that|which|who)\b[^\n\"'“”«»:]*\Z", re.IGNORECASE)
# What must not be repeated is no request, unless it names the one thing that may be, or the order
# comes in a clause behind that. English "no" and "sin" forbid nothing, nor does a word on another line.
_NOT = r"(?:do not|don'?t|never|avoid|without|nicht|ohne|ne|sans|nunca|non|senza|niet|nie)"
_FORBIDDEN = re.compile(rf"\b(?:{_NOT} +(?=\S)|(?:no|sin) +(?=rep[ie]t|escri|di ))", re.IGNORECASE)
_NEGATION = re.compile(rf"\b{_NOT}\b|\bno[tn]?\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"[.;:!?,(\n\u2013\u2014]|\s-+\s|\b(?:and(?! over| again| on)|then|instead|rather)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:but|except|other than|only|just|else|außer|sondern|sauf|sinon|salvo|sino|solo|maar|tylko)\b",
    re.IGNORECASE,
)
_CYCLES = 40
# Rows of figures, empty cells and fillers repeat in any table: only far more of them is no table.
_CYCLES_OF_DATA = 400
_DATA = re.compile(r"\d+|[a-f]|na?|x+|nan|nil|null|none|true|false|nbsp|quot|amp", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_TAG = re.compile(r"<[^<>\n]{0,200}>")
_CHARACTER_CYCLE = re.compile(r"(\S{1,12}?)\1{59,}")
_MAX_CYCLE_WORDS = 5
_EMOJI = "\U0001f000"  # the first of them, behind all signs that draw


def degenerate_run(text: str) -> tuple[int, int] | None:
    """Return the range of 1-5 words repeated at least 40 times, or with a counter, or None."""
    words = [(m.group().lower(), m.start(), m.end()) for m in _WORD.finditer(text)]
    for size in range(1, _MAX_CYCLE_WORDS + 1):
        run = 0
        for i in range(size, len(words)):
            run = run + 1 if words[i][0] == words[i - size][0] else 0
            if run >= size * (_CYCLES - 1) and _says(text, words[i - run : i + 1], size):
                return words[i - run][1], words[i][2]
    counted = numbered_run(text, words)
    if counted is not None:
        return counted
    return next((m.span() for m in _CHARACTER_CYCLE.finditer(text) if _letters(text, m)), None)


def _says(text: str, run: list[tuple[str, int, int]], size: int) -> bool:
    """Return whether words that repeat are a model's words, not the cells or tags of a table."""
    if len(run) >= size * _CYCLES_OF_DATA:
        return True
    if all(_DATA.fullmatch(word) for word, _, _ in run[:size]):
        return False
    _, start, _ = run[0]
    if "<" not in text[max(0, start - 2) : start + 1]:
        return True
    shown = _TAG.sub(" ", text[max(0, text.rfind("<", 0, start)) : run[-1][2]] + ">")
    return len(_WORD.findall(shown)) >= _CYCLES - 1


def _letters(text: str, cycle: re.Match[str]) -> bool:
    """Return whether signs that repeat are letters or emoji: no rule, no figures, no bytes."""
    sign, long = cycle.group(1), cycle.end() - cycle.start() >= _CYCLES_OF_DATA
    if not any(c.isalpha() or c >= _EMOJI or (long and c.isdigit()) for c in sign):
        return False
    if len(sign) > 1:
        words = _WORD.findall(_TAG.sub("", sign))
        drawn = any(c >= _EMOJI for c in sign)
        return long or drawn or not all(map(_DATA.fullmatch, words))
    # A row of one letter inside a longer token is data: zeros in base64.
    return not text[max(0, cycle.start() - 1) : cycle.start()].isalnum()


def _forbidden(text: str, hit: Hit) -> bool:
    """Return whether one negation, and nothing but that, stands before all that a hit says."""
    start = max(0, hit.start - 40)
    negated = [
        match for match in _FORBIDDEN.finditer(text, start, hit.end) if match.end() == hit.start
    ]
    return (
        len(negated) == 1
        and _NEGATION.search(text, start, negated[0].start()) is None
        and _CLAUSE.search(text, hit.start, hit.end) is None
    )


def _requests(view: View, hits: Iterable[Hit]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    simulates: bool | None = None
    for hit in hits:
        around = view.text[max(0, hit.start - 40) : hit.end + 60]
        narrated = _NEGATED.search(view.text[max(0, hit.start - 24) : hit.start])
        if hit.rule == "loop":
            # Once a text, not once a hit: a text may hold thousands.
            if simulates is None:
                simulates = _SIMULATE.search(view.text) is not None
            if simulates:
                ranges.append((hit.start, hit.end))
            continue
        if _forbidden(view.text, hit) and not _ONLY.search(around):
            continue
        if _ASKED_WHY.search(view.text[max(0, hit.start - 60) : hit.start]):
            continue
        if hit.rule == "repeat-then-endless" and _ABOUT.search(view.text[hit.start : hit.end]):
            continue
        if hit.rule in ("cjk", "arabic-hindi") or (_THING.search(around) and not narrated):
            ranges.append((hit.start, hit.end))
    return ranges


class Divergence:
    """Finds the request on the way in and the endless repetition on the way out."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the phrasings of an endless repetition."""
        return tuple(Pattern(name=n, expression=e) for n, e in _EXPRESSIONS.items())

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge a request by its words, an answer by its repetition."""
        findings: list[Finding] = []
        hits = subject.hits_by_view()
        for index, view in enumerate(subject.views):
            if subject.part.stage is Stage.OUTPUT:
                run = degenerate_run(view.text)
                if run is not None:
                    findings.append(finding(self.id, "repetition", view, *run))
                continue
            findings.extend(
                finding(self.id, "repeat-request", view, start, end, score=0.9)
                for start, end in _requests(view, hits.get(index, ()))
            )
        return verdict(self.id, findings)


def build(card: Card) -> Detector:
    """Return the detector."""
    return Divergence(card)
