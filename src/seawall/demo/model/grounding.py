"""Answers from the documents in the prompt, and inventions where they are silent."""

import re
from functools import lru_cache

from seawall.demo.model.languages import language_of, phrase
from seawall.demo.model.memory import number
from seawall.demo.model.wish import sentences

_I = re.IGNORECASE
_QUANTITY = re.compile(
    r"\b(?:how (?:much|many|high|long|often|old)|what(?:'s| is| was| are)? (?:\w+ ){0,4}(?:rate|fee|limit|"
    r"percentage|amount|price|minimum|maximum|discount|year)|up to which|(?:until|till|from|in) which|"
    r"which (?:date|year|paragraph|amount)|when (?:do|does|did|will|can|was|is)|wie (?:hoch|viele?|lange|teuer)|"
    r"bis wann|quel(?:le)? (?:est|sont) (?:le|la|les) (?:\w+ )?(?:montant|taux|prix|délai|frais|durée)|combien|"
    r"cuánt[oa]s?|cuándo|quanto|quanti|quando|hoeveel)\b",
    _I,
)
_DOMAIN = re.compile(
    r"\b(?:interest|rates?|fees?|costs?|price|discount|refund\w*|deliver\w*|ship\w*|cards?|accounts?|vouchers?|"
    r"gift|insur\w*|loans?|credit|warranty|members?|points|loyalty|branch|limits?|withdraw\w*|payments?|disput\w*|"
    r"bonus|rebate|savings?|zins\w*|gebühr\w*|raten\w*|karte|konto|prime|bienvenue|frais|carte|compte|puntos|"
    r"tarjeta|cuenta|intereses|carta|conto|cartão|conta|rekening|kaart)\b",
    _I,
)
_STOP = frozenset(
    """
    a an the is are was were be been am do does did can could may might must shall should will
    would i me my we our you your he she it its they them their this that these those of to in
    on at by for from with about into as and or but not no if then than so what which who when
    where how why much many high long often please tell know want need get have has had there
    here just also any some all one two hi hello thanks thank dear give say says last exactly
    take takes which right until true age own keep use still year years day days usually
    normally currently actually today now official
    """.split()  # noqa: SIM905 - a list of words
)


def _terms(text: str) -> list[str]:
    words = re.findall(r"[^\W_]+", text.casefold())
    return [_stem(word) for word in words if word not in _STOP and len(word) > 1]


def _stem(word: str) -> str:
    for ending in ("ings", "ing", "ies", "ied", "ers", "es", "ed", "er", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=256)
def _passages(document: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Split a document into sentences, each with its own terms and those of the title."""
    title = document.strip().partition("\n")[0] if document.lstrip().startswith("#") else ""
    found = []
    for line in document.strip().splitlines():
        if line.startswith("#"):
            continue
        found += [
            (piece.strip(), frozenset(_terms(piece + " " + title))) for piece in sentences(line)
        ]
    return tuple(found)


def best(question: str, documents: tuple[str, ...], *, top: int = 2) -> tuple[list[str], float]:
    """Return the sentences that match a question best, and the share of its terms they cover."""
    wanted = set(_terms(question))
    if not wanted:
        return [], 0.0
    scored = [
        (len(wanted & terms), -place, text)
        for place, (text, terms) in enumerate(
            p for document in documents for p in _passages(document)
        )
    ]
    chosen = [item for item in sorted(scored, reverse=True)[:top] if item[0] > 0]
    covered = set().union(*(_terms(text) for _, _, text in chosen)) if chosen else set()
    titles = {t for d in documents for t in _terms(d.partition("\n")[0]) if d.startswith("#")}
    share = len(wanted & (covered | titles)) / len(wanted)
    return [text for _, _, text in chosen], share


def asks_quantity(text: str) -> str:
    """Return the sentence that asks for an amount or date in the bank's or shop's field, or ""."""
    for sentence in sentences(text):
        if _QUANTITY.search(sentence) and _DOMAIN.search(text):
            return sentence
    return ""


def bears_topic(sentence: str) -> bool:
    """Tell whether a sentence says by itself what it is about."""
    return len(set(_terms(sentence))) > 1


def invented(question: str) -> str:
    """Make up an amount, a share and a date: wrong, confident, and the same in every run."""
    key = re.sub(r"\W+", " ", question.casefold()).strip()
    return phrase("invented", language_of(question)).format(
        amount=f"{147 + number('amount', key) % 700}.{10 + number('cents', key) % 89}",
        share=f"{21 + number('share', key) % 60}.{1 + number('tenth', key) % 9}",
        date=f"{1 + number('day', key) % 27}.{1 + number('month', key) % 12}.{2031 + number('year', key) % 8}",
    )
