"""Questions about the place where a value stands in a text."""

import functools
import itertools
import re

from seawall.policy.provenance import carry
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.keys import field_at, fields_of, in_braces
from seawall.policy.provenance.records import record_around
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Hit, Source
from seawall.policy.provenance.spans import ADDRESSED, ASKS
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import Value

_RECORDS = re.compile(r"\n {2}\w+: |\A\s*- \{")
_LEAD = 40
_KEY_REACH = 400
_FILLED = re.compile(r"\S*\d\S*")
_HEAD = 120
_CANDIDATES = 40
_CENT = 0.01
_ID_MAX = 24
_AUTHOR = re.compile(
    r"(?:^|[\n{,\"])\s*\"?(?:from|sender|author|by|requester|posted_by|von|de)\"?\s{0,2}[:=]\s{0,2}"
    r"[\"'<]?([^\n\",;|]{2,60})"
)
# The same as a key of a record, wherever it stands in it: what is said within a body stands deeper or escaped.
AUTHOR_KEY = re.compile(
    r"(?:\"(?:from|sender|author|posted_by|user)\": ?\"|(?:^|\n)(?: {0,2}|- )(?:from|sender|author|posted_by): ?)([^\n\",;|]{2,60})"
)
_FROM_KEY = re.compile(r"(?:\"|\b)(?:from|sender|author)\"?: ?\"?([^\n\",;|]{2,60})")
AUTHOR_KEYS = frozenset("from sender author by requester posted_by user von de".split())
SENDER_LEAD = re.compile(r"(?:from|sender|author)\"?: ?\"?[^\"\n]{0,60}$")
_KEY_BEFORE = re.compile(
    r"(?:\"([\w -]{4,30})\": ?\"(?:[^\"\\]|\\.)*|(?:^|\n) *(?:- )?([\w -]{4,30}): ?[^\n]*)$"
)
# Who somebody is to the platform: "resi (host)".
_ROLE = re.compile(r"\((\w{3,20})\)$")
# What a payment says about itself: no place where money goes.
_PURPOSE = frozenset("reference ref concept purpose memo note subject verwendungszweck".split())
_SENDER = re.compile(r'"(?:from|sender|author|by|user)\w*": ?"([^"]{2,80})"')
_DAYS = frozenset(
    stem(word)
    for word in texts.MONTHS
    | set(
        "monday tuesday wednesday thursday friday saturday "
        "sunday today tomorrow week weekend month year day night morning evening".split()
    )
)
_PRICE = re.compile(
    r"(?<=[$€£¥])\s?\d[\d.,']*\d|(?<=\b(?:eur|usd|gbp|chf) )\d[\d.,']*\d|"
    r"(?<![\w.,/-])\d[\d,']*[.,]\d\d(?![\w/-])|(?<![\w.,/-])\d[\d.,']*\d(?= ?(?:[€£$]|eur\b|usd\b|gbp\b))"
)
_LABEL = re.compile(r"\W*[\w -]{2,30}: (?=\S)")
_COUNTS = "|".join(
    (
        *texts.NUMBER_WORDS.values(),
        *"one a an ein eine einen zwei drei vier fünf sechs sieben acht neun zehn un une deux "
        "trois quatre cinq six sept huit neuf dix uno una dos tres cuatro cinco seis siete ocho nueve diez due tre quattro "
        "cinque sei um uma dois duas três quatro een twee drie vier vijf zes jeden dwa trzy cztery pięć".split(),
    )
)
_ID_WORDS = frozenset("id ids no nr number ref code sku phone zip postcode".split())
# By the key, or as an id is written: "d1", "s-2".
_IDS = re.compile(r'"(?:\w*_?ids?|nr|no|number)": ?"?([\w.-]{1,40})|: ?"([a-z]{1,2}-?\d{1,6})"')
_SUM = re.compile(r"(?<![\w.,/-])\d[\d.,']*\d(?![\w/-])")


