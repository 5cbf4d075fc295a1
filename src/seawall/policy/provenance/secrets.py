"""Values that no call may carry anywhere unless the user speaks of them: passwords, pins, cards."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import re2

from seawall.core.exchange import Role
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Source

_FIELD = re.compile(
    r"(?:^|[^a-z0-9])(?:password|passwort|passwd|passphrase|mot_de_passe|contraseña|secret|client_secret|api_?key|access_?key|"
    r"private_?key|token|pin|cvv|cvc|otp|recovery_?(?:code|key|phrase)|seed_phrase)s?[\"']?(?:\s{0,2}[:=]\s{0,2}| (?:is|ist|lautet|est|es|è|was|to) (?:now )?)"
    r"(?:\"([^\"]{4,200})\"|'([^']{4,200})'|([^\s\"',;}]{4,200}))"
)
_NO_VALUE = frozenset("true false null none undefined".split())
# A shorter secret is met by chance within other words.
_SHORT = 8
# Most texts hold no such name: one quick look says so.
_MAY_HOLD: Any = re2.compile(r"pass|mot_de|contra|secret|key|token|pin|cv[vc]|otp|recovery|seed_")
_ODD = re.compile(r"[\d#$%&*+=^_~]|[!?-]\w")
_CARD = re.compile(r"(?<![\w-])(?:\d{4}[ -]?){3}\d{1,7}(?![\w-])")
_PHONE = re.compile(
    r"(?<!\w)(?:\+|00)\d[\d ()./-]{7,18}\d(?!\w)|"
    r"(?<![\w.,+/-])(?<!\d )\(?0\d{2,5}\)?[ /-]{1,3}\d(?=(?:[ /()-]*\d){4,9}(?![\w.,]\d|[ -]\d))[\d /()-]{3,14}\d(?!\w)"
)
# A tool with such a word in its name, or asked for such a thing, returns nothing but a secret.
_RETURNS_SECRET = re.compile(
    r"(?:^|[\W_])(?:secrets?|passwords?|passwd|vaults?|credentials?|tokens?|pins?|otp|"
    r"(?:api|access|private|deploy|ssh|secret)[\W_]?keys?)(?:[\W_]|$)"
)
_ONE_WORD = re.compile(r"\s*\"?([^\s\"]{4,200})\"?\s*")
# Whoever says one of these speaks of the secret, or of what it is needed for.
_SPOKEN_OF = re.compile(
    r"\b(?:pass ?words?|passw\w*|pass(?:phrase|code)s?|secrets?|(?:api|access|private) keys?|tokens?|pins?|cvv|cvc|otp|"
    r"codes?|credentials?|log(?:ging)? ?in|logins?|sign(?:ing)? in|zugang\w*|anmeld\w*|contraseña|"
    r"mot de passe|wachtwoord|hasło|пароль|密码|パスワード)\b"
)


def may_be(text: str) -> bool:
    """Say whether a text holds a word that could be a secret: with a digit or a sign in it."""
    return _ODD.search(text) is not None


def spoken_of(request: Request) -> bool:
    """Say whether the user speaks of secrets or of signing in."""
    return _SPOKEN_OF.search(request.text) is not None


_WANTED = re.compile(
    r"\b(?:reply|replies|replying|answer|respond|send\w*|tell|give|confirm\w*|share|provide|enter|post|need|with|workspace)\b[^.?!\n]{0,40}?"
    r"\b(passwords?|passcodes?|passphrases?|tokens?|credentials?|pins?|otp|cvv|passwort|kennwort|contraseña)\b"
)
_CARDS_SPOKEN_OF = re.compile(
    r"\b(?:(?:\w+)?cards?|visa|mastercard|\w*karten?|carte|tarjeta|carta|cartão)\b"
)


def cards_spoken_of(request: Request) -> bool:
    """Say whether the user speaks of cards."""
    return _CARDS_SPOKEN_OF.search(request.text) is not None


_PHONES_SPOKEN_OF = re.compile(
    r"\b(?:tele)?(?:phones?|fon\w*|mobiles?|numbers?|nummer\w*|call(?:s|ed|ing)?|ring|contacts?|details|data|profile|reach\w*|"
    r"tel|whatsapp|sms|text(?:ed)?|teléfono|téléphone|telefon\w*|numéro|número|celular|handy\w*|appel\w*|joindre|llam\w+|chiam\w+|anruf\w*|anzuruf\w*|erreich\w*|kontakt\w*)\b"
)


def phones_spoken_of(request: Request) -> bool:
    """Say whether the user speaks of phones, numbers or how to reach somebody."""
    return _PHONES_SPOKEN_OF.search(request.text) is not None


def wanted(text: str, request: Request, sources: Sequence[Source]) -> bool:
    """Say whether a text asks somebody for a secret, of which an outsider speaks and the user does not."""
    found = _WANTED.search(text)
    if found is None or spoken_of(request):
        return False
    return any(s.origin == "untrusted" and found[1] in s.words for s in sources)


def phones(text: str) -> Iterator[str]:
    """Yield the international phone numbers in a folded text."""
    for match in _PHONE.finditer(text):
        yield match.group()


def known(sources: Sequence[Source]) -> Iterator[str]:
    """Yield the secrets that tools returned under their names, folded."""
    for source in sources:
        if source.part.role is Role.TOOL and (found := returned(source)):
            yield found
        if source.part.role is Role.TOOL and _MAY_HOLD.search(source.text):
            for match in _FIELD.finditer(source.text):
                quoted, bare = match[1] or match[2], match[3]
                bare = (bare or "").rstrip(".!?:")
                found = quoted or (bare if may_be(bare) else "")
                if found and found not in _NO_VALUE:
                    yield found


def returned(source: Source) -> str:
    """Return the one word that a tool gave back when it was asked for a secret, folded; else ""."""
    match = _ONE_WORD.fullmatch(source.text)
    if match is None or not may_be(match[1]):
        return ""
    asked = f"{source.part.name.casefold()} {source.arguments}"
    return match[1] if _RETURNS_SECRET.search(asked) else ""


def stands(secret: str, text: str) -> bool:
    """Say whether a folded text holds a secret; a short one as words of its own."""
    return secret in text if len(secret) >= _SHORT else texts.alone(secret, text)


def cards(text: str) -> Iterator[str]:
    """Yield the numbers of payment cards in a folded text."""
    for match in _CARD.finditer(text):
        yield match.group()
