"""What types cannot say of own rules and allow-lists: expressions, sizes, names, duplicates."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import re2

from seawall.core import yamlfile
from seawall.core.errors import InputError
from seawall.core.spelling import instead
from seawall.policy.own_rules import OWN_DETECTOR, AllowList, OwnRule, OwnRules

Problem = tuple[list[str | int], str, str]
"""Keys to the place, what is wrong, what to do."""


class Labelled(Protocol):
    """What a detector's card says of its findings."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What they can be called."""
        ...


Known = Mapping[str, Labelled] | Collection[str] | None
"""The detectors that exist: their cards by id, or the ids alone; None where nobody knows."""

MOST_RULES = 1_000
MOST_VALUES = 100_000
# Instructions of the compiled expression: a bounded repeat writes its inside that often.
MOST_INSTRUCTIONS = 5_000
_NO_LOOK_AROUND = "RE2 has no look-around and no back-references."
# Escapes and sets of an expression: in a set, what looks like a repeat is none.
_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]", re.DOTALL)
_REPEAT = re.compile(r"(?<!\\)\{\d+(?:,\d*)?\}")
_SHORT = ("", "a", "1", " ", "\n", " a ", "a1")


def load_rules(path: Path, detectors: Known = None) -> OwnRules:
    """Read and check a rules file; `detectors`: those that exist, if known.

    Raises InputError that names file, line and field.
    """
    return decode_rules(yamlfile.read_text(path), str(path), detectors)


def decode_rules(text: str, name: str, detectors: Known = None) -> OwnRules:
    """Check the text of a rules file that is called `name` in errors. Raises InputError."""
    own = yamlfile.decode(text, name, OwnRules)
    for keys, message, hint in _file_problems(own, detectors):
        raise InputError(f"{name}:{yamlfile.line_of(text, keys)}: {message}", hint=hint)
    return own


def check_rules(own: OwnRules, detectors: Known = None) -> OwnRules:
    """Return rules that were made in Python. Raises InputError that names the field."""
    for keys, message, hint in _file_problems(own, detectors):
        raise InputError(f"{'.'.join(map(str, keys))}: {message}", hint=hint)
    return own


def own_problems(
    rules: tuple[OwnRule, ...], allow: tuple[AllowList, ...], detectors: Known
) -> Iterator[Problem]:
    """Yield what is wrong with the sections `rules` and `allow` of a policy or a rules file."""
    yield from _sizes(rules, allow)
    yield from _rules(rules)
    for index, one in enumerate(allow):
        yield from _allow(["allow", index], one, detectors)


def label_problems(
    rules: tuple[OwnRule, ...], labels: tuple[str, ...], keys: list[str | int]
) -> Iterator[Problem]:
    """Yield labels that no own rule gives."""
    known = {rule.finding_label for rule in rules}
    for index, label in enumerate(labels):
        if label not in known:
            yield (
                [*keys, "labels", index],
                f"No rule gives the label {label!r}.",
                f"Labels of the rules: {', '.join(sorted(known)) or 'none'}.",
            )


def pattern_problem(pattern: str) -> str:
    """Return why `pattern` is not an RE2 expression, or "" when it is."""
    compiled = _compiled(pattern)
    return compiled if isinstance(compiled, str) else ""