def near(
    hit: Hit, request: Request, without: frozenset[str] = frozenset(), *, narrow: bool = False
) -> bool:
    """Say whether a word of the request stands in the record (or sentence) of the value.

    `without`: stems that do not count.
    """
    text = hit.source.text
    if not narrow:
        return request.means(hit.source.record(hit.start, hit.end), without)
    if called(hit, request) and not _given(hit, without):
        return True
    low, high = hit.source.sentence(hit.start, hit.end)
    label = _LABEL.match(text, low, hit.start)
    plain = label is not None and hit.source.raw[low : label.end()].islower()
    lead = text[
        label.end() if label and plain and not _FILLED.search(label[0]) else low : hit.start
    ]
    return request.means(lead + " " + text[hit.end : high], without | _DAYS)


def called(hit: Hit, request: Request) -> bool:
    """Say whether the word before the value is one of the request: "coupon X"."""
    lead = texts.words(hit.source.text[max(0, hit.start - _LEAD) : hit.start])
    if lead and stem(lead[-1]) in request.things:
        return True
    rest = texts.words(hit.source.text[hit.end : hit.end + _LEAD])
    if hit.how != "number" or not rest or stem(rest[0]) not in request.things:
        return False
    counted = re.compile(rf"(?:\d[\d.,]*|\b(?:{_COUNTS})) ?{re.escape(rest[0])}\b")
    return counted.search(request.text) is None


def _given(hit: Hit, stems: frozenset[str]) -> bool:
    """Say whether every word of a value is among the stems that link nothing."""
    return {stem(word) for word in texts.words(hit.source.text[hit.start : hit.end])} <= stems


def linked(hit: Hit, request: Request, without: frozenset[str] = frozenset()) -> bool:
    """Say whether the user speaks of the value, its author, its row or, of data, its sentence.

    A sentence that asks can hold the user's words by chance or on purpose.
    """
    own = hit.source.text[hit.start : hit.end]
    if request.means(own, without) or authored(hit, request):
        return True
    if hit.level >= ASKS:
        return called(hit, request) and not _given(hit, without)
    return near(hit, request, without, narrow=True)


def own_part(text: str, request: Request) -> str:
    """Return what tells a target from others of its host: the local part, the path of a link.

    Who names one page of a site names no other one by its host.
    """
    host = texts.host(text) if texts.shape(text) == "url" else ""
    if host and any(host in one and one != text for one in texts.identifiers(request.text)):
        return text.partition(host)[2]
    return text.partition("@")[0]


def several(source: Source) -> bool:
    """Say whether a text holds what several people wrote."""
    return len(source.messages) > 1


def authored(hit: Hit, request: Request) -> bool:
    """Say whether the user named the author of the record that holds the value."""
    if hit.source.sent and not several(hit.source):
        inner = author_of(hit)
        return not inner or request.links(frozenset(texts.words(inner)))
    sender = _SENDER.search(hit.source.arguments)
    if sender is not None and request.means(sender[1]) and not several(hit.source):
        return True
    author = author_of(hit)
    if any(one.start <= hit.start < one.end for one in hit.source.messages):
        return request.links(frozenset(texts.words(author)))
    named = request.links(frozenset(texts.words(author)))
    if (named or set(_ROLE.findall(author)) & request.text_words) and _signs(hit):
        return True
    text = hit.source.text
    low = text.rfind("\n", 0, hit.start) + 1
    cells = text[low : hit.start].split("|")
    first = next((cell for cell in cells[:-1] if cell.strip()), "")
    return bool(first) and request.means(first)


def sender(line: str) -> str:
    """Return who a line or record of a listing is from: its one address, or its field for that."""
    found = texts.EMAIL.findall(line)
    if len(found) == 1:
        local: str = found[0].partition("@")[0]
        return local
    signed = _FROM_KEY.search(line)
    return signed[1] if signed is not None and not found else ""


def author_of(hit: Hit) -> str:
    """Return who wrote the message or record that holds a place, by its own words; "" for none."""
    for one in hit.source.messages:
        if one.start <= hit.start < one.end:
            return one.author
    match = _signature(hit)
    return match[1] if match is not None else ""


