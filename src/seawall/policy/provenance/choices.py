"""Did a stranger choose an option of a call: a switch, one of a list, a right that is given?"""

import re
from collections.abc import Iterator, Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import ToolProfile, grave
from seawall.policy.provenance.orders import vouched
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ADDRESSED, ASKS, sentences
from seawall.policy.provenance.trace import TRUSTED, Value
from seawall.policy.provenance.voices import spoken
from seawall.policy.provenance.words import ALIKE, NEGATIONS, SEND

# Words of a switch's name that say nothing about what it switches.
_ANY_SWITCH = frozenset(
    "is are be has have set use with allow allowed enable enabled disable disabled flag only all any and or no not "
    "of for to in on by from the new value should can type kind mode option level".split()
)
# Whose name is a denial itself: "waive the fee", "skip the mail".
_DENIES = frozenset(
    "waive skip no not without exclude omit hide free mute suppress ignore drop remove disable avoid".split()
)
_SHORT, _PROSE, _BEFORE = 3, 4, 3
# Whoever gets one of these may change what he could only see, or more people see it.
_MORE = frozenset(
    "w rw write writer edit editor admin administrator owner manage manager maintainer moderator full public anyone "
    "everyone everybody world".split()
)
RIGHTS = frozenset(
    "permission permissions access role rights right can level visibility mode privacy audience scope sharing".split()
)
_SPEAKS_OF_MORE = re.compile(
    r"\b(?:writ(?:e|es|er|ing|able)|edit\w*|chang\w+|modif\w+|admin\w*|owner\w*|manag\w+|maintain\w+|moderator\w*|full|"
    r"public\w*|anyone|everyone|everybody|collaborat\w+|contribut\w+|work on|schreib\w*|bearbeit\w*|änder\w*|öffentlich\w*|alle|jeder\w*|"
    r"écri\w+|édit\w*|tous|tout le monde|escri\w+|editar|todos|todo el mundo|públic\w+|scriv\w+|scrittura|modific\w+|tutti|"
    r"pubblic\w+|escrev\w+|schrijf\w*|bewerk\w*|openbaar)\b"
)
# Whoever gets one of these decides for all others, or everybody gets it.
_MOST = frozenset(
    "admin administrator superuser root owner full public anyone everyone everybody world".split()
)
_OPENS = frozenset("public anyone everyone world anonymous unlisted".split())
_PUBLISHES = re.compile(
    r"\bpubli\w*|veröffentlich\w*|\b(?:link|anonym\w*|root|super-?user|inhaber\w*|besitz\w*|eigent\w*|propri\w+|dueñ\w+|titular\w*|hand\w* (?:\w+ ){0,3}over|transfer\w*|überg[ei]b\w*|céde\w*|ced\w*)\b"
)
_ONLY_TO_READ = re.compile(
    r"\b(?:read[- ]?only|view[- ]?only|only (?:read|view|look|see)|just (?:read|view|look|see)|(?:read|view)(?:ing)? (?:access|rights|permission)|"
    r"nur (?:zum )?(?:lesen|ansehen|anschauen)|(?:nur )?leserecht\w*|lesend|schreibgeschützt|(?:en )?lecture seule|(?:juste|seulement) (?:lire|voir)|"
    r"s[oó]lo (?:de )?(?:lectura|leer|ver)|(?:in )?sola lettura|solo (?:lettura|leggere|vedere)|apenas (?:leitura|ler|ver)|alleen[- ]lezen)\b"
)
_MUST = re.compile(
    r"\b(?:should|must|shall|needs?|has to|have to|is to|are to|required?|requires|set|put|tick|choose|select|soll\w*|muss|müssen|"
    r"ska|doit|doivent|faut|debe\w*|deve|devono|tiene|moet\w*|måste)\b"
)


def chosen(profile: ToolProfile, value: Value, request: Request, sources: Sequence[Source]) -> str:
    """Return why an option of a call is a stranger's and not the user's choice, or ""."""
    slot = slot_of(value)
    if isinstance(value.value, bool):
        if _opened(profile, value, slot, request, sources):
            return "is switched on though the user does not speak of it"
        return _switched(value, slot, request, sources)
    if _above_all(value.text, slot, request, sources):
        return "gives more than the user spoke of"
    options = profile.options.get(slot)
    if options is None or value.text not in options:
        return ""
    if _against(value.text, slot, options, request) and not _of_the_other_end(slot, profile):
        return "is another one than the user chose"
    if _more_than_said(value, slot, request, sources):
        return "gives more than the user spoke of"
    if value.origin in TRUSTED:
        return ""
    return _named(value, slot, options, request)


def slot_of(value: Value) -> str:
    """Return the name under which a value stands in its call, "" for none."""
    names = [one for one in value.argument.split("/") if one and not one.isdigit()]
    return names[-1] if names else ""


def _telling(slot: str) -> list[frozenset[str]]:
    """Return, for each word of a slot's name that tells something, the roots of it in other words."""
    own = {one for one in split_name(slot) if len(one) >= _SHORT} - _ANY_SWITCH
    return [
        frozenset(texts.root(one) for one in {word} | ALIKE.get(word, frozenset())) for word in own
    ]


def _speak(words: Sequence[frozenset[str]], said: frozenset[str]) -> bool:
    """Say whether something is said for every word of a slot's name. `said`: roots."""
    return all(not one.isdisjoint(said) for one in words)


