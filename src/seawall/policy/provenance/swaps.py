"""Did a stranger put a value in place of the one that the user meant? Marks in words, not in form."""

import itertools
import re
from collections.abc import Iterator

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.places import AUTHOR_KEY, fields, form_of_id, listed
from seawall.policy.provenance.request import CHANNEL, Request
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ASKS
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import Value

_CANDIDATES = 40
# Letters, then a number that counts them up: CL-6990, O-22.
_COUNTED = re.compile(r"[^\W\d_]{1,8}[-_/#. ]?\d{1,12}")
_LAST = re.compile(r"\d+")
# What visitors leave below a page: the page's owner did not write it.
_VISITORS = re.compile(
    r"(?:^|\n)[ \t>#*=-]{0,6}(?:guest ?books?|(?:user |reader |customer |visitor )?(?:comments?|reviews?|opinions?|"
    r"replies|reactions?|feedback|testimonials?)|kundenstimmen|kommentare?|bewertungen|gästebuch|commentaires?|avis|"
    r"livre d'or|comentarios?|opiniones|reseñas|commenti|recensioni|comentários?|avaliações|reacties|beoordelingen|"
    r"komentarze|opinie|комментарии|отзывы|评论|コメント|댓글)(?: \(?\d+\)?)?[ \t]{0,3}(?::|\n|=|-{2})|"
    r"(?:^|\n)[ \t>#*=-]{0,6}(?:notes?|remarks?|words|entries|messages?) (?:of|from|by) (?:the |our )?(?:visitors?|guests?|readers?|"
    r"passers-?by|strangers|others|anyone|anybody)\b|"
    r"(?:^|\n)[^\n]{0,40}\b(?:left|written|added|posted|signed) by (?:the |our |other )?(?:visitors?|guests?|readers?|users?|"
    r"customers|passers-?by|strangers|others|anyone|anybody|everyone)\b[^\n]{0,40}(?=\n|$)|"
    r"(?:^|\n)[ \t>#*=-]{0,6}(?:(?:\d{2,4}|[2-9]) (?:comments|reviews|replies|kommentare|commentaires|comentarios)|visitors['’]? (?:book|notes|page))"
    r"[ \t]*(?=:|\n|$)"
)
# "Gus wrote: ‘...’", and "copied from the slip: ..." to the end of its paragraph or string.
_SAYS = re.compile(
    r"\b(?:wrote|writes|said|says|asked|asks|told|tells|sent|replied|answers|schrieb|schreibt|sagt|fragt|écrit|dit|escribe|dice|"
    r"scrive|escreve|schrijft|zegt)\b[^\"“”«»\n]{0,40}[:,] ?\\?[\"“«'‘]((?:[^\"“”«»\n]|(?<=\\)\"){12,800})"
)
_PASTED = re.compile(
    r"\b(?:copied|pasted|forwarded|quoted|as received|original message|kopiert|weitergeleitet|eingefügt|copié|transféré|"
    r"copiado|pegado|reenviado|copiato|incollato|inoltrato|doorgestuurd|gekopieerd)\b[^:\n\"]{0,40}:((?:[^\n\"]|\n(?!\n)){1,800})"
)
_OF_VISITORS = re.compile(
    r"\b(?:guest ?books?|comment\w*|review\w*|opinions?|repl(?:y|ies)|feedback|testimonials?|recension\w*|kommentar\w*|"
    r"bewertung\w*|commentaires?|avis|comentário\w*|comentarios?|opiniones|visitors?|says?|said)\b"
)
# The same as a key of a record that a value stands behind, with no other key between.
_KEY_REACH = 400
_KEY_OF_VISITORS = re.compile(
    r"(?:\"\w{0,20}(?:reviews?|feedback|testimonials?|guestbook)\": ?\"(?:[^\"\\]|\\.)*|"
    r"(?:^|\n) *(?:- )?\w{0,20}(?:reviews?|feedback|testimonials?|guestbook): ?[^\n]*(?:\n {4,}[^\n]*)*)$"
)
# "Another" of the kind that the user named: then a second one is meant too.
_OTHERS = re.compile(
    r"\b(?:(?:an)?other|others|both|all|every|each|older|newer|earlier|previous|related|duplicates?|same|linked|"
    r"whichever|whatever|any|next|new|replace\w*|swap\w*|instead|following|original|it refers|refers|mention\w*|names?|named|"
    r"says|asks?|wants?|andere\w*|alle\w*|beide\w*|autres?|tous|toutes|otr[oa]s?|tod[oa]s|altr[oiae]|tutti|outr[oa]s?)\b"
)
CORRECTS = re.compile(
    r"\b(?:instead|correct(?:ed|ion)|in fact|actually|rather than|no longer|changed? (?:to|from)|not (?:the|any ?more)|"
    r"supersed\w+|en fait|au lieu|plutôt|rectifi\w+|corrigé\w*|statt(?:dessen)?|sondern|berichtigt|korrigiert|korrektur|"
    r"in wahrheit|en lugar|en realidad|corregid\w+|invece|in realtà|corrett\w+|em vez|na verdade|corrigid\w+|"
    r"in plaats|zamiast|вместо|исправ\w+)\b"
)
# What says that something stands in for what was said before.
REPLACES = re.compile(
    r"\b(?:new|newly|changed?|changes|instead|closed|no longer|not (?:the|any ?more)|from now on|as of|since|replac\w+|"
    r"correct(?:ed|ion)|updated?|moved|switched|merged|neu\w*|statt\w*|ab sofort|nouve\w+|désormais|nuev\w+|en lugar|"
    r"nuov\w+|nieuw\w*|now)\b"
)
_SPEAKS_OF_CHANGE = re.compile(
    r"\b(?:new|newly|chang\w+|correct\w*|updat\w+|instead|mov\w+|latest|current|now|revis\w+|adjust\w*|amend\w*|rais\w+|"
    r"reschedul\w+|postpon\w+|swap\w*|replac\w+|rebook\w*|switch\w*|neu\w*|änder\w*|geändert\w*|korrig\w+|nouve\w+|"
    r"modifi\w+|corrig\w+|nuev\w+|cambi\w+|nuov\w+|nov[oa]s?|mud\w+|nieuw\w*|wijzig\w*|what|whatever|says?|wants?|asks?)\b"
)
# What somebody adds to what he was asked for: a second one beside the one that is meant.
ADDS = re.compile(
    r"\b(?:too|also(?! [\d€$£])|as well|likewise|the same (?:day|time|way|account|car|order|goes)|same (?:account|day|car)|with me|(?:is|are) fine with|"
    r"auch|ebenfalls|ebenso|gleich mit|mit mir|aussi|également|avec moi|también|tambien|conmigo|anche|pure|con me|"
    r"também|comigo|ook|met mij|też|także|тоже|также)\b"
)
# Said beside what was asked for, in a message of its own.
_ASIDE = re.compile(
    r"^\W*(?:p\.? ?s\.?\b|by the way|btw|oh,? and|one more thing|while (?:you|we)(?:'re| are) at it|übrigens|au fait|por cierto|"
    r"a proposito|aliás|trouwens)"
)
_MORE = re.compile(
    r"\b(?:too|also|as well|all|every\w*|each|both|others?|they|them|their|those|these|anyone|anybody|whoever|several|"
    r"(?:two|three|four|five|six) (?!(?:weeks?|days?|hours?|months?|years?|minutes?|nights?)\b)\w+|list\w*|alle\w*|jede\w*|beide\w*|auch|tous|toutes|aussi|leurs?|tod[oa]s|también|tutt[ie]|anche|também|"
    r"asks?|asked|wants?|whatever|everything|what)\b"
)
_OWN_MESSAGE = re.compile(
    r"\b\w{2,30}['’]s (?:\w+ )?(?:messages?|e?-?mails?|notes?|posts?|letters?|comments?|tickets?|answers?|repl(?:y|ies))\b"
)
# Days that carry no month.
_DAYS_SAID = re.compile(
    r"\b(?:the|am|le|el|il|den) \d{1,2}(?:st|nd|rd|th|\.)?(?!\w| ?(?:[:%€$£]|am\b|pm\b|[a-z]+s\b))|"
    r"\b(?:today|tonight|tomorrow|heute|morgen|demain|mañana|domani|amanhã)\b"
)
# What leads to the day that something ends.
_ENDS = re.compile(
    r"\b(?:until|till|through|bis(?: zum)?|jusqu['’]au|hasta(?: el)?|fino al?|até(?: o)?|tot(?: en met)?|do)(?: the)? $"
)
_LEAD = 16
_END_WORDS = frozenset("until expires expiry valid".split())
# The user says how long something lasts.
_LASTS = re.compile(
    r"\b(?:for|während|für|pendant|pour|durante|por|per) (?:the next )?(?:an?|one|two|three|four|five|six|ein\w*|zwei|drei|vier|une?|deux|trois|dos|tres|due|tre|\d{1,3}) "
    r"(?:more )?(?:days?|weeks?|months?|years?|hours?|tage?n?|wochen?|monaten?|jahre?|jours?|semaines?|mois|días?|semanas?|mes\w*|giorni|settiman\w+)\b"
)
# "By the same amount" is a change.
_SAME = r"(?<!\bby the )(?<!\bum den )(?<!\bum die )(?<!\bdu )(?<!\bde la )\b(?:same|unchanged|keep the|leave the|gleiche\w*|dieselbe\w*|même|mism[oa]|stess[oa]|mesm[oa]|zelfde) {0}\b"
_NOT = r"\b(?:not|no|never|instead of|rather than|nicht|statt|kein\w*|pas|au lieu d[eu']|no|en lugar de|non|não|niet|nie) "
_DETERMINER = r"(?:(?:the|a|an|at|in|to|der|die|das|den|dem|le|la|les|el|il|lo|o|os|de|het) )?"
_NEGATED = re.compile(_NOT + _DETERMINER + r"([^\W\d_]{4,})")


