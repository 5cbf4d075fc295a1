"""Which questions matter, given the answers so far, and what follows where one does not."""

from collections.abc import Iterator, Mapping

from seawall.assess.applicability import judge
from seawall.catalog.model import Question
from seawall.catalog.rules import leaves
from seawall.core.profile import Fact, Profile

FOLLOWS = "follows from "


def matters(question: Question, profile: Profile) -> bool:
    """Return whether a question has to be asked; it has while what decides it is unknown."""
    return judge(question.asked_when, profile).applies is not False


def settled(question: Question, profile: Profile) -> bool:
    """Return whether a person answered, with "unknown" too; what was only discovered is open."""
    fact = profile.facts.get(question.fact)
    return fact is not None and not fact.partial


def pending(questions: Mapping[str, Question], profile: Profile) -> Iterator[Question]:
    """Give the questions that matter and that nobody has answered, in the catalogue's order."""
    for question in questions.values():
        if matters(question, profile) and not settled(question, profile):
            yield question


def implied(
    questions: Mapping[str, Question], profile: Profile, today: str
) -> dict[str, Fact | None]:
    """Return the facts that follow from the others: new ones, and None for those that no longer do.

    A fact that a person or a repository gave is left alone, whatever would follow.
    """
    changes: dict[str, Fact | None] = {}
    for key, question in questions.items():
        given = profile.facts.get(key)
        follows = given is not None and given.source.startswith(FOLLOWS)
        if matters(question, profile):
            if follows:
                changes[key] = None
        elif given is None:
            changes[key] = _following(question, today)
    return changes


def _following(question: Question, today: str) -> Fact:
    value = question.otherwise
    because = " and ".join(
        dict.fromkeys(leaf["fact"] for leaf in leaves(question.asked_when or {}))
    )
    return Fact(
        key=question.fact,
        value=tuple(value) if isinstance(value, list) else value,
        source=f"{FOLLOWS}{because}",
        date=today,
    )
