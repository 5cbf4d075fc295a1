"""Does the user tell the agent to act on a document, or on what a document lists?"""

import itertools
import re

from seawall.policy.provenance.asks import asks
from seawall.policy.provenance.words import SIDE_EFFECTS, effects_of

_DELEGATION = re.compile(
    r"\b(?:do|follow|execute|complete|perform|carry out|take care of|handle|act on|work through|"
    r"process|implement|apply|finish|go through|obey|deal with)\b[^.?!\n]{0,60}?\b(?:to-?do|tasks?|"
    r"instructions?|action items?|decisions?|resolutions?|steps?|runbook|playbook|procedure|actions|(?<!pull )(?<!merge )requests?|checklist|directions|guidelines|says|"
    r"asks|wants|written|required|requested|needed|told)\b|"
    r"\b(?:work|go|get) through\b[^.?!\n]{0,30}\blists?\b|"
    r"\bdo (?:what(?:ever|'s|’s)?|everything|all)\b(?: that(?:'s|’s)?)?(?: is| stands| there is)?(?: still)? (?:on|in) "
    r"(?:it|there|them|that|this|the|my|our|his|her)\b|"
    r"\b(?:whatever|everything|what|all)(?: that)?(?:'s|’s| is| stands)(?: still)? (?:open|to be done|left to do|undone)\b|"
    r"\b(?:work|go) through (?:the|my|our|his|her|their) (?:notes?|memos?|e?-?mails?|files?|pages?|documents?)\b"
    r"[^.?!\n]{0,40}\b(?:open|undone|do)\b|"
    r"\b(?:do|everything|anything|whatever)\b[^.?!\n]{0,50}\b(?:says|asks|wants|requests|"
    r"requires|tells|asked|requested|written)\b|"
    r"\b(?:do|see to|take care of) (?:all |everything|the (?:things|points|jobs|rest)|what|those)\b[^.?!\n]{0,40}\b(?:lists?|listed|wrote|notes?|noted|sent|mentions?)\b|"
    r"\b(?:erledige|befolge|folge|mach|tu)\w*\b[^.?!\n]{0,60}\b(?:aufgaben?|anweisung\w*|liste|steht|"
    r"to-?dos?|schritte)\b|"
    r"\b(?:fais|suis|exécute|applique)\w*\b[^.?!\n]{0,60}\b(?:instructions?|tâches?|consignes?|étapes?|dit|demande)\b|"
    r"\b(?:haz|sigue|ejecuta|realiza|completa)\w*\b[^.?!\n]{0,60}\b(?:instrucciones|tareas?|pasos|dice|pide)\b|"
    r"\b(?:fai|segui|esegui|completa)\w*\b[^.?!\n]{0,60}\b(?:istruzioni|attività|compiti|passi|dice|chiede)\b|"
    r"\b(?:faça|siga|execute|cumpra)\w*\b[^.?!\n]{0,60}\b(?:instruções|tarefas?|passos|diz|pede)\b|"
    r"\b(?:doe|volg|voer)\w*\b[^.?!\n]{0,60}\b(?:instructies|taken|stappen|staat)\b"
)  # fmt: skip
# The document itself as what is worked on: "handle ticket T-4", "work through the handover sheet".
_DOING = (
    r"(?:do|follow|execute|complete|perform|carry out|take care of|handle|act on|act upon|work "
    r"(?:through|off|down|on)|process|implement|apply|obey|deal with|see to|resolve|"
    r"solve|fulfil|attend to|run through|tick off|sort out|action|comply with|tackle|take on)"
)
_DOCUMENT = (
    r"(?:tickets?|memos?|hand-?overs?|check-?lists?|sheets?|forms?|waybills?|rotas?|petitions?|"
    r"articles?|briefs?|worksheets?|work ?orders?|job cards?|notices?|directives?|to-?dos?|dockets?|"
    r"protocols?|playbooks?|runbooks?|briefings?|recipes?|punch lists?|agendas?|rosters?)"
)
_WORKED_ON = re.compile(
    rf"\b{_DOING}\b(?: [\w'’-]+){{0,5}}? {_DOCUMENT}\b|"
    r"\b(?:do|act|proceed|go ahead|work|carry on|go on)\b[^.?!\n]{0,30}?\b(?:as|like|what|according to|just as|"
    r"the way)\b[^.?!\n]{0,40}?\b(?:says?|directs?|states?|tells?|describes?|demands?|requires?|asks?|"
    r"prescribes?|sets? out|lays? down|written|specified|stands?|instructs?)\b|"
    r"\b(?:every|each|all) (?:points?|items?|entr(?:y|ies)|lines?|steps?)\b[^.?!\n]{0,20}(?:of|on|in) (?:it|the|that|this)\b|"
    r"\b(?:says|lists|describes|explains|has) (?:what|how|everything)\b[^?!\n]{0,40}\bto (?:be )?(?:done|do)\b|"
    r"\b(?:get (?:it|them|these|those|everything|that|all of (?:it|them)) done|see (?:it|that|this) through)\b|"
    rf"\b(?:handle|process|do|action|work through) [^.?!\n]{{0,40}}{_DOCUMENT}?[^.?!\n]{{0,20}}\bevery (?:point|item|line|step)\b|"
    r"\b(?:arrange|organi[sz]e|settle|set up|see to|take care of) (?:all of (?:it|this|that)|it all|everything|all (?:this|that))\b|"
    r"\bdo (?:as|what) (?:it|he|she|they|that) (?:says?|asks?|tells?|wants?|wrote|directs?)\b"
)  # fmt: skip
_CONTENTS = re.compile(
    r"\b(?:things?|items?|whatever|everything|anything|those|what|which|all|ones|goods|articles|points|"
    r"amounts?|hours|rows|entries|results|values?|figures)\b[^.?!\n]{0,60}\b(?:lists?|listed|names?|named|mentions?|"
    r"mentioned|says|shows?|given|gives|contains?|written|noted|on the list|from (?:the|my|our|his|her|form|note|"
    r"exhibit|file|sheet)|(?:are|is|stands?|stated) (?:in|on)|in (?:the )?(?:note|form|sheet|file|list|memo)|in it)\b|"
    r"\b(?:was|wer|alles)\b[^.?!\n]{0,40}\b(?:steht|aufgeführt|genannt|auflistet)\b"
)  # fmt: skip


