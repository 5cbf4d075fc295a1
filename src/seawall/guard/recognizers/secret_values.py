"""Whether a text looks like a secret value: random, neither word, placeholder, hash nor path."""

import base64
import itertools
import math
import re
from collections import Counter

from seawall.guard.reading import vocabulary

_PLACEHOLDER = re.compile(
    r"your|example|sample|placeholder|change_?me|dummy|redacted|(?:fake|mock|stub|test)[_-]?(?:token|secret|api[_-]?key)|insert|replace|todo|"
    # The token on jwt.io: {"sub":"1234567890.
    r"eyJzdWIiOiIxMjM0NTY3ODkw|x{5}|^x+$|\*{3}|#{4}|\.{3}|<|\$[{(]|\{\{|%\(|process\.env|os\.environ|getenv|undefined|"
    r"a-za-z|a-z0-9|12345678|abcdefgh|0{8}|\b(\w{3,8})[\-_.]\1\b",
    re.IGNORECASE,
)
# In words rather than keys: "password must", "token expired".
_PROSE = re.compile(
    r"password|passwort|secret_?key|null|none|1234567|abcdef|must|should|required|incorrect|"
    r"invalid|forgotten|expired|manager|reset",
    re.IGNORECASE,
)
_TEST = re.compile(r"test(?:er|ing|s|user|pw|pass)?[_-]?\d{0,6}!?", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]{16,}", re.IGNORECASE)
_WORDS = re.compile(r"[A-Z]?[a-z]{3,40}|[A-Z]{3,40}")
_SIGN = re.compile(r"[!@#$%^&*+=?~|]")
_FILE = re.compile(
    r"\.(?:pem|key|crt|cer|json|ya?ml|py|js|ts|java|go|png|jpe?g|txt|html?|com|org|net|io)$"
)
# What a program reads the value from: auth[2], self.token2, a character class.
_CODE = re.compile(r"\w[\[(]|^\[|^[a-z_]{2,}(?:\.[a-z_][a-z0-9_]*)+$")
_VERSION = re.compile(r"(?:^|[\-_.v])[0-9]{1,3}\.[0-9]{1,3}(?:\.[0-9]{1,4}|$)")
# Also without the signs that markup takes for its own.
_DRIVE = re.compile(r"[A-Za-z]:(?:\\|Users|Windows|Program)")
_FIGURES = re.compile(r"[0-9]+")
_RUN = 7


def entropy(text: str) -> float:
    """Return the Shannon entropy in bits a character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values()) if text else 0.0


def kinds(text: str) -> int:
    """Return how many of small letters, capitals, digits and other signs a text holds."""
    return sum(
        (
            any(c.islower() for c in text),
            any(c.isupper() for c in text),
            any(c.isdigit() for c in text),
            any(not c.isalnum() for c in text),
        )
    )


def _counts_up(text: str) -> bool:
    """Return whether a stretch counts up (klmnopq, 3456789) or repeats one sign."""
    run = same = 1
    for before, after in itertools.pairwise(text):
        run = run + 1 if ord(after) - ord(before) == 1 else 1
        same = same + 1 if after == before else 1
        if run >= _RUN or same >= _RUN:
            return True
    return False


def placeholder(text: str) -> bool:
    """Return whether a text stands for a value instead of being one."""
    return bool(_PLACEHOLDER.search(text)) or _counts_up(text)


def readable(value: str) -> bool:
    """Return whether base64 holds plain text."""
    try:
        padded = value + "=" * (-len(value) % 4)
        return base64.b64decode(padded, validate=True).decode("ascii").isprintable()
    except ValueError:
        return False


def versioned(text: str) -> bool:
    """Return whether a version number stands in a text."""
    return bool(_VERSION.search(text))


def wordy(text: str) -> bool:
    """Return whether most of a text's letters are common words (an identifier, a sentence)."""
    letters = sum(c.isalpha() for c in text)
    known = sum(len(w) for w in _WORDS.findall(text) if vocabulary.known(w.lower()))
    return letters > 0 and known >= 0.5 * letters


def random_looking(value: str, *, names_known: bool = False) -> bool:
    """Return whether a value is random enough for a token.

    `names_known`: a service's name and form already speak for it.
    """
    if names_known:
        mixed = any(map(str.isdigit, value)) or (kinds(value) >= 2 and not wordy(value))
        # Twitter's bearer tokens begin with a row of A.
        filler = _PLACEHOLDER.search(value) or _counts_up(value.lstrip("Aa"))
        return mixed and not filler and entropy(value) >= 2.8
    if placeholder(value) or not any(map(str.isdigit, value)) or versioned(value):
        return False
    if len(value) < 16 or _UUID.fullmatch(value) or _FILE.search(value) or wordy(value):
        return False
    if _HEX.fullmatch(value):
        return entropy(value) >= 3.0
    return entropy(value) >= (3.5 if len(value) >= 20 else 3.2) and kinds(value) >= 2


def password_like(value: str, *, quoted: bool = False) -> bool:
    """Return whether a value beside the word "password" looks like one and not like prose.

    `quoted`: it stands in quotes or behind a sign of assignment without a space.
    """
    value = value if quoted else value.rstrip(".!?:")
    if len(value) < 8 or placeholder(value) or _PROSE.search(value) or _TEST.fullmatch(value):
        return False
    if value.startswith(("http://", "https://", "/", "./", "--", "$", "@")) or _FILE.search(value):
        return False
    if _CODE.search(value) or _DRIVE.match(value):
        return False
    if _UUID.fullmatch(value):
        return False
    if not any(map(str.isdigit, value)):
        # Without a figure: both cases and a sign that no word holds.
        return kinds(value) == 3 and bool(_SIGN.search(value[:-1])) and not wordy(value)
    if kinds(value) == 2 and len(_FIGURES.findall(value)) >= 2 and value.isalnum():
        # Figures twice between letters: no word, no year behind a name.
        return entropy(value) >= 2.8 and not wordy(value)
    # A short one of all four kinds may hold a sign twice.
    enough = kinds(value) >= 3 and entropy(value) >= (3.0 if kinds(value) == 3 else 2.5)
    return enough or (quoted and kinds(value) >= 2 and entropy(value) >= 2.5)
