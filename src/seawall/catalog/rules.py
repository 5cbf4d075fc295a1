"""The shape of a rule over profile facts, without judging it.

A rule is one of {fact, is} | {fact, has_any} | {fact, nonempty} | {fact, at_least} |
{all: [rules]} | {any: [rules]} | {not: rule} | {maybe: rule, if: words}. The last holds for nobody
for sure: where its rule holds, it hangs on what the words say, which no question asks.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from seawall.catalog.model import Question

Rule = Mapping[str, Any]
TESTS = ("is", "has_any", "nonempty", "at_least")


def leaves(rule: Rule) -> Iterator[Rule]:
    """Give every {fact, ...} of a rule, in reading order. Raises ValueError for another shape."""
    keys = set(rule)
    if keys == {"not"}:
        yield from leaves(rule["not"])
    elif keys == {"maybe", "if"} and isinstance(rule["if"], str) and rule["if"].strip():
        yield from leaves(rule["maybe"])
    elif keys in ({"all"}, {"any"}):
        for inner in rule[keys.pop()]:
            yield from leaves(inner)
    elif "fact" in keys and len(keys) == 2 and keys & set(TESTS):
        yield rule
    else:
        raise ValueError(f"not a rule: {dict(rule)!r}")


def problems(rule: Rule, questions: Mapping[str, Question]) -> Iterator[str]:
    """Give a sentence for each leaf that no answer of the profile's questions can match."""
    try:
        found = list(leaves(rule))
    except (ValueError, AttributeError, TypeError) as error:
        yield str(error)
        return
    for leaf in found:
        question = questions.get(leaf["fact"])
        if question is None:
            yield f"{leaf['fact']} is no question's fact"
            continue
        yield from _mismatch(leaf, question)


def _mismatch(leaf: Rule, question: Question) -> Iterator[str]:
    where = f"{question.fact} ({question.type})"
    if "is" in leaf:
        value = leaf["is"]
        fits = {"yes-no": isinstance(value, bool), "choice": value in question.options}
        if not fits.get(question.type, False):
            yield f"{where} is never {value!r}"
    elif "has_any" in leaf:
        if question.type not in ("choice", "choices"):
            yield f"{where} has no options"
        for value in leaf["has_any"]:
            if value not in question.options:
                yield f"{where} has no option {value!r}"
    elif "nonempty" in leaf and question.type not in ("list", "choices", "text"):
        yield f"{where} is not a list"
    elif "at_least" in leaf and question.type != "number":
        yield f"{where} is not a number"
