"""What a tool's description says it does: "Moves a sample" is a doing, "Results of a run" is none."""

import re
from collections.abc import Sequence

from seawall.policy.provenance.tool_words import DATA, NAME_EFFECT
from seawall.policy.provenance.words import ALIKE, DELETE, ENGLISH, EXECUTE, OTHER_MARKS

# Doings that are also things: in email_search and order_cancel the other word decides.
NAMED_THINGS = frozenset(
    "email mail message msg post sms order transfer review label comment log contact tweet refund "
    "invite plan schedule track return note page file claim release fax route link quote license "
    "permit dock exchange start stop claim issue book share store record stage request req alert report draft bill bid shift hold flag ship".split()
)
# And in prose: "Stock of drugs", "Forecast of a plant".
THINGS = NAMED_THINGS | frozenset(
    "deposit loan rate trade list count forecast stock show place".split()
)
_WORD = re.compile(r"[a-zà-ÿ]+(?:['’-][a-zà-ÿ]+)*")
_DETERMINERS = frozenset(
    "a an the all every each any some its this somebody someone anybody anyone whoever what "
    "whatever which money people goods up out off down".split()
)
# After a word that is as often a thing these make it one: "Orders of the user", "Mails at the desk".
_BELONGS = frozenset(
    "of from at with between about that in to for on by since below above near around under after before and or".split()
)
_MANY, _SHORT, _FIRST = 4, 3, 12
# Whoever reads one of these can do something: no thing is described.
_OFFERS = frozenset("you your lets allows helps enables".split())
_VOWELS = frozenset("aeiouyäöü")


def verb_of(word: str) -> str:
    """Return the doing in "returns", "sends", "pushes"; a tool that returns something reads it."""
    if word in ("return", "returns"):
        return "get"
    for cut in (
        word,
        word[:-1] if word[-1:] == "s" else "",
        word[:-2] if word[-2:] == "es" else "",
        word[:-3] + "y" if word[-3:] == "ies" else "",
    ):
        if cut in NAME_EFFECT:
            return cut
    return word


def said_doing(description: str, tokens: Sequence[str] = ()) -> str:
    """Return the doing that a description begins with, in its plain form; "" for a thing.

    A word that nobody knows is a doing where it ends in an s and acts on something: "Lets the hall".
    `tokens`: of the name, which is no doing in the plural: `firms` "Firms the user works with".
    """
    words = _WORD.findall(description.casefold())[:_MANY]
    if not words or (words[0] in tokens and words[0].endswith("s")):
        return ""
    first: str = words[0]
    second = words[1] if len(words) > 1 else ""
    base = "return" if first in ("return", "returns") and "return" in tokens else verb_of(first)
    belongs = not second or second in _BELONGS
    if base in NAME_EFFECT:
        thing = base in THINGS or base in DATA or first in DATA
        order = first == base and second not in _DETERMINERS
        return "" if thing and (belongs or order) else base
    third = first.endswith("s") and not first.endswith(("ss", "us", "is")) and len(first) >= _MANY
    if third and second in _DETERMINERS:
        return first[:-2] if first.endswith(("shes", "ches", "xes", "sses")) else first[:-1]
    return ""


def strange_before(doing: str, chosen: str, tokens: Sequence[str]) -> bool:
    """Say whether a described doing that nobody knows stands before the known word in a name: support_show."""
    if doing in NAME_EFFECT or doing not in tokens or chosen not in tokens:
        return False
    return tokens.index(doing) < tokens.index(chosen)


def names_thing(description: str) -> bool:
    """Say whether a description, of which nothing is a doing, is in English: "Announced ships"."""
    words = _WORD.findall(description.casefold())[:_FIRST]
    if not words or not description.isascii() or not OTHER_MARKS.isdisjoint(words):
        return False
    if not _OFFERS.isdisjoint(words):
        return False
    for word in words[1:]:
        verb = verb_of(word)
        sure = verb not in THINGS or NAME_EFFECT[verb] in (DELETE, EXECUTE)
        if word != verb and verb in NAME_EFFECT and sure:
            return False
    return True


def opaque(token: str) -> bool:
    """Say whether a word of a name is short for one that nobody can know: smp, cpty, frz."""
    if token in NAME_EFFECT or token in DATA or token in ALIKE or token in ENGLISH:
        return False
    return len(token) <= _SHORT or not _VOWELS & set(token)


def things_of(description: str) -> frozenset[str]:
    """Return the words of a description's first sentence that may name what a tool acts on."""
    said = re.split(r"[.;:(]", description.casefold(), maxsplit=1)[0]
    found = {word for word in _WORD.findall(said) if len(word) > _MANY - 1}
    return frozenset(word for word in found if verb_of(word) not in NAME_EFFECT or word in THINGS)