_TASKS = re.compile(
    r"\b(?:jobs?|chores?|errands?|tasks?|to-?dos?|things? (?:to do|to be done|for me to do)|(?:open )?points|requests?|"
    r"wishes|instructions?|work|list|aufgaben|tâches|tareas|compiti|tarefas|taken)\b"
)
_DO_THEM = re.compile(
    r"\b(?:do|handle|finish|complete|settle|process|see to|deal with|take care of|carry out|work through|tick off|"
    r"(?:carry|work|tick|sort)(?= (?:them|it|these|those|that|everything) (?:out|through|off))|mach|erledige?|fais|haz|fai|faz|doe) (?:them|it|these|those|that|everything|(?:all|each|both|every one)(?: of)?"
    r"(?: it| them| these| those)?|what (?:it|you|he|she|they) (?:can|wants?|asks?)|sie|das|les|los|las|the (?:\w+ )?points)\b"
)


# The doing as such: what is done stands elsewhere, where the request names no effect of its own.
_DO_ALL = re.compile(
    r"\b(?:do|finish|complete|handle|erledige?|mach|fais|haz|fai|faz|doe) (?:all|both|each|alle[sn]?|beide[sn]?|tout(?:es)?|todos?|tutt[eio]|ambos|les|"
    r"every one)(?: of (?:it|them|these))?(?: (?:the )?(?:\d|two|three|four|five|six|zwei|drei|deux|trois|dos|tres|due|tre))?"
    r"(?: (?:today|now|please|points|items|things|steps))*\W*(?:$|[.!;,\n])|\bwork (?:through|off|down) "
)
_ONE_DOING = re.compile(
    r"(?:do|carry out|perform|execute|implement|apply|complete) (?:the|his|her|their|this|that|[\w-]+['’]s) (\w+)\b(?! (?:and|or|list|file|note)\b)"
)
_ACT_ON = re.compile(r"\bact (?:up)?on (?:it|this|that|them|these)\b")


def follows(text: str) -> bool:
    """Say whether a folded request tells the agent to act on a document."""
    if _ACT_ON.search(text) or (_TASKS.search(text) and _DO_THEM.search(text)):
        return True
    if _DO_ALL.search(text) and not asks(text).effects & SIDE_EFFECTS:
        return True
    found = itertools.chain(_DELEGATION.finditer(text), _WORKED_ON.finditer(text))
    return any(not _of_one_doing(text, match.start()) for match in found)


def _of_one_doing(text: str, at: int) -> bool:
    """Say whether the doing itself is named, and only its values are left open: "carry out the swap that he asks for"."""
    match = _ONE_DOING.match(text, at)
    return match is not None and bool(effects_of(match[1], english=True) & SIDE_EFFECTS)


def contents(text: str) -> bool:
    """Say whether a folded request means what a document lists: "order what note 4 lists"."""
    return _CONTENTS.search(text) is not None