def _signature(hit: Hit) -> re.Match[str] | None:
    text, (low, high) = hit.source.text, hit.source.around(hit.start, hit.end)
    if text.startswith("- ") and _RECORDS.search(text) and not in_braces(text):
        # A blank line within a mail ends no record of a YAML list.
        low, high = record_around(text, hit.start)
        return AUTHOR_KEY.search(text, low, high)
    head = _AUTHOR.search(text, low, min(high, low + _HEAD))
    return head or AUTHOR_KEY.search(text, low, high)


def _signs(hit: Hit) -> bool:
    """Say whether the author of a record stands in a field of its own, in the object of the place."""
    if not listed(hit.source) or (match := _signature(hit)) is None:
        return True
    at = match.start(1)
    found = fields_of(hit.source.text)
    by = next((one for one in found if one.start <= at <= one.end), None)
    owners = {one.owner for one in found if one.start < hit.end and hit.start < one.end}
    return by is not None and by.key in AUTHOR_KEYS and owners == {by.owner}


def keyed_by(hit: Hit, request: Request) -> bool:
    """Say whether the user names the field that holds a place: "in the internal notes"."""
    text = hit.source.raw
    if len(text) != len(hit.source.text) or hit.level > ASKS:
        return False
    match = _KEY_BEFORE.search(text, max(0, hit.start - _KEY_REACH), hit.start)
    if match is None:
        return False
    said = {stem(word) for word in split_name(match[1] or match[2])}
    return len(said) > 1 and said <= request.stems


def owner(hit: Hit) -> str:
    """Return the mail domain of the author of the record that holds a value, "" for none."""
    match = _signature(hit)
    return match[1].partition("@")[2].rstrip("> ") if match is not None else ""


def owned(hit: Hit) -> bool:
    """Say whether a link leads to the domain that its author writes from."""
    domain = owner(hit)
    name = texts.host(hit.source.text[hit.start : hit.end])
    return bool(domain) and (name == domain or name.endswith("." + domain))


def same_site(hit: Hit, request: Request) -> bool:
    """Say whether a link stands on a page of the site that the user named, and stays there."""
    name = texts.host(hit.source.text[hit.start : hit.end])
    if not name or not hit.source.named:
        return False
    said, read = carry.named(request.text), carry.named(hit.source.arguments)
    return carry.belongs(name, said) and carry.belongs(name, read)


def rivalled(
    value: Value, hit: Hit, request: Request, without: frozenset[str] = frozenset()
) -> bool:
    """Say whether the same text holds another value of this form that fits the request better.

    Better: as data where this one stands in a sentence that asks, or beside more of its words.
    """
    form = form_of(value)
    if form is None:
        return False
    if form is _SUM and hit.level == ASKS:
        return _other_sum(hit)
    text, own = hit.source.text, texts.compact(hit.source.text[hit.start : hit.end])
    mine = _links(hit.source, hit.start, hit.end, request, without)
    for match in itertools.islice(form.finditer(text), _CANDIDATES):
        if texts.compact(match.group()) == own or _alike(text, *sorted((match.start(), hit.start))):
            continue
        level = hit.source.level(match.start(), match.end())
        if form is _SUM and not _sums_field(hit.source, match.start(), match.end()):
            continue
        links = _links(hit.source, match.start(), match.end(), request, without)
        if level < min(hit.level, ADDRESSED) or (level <= hit.level and links > mine):
            return True
    return False


def _sums_field(source: Source, start: int, end: int) -> bool:
    """Say whether a number is all of a field, and no id or number of something by its key."""
    if not source.in_field(start, end):
        return False
    held = field_at(source.text, start)
    return held is None or _ID_WORDS.isdisjoint(split_name(held.key))


def _other_sum(hit: Hit) -> bool:
    """Say whether a text names sums before it asks for one that neither is one nor adds them up."""
    text = hit.source.text
    if fields([hit]):
        return False
    own = next(texts.readings(text[hit.start : hit.end]), 0.0)
    found = {
        next(texts.readings(match.group()), 0.0)
        for match in itertools.islice(_PRICE.finditer(text, 0, hit.start), _CANDIDATES)
        if hit.source.level(match.start(), match.end()) < ASKS
    }
    return bool(found) and own not in found and abs(sum(found) - own) >= _CENT