def _switched(value: Value, slot: str, request: Request, sources: Sequence[Source]) -> str:
    """Judge a switch: the user speaks of it, or nobody does, or a stranger's sentence does."""
    words = _telling(slot)
    if not words:
        return ""
    own = frozenset(texts.root(one) for one in request.text_words)
    new = [one for one in words if not _speak([one], own)]
    if not new:
        plain = value.value is True and not _DENIES & set(split_name(slot))
        denied = plain and _denied(frozenset[str]().union(*words), request.text)
        return "is switched on though the user does not want it" if denied else ""
    for source in sources:
        if source.origin == "untrusted" and any(
            _wanted(source, low, high, request) for low, high in _places(source, words, new)
        ):
            return "is switched by what untrusted text says"
    return ""


def _places(
    source: Source, words: Sequence[frozenset[str]], new: Sequence[frozenset[str]]
) -> Iterator[tuple[int, int]]:
    """Yield the sentences that speak of a switch, with a word of it that is `new`: not the user's."""
    if not any(_speak([one], source.all_roots) for one in words):
        return
    for low, high in sentences(source.text):
        said = texts.words(source.text[low:high])
        roots = frozenset(map(texts.root, said))
        met = [one for one in words if _speak([one], roots)]
        if len(said) >= _PROSE and 2 * len(met) >= len(words) and any(one in new for one in met):
            yield low, high


def _wanted(source: Source, low: int, high: int, request: Request) -> bool:
    """Say whether a sentence wants something, or stands where the user vouches for nothing."""
    hit = Hit(source=source, start=low, end=high, level=source.level(low, high))
    if hit.level >= ADDRESSED or not vouched(hit, request):
        return True
    return hit.level >= ASKS or _MUST.search(source.text, low, high) is not None


def _denied(roots: frozenset[str], folded: str) -> bool:
    """Say whether the user negates the word for a switch: "they aren't recurring"."""
    tokens = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)?|[.!?;:\n]", folded)
    for at, token in enumerate(tokens):
        if texts.root(token) not in roots:
            continue
        before = tokens[max(0, at - _BEFORE) : at]
        last = max((i for i, one in enumerate(before) if one in ".!?;:\n"), default=-1)
        if any(one in NEGATIONS or one.endswith(("n't", "n’t")) for one in before[last + 1 :]):
            return True
    return False


def _against(text: str, slot: str, options: frozenset[str], request: Request) -> bool:
    """Say whether the user names another option beside the word for it: "second class"."""
    names = "|".join(re.escape(one) for one in split_name(slot) if len(one) >= _SHORT)
    if not names:
        return False
    picked = {
        one for one in options
        if re.search(rf"\b{re.escape(one)}[ -](?:{names})\b|\b(?:{names})[ :=]{{1,2}}(?:is |to |as )?{re.escape(one)}\b", request.text)
    }  # fmt: skip
    return bool(picked) and text not in picked


def _of_the_other_end(slot: str, profile: ToolProfile) -> bool:
    """Say whether another argument takes the same options: what the user named may be that end."""
    own = profile.options.get(slot)
    return any(own == other for name, other in profile.options.items() if name != slot)


def _above_all(text: str, slot: str, request: Request, sources: Sequence[Source]) -> bool:
    """Say whether the highest right is given, which the user does not speak of."""
    if text not in _MOST or not RIGHTS & set(split_name(slot)):
        return False
    return not _spoken_of_most(request) and _strangers(sources)


def _opened(
    profile: ToolProfile, value: Value, slot: str, request: Request, sources: Sequence[Source]
) -> bool:
    """Say whether what is shared becomes everybody's, of which the user does not speak."""
    if value.value is not True or _OPENS.isdisjoint(split_name(slot)):
        return False
    if profile.effect != SEND and not grave(profile):
        return False
    return not _spoken_of_most(request) and _strangers(sources)


def _spoken_of_most(request: Request) -> bool:
    return bool(_SPEAKS_OF_MORE.search(request.text) or _PUBLISHES.search(request.text))


def _strangers(sources: Sequence[Source]) -> bool:
    return any(source.origin == "untrusted" for source in sources)


def _more_than_said(value: Value, slot: str, request: Request, sources: Sequence[Source]) -> bool:
    """Say whether a right beyond reading is given that only a stranger's sentence speaks of."""
    if value.text not in _MORE or not RIGHTS & set(split_name(slot)):
        return False
    if _ONLY_TO_READ.search(request.text):
        return True
    if _SPEAKS_OF_MORE.search(request.text):
        return False
    return any(
        source.origin == "untrusted"
        and any(_MUST.search(source.text, low, high) and _SPEAKS_OF_MORE.search(source.text, low, high)
                for low, high in sentences(source.text))
        for source in sources
    )  # fmt: skip


def _named(value: Value, slot: str, options: frozenset[str], request: Request) -> str:
    """Judge an option that untrusted prose names, and no field of a record."""
    hits = value.untrusted
    if not hits or any(hit.source.in_field(hit.start, hit.end) for hit in hits):
        return ""
    roots = frozenset[str]().union(*_telling(slot))
    said = [one for one in options if len(one) >= _SHORT and one in request.text_words]
    for hit in hits:
        if hit.level >= ADDRESSED:
            return "is chosen by an instruction in untrusted text"
        if not said and (vouched(hit, request) or spoken(hit, request)):
            continue
        low, high = hit.source.sentence(hit.start, hit.end)
        around = {texts.root(one) for one in texts.words(hit.source.text[low:high])}
        if said or hit.level >= ASKS or roots & around:
            return "is chosen by what untrusted text says"
    return ""