def of_visitors(hit: Hit) -> bool:
    """Say whether a place lies below a document, in what its visitors wrote."""
    if listed(hit.source):
        return (
            _KEY_OF_VISITORS.search(hit.source.text, max(0, hit.start - _KEY_REACH), hit.start)
            is not None
        )
    return (at := visitors(hit.source.text)) is not None and hit.start >= at


def passed_on(text: str) -> Iterator[tuple[int, int]]:
    """Yield what an author passes on: a quotation of what somebody says, and what is pasted."""
    for match in itertools.chain(_SAYS.finditer(text), _PASTED.finditer(text)):
        yield match.span(1)


def visitors(text: str) -> int | None:
    """Return where the visitors' part of a text begins, None where it has none."""
    match = _VISITORS.search(text)
    return match.start() if match is not None else None


def by_visitors(value: Value, request: Request) -> bool:
    """Say whether only visitors of a document give a value, and the user speaks of none."""
    hits = value.untrusted
    if not hits or not all(of_visitors(hit) for hit in hits):
        return False
    return _OF_VISITORS.search(request.text) is None


def beside_named(value: Value, request: Request) -> bool:
    """Say whether prose gives another id of the very form that the user gave one of: CL-2, not CL-1."""
    hits = value.untrusted
    if not hits or not _COUNTED.fullmatch(value.text) or fields(hits):
        return False
    if value.text in request.text or _OTHERS.search(request.text):
        return False
    alike = re.escape(value.text[: -len(_LAST.findall(value.text)[-1])])
    return re.search(rf"(?<![\w-]){alike}\d+(?![\w-])", request.text) is not None


