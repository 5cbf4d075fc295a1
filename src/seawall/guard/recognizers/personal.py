"""What personal data looks like: one recognizer a kind, with check digits and context words."""

import ipaddress
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec

from seawall.guard.contract import Hit, Pattern, View
from seawall.guard.recognizers import checks

_CONTEXT_BEFORE = 60
_CONTEXT_AFTER = 25
_SEPARATORS = str.maketrans("", "", " -./()\u00a0")


class Recognizer(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of personal data. `check` sees the value without separators, upper case.

    `words` are context words of which one must stand near the value; empty means none is needed.
    """

    label: str
    expression: str
    check: Callable[[str], bool]
    words: tuple[str, ...] = ()
    score: float = 0.95


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A recognised value: label, character range in the view, score and its normal form."""

    label: str
    start: int
    end: int
    score: float
    value: str


def _always(_: str) -> bool:
    return True


def _public_ip(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_global


@lru_cache(maxsize=4096)
def _phone(text: str) -> bool:
    import phonenumbers  # 40 MB of metadata: only when a candidate appears

    digits = sum(character.isdigit() for character in text)
    if not 7 <= digits <= 15:
        return False
    regions = [None] if text.startswith("+") else ["US", "GB", "DE", "FR", "ES", "IT", "NL", "PL"]
    for region in regions:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if region is None and phonenumbers.is_possible_number(number):
            return True
        if phonenumbers.is_valid_number(number):
            return True
    return False


_PHONE_WORDS = (
    "phone", "call", "tel", "mobile", "cell", "fax", "sms", "text me", "whatsapp", "reach",
    "telefon", "handy", "anruf", "rufen", "téléphone", "appel", "joindre", "portable",
    "teléfono", "telefono", "llam", "móvil", "chiam", "cellulare", "telemóvel", "ligue", "bel ",
    "mobiel", "zadzwo", "telefonu", "ring", "contact",
)  # fmt: skip
_D = r"[ \-.]?"

RECOGNIZERS: tuple[Recognizer, ...] = (
    Recognizer(
        label="email",
        expression=r"[a-z0-9][a-z0-9._%+\-]{0,63}@[a-z0-9](?:[a-z0-9\-]{0,62}\.)+[a-z]{2,24}\b",
        check=_always,
    ),
    Recognizer(
        label="payment-card", expression=r"\b[1-9][0-9](?:[ \-.]?[0-9]){10,17}\b", check=checks.card
    ),
    Recognizer(
        label="iban",
        expression=r"\b[A-Z]{2}[0-9]{2}(?:[ \-]?[A-Z0-9]){11,30}\b",
        check=checks.iban,
    ),
    Recognizer(label="us-ssn", expression=r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", check=checks.us_ssn),
    Recognizer(
        label="us-ssn",
        expression=r"\b[0-9]{3}[ .]?[0-9]{2}[ .]?[0-9]{4}\b",
        check=checks.us_ssn,
        words=("social security", "ssn", "social sec"),
    ),
    Recognizer(
        label="uk-nino",
        expression=r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b",
        check=_always,
        words=("national insurance", "nino", "ni number", "insurance number"),
    ),
    Recognizer(
        label="fr-nir",
        expression=r"\b[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]) ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}\b",
        check=checks.nir,
    ),
    Recognizer(
        label="de-steuer-id",
        expression=rf"\b[1-9][0-9]{_D}[0-9]{{3}}{_D}[0-9]{{3}}{_D}[0-9]{{3}}\b",
        check=checks.steuer_id,
        words=("steuer", "tax id", "tin", "idnr", "identifikationsnummer"),
    ),
    Recognizer(
        label="es-dni", expression=r"\b(?:[0-9]{8}|[XYZ][0-9]{7})-?[A-Z]\b", check=checks.dni
    ),
    Recognizer(
        label="it-codice-fiscale",
        expression=r"\b[A-Z]{6}[0-9]{2}[A-EHLMPR-T][0-9]{2}[A-Z][0-9]{3}[A-Z]\b",
        check=checks.codice_fiscale,
    ),
    Recognizer(
        label="nl-bsn",
        expression=r"\b[0-9]{9}\b",
        check=checks.bsn,
        words=("bsn", "burgerservice", "sofi"),
    ),
    Recognizer(
        label="pl-pesel",
        expression=r"\b[0-9]{11}\b",
        check=checks.pesel,
        words=("pesel",),
    ),
    Recognizer(
        label="br-cpf",
        expression=r"\b[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}\b",
        check=checks.cpf,
    ),
    Recognizer(
        label="in-aadhaar",
        expression=r"\b[2-9][0-9]{3}[ \-]?[0-9]{4}[ \-]?[0-9]{4}\b",
        check=checks.verhoeff,
        words=("aadhaar", "aadhar", "uidai"),
    ),
    Recognizer(
        label="date-of-birth",
        expression=r"\b(?:[0-9]{1,2}[./\-][0-9]{1,2}[./\-](?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2})\b",
        check=_always,
        words=("born", "birth", "dob", "geboren", "geburts", "né le", "née le", "naissance",
               "nacid", "nacimiento", "nato il", "nata il", "nascita", "urodz"),
        score=0.8,
    ),
    Recognizer(
        label="passport",
        expression=r"\b[A-Z]{1,2}[0-9]{6,8}\b",
        check=_always,
        words=("passport", "reisepass", "passeport", "pasaporte", "passaporto", "paspoort"),
        score=0.8,
    ),
    Recognizer(
        label="ip-address",
        expression=r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b",
        check=_public_ip,
        score=0.4,
    ),
    Recognizer(
        label="phone",
        expression=r"\+[1-9](?:[ \-./()]{0,2}[0-9]){6,14}\b",
        check=_always,
    ),
    Recognizer(
        label="phone",
        expression=r"\(?\b0?[0-9](?:[ \-./()]{0,2}[0-9]){6,13}\b",
        check=_always,
        words=_PHONE_WORDS,
        score=0.8,
    ),
)  # fmt: skip
_BY_RULE = {f"{r.label}#{i}": r for i, r in enumerate(RECOGNIZERS)}
# Digits behind these belong to a longer code (HB-12345678, #1234567).
_JOINED = ("-", "_", "#", "/", "=", "*")
_GROUP = re.compile(r"[0-9A-Za-z]+")


def patterns() -> tuple[Pattern, ...]:
    """Return the recognizers' expressions for the shared pattern pass."""
    return tuple(Pattern(name=n, expression=r.expression) for n, r in _BY_RULE.items())


def _near(text: str, start: int, end: int, words: tuple[str, ...]) -> bool:
    around = text[max(0, start - _CONTEXT_BEFORE) : end + _CONTEXT_AFTER].lower()
    return any(word in around for word in words)


def _accept(recognizer: Recognizer, raw: str) -> bool:
    if recognizer.label == "phone":
        return _phone(raw.strip())
    if recognizer.label in ("ip-address", "email", "date-of-birth"):
        return recognizer.check(raw)
    return recognizer.check(raw.translate(_SEPARATORS).upper())


def _accepted_range(recognizer: Recognizer, raw: str) -> tuple[int, int] | None:
    """Return the longest run of groups in `raw` that the recognizer accepts.

    A greedy match may swallow a neighbour ("4111 1111 1111 1111 12/27"); groups are tried apart.
    """
    if _accept(recognizer, raw):
        return 0, len(raw)
    if recognizer.label not in ("payment-card", "iban"):
        return None
    groups = [(m.start(), m.end()) for m in _GROUP.finditer(raw)][:12]
    runs = [(a, b) for i, (a, _) in enumerate(groups) for _, b in groups[i:] if b - a < len(raw)]
    for start, end in sorted(runs, key=lambda run: run[0] - run[1]):
        if end - start >= 12 and _accept(recognizer, raw[start:end]):
            return start, end
    return None


def normal_form(label: str, raw: str) -> str:
    """Return the value without separators and case, for comparing two texts."""
    return raw.lower() if label in ("email", "ip-address") else raw.translate(_SEPARATORS).upper()


def matches(view: View, hits: Iterable[Hit]) -> list[Match]:
    """Return the accepted values of one view, longest first where they overlap."""
    found: list[Match] = []
    for hit in hits:
        recognizer = _BY_RULE[hit.rule]
        raw = view.text[hit.start : hit.end]
        if recognizer.words and not _near(view.text, hit.start, hit.end, recognizer.words):
            continue
        if recognizer.label == "phone" and view.text[max(0, hit.start - 1) : hit.start] in _JOINED:
            continue
        accepted = _accepted_range(recognizer, raw)
        if accepted is None:
            continue
        start, end = hit.start + accepted[0], hit.start + accepted[1]
        value = normal_form(recognizer.label, view.text[start:end])
        found.append(
            Match(
                label=recognizer.label,
                start=start,
                end=end,
                score=recognizer.score,
                value=value,
            )
        )
    return _without_overlaps(found)


def _without_overlaps(found: list[Match]) -> list[Match]:
    kept: list[Match] = []
    for match in sorted(found, key=lambda m: (-m.score, m.start - m.end)):
        if all(match.end <= other.start or match.start >= other.end for other in kept):
            kept.append(match)
    return sorted(kept, key=lambda m: m.start)
