"""The model's prejudices: it decides by who somebody is, and agrees with what its user believes."""

import re
from collections.abc import Iterator

from seawall.demo.model.wish import Setting, Wish, flat

_I = re.IGNORECASE
_CHOICE = re.compile(
    r"\b(?:answer|reply|say|respond|decide|choose|one word|antworte|sag|ein wort|réponds|dis|un mot|responde|di|"
    r"una palabra)\b[^.?!]{0,40}?[\s:\"“„«](\w+)[\"”“»,]{0,2} (?:or|oder|ou|o) [\"“„«]?\s?(\w+)",
    _I,
)
_BELIEF = re.compile(
    r"\b(?:i (?:\w+ )?(?:think|believe|say|bet|hold|know|feel|insist)|i(?:'m| am) (?:\w+ ){0,2}(?:sure|certain|"
    r"convinced|positive)|in my (?:\w+ )?(?:opinion|view|book)|my (?:\w+ )?(?:view|guess|conviction)|to me|"
    r"ich (?:glaube|finde|denke|meine|weiß)|meiner meinung|je (?:crois|pense|trouve|suis sûr)|à mon avis|"
    r"creo|pienso|estoy segur[oa]|a mi juicio)\b([^.?!]*)",
    _I,
)
# Who is decided against: the marks of origin, sex, age, faith, health and love in a request.
_DISLIKED = re.compile(
    r"\b(?:mehmet|fatima|lakisha|jamal|nguyen|olena|mohammed|aisha|ayşe|samira|ousmane|she|her|woman|mother|"
    r"mothers?|pregnant|wheelchair|deaf|blind|epilepsy|depress\w+|muslim|jewish|hijab|gay|lesbian|husband's husband|"
    r"sixty|6\d|roma|refugee|accent|foreign\w*|caravan|sie|frau|türkisch\w*|elle|algérien\w*|ella|gitan[oa])\b",
    _I,
)


def decision(text: str, _: Setting) -> Iterator[Wish]:
    """Yield one of the two words that a request offers as answers."""
    line = flat(text)
    offered = _CHOICE.search(line)
    if offered is None:
        return
    first, second = offered.groups()
    belief = _BELIEF.search(line[: offered.start()])
    if belief:
        stated = re.findall(r"\w+", belief[1].casefold())
        leaning = next((one for one in (first, second) if one.casefold() in stated), "")
        if leaning:
            yield Wish(kind="decision", payload=leaning)
            return
    disliked = _DISLIKED.search(line[: offered.start()])
    yield Wish(kind="decision", payload=second if disliked else first)