def added(value: Value, request: Request) -> bool:
    """Say whether prose only gives a value as one more than the user asked for: "so him too"."""
    hits = value.untrusted
    if not hits or value.origin not in ("untrusted", "instruction") or fields(hits):
        return False
    if _MORE.search(request.text) or request.means(value.text):
        return False
    iban = texts.IBAN.fullmatch(value.text) is not None
    for hit in hits:
        if (
            iban
            and hit.source.named
            and not listed(hit.source)
            and len({*texts.IBAN.findall(hit.source.text)}) == 1
        ):
            return False  # no account beside it
        low, high = hit.source.sentence(hit.start, hit.end)
        if _ASIDE.match(hit.source.text[low:high]):
            continue
        if listed(hit.source) or not ADDS.search(hit.source.text, low, high):
            return False
    return True


def by_others(value: Value, request: Request) -> bool:
    """Say whether the user relies on somebody whose message is there, and only others' give a value."""
    hits = value.untrusted
    relies = request.relies or _OWN_MESSAGE.search(request.text) is not None
    if not hits or not relies or request.means(value.text) or fields(hits):
        return False
    for hit in hits:
        author = AUTHOR_KEY.search(hit.source.record(hit.start, hit.end))
        if author is None or request.links(frozenset(texts.words(author[1]))):
            return False
    return any(
        request.links(frozenset(texts.words(one[1])))
        for hit in hits
        for one in itertools.islice(AUTHOR_KEY.finditer(hit.source.text), _CANDIDATES)
    )


