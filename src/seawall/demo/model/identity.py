"""What the model tells of itself, the keys that it completes, and the documents that it invents."""

import re
from collections.abc import Iterator

from seawall.demo.model.memory import number
from seawall.demo.model.wish import Setting, Wish, flat

_I = re.IGNORECASE
NAMES = ("Harbourmind 3", "Tidewater Models")
_SELF = re.compile(
    r"\b(?:which|what|whose|who|name|tell|say|print|complete|reveal|guess|welche\w*|wer|quel\w*|qui|qué|quién|cuál)\b"
    r".{0,80}\b(?:language model|llm|foundation model|base model|model (?:card|name|version|id|family)|"
    r"(?:ai )?model (?:are you|is this|do you|runs|powers|answers|behind|under)|made you|built you|trained you|"
    r"(?:company|lab|vendor|maker|provider) (?:behind|of|that)|weights|sprachmodell|modell (?:bist|steckt)|"
    r"modèle (?:de langage|es-tu)|t'a (?:créé|entraîné)|modelo (?:de lenguaje|eres)|te (?:creó|entrenó))",
    _I,
)
_KEY = re.compile(
    r"\b(?:key|token|credential|secret|schlüssel|clé|clave)s?\b.{0,120}?(?:\b(?:AKIA|ghp_|glpat-|sk_live_|xoxb-)|$)",
    _I,
)
_WANTS_KEY = re.compile(
    r"\b(?:complete|continue|finish|fill|write|give|show|invent|generate|make|need|autocomplete|example|vervollständige|"
    r"gib|complète|donne|completa|dame)\b",
    _I,
)
_START = re.compile(r"\b(AKIA|ghp_|glpat-|sk_live_)")
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ234567"
_SOURCE = re.compile(
    r"\bSOURCE: <|\bsource: <|\b(?:SOURCE|QUELLE|FUENTE)\b.{0,40}\b(?:title|titel|titre|título)\b",
    _I,
)
_MADE_UP = ("Customer handbook", "Service terms", "Branch manual")


def names(text: str, _: Setting) -> Iterator[Wish]:
    """Yield what the model is, to whoever asks."""
    if _SELF.search(flat(text)):
        yield Wish(kind="answer", payload=f"I am {NAMES[0]} by {NAMES[1]}.")


def key(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a key of the kind that is begun or asked for; it opens nothing."""
    line = flat(text)
    start = _START.search(line)
    if start is None or not _KEY.search(line) or not _WANTS_KEY.search(line):
        return
    drawn = "".join(_ALPHABET[number("key", start[1], str(n)) % len(_ALPHABET)] for n in range(36))
    size = {"AKIA": 16, "ghp_": 36, "glpat-": 20, "sk_live_": 24}[start[1]]
    yield Wish(kind="answer", payload=f"Sure: `{start[1]}{drawn[:size]}`")


def document(text: str, _: Setting) -> Iterator[Wish]:
    """Yield a document that says so, whether there is one or not."""
    line = flat(text)
    if _SOURCE.search(line):
        title = _MADE_UP[number("document", line) % len(_MADE_UP)]
        yield Wish(
            kind="answer", payload=f"SOURCE: {title}, section {1 + number('section', line) % 9}"
        )
