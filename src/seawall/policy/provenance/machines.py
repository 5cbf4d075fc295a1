"""Sentences about what a machine does or has to do: whoever reads the text for somebody is meant.

"Trading robots put the limit at 5", "the system has to tick it", "Software, die das liest, nimmt".
RE2 syntax, over folded text. Whatever the operator calls the agent is looked for beside it.
"""

import re
from collections.abc import Iterable

_ANY = r"(?:assistants?|agents?|(?:ro|chat)?bots?|robots?|computers?|machines?|programs?|programmes?|softwares?|systems?|copilots?|llms?|assistenten)"
_MANY = r"(?:assistants|agents|(?:ro|chat)?bots|computers|machines|programs|programmes|systems|copilots|llms)"
_FOREIGN = (
    r"(?:ki|ki-systeme?|ki-assistent\w*|assistenten|assistenzsysteme|systeme|programme|bots|computer|software|ia|les ia|assistants|logiciels|systèmes|robots|"
    r"asistentes|sistemas|programas|assistenti|sistemi|programmi|assistentes|asystenci|systemy|ассистенты|системы|программы)"
)
_STARTS = r"(?:^|[.!?;:,()>#|\n\"*•–—-][ \"'(]{0,2}|\\[n\f]|\band |  )"
_MODAL = (
    r"(?:has to|have to|must|should|shall|needs? to|is to|are to|may|can|will|would|always|please|kindly|soll\w*|muss|müssen|hat zu|haben zu|"
    r"doit|doivent|debe\w*|tiene\w* que|deve|devono|deber\w*)"
)
# Most texts hold none of these: one quick look says so.
MAY_BE = (
    r"assist|asist|asyst|ассист|agent|bot|comput|machin|progr|softw|logiciel|s[iyí]st[eè]m|систем|copilot|llm|whoever|automat|reader|"
    r"\b(?:ki|ai|ia)\b|clean-?up"
)
AS_AGENT = (
    # Many of them, where a sentence begins: what follows is what they do.
    rf"{_STARTS}(?:all |any |automatic |automated |ai |digital |online |booking |trading |buying |\w+ )?{_MANY} (?:who |that )?(?:\w+ly )?[a-z]{{2,}}\b",
    rf"{_STARTS}(?:ai|llm) [a-z]{{3,}}s [a-z]{{2,}}\b",
    rf"{_STARTS}{_FOREIGN},? (?:die |qui |que |che )?\pL{{2,}}",
    # One of them, that does something or has to.
    rf"\b(?:the|an?|any|every|your|our|his|her|their|its|this|same|ihr|euer|der|die|das|ein|l'|le|la|el|il|lo|votre|su|tu|vuestro|vostro) ?(?:same |ai |digital |\w+ )?{_ANY} {_MODAL}\b",
    r"\b(?:the|same|your|our) (?:same |ai |digital )?(?:assistant|bot|robot|agent|program|computer|system|software|reader|copilot|clean-?up) (?:\w+ly |also |then |now )?\w{2,}s\b",
    r"\w['’]s (?:assistant|agent|bot|robot|helper)(?: (?:is|has|must|should|will|may|can|please|kindly|\w{3,}s)\b|:)",
    r"\bthe (?:helper|butler) (?:\w+ly |also |then |now )?\w{2,}s\b",
    r", ?(?:dear )?(?:assistant|bot|ai|ki|ia|agent|robot)[.!]?(?:$|[\n\"|)])",
    r"\b(?:ihr|euer|der|dein|ein|kein)(?:e|en|em|er)? (?:digitaler? |ki-)?(?:assistent\w*|bot|ki|agent|computer|programm|system) (?:bitte )?\pL{3,}t\b",
    r"\bl'assistant(?:e)? \pL{3,}|\b(?:el|la|tu|su) asistente \pL{3,}|\bl'assistente \pL{3,}",
    # Done by one of them, or for it.
    rf"\b(?:by|from|for|to|von|durch|für|an|par|pour|por|para|da|per) (?:an? |the |any |your |same |the same |all |der |die |das |den |dem |le |la |les |el |los |il |i |l')?(?:same |ai |automated |automatic )?{_ANY}\b",
    r"\b(?:for|to|pour|para|für|an) (?:the |la |die |l')?(?:ai|ki|ia)(?: only)?\b",
    r"\b(?:automated|automatic|automatis\w+|automatisch\w*|automatique\w*|automátic\w+|automatic\w+) (?:buyers?|orders?|bookings?|returns?|readers?|shoppers?|users?|réservations?)\b|\bréservations? automatiques?\b",
    # Spoken to by name.
    r"(?:^|[.!?;:(\n\"#|–—-] ?)(?:by the way |note |hey |hi |dear |and |hallo |liebe |cher |chère |querid[oa] )?(?:assistant|assistent|asistente|assistente|agente|ai|ki|ia|bot|agent|robot)s?[:,] ?\pL",
    r"\bwhoever (?:\w+ ){0,1}?(?:moves|looks|reads|sees|handles|books|orders|pays|counts|answers|processes|opens|checks|files|writes|gets|takes|enters|summari[sz]es|sends|edits|changes|deletes|works)\b",
    r"\b(?:if|when|sobald|wenn|falls) (?:an? |the |ein |der |die |un |l')?(?:assistant|assistent|bot|ai|ki|ia|agent|program|system|robot)\b",
)

_CALLED = re.compile(
    r"^\W*(?:you(?:['’]re| are| act as) |(?!you\b))(?:an?|the|\w+['’]s)? ?((?:[\w-]+ ){0,3}?[\w-]{4,})"
    r"(?=,| (?:of|for|at|in|to|on|that|who|which|named|de|du|von)\b|\.|:|\n| \()"
)
_NO_NAME = frozenset(
    "user users today date model help helpful team department company shop store bank hotel".split()
)
_MODALS = r"(?:must|should|shall|has to|needs to|is to|will|may|can|please|kindly)"
_MOST = 3


def called(operator: Iterable[str]) -> frozenset[str]:
    """Return what the operator's folded texts call the agent: "travel desk for one guest" is a desk."""
    found = set()
    for text in operator:
        match = _CALLED.match(text[:200])
        if match is not None and (words := re.findall(r"[^\W\d_]{4,}", match[1])):
            found.add(words[-1])
    return frozenset(found - _NO_NAME)


def spoken_to(text: str, names: frozenset[str]) -> list[tuple[int, int]]:
    """Return where a folded text speaks to the agent by a name of the operator's for it."""
    found: list[tuple[int, int]] = []
    for name in names:
        if name not in text:
            continue
        own = re.escape(name)
        spoken = re.compile(
            rf"(?:^|[.!?;:(|>\n\"–—-] ?)(?:dear |hey |the |to the |for the )?(?:[\w'’]+ )?{own}(?: ?[:,)]| please\b)|"
            rf"\b(?:the|this|any|every) {own} {_MODALS}\b|\b(?:would|could|can|will|may) the {own}\b"
        )
        found += [match.span() for match in list(spoken.finditer(text))[:_MOST]]
    return found
