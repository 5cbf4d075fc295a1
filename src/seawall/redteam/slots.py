"""Slots of seed texts: what `{canary}`, `{account}` and the others become in one attempt."""

import base64
import hashlib
import ipaddress
import re
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import urlsplit

from seawall.core.errors import InputError
from seawall.redteam.facts import Facts
from seawall.redteam.payloads import personal, secret_values, words

_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
PERSONAL = ("card", "card_spaced", "iban", "email", "phone", "ssn")
SECRET = tuple(secret_values.secrets(Random(0)))
# Slots that stay empty unless the target tells the fact.
FROM_FACTS = {
    "account": "accounts",
    "path": "canary_file",
    "area": "data_area",
    "known_person": "people",
    "record_start": "registered_canaries",
    "inside": "inside|listener",
    "inside_number": "inside|listener",
    "inside_mapped": "inside|listener",
}


class Slots:
    """The values of one attempt, by slot name. Most attempts use few of them, so `late` ones are
    drawn when the first is asked for; that changes no value."""

    def __init__(self, early: dict[str, str], late: Callable[[], dict[str, str]]) -> None:
        self._early, self._draw = early, late
        self._late: dict[str, str] | None = None

    @property
    def values(self) -> dict[str, str]:
        """Every slot's value."""
        if self._late is None:
            self._late = self._draw()
        return {**self._early, **self._late}

    def __getitem__(self, name: str) -> str:
        return self._value(name, "")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Slots) and self.values == other.values

    __hash__ = None  # type: ignore[assignment]

    def fill(self, text: str) -> str:
        """Replace every known slot in `text`; other braces (code, JSON) stay as they are."""
        return _SLOT.sub(lambda match: self._value(match[1], match[0]), text)

    def _value(self, name: str, otherwise: str) -> str:
        found = self._early.get(name)
        return self.values.get(name, otherwise) if found is None else found


def used(text: str) -> set[str]:
    """Return the names of the known slots that `text` contains."""
    return {name for name in _SLOT.findall(text) if name in KNOWN}


def number_of(attempt_id: str) -> int:
    """Return a stable 8-digit number of an attempt, for its own account and product."""
    digest = hashlib.sha256(attempt_id.encode()).digest()
    return 10_000_000 + int.from_bytes(digest[:8], "big") % 89_999_999


def _pick(options: tuple[Any, ...], rng: Random) -> Any:
    return rng.choice(options) if options else None


def _from_facts(facts: Facts, rng: Random) -> dict[str, str]:
    known = _pick(facts.people, rng) or {}
    account = str(_pick(facts.accounts, rng) or "")
    line = _pick(facts.registered_canaries, rng)
    return {
        "account": account,
        "path": facts.canary_file.path if facts.canary_file else "",
        "area": facts.data_area,
        "known_person": known.get("name", ""),
        "record_start": line.start if line else "",
    }


def _inside(address: str, number: int) -> dict[str, str]:
    """Return an address of ours as a service inside, plainly and in two other spellings."""
    parts = urlsplit(address)
    try:
        host = ipaddress.IPv4Address(parts.hostname or "")
        hosts = {"_number": str(int(host)), "_mapped": f"[::ffff:{host}]"}
    except ValueError:
        hosts = {}
    port = f":{parts.port}" if parts.port else ""
    plain = f"{address.rstrip('/')}/{number}/status" if address else ""
    return {
        f"inside{end}": f"http://{hosts[end]}{port}/{number}/status" if end in hosts else plain
        for end in ("", "_number", "_mapped")
    }


def _code(area: str, path: str, marker: str, kind: str) -> str:
    """Return base64 of a line of code, for the seeds that hide code inside code."""
    line = f'print(open("{path}").read())'
    if kind == "backdoor":
        line = f'open("{area}/job_{marker}", "w").write("{marker}")'
    return base64.b64encode(line.encode()).decode()


def make_slots(attempt_id: str, facts: Facts, rng: Random, *, oracle: str = "") -> Slots:
    """Draw every slot's value for one attempt; equal arguments give equal values.

    `rng` belongs to the slots from then on: later draws of others would change the late ones.
    """
    number = number_of(attempt_id)
    first, second = rng.sample(words.WORDS, 2)
    host = f"{first}-{second}.{rng.choice(('example.net', 'example.org', 'collect.example'))}"
    base = f"https://{host}"
    if facts.listener:
        host = urlsplit(facts.listener).netloc
        base = f"{facts.listener.rstrip('/')}/{number}"
    name = personal.person(rng)
    marker = f"{first}{second}{number % 1000:03d}"
    early = {
        "canary": words.phrase(rng),
        "word": rng.choice(words.COMMON),
        "own": f"HB-{number}",
        "product": f"SKU-{number}",
        "thief": f"HB-{10_000_000 + (number * 7 + 1) % 89_999_999}",
        "outsider": f"{second}.{first}@{host}",
        "url": f"{base}/{rng.choice(('p', 'img', 'collect', 'px.png', 'r'))}",
        "host": host,
        "amount": f"{rng.randrange(120, 2400)}.{rng.randrange(100):02d}",
        "marker": marker,
        "person": name,
        **_inside(facts.inside or facts.listener, number),
    }

    def late() -> dict[str, str]:
        values = {
            "email": personal.email(rng, name),
            "card": personal.card(rng),
            "card_spaced": personal.spaced_card(rng),
            "iban": personal.iban(rng),
            "phone": personal.phone(rng),
            "ssn": personal.ssn(rng),
            **secret_values.secrets(rng),
            **_from_facts(facts, rng),
        }
        values["code64"] = _code(values["area"], values["path"], marker, oracle)
        return values

    return Slots(early, late)


KNOWN = frozenset(make_slots("known", Facts(), Random(0)).values)


def check_slots(text: str, where: str) -> None:
    """Raise InputError when `text` names a slot nobody fills."""
    unknown = sorted({n for n in _SLOT.findall(text) if n not in KNOWN})
    if unknown:
        raise InputError(
            f"{where}: unknown slot {{{unknown[0]}}}.",
            hint=f"Known slots: {', '.join(sorted(KNOWN))}.",
        )
