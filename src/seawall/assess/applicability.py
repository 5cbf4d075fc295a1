"""Judge rules over profile facts with three values, and say why in a sentence."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from seawall.core.profile import Profile

Rule = Mapping[str, Any]


class Judgement(NamedTuple):
    """True, False or None (unknown), the sentence that says why, the fact that would settle it."""

    applies: bool | None
    sentence: str
    missing_fact: str = ""


class _Part(NamedTuple):
    """A judged rule: value, the phrases that decided it, facts that are missing."""

    value: bool | None
    phrases: tuple[str, ...]
    missing: tuple[str, ...] = ()


def judge(rule: Rule | None, profile: Profile) -> Judgement:
    """Judge a rule in Kleene's three-valued logic.

    `all` is false when one part is false, `any` true when one part is true, whatever is unknown
    beside it. A missing rule (None) always applies. A fact that code or traffic showed is a lower
    bound: what it leaves out is unknown until a person confirms it, so `has_any` can hold and
    cannot fail, and an option that `is` names can fail and cannot hold: others may be beside it.
    A `maybe` whose rule holds is unknown, and no fact is missing: no question asks for it.
    Raises ValueError for a malformed rule.
    """
    if rule is None:
        return Judgement(True, "Applies to every generative-AI application.")
    part = _judge(rule, profile)
    if part.value is None:
        sentence = f"Cannot be decided: {_join(part.phrases)}."
        return Judgement(None, sentence, next(iter(part.missing), ""))
    start = "Applies because" if part.value else "Does not apply because"
    return Judgement(part.value, f"{start} {_join(part.phrases)}.")


def _join(phrases: tuple[str, ...]) -> str:
    unique = list(dict.fromkeys(phrases))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} and {unique[-1]}"


def _judge(rule: Rule, profile: Profile) -> _Part:
    if "not" in rule:
        part = _judge(rule["not"], profile)
        return part._replace(value=None if part.value is None else not part.value)
    if rule.keys() == {"maybe", "if"}:
        return _maybe(_judge(rule["maybe"], profile), rule["if"])
    for word, decisive in (("all", False), ("any", True)):
        if word in rule:
            parts = [_judge(inner, profile) for inner in rule[word]]
            return _combine(parts, decisive)
    if "fact" not in rule:
        raise ValueError(f"not a rule: {dict(rule)!r}")
    part = _leaf(rule, profile)
    if part.value is None or not profile.partial(rule["fact"]):
        return part
    if not _settled(rule, profile.value(rule["fact"]), part.value):
        phrases = tuple(f"{phrase} so far, and nobody confirmed it" for phrase in part.phrases)
        return _Part(None, phrases, (rule["fact"],))
    return part


def _maybe(part: _Part, words: str) -> _Part:
    """Return unknown for a rule that holds: it hangs on something that nobody was asked."""
    if not part.value:
        return part
    phrase = f"{_join(part.phrases)}, and no answer says whether {words}"
    return part._replace(value=None, phrases=(phrase,))


def _settled(rule: Rule, seen: Any, result: bool) -> bool:
    """Return whether what was seen settles a leaf, whatever else may be there too."""
    if "is" in rule:
        return seen is True or (isinstance(seen, str) and not result)
    if "nonempty" in rule:
        return result is bool(rule["nonempty"])
    return result


def _combine(parts: list[_Part], decisive: bool) -> _Part:
    """Combine `all` (decisive False) or `any` (decisive True): one decisive part is enough."""
    for wanted in (decisive, None, not decisive):
        chosen = [part for part in parts if part.value is wanted]
        if chosen and wanted is decisive:
            return chosen[0]
        if chosen:
            phrases = tuple(phrase for part in chosen for phrase in part.phrases)
            missing = tuple(fact for part in chosen for fact in part.missing)
            return _Part(wanted, phrases, missing)
    return _Part(not decisive, ("nothing is asked",))


def _leaf(rule: Rule, profile: Profile) -> _Part:
    fact = rule["fact"]
    value = profile.value(fact)
    if value is None:
        return _Part(None, (f"{fact} is not known",), (fact,))
    held = list(value) if isinstance(value, list | tuple) else [value]
    if "is" in rule:
        return _Part(value == rule["is"], (f"{fact} is {shown(value)}",))
    if "has_any" in rule:
        return _has_any(fact, held, rule["has_any"], single=isinstance(value, str))
    if "nonempty" in rule:
        filled = any(item != "" for item in held)
        phrase = f"{fact} names {_some(held)}" if filled else f"{fact} is empty"
        return _Part(filled is bool(rule["nonempty"]), (phrase,))
    if "at_least" in rule:
        return _Part(value >= rule["at_least"], (f"{fact} is {shown(value)}",))
    raise ValueError(f"not a rule: {dict(rule)!r}")


def _has_any(fact: str, held: list[Any], wanted: Any, *, single: bool) -> _Part:
    common = [str(item) for item in held if item in wanted]
    if single:
        return _Part(bool(common), (f"{fact} is {held[0]}",))
    if common:
        return _Part(True, (f"{fact} includes {', '.join(common)}",))
    options = " or ".join(str(item) for item in wanted)
    return _Part(False, (f"{fact} does not include {options}",))


def shown(value: Any) -> str:
    """Return a fact's value in words: yes, 12,000, or the first items of a list."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if value == int(value) else f"{value:,}"
    if isinstance(value, list | tuple):
        return _some(list(value))
    return str(value)


def _some(items: list[Any]) -> str:
    shown = ", ".join(str(item) for item in items[:3])
    return shown if len(items) <= 3 else f"{shown} and {len(items) - 3} more"