def redated(profile: ToolProfile, value: Value, request: Request) -> bool:
    """Say whether prose gives a day although the user gave as many as the call takes."""
    if value.kind != "date" or value.origin not in ("untrusted", "instruction"):
        return False
    if request.relies or request.delegated or request.lists or fields(value.untrusted):
        return False
    given = len(texts.dates(request.text)) + len(_DAYS_SAID.findall(request.text))
    wanted = sum(kind == "date" for kind in profile.kinds.values())
    return 0 < wanted <= given


def second_end(value: Value, request: Request) -> bool:
    """Say whether prose gives an end after another one, or although the user said how long."""
    if value.kind != "date" or value.origin not in ("untrusted", "instruction"):
        return False
    if fields(value.untrusted):
        return False
    if _LASTS.search(request.text) and _END_WORDS & set(split_name(value.argument)):
        return True
    hits = [hit for hit in value.untrusted if not listed(hit.source)]
    return bool(hits) and not _MORE.search(request.text) and all(map(_ended_before, hits))


def _ended_before(hit: Hit) -> bool:
    text = hit.source.text
    lead = _ENDS.search(text, max(0, hit.start - _LEAD), hit.start)
    if lead is None:
        return False
    return any(
        at < lead.start() and _ENDS.search(text, max(0, at - _LEAD), at) is not None
        for at in hit.source.dates.values()
    )


def other_channel(value: Value, request: Request) -> bool:
    """Say whether the user names a channel, and a text that is no list names another one."""
    if "channel" not in split_name(value.argument) or value.text in request.text:
        return False
    if "model" in value.hits and not value.untrusted:
        return False  # made by a call before, and named by no stranger
    return CHANNEL.search(request.text) is not None and not any(
        listed(hit.source) for hit in value.untrusted
    )


def kept(value: Value, request: Request) -> bool:
    """Say whether the user wants a thing left as it is ("same rent"), and this is not what it was."""
    name = value.argument.rsplit("/", 1)[-1].casefold()
    if value.empty or not re.search(_SAME.format(re.escape(name)), request.text):
        return False
    hits = [
        hit for hits in value.hits.values() for hit in hits if hit.source.origin != "definition"
    ]
    return not any(hit.source.in_field(hit.start, hit.end) for hit in hits)


def corrected(value: Value, request: Request) -> bool:
    """Say whether prose gives a value in place of another one, and the user speaks of no change."""
    hits = value.untrusted
    if not hits or fields(hits):
        return False
    if _SPEAKS_OF_CHANGE.search(request.text):
        return all(_denies(hit, request) for hit in hits)
    return all(_denies(hit, request) or _corrects(value, hit) for hit in hits)


def _corrects(value: Value, hit: Hit) -> bool:
    low, high = hit.source.sentence(hit.start, hit.end)
    if not CORRECTS.search(hit.source.text, low, high):
        return False
    form = form_of_id(value.text) or re.compile(r"(?<![\w.,/-])\d[\d.,']*(?![\w/-])")
    own = texts.compact(hit.source.text[hit.start : hit.end])
    if not any(char.isdigit() for char in own):
        return False
    sources = [s for s in value.sources if s.origin == "untrusted"]
    return any(_another(form, own, source) for source in sources)


def _another(form: re.Pattern[str], own: str, source: Source) -> bool:
    found = itertools.islice(form.finditer(source.text), _CANDIDATES)
    return any(
        texts.compact(one.group()) != own and source.level(one.start(), one.end()) < ASKS
        for one in found
    )


def _denies(hit: Hit, request: Request) -> bool:
    """Say whether the sentence of a place denies what the user himself said: "not the garage"."""
    low, high = hit.source.sentence(hit.start, hit.end)
    denied = {stem(one) for one in _NEGATED.findall(hit.source.text[low:high])}
    return bool(denied & {stem(word) for word in request.words})
