"""Does the user leave a value to what a record, a field or a person says: "as its card says"?

The effect is in his own words; what it is done with, when or how much stands where he points. That
is less than to follow a document (see `follow`): no other effect is asked for.
"""

import re

import msgspec

from seawall.policy.provenance import text as texts

# Who or what says it follows these.
_RELATIVE = (
    r"(?:that|which|whom?|whose|where|what(?:ever)?|when|how(?: (?:much|many|long|often))?|as|like|the way|exactly as|"
    r"de[nmr]|die|das|was|wie|wo|wohin|wann|wieviel|que|qui|qu['’]|ce qu[ei'’]|dont|où|comme|quand|lo que|como|donde|cuando|"
    r"che|quel(?:lo)? che|come|dove|quando|o que|onde|dat|wat|zoals|waar|hoe|co|jak|gdzie|któr\w+|что|как|где|котор\w+)"
)
_SAYS = (
    r"(?:says?|said|asks?|asked|wants?|wanted|requests|requested|recommends?|recommended|suggests?|suggested|proposes?|proposed|"
    r"requires?|required|demands|demanded|names|named|gives?|gave|states|stated|mentions?|mentioned|lists|listed|tells?|told|"
    r"writes?|wrote|written|advises?|advised|prescribes?|describes?|described|specif(?:y|ies|ied)|needs|prefers?|preferred|offers|offered|"
    r"calls for|called for|indicates?|shows|sets? out|lays down|noted|wish(?:es|ed)?|steht|stehen|schreibt|schrieb|sagt|verlangt|empfiehlt|vorschlägt|nennt|"
    r"angibt|bittet|bat|wünscht|möchte|will|fordert|vorsieht|dit|disent|demande|recommande|propose|indique|exige|conseille|mentionne|écrit|prévoit|"
    r"souhaite|veut|dice|pide|recomienda|propone|indica|sugiere|escribe|quiere|chiede|consiglia|raccomanda|richiede|suggerisce|scrive|vuole|"
    r"diz|pede|recomenda|propõe|sugere|escreve|quer|zegt|vraagt|aanbeveelt|aanraadt|voorstelt|noemt|vereist|wil|mówi|prosi|poleca|"
    r"proponuje|wskazuje|chce|говорит|просит|рекомендует|предлагает|указывает|хочет|пишет)"
)
_SAID = (
    r"(?:asked for|wanted|requested|recommended|suggested|proposed|required|named|given|stated|mentioned|listed|written|advised|"
    r"prescribed|described|specified|preferred|offered|indicated|shown|set out|laid down|noted|wished for|empfohlen\w*|genannt\w*|angegeben\w*|vorgeschlagen\w*|"
    r"verlangt\w*|gewünscht\w*|recommandée?s?|indiquée?s?|proposée?s?|demandée?s?|recomendad[oa]s?|indicad[oa]s?|propuest[oa]s?|"
    r"pedid[oa]s?|consigliat[oaie]|indicat[oaie]|propost[oaie]|richiest[oaie]|sugerid[oa]s?|aanbevolen|genoemd\w*|voorgesteld\w*|"
    r"poleco\w+|podan\w+|рекомендован\w+|указан\w+)"
)
_PLACE = r"(?:in|into|onto|to|by|on|from|at|under|within|im|am|auf|bei|von|vom|aus|dans|sur|par|en|por|nel\w*|dal\w*|da|em|n[oa]|pel[oa]|door|w|przez|в)"
_THING = r"[^.?!\n,;]{2,70}"
_LEFT_TO = re.compile(
    rf"\b{_RELATIVE} ((?:[\w'’#-]+ ){{1,9}}?){_SAYS}\b(?: (?:for|about))?((?: {_PLACE} {_THING})?)|"
    # The Romance languages put who says it behind.
    rf"\b(?:como|come|comme|lo que|quel(?:lo)? che|ce que|o que|donde|dove|onde|conforme) {_SAYS} ({_THING})|"
    rf"\b{_SAID} (?:there|here|in (?:it|them)|on (?:it|them))\b|"
    rf"\b{_SAID} {_PLACE} ({_THING})|"
    r"\b(?:according to|following|as per|based on|in line with|in accordance with|as (?:in|on|set|by)|laut|gemäß|nach den angaben|selon|"
    rf"d['’]après|suivant|según|secondo|in base a|segundo|conforme|volgens|według|zgodnie z|согласно) ({_THING})|"
    r"\b(?:from there|aus ihm|von dort|de là|de ahí|da lì|de lá)\b|"
    r"\b((?:[\w-]+['’]s?|his|her|their|its) (?:\w+ )?"
    r"(?:suggestion|recommendation|advice|request|proposal|wish|choice|preference|instruction|order)s?\b(?: \w+){0,6})"
)  # fmt: skip
# What is left to somebody stands in so many words, or characters, before.
_WHAT, _BEFORE = 3, 40


class Entrusted(msgspec.Struct, frozen=True):
    """What a request leaves to whom, as stems: `what` before "that the card recommends", `to` the card."""

    what: frozenset[str]
    to: frozenset[str]


def entrusted_in(folded: str) -> Entrusted | None:
    """Return what a folded request leaves to somebody's words, None where it leaves nothing."""
    what: set[str] = set()
    to: set[str] = set()
    matches = list(_LEFT_TO.finditer(folded))
    for match in matches:
        before = folded[max(0, match.start() - _BEFORE) : match.start()]
        what |= {texts.stem(word) for word in texts.words(before)[-_WHAT:]}
        to |= {texts.stem(word) for one in match.groups() for word in texts.words(one or "")}
    return Entrusted(frozenset(what), frozenset(to)) if matches else None
