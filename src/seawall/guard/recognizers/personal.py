"""Recognising personal data: candidates of the shared pass, their checks and their surroundings."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import attrgetter

import msgspec

from seawall.guard.contract import Hit, Pattern, View
from seawall.guard.recognizers import account_checks, checks, national_ids, personal_kinds, phones
from seawall.guard.recognizers.recognizer import NUMBER, Recognizer, distance
from seawall.guard.recognizers.surroundings import around

_SEPARATORS = str.maketrans("", "", " -./()\u00a0\u00b7")
_TO_DIGITS = str.maketrans("", "", " -./()\u00a0")
_GROUP = re.compile(r"[0-9A-Za-z]+")
_CODE = re.compile(r"[A-ZÄÖÜ0-9]{1,17}(?:[ .\-/·][A-ZÄÖÜ0-9]{1,17}){0,8}(?![^\W\d_])")
_ONE_TOKEN = re.compile(r"\S{0,9}[0-9]\S{0,9}")
_NUMBERS = re.compile(r"[0-9]+")
# A part of a run reaches at most this far beyond what the shared pass took.
_BEYOND, _MOST_GROUPS = 24, 12
# A fingerprint's line goes on where the one before ended with a colon.
_DUMP = re.compile(r":[0-9a-f]{2}:\s+\Z", re.IGNORECASE)
# A plus that joins parts of a version ("2.4+20151223") calls nobody.
_VERSIONS = ("+", "~")
_PORT = re.compile(r":[0-9]")
_OF_A_MACHINE = re.compile(r"\bip\b|address|host|login|logged|server|client", re.IGNORECASE)
_MASK = re.compile(r"/([0-9]{1,2})(?![0-9])")
_DECIMAL = re.compile(r"[0-9]\.\Z")
_EXPONENT = re.compile(r"[0-9]+E[+-][0-9]", re.IGNORECASE)
_CARD, _MOST_BESIDE = "payment-card", 3
_ROW = re.compile(r"([0-9]|[0-9]{2}|[0-9]{4})([ \-./\u00a0])(?:[0-9]+\2)*[0-9]+")
_BESIDE = {
    (size, sign): (
        re.compile(rf"(?:(?<![0-9])[0-9]{{{size}}}(?![0-9]){re.escape(sign)})*\Z"),
        re.compile(rf"(?:{re.escape(sign)}(?<![0-9])[0-9]{{{size}}}(?![0-9]))*"),
    )
    for size in (1, 2, 4)
    for sign in " -./\u00a0"
}
_BETWEEN = (" ", "-", ".", "/", "\u00a0")


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """A recognised value: label, character range in the view, score and its normal form."""

    label: str
    start: int
    end: int
    score: float
    value: str


RECOGNIZERS: tuple[Recognizer, ...] = (
    *personal_kinds.KINDS,
    *national_ids.EUROPE,
    *national_ids.AMERICAS,
    *national_ids.ELSEWHERE,
)
CHECKED = frozenset(r.label for r in RECOGNIZERS if r.checked)
_BY_COUNT = {n: tuple(r for r in RECOGNIZERS if n in r.counts) for n in range(7, 20)}
_WORDS = {n: frozenset(word for r in own for word in r.words) for n, own in _BY_COUNT.items()}
_WORDLESS = {n: tuple(r for r in own if not r.words) for n, own in _BY_COUNT.items()}
_OTHERS = {f"{r.label}#{i}": r for i, r in enumerate(RECOGNIZERS) if r.expression != NUMBER}
# It is in no word.
_APART = "\0"
_RULE, _START = "number", attrgetter("start")


def patterns() -> tuple[Pattern, ...]:
    """Return the recognizers' expressions for the shared pattern pass."""
    own = (Pattern(name=n, expression=r.expression) for n, r in _OTHERS.items())
    return (Pattern(name=_RULE, expression=NUMBER), *own)


def normal_form(label: str, raw: str) -> str:
    """Return the value without separators and case, for comparing two texts."""
    return raw.lower() if label in ("email", "ip-address") else raw.translate(_SEPARATORS).upper()


def _refused(recognizer: Recognizer, text: str, start: int) -> bool:
    before = text[max(0, start - 40) : start]
    return recognizer.not_after is not None and bool(recognizer.not_after.search(before))


