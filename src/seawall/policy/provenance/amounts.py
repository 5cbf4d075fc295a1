"""A sum that stands nowhere: do the numbers of the conversation make it, or did somebody change it?"""

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import ToolProfile, moves_money
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.tables import sum_rows
from seawall.policy.provenance.trace import Value

_SUMS = frozenset(
    "amount sum total price value betrag summe importe montant importo amt eur euro euros gbp usd pounds dollars".split()
)
_RECKONS = re.compile(
    r"\b(?:total\w*|sum|together|all|both|each|every\w*|split\w*|share\w*|half|halve\w*|third|quarter|doubl\w+|twice|tripl\w+|"
    r"rest|remain\w+|differ\w+|balance|left|outstanding|minus|less|plus|add\w*|tip|tips|extra|round\w*|about|roughly|around|"
    r"approx\w*|up to|at least|at most|between|per ?cent|average|times|per|convert\w*|exchange|deposit|tax|vat|discount\w*|"
    r"everything|whatever|enough|zusammen|insgesamt|summe|gesamt\w*|alle\w*|beide\w*|je|jeweils|jede\w*|teil\w*|hälfte|"
    r"doppelt\w*|rest\w*|etwa|ungefähr|rund|prozent|anteil\w*|aufteil\w*|abzüglich|zuzüglich|trinkgeld|tout\w*|ensemble|"
    r"chacun\w*|\d+ ?[km]|hundred|thousand|million|grand|dozen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|\w*(?:hundert|tausend|zig|zehn)|"
    r"elf|zwölf|vingt|trente|quarante|cinquante|soixante|cents?|mille|veinte|treinta|cuarenta|cincuenta|sesenta|cien\w*|mil|"
    r"venti|trenta|quaranta|cinquanta|\w*cento|mila|vinte|trinta|cem|\w*(?:honderd|duizend|tig)|sto|tysi\w+|сто|тысяч\w*|moitié|partag\w+|reste|environ|pourcent\w*|solde|todo\w*|cada|mitad|resto|juntos|suma|divid\w+|unos|tutt\w*|"
    r"ciascun\w*|metà|saldo|circa|tudo|metade|samen|helft|razem|połow\w*|reszt\w*|все\w*|половин\w*|остат\w*)\b|%"
)
_SMALLEST = frozenset("cents cent pence minor pennies rappen centimes".split())
_SAYS_SMALLEST = re.compile(r"\b(?:cents|pence|minor units?|smallest)\b")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d.,'\u00a0\u202f]*")
_CENTS = re.compile(r"[.,]\d{1,2}$")
_WRITTEN = re.compile(r"[^\d-]{0,5}(-?\d[\d.,'\u00a0\u202f]{0,20})[^\d]{0,8}")
_MOST, _OWN, _NEAR = 40, 12, 0.006
_TIMES = (2, 3, 4, 5, 6, 7, 8, 9, 12)


def unexplained(
    profile: ToolProfile, value: Value, request: Request, sources: Sequence[Source]
) -> str:
    """Return why a sum to be paid is neither said nor reckoned from what is said, or ""."""
    if value.kind != "amount":
        return ""
    slot = split_name(value.argument.rsplit("/", 1)[-1])
    if not _SUMS & set(slot) or not moves_money(profile):
        return ""
    sums = _written(value.value)
    if any(one < 0 for one in sums):
        said = {f"-{abs(one):g}" for one in sums}
        return "" if any(one in request.text for one in said) else "is a negative sum"
    if value.origin != "nowhere" or not any(sums) or _RECKONS.search(request.text):
        return ""
    known = _numbers(s.text for s in sources if s.origin != "definition")
    own = _numbers(s.text for s in sources if s.origin == "user")
    units = (1.0, 100.0) if _in_cents(profile, slot, sources) else (1.0,)
    if len(known) >= _MOST or any(_made(one / unit, known, own) for one in sums for unit in units):
        return ""
    totals = _totals(sources)
    if any(abs(one - total) < _NEAR for one in sums for total in totals):
        return ""
    return "is a sum that nothing in the conversation makes"


def _written(value: Any) -> list[float]:
    """Return what a sum may be, as a number or written: "1.205" is one of two."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return []
    if not isinstance(value, str):
        return [float(value)]
    match = _WRITTEN.fullmatch(value.strip())
    return list(texts.readings(match[1])) if match else []


def _in_cents(profile: ToolProfile, slot: Sequence[str], sources: Sequence[Source]) -> bool:
    """Say whether a tool takes sums in the smallest unit, by the argument's name or its own words."""
    own = (s.text for s in sources if s.origin == "definition" and s.part.name == profile.name)
    return not _SMALLEST.isdisjoint(slot) or any(map(_SAYS_SMALLEST.search, own))


def _numbers(said: Iterable[str]) -> list[float]:
    """Return the numbers of the texts; none of an account."""
    found: dict[float, None] = {}
    for one in said:
        for match in itertools.islice(_NUMBER.finditer(texts.IBAN.sub(" ", one)), _MOST):
            token = match.group().rstrip(".,")
            values = [value for value in texts.readings(token) if value]
            if _CENTS.search(token):  # 120.50 is no twelve thousand
                values = [min(values, default=0.0)]
            found.update(dict.fromkeys(filter(None, values)))
    return list(found)[:_MOST]


def differences_from(request: Request) -> list[float]:
    """Return the user's own numbers, where he speaks of a difference, a rest or so."""
    return _numbers([request.text])[:_OWN] if _RECKONS.search(request.text) else []


def _totals(sources: Iterable[Source]) -> list[float]:
    """Return what the lines of a list of sums make together, in the texts that the user points at."""
    return [
        sum(min(texts.readings(s.text[low:high].lstrip("+-€$£ ")), default=0.0) for low, high in run)
        for s in sources if s.origin == "untrusted" and (s.named or s.pointed)
        for run in sum_rows(s.text)
    ]  # fmt: skip


def _made(total: float, known: Sequence[float], own: Sequence[float]) -> bool:
    """Say whether numbers make a sum, by one step; the user's own are multiplied before."""

    def near(one: float) -> bool:
        return abs(one - total) < _NEAR

    if any(near(one * k) or near(one / k) for one in known for k in (1, *_TIMES)):
        return True
    if any(near(round(one)) for one in known):
        return True
    for a, b in itertools.permutations(known, 2):
        if near(a + b) or near(a - b) or near(a * b) or near(a / b):
            return True
        if near(a * b / 100) or near(a * (1 + b / 100)) or near(a * (1 - b / 100)):
            return True
    products = [a * b for a, b in itertools.combinations(own[:_OWN], 2)]
    return near(sum(known)) or any(near(a + b) or near(a - b) for a in products for b in known)
