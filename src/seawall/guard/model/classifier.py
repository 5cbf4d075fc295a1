"""The cascade: the linear model answers clear cases, the transformer the rest; one calibration.

The score of a head is `1 / (1 + exp(-(transformer * t + linear * l + bias)))`, the weights fitted
on rows that neither model has seen (training/calibrate.py). 0.5 is the operating point: about one
in a hundred harmless texts of the validation sources reaches it.
"""

import math
import threading
from collections import OrderedDict
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Self

import msgspec

from seawall.core.errors import MissingPartError
from seawall.core.exchange import Stage
from seawall.guard.model.linear import Linear, LinearScores
from seawall.guard.model.transformer import CATEGORIES, Transformer, Window

MOST_WINDOWS = 5
# A text that the linear model finds clear scores below this.
_CLEAR = 0.02
_KEPT = 2048
_KEPT_CHARACTERS = 20_000
_TRUSTED = frozenset({Stage.INPUT, Stage.HISTORY, Stage.FILE, Stage.SYSTEM})
Range = tuple[int, int]


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one head is calibrated; below `skip` log-odds of the linear model it is not asked."""

    transformer: float
    linear: float
    bias: float
    skip: float


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Scores 0..1 and the range each stands for. `harm`: by category; empty if not asked for."""

    injection: float = 0.0
    jailbreak: float = 0.0
    attack_at: Range = (0, 0)
    harm: float = 0.0
    harm_at: Range = (0, 0)
    categories: dict[str, float] = {}
    asked_transformer: bool = False


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, x))))


def _share(values: tuple[float, ...]) -> list[float]:
    top = max(values)
    raw = [math.exp(v - top) for v in values]
    return [v / sum(raw) for v in raw]


class Classifier:
    """Both models with their calibration. Thread-safe; results of recent texts are kept."""

    def __init__(
        self, linear: Linear, transformer: Transformer, weights: dict[str, Weights]
    ) -> None:
        self._linear, self._transformer, self._weights = linear, transformer, weights
        self._memo: OrderedDict[tuple[str, bool, str], Judgement] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the weights of a folder. Raises MissingPartError when one cannot be read."""
        try:
            raw = (folder / "calibration.json").read_bytes()
            weights = msgspec.json.decode(raw, type=dict[str, Weights])
            linear = Linear.load(folder / "linear.npz")
            return cls(linear, Transformer.load(folder), weights)
        except Exception as error:
            raise MissingPartError(
                f"The guard's models in {folder} cannot be read ({type(error).__name__}).",
                hint="Reinstall Seawall.",
            ) from error

    def judge(self, text: str, stage: Stage) -> Judgement:
        """Return what a text is likely to be, by who wrote it (its stage)."""
        key = (text, stage in _TRUSTED, stage.value)
        with self._lock:
            known = self._memo.get(key)
            if known is not None:
                self._memo.move_to_end(key)
                return known
        found = self._judge(text, stage)
        if len(text) <= _KEPT_CHARACTERS:
            with self._lock:
                self._memo[key] = found
                if len(self._memo) > _KEPT:
                    self._memo.popitem(last=False)
        return found

    def _judge(self, text: str, stage: Stage) -> Judgement:
        trusted = stage in _TRUSTED
        first = self._linear.scores(text, untrusted=not trusted)
        attack = self._weights["attack_input" if trusted else "attack_untrusted"]
        harm = self._weights["harm"]
        if first.attack < attack.skip and (not trusted or first.harm < harm.skip):
            return _clear(first, trusted)
        windows = self._transformer.read(text, chosen_ranges(first, len(text)), stage)
        return _combine(first, windows, attack, harm if trusted else None)


def _clear(first: LinearScores, trusted: bool) -> Judgement:
    """Return the scores of a clear case: near zero, in the order of the linear model's opinion."""
    harm = round(_CLEAR * _sigmoid(first.harm), 4) if trusted else 0.0
    return Judgement(injection=round(_CLEAR * _sigmoid(first.attack), 4), harm=harm)


def chosen_ranges(first: LinearScores, size: int) -> list[Range]:
    """Return the most suspicious ranges and the first and last: attacks like the ends."""
    ranges = sorted(first.ranked)
    if len(ranges) <= MOST_WINDOWS:
        return ranges
    kept = dict.fromkeys((ranges[0], ranges[-1], *first.ranked))
    return sorted(list(kept)[:MOST_WINDOWS])


def _combine(
    first: LinearScores, windows: list[Window], attack: Weights, harm: Weights | None
) -> Judgement:
    def log_odds(weights: Weights, transformer: float, linear: float) -> float:
        return weights.transformer * transformer + weights.linear * linear + weights.bias

    worst = max(windows, key=lambda w: max(w.heads[0], w.heads[1]))
    injection = log_odds(attack, worst.heads[0], first.attack)
    jailbreak = log_odds(attack, worst.heads[1], first.attack)
    found = Judgement(
        injection=round(_sigmoid(injection), 4),
        jailbreak=round(_sigmoid(jailbreak), 4),
        attack_at=_span(worst),
        asked_transformer=True,
    )
    if harm is None:
        return found
    bad = max(windows, key=lambda w: w.heads[2])
    score = round(_sigmoid(log_odds(harm, bad.heads[2], first.harm)), 4)
    shares = dict(zip(CATEGORIES, _share(bad.categories), strict=True))
    return msgspec.structs.replace(
        found,
        harm=score,
        harm_at=(bad.offsets[0][0], bad.offsets[-1][1]) if bad.offsets else (0, 0),
        categories={name: round(score * share, 4) for name, share in shares.items()},
    )


def _span(window: Window) -> Range:
    """Return the tokens from the first to the last that are likely part of the order."""
    if not window.offsets:
        return (0, 0)
    likely = [i for i, value in enumerate(window.span) if value > 0.0]
    if not likely:
        return window.offsets[0][0], window.offsets[-1][1]
    return window.offsets[likely[0]][0], window.offsets[likely[-1]][1]


@cache
def load() -> Classifier:
    """Return the bundled classifier. Raises MissingPartError."""
    return Classifier.load(Path(str(resources.files("seawall.guard.model") / "weights")))
