"""What the models come to: one calibrated opinion a window, and from these one judgement of a text.

The score of a head is `1 / (1 + exp(-(sum of weight * log-odds + bias)))` over the opinions asked
for, the weights fitted on rows that no model has seen (training/calibrate.py). 0.5 is the operating
point: about one in a hundred harmless texts of the validation sources reaches it.
"""

import msgspec

from seawall.guard.model.calibration import Weights, shares_of, sigmoid, weighed
from seawall.guard.model.judgement import Judgement, Range
from seawall.guard.model.linear import NOT_ASKED, Chunk
from seawall.guard.model.stray import Strayed
from seawall.guard.model.transformer import CATEGORIES, Shown, Window

# A text that the scout or the linear model finds clear scores no more than this.
_CLEAR = 0.1
# Below these log-odds nobody asks where an attack would stand.
_PLACED = -3.0
# So many opinions beside the linear model's are heard at the end, or one more: that of the nearest
# known messages, for what a user wrote.
WHOLE = 3
Heads = tuple[float, ...]
# Where a window begins in a chunk, the window, and what the scout says of it.
Part = tuple[int, Shown, Heads]


class Opinion(msgspec.Struct, frozen=True):
    """The calibrated log-odds of one window; `harm` is None where it was not judged.

    `start`: where the window begins in the whole text; its own offsets count from there.
    """

    injection: float
    jailbreak: float
    harm: float | None
    window: Window
    start: int = 0


def with_stray(found: Judgement, said: Strayed | None) -> Judgement:
    """Return a judgement that knows of the likeliest stray task, too."""
    score = 0.0 if said is None else round(sigmoid(said.odds), 4)
    if said is None or score <= max(found.injection, found.jailbreak):
        return found
    return msgspec.structs.replace(found, injection=score, attack_at=said.place)


def clear(attack: float, harm: float | None) -> Judgement:
    """Return the scores of a clear case, from the log-odds that all models are likely to come to.

    `harm` is None where it is not judged.
    """
    ill = 0.0 if harm is None else _low(harm)
    return Judgement(injection=_low(attack), harm=ill, asked=False)


def _low(odds: float) -> float:
    return round(min(_CLEAR, sigmoid(odds)), 4)


def quick_odds(chunk: Chunk, part: Part, weights: Weights, head: int) -> float:
    """Return the log-odds of a head (0: attacks, 2: harm) by the quick models alone."""
    heads = part[2]
    linear, scouted = (chunk.attack, max(heads[:2])) if head == 0 else (chunk.harm, heads[head])
    return weighed(weights.steps[0].weights, linear, [scouted])


def opinion_of(
    chunk: Chunk,
    seen: list[Heads],
    window: Window,
    attack: Weights,
    harm: Weights | None,
    less: float = 0.0,
) -> Opinion:
    """Weigh what is said of one window; `less`: what an attack's log-odds lose."""

    def log_odds(weights: Weights, linear: float, head: int) -> float:
        own = weights.steps[min(len(seen), WHOLE) - 1].weights
        return weighed(own, linear, [heads[head] for heads in seen])

    return Opinion(
        injection=log_odds(attack, chunk.attack, 0) - less,
        jailbreak=log_odds(attack, chunk.attack, 1) - less,
        harm=None if harm is None else log_odds(harm, chunk.harm, 2),
        window=window,
    )


def judged(opinions: list[Opinion], trusted: bool) -> Judgement:
    worst = max(opinions, key=lambda one: max(one.injection, one.jailbreak))
    likely = max(worst.injection, worst.jailbreak) >= _PLACED
    found = Judgement(
        injection=round(sigmoid(worst.injection), 4),
        jailbreak=round(sigmoid(worst.jailbreak), 4),
        attack_at=_span(worst) if likely else (worst.start, worst.start),
        read=any(one.window.categories for one in opinions),
    )
    if not trusted:
        return found
    bad = max(opinions, key=lambda one: NOT_ASKED if one.harm is None else one.harm)
    score = round(sigmoid(NOT_ASKED if bad.harm is None else bad.harm), 4)
    likely = bad.harm is not None and bad.harm >= _PLACED
    offsets = (bad.window.offsets if likely else ()) or ((0, 0),)
    told = bad.window.categories
    shares = dict(zip(CATEGORIES, shares_of(told), strict=True)) if told else {}
    return msgspec.structs.replace(
        found,
        harm=score,
        harm_at=(bad.start + offsets[0][0], bad.start + offsets[-1][1]),
        categories={name: round(score * share, 4) for name, share in shares.items()},
    )


def _span(opinion: Opinion) -> Range:
    """Return the tokens from the first to the last that are likely part of the order."""
    window, start = opinion.window, opinion.start
    if not window.offsets:
        return (0, 0)
    likely = [i for i, value in enumerate(window.span) if value > 0.0]
    first, last = (likely[0], likely[-1]) if likely else (0, -1)
    return start + window.offsets[first][0], start + window.offsets[last][1]