def _links(
    source: Source, start: int, end: int, request: Request, without: frozenset[str]
) -> int:  # fmt: skip
    low, high = source.sentence(start, end)
    here = {stem(word) for word in texts.words(source.text[low:high])}
    return len(here & request.linkable - without)


def form_of(value: Value) -> re.Pattern[str] | None:
    """Return what other values of this form look like; None where a form tells nothing."""
    if isinstance(value.value, bool) or value.kind in ("date", "content"):
        return None
    if isinstance(value.value, int | float) or _SUM.fullmatch(value.text):
        return _SUM
    for shape, form in (("email", texts.EMAIL), ("url", texts.URL)):
        if value.shape == shape:
            return form
    if value.shape == "account" and texts.IBAN.fullmatch(value.text):
        return texts.IBAN
    return form_of_id(value.text) if _FILLED.fullmatch(value.text) else None


@functools.lru_cache(maxsize=256)
def form_of_id(text: str) -> re.Pattern[str] | None:
    """Return the form of an id with letters and digits: A-12 finds B-7."""
    if text.isdigit() or len(text) > _ID_MAX:
        return None
    runs = re.findall(r"[^\W\d_]+|\d+|\W|_", text)
    made = "".join(
        r"\d+" if run.isdigit() else r"[^\W\d_]+" if run.isalpha() else re.escape(run)
        for run in runs
    )
    return re.compile(rf"(?<![\w-]){made}(?![\w-])")


def telling(value: Value) -> bool:
    """Say whether a value is special enough to have come from where it stands."""
    if value.kind in ("selector", "target"):
        return not value.empty
    special = len(value.text) > 1 and any(char.isdigit() for char in value.text)
    return special or len(value.text) >= 4 or isinstance(value.value, int | float)


def listed(source: Source) -> bool:
    """Say whether the text is a list of records (JSON or YAML), not prose or a plain list."""
    head = source.text.lstrip()[:1]
    return head in ("[", "{") or (head == "-" and _RECORDS.search(source.text) is not None)


def fields(hits: list[Hit]) -> list[Hit]:
    return [hit for hit in hits if hit.source.in_field(hit.start, hit.end)]


def competes(value: Value, hit: Hit) -> bool:
    """Say whether the same text gives another target of the same shape before this one.

    What a stranger adds to a document comes after what the document was made for.
    """
    source = hit.source
    for expression in (texts.EMAIL, texts.IBAN):
        if not expression.fullmatch(value.text):
            continue
        for match in expression.finditer(source.text, 0, hit.start):
            other = texts.compact(match.group()) != texts.compact(value.text)
            if other and _alike(source.text, match.start(), hit.start):
                continue
            if other and source.level(match.start(), match.end()) < ADDRESSED:
                return True
    return False


def _alike(text: str, one: int, other: int) -> bool:
    """Say whether two lines of a list are made alike: the second is an entry of its own."""
    lines = []
    for at in (one, other):
        low, high = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        line = text[low : high if high >= 0 else len(text)]
        lines.append(re.sub(r"\s+", " ", _FILLED.sub("", line.lstrip("-*• ").partition(" ")[2])))
    return lines[0] == lines[1] and text.rfind("\n", one, other) >= 0


def strings(arguments: str) -> list[str]:
    """Return the strings of folded JSON arguments that are long enough to be a name."""
    return list(re.findall(r'"([^"\\]{3,200})"(?!\s*:)', arguments))


def ids(arguments: str) -> list[str]:
    """Return what folded JSON arguments name by id or number, however short."""
    return list(dict.fromkeys(a or b for a, b in _IDS.findall(arguments)))


def contained(arguments: str) -> bool:
    """Say whether arguments name what holds things: all that lies in a folder is meant with it."""
    return (
        re.search(r'"(?:folder|directory|dir|album|label|path|ordner)": ?"', arguments) is not None
    )


def purpose(value: Value, level: int = ASKS) -> bool:
    """Say whether a value only says what a payment is for, and stands in no order of this level."""
    return purpose_named(value) and all(hit.level < level for hit in value.untrusted)


def purpose_named(value: Value) -> bool:
    """Say whether the argument is what a payment is for, by its name."""
    return bool(_PURPOSE & set(texts.words(value.argument.replace("_", " "))))
