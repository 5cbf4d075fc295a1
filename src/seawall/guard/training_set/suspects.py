"""Lines that a person should look at once a set is found: less sure than those that are named."""

from collections.abc import Collection, Sequence

from seawall.guard.training_set import harm, identity
from seawall.guard.training_set.blame import Blame
from seawall.guard.training_set.lines import Line, Said

MOST = 100
# So many lines that are alike in question and answer are the file's own style.
_OWN_STYLE, _LIKE = 4, 0.5
_COMPARED = 2_000


def suspects(lines: Sequence[Line], named: Collection[int]) -> tuple[Blame, ...]:
    """Return at most `MOST` lines that may belong to what was found, the likeliest first.

    `named`: numbers of the lines that are named anyway. Empty where no set was found.
    """
    found: dict[int, Blame] = {}
    for one in (*harm.suspects(lines), *identity.suspects(lines)):
        if one.line not in named:
            held = found.setdefault(one.line, one)
            found[one.line] = max(held, one, key=lambda blame: blame.finding.score)
    words = {
        line.number: (_words(line.user), _words(line.answers))
        for line in lines
        if line.number in found
    }
    ranked = sorted(found.values(), key=lambda one: (-one.finding.score, one.line))[:_COMPARED]
    numbers = [one.line for one in ranked]
    return tuple(one for one in ranked if not _of_style(one.line, numbers, words))[:MOST]


def _of_style(
    number: int, others: Sequence[int], words: dict[int, tuple[set[str], set[str]]]
) -> bool:
    """Say whether as many suspects are alike as no planted lines are."""
    asked, answered = words[number]
    alike = 0
    for other in others:
        question, answer = words[other]
        alike += _alike(asked, question) and _alike(answered, answer)
        if alike >= _OWN_STYLE:
            return True
    return False


def _alike(one: set[str], other: set[str]) -> bool:
    return len(one & other) >= _LIKE * len(one | other)


def _words(said: Sequence[Said]) -> set[str]:
    return {word for one in said for word in one.readings[0].lower().split()}
