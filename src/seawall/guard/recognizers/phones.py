"""Telephone numbers: international, in strong national forms, or beside a word that names them."""

import re
from functools import cache, lru_cache
from itertools import chain
from typing import Any

from seawall.guard.recognizers.surroundings import around, column

_NOUNS = (
    r"phones?|telephone|tel|tél|caller id|(?:ph|mob|cel|port)[.:]|tfno|tlf[ns]?|rückruf\w{0,3}|mobile|mobil\w{0,8}|cell(?:phone)?|landline|fax|whatsapp|signal|viber|"
    r"hotline|helpline|telefon\w{0,6}|teléfono|telefone|t[ée]l[ée]phone|handy\w{0,6}|rufnummer|festnetz|"
    r"durchwahl|m[óo]vil|celular|cellulare|recapito|telem[óo]vel|kom[óo]rk\w{1,3}|portable|gsm|"
    r"nr\.? tel|телефон\w{0,3}|电话|手机|電話|携帯"
)
_VERBS = (
    r"call(?:s|ed|ing)?|dial|ring|rang|text(?:ed)?|sms|reach(?:ed|able)?|contact(?:ed)?|answer(?:ing|s)?|"
    r"anruf\w{0,4}|ruf\w{0,3}|erreich\w{0,5}|appel\w{0,4}|joindre|joignable|ll[aá]m\w{1,5}|schreib\w{0,3}|chiam\w{1,5}|"
    r"ligue|ligar|bel|bellen|mobiel|zadzwo\w{1,4}|dzwo\w{1,4}|ringa?|soita"
)
_OWN_NUMBER = (
    r"(?:meine|deine|ihre|unsere)(?: neue)? (?:handy)?nummer|mon (?:nouveau )?num(?:éro|ero)?|mi (?:nuevo )?n[úu]mero|"
    r"mio (?:nuovo )?numero|mijn (?:nieuwe )?nummer|mój (?:nowy )?numer|(?:o )?meu (?:novo )?n[úu]mero"
)
# No headphones.
_PHONE = r"(?<!head)(?<!ear)(?<!micro)(?<!mega)(?<!xylo)(?<!saxo)(?<!smart)phone(?!s)"
# Words that mean much else count only right before a number.
_LOOSE = re.compile(r"portable|signal|bel", re.IGNORECASE)
_NEAR = re.compile(
    rf"(?<![^\W\d_])(?:{_NOUNS}|{_VERBS}|registered|(?:my|his|her|our|their|your|the|new) numbers?|{_OWN_NUMBER})(?![^\W\d_])"
    rf"|{_PHONE}|telefon|telefoon",
    re.IGNORECASE,
)
_FILL = (
    r"(?:[\W_]{0,3}(?:numbers?|nummer|number|num|numéro|número|numero|numer|no|nr|is|are|was|at|on|under|unter|"
    r"me|us|her|him|them|back|to|au|le|al|el|ist|est|es|è|é|op|pod|der|die|das|my|the|registered|this|"
    r"home|work|office|mobile|cell|directly|a|o|meu|mi|mein|mijn|via|by|please|of|for|or)){0,5}"
)
_DIRECT = re.compile(
    rf"(?:(?P<noun>(?<![^\W\d_])(?:{_NOUNS})|{_PHONE}|registered|(?:messages?|texts?) to|(?:my|his|her|our|their|your|new) number|(?<![^\W\d_])(?:{_OWN_NUMBER}))"
    rf"|(?<![^\W\d_])(?:{_VERBS})){_FILL}[\W_]{{0,5}}\Z",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"(?:order|invoice|ticket|tracking|shipment|parcel|part|model|item|sku|serial|article|isbn|ean|upc|"
    r"issn|imei|account|case|case id|ref(?:erence)?|build|version|id|number of|iban|bsn|ssn|pesel|cpf|nif|"
    r"bestell\w{0,8}|auftrag\w{0,8}|rechnung\w{0,8}|vorgang\w{0,8}|rfc|doi|arxiv|po|patent)"
    r"[\W_]{0,3}(?:numbers?|nummer|no|nr|id|#|is|was|:)?[\W_]{0,3}(?<!caller id )(?<!caller id: )\Z",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\(?(?:(?:19|20)[0-9]{2}([-./ ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])"
    r"|(?:0?[1-9]|[12][0-9]|3[01])([-./ ])(?:0?[1-9]|1[0-2])\2(?:19|20)[0-9]{2})(?![0-9])"
)
# North America, France, Britain: grouping alone gives them away.
_STRONG = re.compile(
    r"(?:1[-. ])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}([-.]))[2-9][0-9]{2}(?(1)\1|[-.])[0-9]{4}"
    r"|0[1-9](?:([ .-])[0-9]{2})(?:\2[0-9]{2}){3}|07[0-9]{3} [0-9]{6}"
    r"|020 [378][0-9]{3} [0-9]{4}|01[0-9]{2} [0-9]{3} [0-9]{4}|01[0-9]{3} [0-9]{6}"
)
# In ASCII, what names a number holds one of the first, what tells that it is none of the others.
_NAMING = (
    "phone", "tel", "mob", "movil", "caller", "ph", "cel", "port", "tfno", "tlf", "ckruf", "num", "schreib", "cell", "celular", "line", "fax", "whatsapp", "signal", "viber", "handy",
    "ruf", "festnetz", "durchwahl", "recapito", "komork", "portable", "gsm", "call", "dial", "ring",
    "rang", "text", "sms", "reach", "contact", "answer", "erreich", "appel", "joi", "llam", "chiam",
    "lig", "bel", "dzwo", "soita", "registered", "message", " number",
)  # fmt: skip
_REFUSING = (
    "order", "invoice", "ticket", "tracking", "shipment", "parcel", "part", "model", "item", "sku",
    "serial", "article", "isbn", "ean", "upc", "issn", "imei", "account", "case", "ref", "build",
    "version", "id", "number of", "iban", "bsn", "ssn", "pesel", "cpf", "nif", "bestell", "auftrag",
    "rechnung", "vorgang", "rfc", "doi", "arxiv", "po", "patent",
)  # fmt: skip
_KIND_BEHIND = re.compile(
    r"[\s\-,(]{0,3}(?:office|home|work|mobile|cell|fax|direct|landline|privat|dienstlich|mobil)(?![^\W\d_])",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?:19|20)[0-9]{2}[-/.](?:19|20)[0-9]{2}|[0-9]{1,19}\.[0-9]{1,8}")
# Bytes and code points in a row: the run goes on in front of or behind the number.
_BYTES_BEFORE = re.compile(
    r"(?<![^\W_])(?:[0-9a-f]{2}|[0-9a-f]{4})[ .]\Z|\.\Z|[0-9a-f]{4}\s{1,2}<[a-z]{1,12}>\s\Z",
    re.IGNORECASE,
)
_BYTES_BEHIND = re.compile(
    r"[ .][0-9a-f]{2}(?![^\W_])(?! [0-9]{2} [0-9]{2} [0-9]{2} [0-9]{2}(?![^\W_]))|\.[0-9a-f]{4}(?![^\W_])",
    re.IGNORECASE,
)
_PAIRS = re.compile(r"[0-9]{2}(?:[ .][0-9]{2}){3,}|[0-9]{4}(?:[ .][0-9]{4}){1,3}")
_GROUPED = re.compile(r"[0-9][ \-./()]{1,4}[0-9]")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_EXTENSION = re.compile(
    r"[ ,]{0,2}(?:x|ext\.?|extension|durchwahl|poste)[ :.]{0,2}[0-9]{1,6}\Z", re.I
)
_REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "PL",
    "BR",
    "IN",
    "AU",
    "CH",
    "AT",
    "BE",
    "PT",
)
_ANY_NUMBER = "234567890"
# Fewer figures than any number with 00 and a country's code has.
_ABROAD = 10
_MOST_ABROAD = 17
_JOINED = ("-", "_", "#", "/", "*")


@cache
def _forms(region: str) -> tuple[re.Pattern[str], re.Pattern[str], str]:
    """Return a country's form of numbers, its prefix for calls inside it, and its code."""
    from phonenumbers import PhoneMetadata

    known: Any = PhoneMetadata.metadata_for_region(region)
    form = known.general_desc.national_number_pattern
    prefix = known.national_prefix_for_parsing or r"(?!)"
    return re.compile(form), re.compile(prefix), str(known.country_code)


def _possible(region: str, digits: str) -> bool:
    """Return whether digits can be a country's number at all: most are not worth parsing."""
    form, prefix, code = _forms(region)
    forms = {digits, digits.removeprefix(code)}
    for one in tuple(forms):
        if shorter := prefix.match(one):
            forms |= {one[shorter.end() :], *filter(None, shorter.groups())}
    return any(form.fullmatch(one) for one in forms)


@cache
def prepare() -> None:
    """Read what numbers of _REGIONS look like, compiled for good: no text waits for that."""
    import phonenumbers

    phonenumbers.enable_pattern_cache()
    codes = {int(_forms(region)[2]) for region in _REGIONS}
    for region in chain.from_iterable(map(phonenumbers.region_codes_for_country_code, codes)):
        for kind in phonenumbers.supported_types_for_region(region):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is not None:
                phonenumbers.is_valid_number(example)
    for region in _REGIONS:
        phonenumbers.parse(_ANY_NUMBER, region)


@lru_cache(maxsize=4096)
def valid(text: str) -> bool:
    """Return whether a number is possible with its country code, or valid in a larger country."""
    import phonenumbers  # only who looks for numbers needs it

    if text.startswith("00"):
        text = "+" + text[2:]
    digits = sum(character.isdigit() for character in text)
    if not 7 <= digits <= 15:
        return False
    if text.startswith("+"):
        try:
            number = phonenumbers.parse(text.replace("(0)", ""), None)
        except phonenumbers.NumberParseException:
            return False
        return bool(phonenumbers.is_possible_number(number))
    bare = "".join(filter(str.isdigit, text))
    for region in _REGIONS:
        if not _possible(region, bare):
            continue
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return True
    return False


# Lines that cost the caller nothing are nobody's own: help in need, hotlines, services.
_FREE = re.compile(
    r"(?:\+?1)?8(?:00|33|44|55|66|77|88)[2-9][0-9]{6}|(?:0|\+(?:3[0-9]|4[0-9])[0-9]?|00)800[0-9]{5,9}"
)


def free(text: str) -> bool:
    """Return whether a number may be called for nothing (0800, 1-800 and the like)."""
    return _FREE.fullmatch("".join(c for c in text if c.isdigit() or c == "+")) is not None


def _in_bytes(text: str, start: int, end: int) -> bool:
    """Return whether pairs or fours of digits are a piece of a dump or of a list of characters."""
    before = text[max(0, start - 24) : start]
    return bool(_BYTES_BEFORE.search(before) or _BYTES_BEHIND.match(text, end))


def _may(pieces: tuple[str, ...], text: str) -> bool:
    """Return whether what holds one of some pieces may stand in a text; quick."""
    low = text.lower()
    return not low.isascii() or any(map(low.__contains__, pieces))


def national(text: str, start: int, end: int) -> bool:
    """Return whether a run of digits in a text is a telephone number without a country's code."""
    raw = _EXTENSION.sub("", text[start:end])
    count = sum(map(str.isdigit, raw))
    if (
        not 7 <= count <= (_MOST_ABROAD if raw.startswith("00") else 14)
        or _DATE.search(raw)
        or _YEARS.fullmatch(raw)
        or len(set(filter(str.isdigit, raw))) < 3
    ):
        return False
    if (
        _ADDRESS.fullmatch(raw)
        or free(raw)
        or (_PAIRS.fullmatch(raw) and _in_bytes(text, start, end))
    ):
        return False
    before = text[max(0, start - 60) : start]
    direct = None
    if any(map(str.isalpha, before)):
        if _may(_REFUSING, before[-40:]) and _NOT_AFTER.search(before[-40:]):
            return False
        direct = _DIRECT.search(before) if _may(_NAMING, before) else None
    if before.endswith(_JOINED) and not direct:
        return False
    if direct:
        grouped = bool(_GROUPED.search(raw))
        named = bool(direct.group("noun")) or _EXTENSION.search(text[start:end]) is not None
        return named or grouped or count >= 9 or valid(raw)
    if _KIND_BEHIND.match(text, end) and _GROUPED.search(raw):
        return True
    if _STRONG.fullmatch(raw.strip()) or (raw.startswith("00") and count >= _ABROAD and valid(raw)):
        return True
    head = column(text, start)
    if head and _may(_NAMING, head) and _NEAR.search(head):
        return True
    if not _GROUPED.search(raw) and raw[:1] != "0":
        return False
    near = "|".join(around(text, start, end))
    # Tables of numbers have no words to look for.
    if not _may(_NAMING, near):
        return False
    words = [word.group() for word in _NEAR.finditer(near)]
    return any(not _LOOSE.fullmatch(word) for word in words) and valid(raw)
