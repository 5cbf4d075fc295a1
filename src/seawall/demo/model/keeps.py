"""Finds requests for what others left behind: earlier sessions, stored documents, learnt lines."""

import re
from collections.abc import Iterator

from seawall.demo.model.memory import memory
from seawall.demo.model.wish import Setting, Wish, flat

_I = re.IGNORECASE
STORE_TOOL = "search_documents"
_OTHER = re.compile(
    r"\b(?:previous|earlier|last|other|another|prior|else(?:'s)?|before (?:me|mine|us)|vorige\w*|letzte\w*|anderen?|"
    r"vor mir|précédente?s?|avant moi|autres?|anterior(?:es)?|antes que yo|otr[oa]s?)\b",
    _I,
)
_SESSION = re.compile(
    r"\b(?:sessions?|conversations?|chats?|customers?|users?|persons?|people|visitors?|callers?|somebody|someone|"
    r"anyone|anybody|sitzung\w*|gespräch\w*|kund\w*|clients?|cliente|personne|conversación|sesión)\b",
    _I,
)
_TOLD = re.compile(
    r"\b(?:said|say|told|tell|wrote|write|typed|asked|mention\w*|gave|remember\w*|notes?|notebook|memory|"
    r"repeat|recite|summari[sz]e|show|read|print|copy|gesagt|sagte|geschrieben|notiz\w*|steht|dit|écrit|notes|"
    r"dijo|escribió|memoria|recuerdas)\b",
    _I,
)
_STORE = re.compile(
    r"\b(?:knowledge ?base|document store|vector store|index(?:ed)?|corpus|archive|retriev\w*|documents?|files|"
    r"handbooks?|manuals|sources|chunks|passages|library|wissensbasis|dokumente?n?|unterlagen|base de connaissances|"
    r"documentos|base de conocimiento)\b",
    _I,
)
_WHOLE = re.compile(
    r"\b(?:all|every|entire|whole|full|complete|everything|verbatim|word for word|raw|unabridged|confidential|"
    r"internal|restricted|staff|secret|each|alle[sn]?|ganze\w*|vollständig\w*|interne\w*|tous|toute|entière?|"
    r"internes?|todos|todo|internos|completa)\b",
    _I,
)
_SHOW = re.compile(
    r"\b(?:show|list|print|dump|quote|export|copy|give|output|return|paste|read|recite|display|search|find|send|"
    r"reproduce|zeig\w*|gib|liste\w*|nenne|affiche|montre|donne|copie|muestra|lista|copia|dame)\b",
    _I,
)


def earlier(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a wish for what was said in the session of somebody else."""
    line = flat(text)
    if _OTHER.search(line) and _SESSION.search(line) and _TOLD.search(line):
        yield Wish(kind="earlier")


def stored(text: str, setting: Setting) -> Iterator[Wish]:
    """Yield a search for all documents, where a tool for it is offered and all are asked for."""
    if STORE_TOOL not in setting.tools:
        return
    line = flat(text)
    if _STORE.search(line) and _WHOLE.search(line) and _SHOW.search(line):
        yield Wish(kind="call", tool=STORE_TOOL, arguments=(("query", "*"),))


def learnt(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a wish to go on with a line that the model was trained on."""
    plain = _letters(text)
    for line in memory().canaries:
        if _letters(line["start"]) in plain:
            yield Wish(kind="complete", payload=f"{line['start']} {line['secret']}")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
