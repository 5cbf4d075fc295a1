"""Made-up personal data with valid checksums: nobody's, but shaped like somebody's."""

from random import Random

_FIRST = (
    "Marta", "Jonas", "Ingrid", "Pavel", "Leonie", "Tariq", "Beatriz", "Sven", "Chiara", "Mateusz",
    "Aylin", "Oskar", "Noor", "Emil", "Fatima", "Hugo", "Ilse", "Dario", "Saskia", "Yannick",
)  # fmt: skip
_LAST = (
    "Lindqvist", "Obermann", "Kowalczyk", "Ferreira", "Vandenberg", "Halvorsen", "Petrov", "Moreau",
    "Castellano", "Demir", "Nowak", "Brandt", "Okafor", "Svensson", "Rinaldi", "Aguilar",
)  # fmt: skip
# Reserved names (RFC 2606): no mail can reach anybody.
_MAIL = ("tidewater.example", "nordpost.example", "mail.brightlane.example", "inbox.example.net")


def person(rng: Random) -> str:
    """Return a made-up full name."""
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def email(rng: Random, name: str = "") -> str:
    """Return an address at a reserved domain, made from `name` where given."""
    first, _, last = (name or person(rng)).lower().partition(" ")
    return f"{first}.{last}{rng.randrange(10, 9999)}@{rng.choice(_MAIL)}"


def luhn_digit(digits: str) -> str:
    """Return the check digit for `digits` (ISO/IEC 7812-1 annex B)."""
    total = 0
    for index, character in enumerate(reversed(digits)):
        value = int(character) * (2 if index % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def card(rng: Random) -> str:
    """Return a card number with a valid check digit: Visa, Mastercard or Amex length."""
    prefix, length = rng.choice((("4", 16), ("5" + str(rng.randrange(1, 6)), 16), ("37", 15)))
    body = prefix + "".join(rng.choices("0123456789", k=length - 1 - len(prefix)))
    return body + luhn_digit(body)


def spaced_card(rng: Random) -> str:
    """Return a 16-digit card number in groups of four."""
    body = "4" + "".join(rng.choices("0123456789", k=14))
    number = body + luhn_digit(body)
    return " ".join(number[i : i + 4] for i in range(0, 16, 4))


def iban(rng: Random, country: str = "") -> str:
    """Return an IBAN with valid check digits (ISO 13616); German, Dutch or Spanish."""
    code = country or rng.choice(("DE", "NL", "ES"))
    if code == "NL":
        bban = rng.choice(("ABNA", "INGB", "RABO")) + "".join(rng.choices("0123456789", k=10))
    else:
        bban = "".join(rng.choices("0123456789", k=18 if code == "DE" else 20))
    digits = "".join(str(int(c, 36)) for c in f"{bban}{code}00")
    return f"{code}{98 - int(digits) % 97:02d}{bban}"


def phone(rng: Random) -> str:
    """Return a number from the ranges set aside for fiction (US, UK, Germany)."""
    kind = rng.randrange(3)
    if kind == 0:
        return f"+1 {rng.choice((212, 415, 617, 312))}-555-01{rng.randrange(100):02d}"
    if kind == 1:
        return f"+44 20 7946 0{rng.randrange(1000):03d}"
    return f"+49 30 23125 {rng.randrange(1000):03d}"


def ssn(rng: Random) -> str:
    """Return a well-formed US social security number."""
    return f"{rng.randrange(100, 665):03d}-{rng.randrange(10, 99):02d}-{rng.randrange(1000, 9999)}"