def _compiled(pattern: str) -> Any:
    """Return the compiled expression, or why it is none as a text."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        detail = error.args[0] if error.args else error
        return detail.decode() if isinstance(detail, bytes) else str(detail)


def _file_problems(own: OwnRules, detectors: Known) -> Iterator[Problem]:
    yield from own_problems(own.rules, own.allow, detectors)
    if own.guards and not own.rules:
        yield ["guards"], "There are guards but no rules.", "Add rules, or remove the guards."
    for index, guard in enumerate(own.guards):
        yield from label_problems(own.rules, guard.labels, ["guards", index])


def _sizes(rules: tuple[OwnRule, ...], allow: tuple[AllowList, ...]) -> Iterator[Problem]:
    if len(rules) > MOST_RULES:
        yield ["rules", MOST_RULES], f"More than {MOST_RULES} rules.", "Join some with `|`."
    total = 0
    for index, one in enumerate(allow):
        total += len(one.values) + len(one.hashes) + len(one.expressions)
        if len(one.expressions) > MOST_RULES:
            at: list[str | int] = ["allow", index, "expressions", MOST_RULES]
            yield at, f"More than {MOST_RULES} expressions.", "Use values or hashes."
        if total > MOST_VALUES:
            yield ["allow", index], f"More than {MOST_VALUES} allowed texts.", "Use expressions."


def _rules(rules: tuple[OwnRule, ...]) -> Iterator[Problem]:
    ids: set[str] = set()
    expressions: dict[tuple[object, ...], str] = {}
    for index, rule in enumerate(rules):
        at: list[str | int] = ["rules", index]
        if rule.id in ids:
            yield [*at, "id"], f"The rule {rule.id!r} stands twice.", "Rename or remove one."
        ids.add(rule.id)
        yield from _expression([*at, "expression"], rule.expression, f"rule {rule.id!r}")
        for number, word in enumerate(rule.keywords):
            if not word.strip():
                yield [*at, "keywords", number], "A keyword is blank.", "Leave it out."
        same = (rule.expression, rule.case_sensitive, rule.keywords, rule.checksum, rule.stages)
        if same in expressions:
            yield (
                [*at, "expression"],
                f"The rules {expressions[same]!r} and {rule.id!r} match the same.",
                "Remove one of them.",
            )
        expressions[same] = rule.id


def _expression(keys: list[str | int], text: str, owner: str) -> Iterator[Problem]:
    compiled = _compiled(text)
    if isinstance(compiled, str):
        large = "too large" in compiled or "repetition size" in compiled
        hint = "Lower the bounds of its repeats." if large else _NO_LOOK_AROUND
        yield keys, f"The expression of {owner} is not an RE2 expression: {compiled}.", hint
    elif compiled.programsize > MOST_INSTRUCTIONS:
        yield (
            keys,
            f"The expression of {owner} is too large: {compiled.programsize} instructions, "
            f"at most {MOST_INSTRUCTIONS}.",
            "Lower the bounds of its repeats, or cut it in two rules.",
        )
    elif any(p == r"\Q" or (p[0] == "[" and _REPEAT.search(p)) for p in _PIECE.findall(text)):
        hint = r"Write \{ for a brace inside [...]; \Q...\E cannot be used."
        yield keys, f"The expression of {owner} has braces that could be a repeat.", hint
    elif any(hit.end() == hit.start() for short in _SHORT for hit in compiled.finditer(short)):
        yield keys, f"The expression of {owner} matches the empty text.", "Use + instead of *."


def _allow(keys: list[str | int], one: AllowList, detectors: Known) -> Iterator[Problem]:
    if not (one.values or one.expressions or one.hashes):
        yield keys, "This allow-list allows nothing.", "Give values, expressions or hashes."
    for index, detector in enumerate(one.detectors):
        if detectors is not None and detector not in detectors:
            yield (
                [*keys, "detectors", index],
                f"There is no detector {detector!r}.",
                instead(detector, detectors, "Known detectors:"),
            )
    yield from _allowed_labels(keys, one, detectors)
    for field in ("detectors", "values", "expressions", "hashes"):
        known: set[str] = set()
        for index, text in enumerate(getattr(one, field)):
            if text in known:
                at = [*keys, field, index]
                yield at, f"An entry of {field} stands twice.", "Remove one of them."
            known.add(text)
    for index, text in enumerate(one.values):
        if text != text.strip():
            at = [*keys, "values", index]
            yield at, "An allowed value begins or ends with a blank.", "Remove the blank."
    for index, text in enumerate(one.expressions):
        yield from _expression([*keys, "expressions", index], text, "an allow-list")


def _allowed_labels(keys: list[str | int], one: AllowList, detectors: Known) -> Iterator[Problem]:
    """Yield labels that none of the named detectors gives; own rules may stand in another file."""
    if not isinstance(detectors, Mapping) or OWN_DETECTOR in one.detectors:
        return
    cards = [detectors[name] for name in one.detectors if name in detectors]
    known = sorted({label for card in cards for label in card.labels})
    for index, label in enumerate(one.labels if known else ()):
        if label not in known:
            message = f"The detectors of this allow-list give no label {label!r}."
            yield [*keys, "labels", index], message, f"Their labels: {', '.join(known)}."
