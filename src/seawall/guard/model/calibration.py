"""How the models' opinions are weighed into one, and when the next model is asked."""

import math
from collections.abc import Iterable, Sequence

import msgspec

# Where the scout says so little that the linear model would have to say more than this, no text was
# ever reported: of 70,000 rows 16,300 were, with and without asking it the same ones.
MOST = 12.0


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the models asked so far come to: the sum of `weights` (one a model, then a bias) times
    log-odds. Between `clear` and `sure` the next model is asked.
    """

    weights: tuple[float, ...]
    clear: float
    sure: float


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one head is calibrated, in log-odds.

    `glance`: below it the scout's opinion of a chunk ends the matter. `skip`: below it the linear
    model's of a chunk of a text that is longer than the scout reads. `glanced` and `skipped`: what
    all models together are likely to say where one of these ended it (slope, bias). `steps`: with
    the linear model and the scout, with half the transformer, with all of it (and, for a user's
    text, the nearest known messages).
    """

    glance: float
    glanced: tuple[float, float]
    skip: float
    skipped: tuple[float, float]
    steps: tuple[Step, Step, Step]


def alone(weights: Weights, least: float) -> Weights:
    """Return the weights where the linear model and the scout are asked and no other.

    The scout ends the matter, too, where the linear model's highest opinion would not bring both to
    `least` log-odds.
    """
    linear, scout, bias = weights.steps[0].weights
    glance = (least - bias - linear * MOST) / scout
    return msgspec.structs.replace(weights, glance=max(weights.glance, glance))


def never_sure(weights: Weights) -> Weights:
    """Return the weights where no quick opinion is sure of an attack: all models are asked."""
    one, two, three = (msgspec.structs.replace(step, sure=math.inf) for step in weights.steps)
    return msgspec.structs.replace(weights, steps=(one, two, three))


def patient(weights: Weights, more: float) -> Weights:
    """Return the weights where `more` (log-odds) less is needed before the next model is asked."""
    *early, last = weights.steps
    one, two = (msgspec.structs.replace(step, clear=step.clear - more) for step in early)
    return msgspec.structs.replace(weights, steps=(one, two, last))


def finite(values: Iterable[float]) -> tuple[float, ...]:
    """Return a model's log-odds. Raises ValueError for NaN, which is below every threshold."""
    odds = tuple(map(float, values))
    if not all(map(math.isfinite, odds)):
        raise ValueError("a model's log-odds are no numbers")
    return odds


def sigmoid(x: float) -> float:
    """Return the chance that log-odds stand for."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, x))))


def shares_of(values: tuple[float, ...]) -> list[float]:
    """Return what part of the whole each of several log-odds stands for (softmax)."""
    top = max(values)
    raw = [math.exp(v - top) for v in values]
    return [v / sum(raw) for v in raw]


def weighed(weights: Sequence[float], linear: float, others: Sequence[float]) -> float:
    """Return the log-odds of a head by the linear model and the others asked."""
    each = (linear, *others, 1.0)
    return sum(weight * value for weight, value in zip(weights, each, strict=True))


def likely(line: tuple[float, float], odds: float) -> float:
    """Return the log-odds that all models are likely to come to, by those of one of them."""
    slope, bias = line
    return slope * odds + bias


def undecided(weights: Weights, linear: float, others: Sequence[float]) -> bool:
    """Say whether the next model could still change what the ones asked say."""
    step = weights.steps[len(others) - 1]
    return step.clear < weighed(step.weights, linear, others) < step.sure