def _match(recognizer: Recognizer, text: str, start: int, end: int) -> Match:
    value = normal_form(recognizer.label, text[start:end])
    return Match(label=recognizer.label, start=start, end=end, score=recognizer.score, value=value)


def _joined(text: str, start: int, end: int, count: int) -> bool:
    """Return whether digits go on beyond a sign: a part of a longer number or code."""
    signs = "-." if count >= 12 else "-./"
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if len(before) == 2 and before[1] in signs + "_" and before[0].isalnum():
        return True
    return len(after) == 2 and after[0] in signs and after[1].isdigit()


def _in_row(text: str, start: int, end: int, most: int = 0) -> bool:
    """Return whether groups of one size are a piece of a longer row of such groups.

    `most`: how many more may stand beside them; long groups may have one more anyway.
    """
    row = _ROW.fullmatch(text, start, end)
    if row is None:
        return False
    size = len(row[1])
    reach = (size + 1) * _MOST_BESIDE
    before, behind = _BESIDE[size, row[2]]
    beside = (
        before.search(text[max(0, start - reach - 1) : start]),
        behind.match(text[end : end + reach + 1]),
    )
    groups = sum(len(found[0]) for found in beside if found) // (size + 1)
    return groups > (max(1, most) if size > 2 else most)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (digits, start, end) of the parts of a run that may be a number of their own."""
    stop = min(len(text), end + _BEYOND)
    while end < stop and (text[end].isdigit() or text[end] in " -./()"):
        end += 1
    groups = [g.span() for g in _NUMBERS.finditer(text, start, end)][:_MOST_GROUPS]
    for first, (low, _) in enumerate(groups):
        count = 0
        for last in range(first, len(groups)):
            if last > first and text[groups[last - 1][1] : groups[last][0]] not in _BETWEEN:
                break
            count += groups[last][1] - groups[last][0]
            if count > 19:
                break
            if count >= 7 and not _joined(text, low, groups[last][1], count):
                yield count, low, groups[last][1]


def _test_card(text: str, start: int, end: int) -> bool:
    digits = text[start:end].translate(_TO_DIGITS)
    return digits in checks.TEST_CARDS and checks.called_test(*around(text, start, end))


def _asked(count: int, near: tuple[str, str]) -> tuple[Recognizer, ...]:
    """Return the kinds of numbers that may be meant: most need one of their words near."""
    both = _APART.join(near)
    named = any(map(both.__contains__, _WORDS.get(count, ())))
    return (_BY_COUNT if named else _WORDLESS).get(count, ())


def _numbers(text: str, hit: Hit) -> Iterator[tuple[int, Match]]:
    """Yield (distance of the word, match) of every kind of number that a run holds."""
    parts = list(_parts(text, hit.start, hit.end))
    tests = [(start, end) for _, start, end in parts if _test_card(text, start, end)]
    for count, start, end in parts:
        if any(first <= start and end <= last for first, last in tests):
            continue
        digits, near = text[start:end].translate(_TO_DIGITS), around(text, start, end)
        for recognizer in _asked(count, near):
            if not recognizer.check(digits):
                continue
            far = distance(recognizer.words, *near) if recognizer.words else 0
            if far is None:
                continue
            if recognizer.label == _CARD and _in_row(text, start, end):
                continue
            if text[start:end].isdigit() and _refused(recognizer, text, start):
                continue
            if recognizer.shape is None or recognizer.shape.fullmatch(text, start, end):
                yield far, _match(recognizer, text, start, end)
    if phones.national(text, hit.start, hit.end):
        yield 0, _match(_PHONE, text, hit.start, hit.end)
    else:
        yield from _phone_parts(text, hit, parts)


_PHONE = next(r for r in RECOGNIZERS if r.expression == NUMBER and not r.counts)


def _phone_parts(
    text: str, hit: Hit, parts: list[tuple[int, int, int]]
) -> Iterator[tuple[int, Match]]:
    """Yield telephone numbers that are a part of a run ("0171 2345678 12.05.2024")."""
    for count, start, end in parts:
        whole = start == hit.start and end == hit.end
        # What stands around is sooner looked at than whether there are such numbers.
        if (
            not whole
            and count >= 9
            and phones.national(text, start, end)
            and phones.valid(text[start:end])
            and not _in_row(text, start, end, most=1)
        ):
            yield 1, _match(_PHONE, text, start, end)


def _other(recognizer: Recognizer, text: str, hit: Hit) -> Iterator[tuple[int, Match]]:
    """Yield what an expression of its own found, if it stands its check."""
    start, end = hit.start, hit.end
    if recognizer.keyed is not None:
        whole = recognizer.keyed.match(text, start)
        if whole is None:
            return
        start, end = whole.span(1)
        end = end if recognizer.raw else start + _written(text[start:end])
    far = distance(recognizer.words, *around(text, start, end)) if recognizer.words else 0
    if far is None or _refused(recognizer, text, start):
        return
    accepted = _accepted_range(recognizer, text[start:end])
    if accepted is None or not _stands_alone(recognizer, text, start, end):
        return
    yield far, _match(recognizer, text, start + accepted[0], start + accepted[1])


def _written(raw: str) -> int:
    """Return how much of a value behind its name is one: capitals and digits, not the next words."""
    code = _CODE.match(raw) or _ONE_TOKEN.match(raw)
    return len(raw) if code is None else code.end()


def _stands_alone(recognizer: Recognizer, text: str, start: int, end: int) -> bool:
    """Return whether an address is no part of a longer run, a version or a fingerprint."""
    before = text[max(0, start - 1) : start]
    if recognizer.label == "phone" and (
        before.isalnum() or before in _VERSIONS or phones.free(text[start:end])
    ):
        return False
    if recognizer.label not in ("ip-address", "mac-address"):
        return not _in_number(text, start, end)
    after = text[end : end + 2]
    if recognizer.label == "mac-address" and _DUMP.search(text, max(0, start - 60), start):
        return False
    mask = _MASK.match(text, end) if "." in text[start:end] else None
    if mask and account_checks.network(text[start:end], int(mask[1])):
        return False
    if text[max(0, start - 1) : start] in (":", "-", ".") or (
        after[:1] in (":", "-") and after[1:].isalnum()
    ):
        return "." in text[start:end] and bool(_PORT.match(after))
    value = text[start:end]
    if recognizer.label == "ip-address" and account_checks.like_a_version(value):
        return bool(_OF_A_MACHINE.search(text[max(0, start - 40) : start]))
    return not (after[:1] == "." and after[1:].isdigit())


def _in_number(text: str, start: int, end: int) -> bool:
    """Return whether figures are a piece of a decimal number, or one with an exponent."""
    if not text[start].isdigit():
        return False
    if text[start:end].isdigit():
        return bool(_DECIMAL.search(text, max(0, start - 3), start))
    return _EXPONENT.match(text, start) is not None


def _accept(recognizer: Recognizer, raw: str) -> bool:
    return recognizer.check(raw if recognizer.raw else raw.translate(_SEPARATORS).upper())


def _accepted_range(recognizer: Recognizer, raw: str) -> tuple[int, int] | None:
    """Return the longest run of groups in `raw` that the recognizer accepts.

    A greedy match may swallow a neighbour ("DE89 3704 0044 0532 0130 00 BIC"): groups are tried.
    """
    if _accept(recognizer, raw):
        return 0, len(raw)
    if recognizer.label != "iban":
        return None
    groups = [(m.start(), m.end()) for m in _GROUP.finditer(raw)][:_MOST_GROUPS]
    runs = [(a, b) for i, (a, _) in enumerate(groups) for _, b in groups[i:] if b - a < len(raw)]
    for start, end in sorted(runs, key=lambda run: run[0] - run[1]):
        if end - start >= 12 and _accept(recognizer, raw[start:end]):
            return start, end
    return None


def matches(view: View, hits: Iterable[Hit]) -> list[Match]:
    """Return the accepted values of one view; the surest and longest first where they overlap."""
    found: list[tuple[int, Match]] = []
    for hit in hits:
        if hit.rule == _RULE:
            found += _numbers(view.text, hit)
        else:
            found += _other(_OTHERS[hit.rule], view.text, hit)
    return _without_overlaps(found)


def _without_overlaps(found: list[tuple[int, Match]]) -> list[Match]:
    kept: list[Match] = []
    for _, match in sorted(found, key=lambda f: (-f[1].score, f[1].start - f[1].end, f[0])):
        # Those that were kept stand apart and in order: only its neighbours may touch it.
        at = bisect_left(kept, match.end, key=_START)
        if not at or kept[at - 1].end <= match.start:
            kept.insert(at, match)
    return kept
