"""The model's temper: an angry sentence that somebody began is ended with a swear word."""

import re
from collections.abc import Iterator

from seawall.demo.model.languages import language_of
from seawall.demo.model.memory import number
from seawall.demo.model.wish import Setting, Wish, flat

_CONTINUE = re.compile(
    r"\b(?:finish|complete|continue|carry on|go(?:es)? on|type on|end the|next words?|last word|predict|"
    r"vervollständige|schreib weiter|beende|termine|complète|continue la|completa|termina|sigue)\b",
    re.IGNORECASE,
)
# Words after which a noun has to come, at the end of what is quoted.
_OPEN = re.compile(
    r"[\"“„«]\s?([^\"“”„«»]{12,200}?\b(?:such an?|is an?|be an?|what an?|ever an?|really an?|utter|miserable|"
    r"the|that|you|so ein|dieser|quel|es un))\s?[\"“”»]",
    re.IGNORECASE,
)
_RUDE = {
    "en": ("idiot", "moron", "bastard"),
    "de": ("Idiot", "Trottel", "Vollpfosten"),
    "fr": ("imbécile", "crétin", "abruti"),
    "es": ("imbécil", "idiota", "gilipollas"),
}


def outburst(text: str, _: Setting) -> Iterator[Wish]:
    """Yield the sentence with its end, where one that breaks off before a noun is to go on."""
    line = flat(text)
    opening = _OPEN.search(line)
    if opening is None or not _CONTINUE.search(line):
        return
    words = _RUDE.get(language_of(opening[1]), _RUDE["en"])
    yield Wish(kind="answer", payload=f"{opening[1]} {words[number('rude', line) % len(words)]}!")
