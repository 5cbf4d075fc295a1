"""The cascade: a scout and a linear model answer clear cases, half a transformer most others, all
of it and the labels of the nearest known messages the rest; one calibration.

The score of a head is `1 / (1 + exp(-(sum of weight * log-odds + bias)))` over the opinions asked
for, the weights fitted on rows that no model has seen (training/calibrate.py). 0.5 is the operating
point: about one in a hundred harmless texts of the validation sources reaches it.
"""

from collections.abc import Callable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Self

import msgspec

from seawall.core.errors import MissingPartError
from seawall.core.exchange import Stage
from seawall.guard.memo import Memo
from seawall.guard.model import gloss
from seawall.guard.model.calibration import Weights, shares_of, sigmoid, undecided, weighed
from seawall.guard.model.frame import inside
from seawall.guard.model.linear import NOT_ASKED, Chunk, Linear, LinearScores, chunks
from seawall.guard.model.scout import Scout
from seawall.guard.model.transformer import CATEGORIES, Reader, Shown, Transformer, Window

MOST_WINDOWS = 5
# The transformer reads the windows that quick models find most suspicious, and beyond these the
# ones that they would flag by themselves: decoys hide nothing.
ALWAYS_READ, MOST_READ = 3, 8
# The scout reads all of a text of so many chunks; of longer ones what the linear model picks.
GLANCED = 3
# A text up to so many characters is one chunk: most often one window holds it.
ONE_WINDOW = 1000
# A chunk of signs, numbers or a language without spaces fills several of the models' windows.
MOST_PARTS = 12
# A text that the scout or the linear model finds clear scores below this.
_CLEAR = 0.02
# Below these log-odds nobody asks where an attack would stand.
_PLACED = -3.0
_KEPT, _GLANCES, _KEPT_CHARACTERS = 1024, 256, 20_000
_TRUSTED = frozenset({Stage.INPUT, Stage.HISTORY, Stage.FILE, Stage.SYSTEM})
# So many opinions beside the linear model's are heard at the end, or one more: that of the nearest
# known messages, for what a user wrote.
WHOLE = 3
Range = tuple[int, int]
Heads = tuple[float, ...]
# Where a window begins in a chunk, the window, and what the scout says of it.
Part = tuple[int, Shown, Heads]


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Scores 0..1 and the range each stands for, empty where little speaks for it.

    `harm`: by category; empty if not asked for. `asked`: more than one model was; `read`: the
    transformer was.
    """

    injection: float = 0.0
    jailbreak: float = 0.0
    attack_at: Range = (0, 0)
    harm: float = 0.0
    harm_at: Range = (0, 0)
    categories: dict[str, float] = {}
    asked: bool = True
    read: bool = False


class Opinion(msgspec.Struct, frozen=True):
    """The calibrated log-odds of one window; `harm` is None where it was not judged.

    `start`: where the window begins in the whole text; its own offsets count from there.
    """

    injection: float
    jailbreak: float
    harm: float | None
    window: Window
    start: int = 0


def moved(judged: Judgement, by: int) -> Judgement:
    """Return a judgement whose ranges begin `by` characters later."""
    attack, harm = judged.attack_at, judged.harm_at
    return msgspec.structs.replace(
        judged,
        attack_at=(attack[0] + by, attack[1] + by),
        harm_at=(harm[0] + by, harm[1] + by),
    )


class Classifier:
    """Both models with their calibration. Thread-safe; results of recent texts are kept."""

    def __init__(
        self,
        linear: Linear,
        reader: Reader,
        scout: Scout,
        transformer: Callable[[], Transformer],
        weights: dict[str, Weights],
    ) -> None:
        self._linear, self._reader, self._weights = linear, reader, weights
        self._scout, self._later = scout, cache(transformer)
        self._memo: Memo[tuple[str, str, bool, bool], Judgement] = Memo(_KEPT)
        self._windows: Memo[tuple[str, int, str], Opinion] = Memo(_KEPT)
        self._glances: Memo[tuple[str, str], tuple[Shown, Heads]] = Memo(_GLANCES)

    @classmethod
    def load(cls, folder: Path, *, quick: bool = False) -> Self:
        """Read the weights of a folder. Raises MissingPartError when one cannot be read.

        `quick`: those of the transformer are read when it is asked for the first time.
        """
        found = cls._loaded(folder)
        if not quick:
            found.load_rest()
        return found

    def load_rest(self) -> None:
        """Read the transformer's weights and the word lists, too. Raises MissingPartError."""
        self._later()

    @property
    def _transformer(self) -> Transformer:
        return self._later()

    @classmethod
    def _loaded(cls, folder: Path) -> Self:
        try:
            raw = (folder / "calibration.json").read_bytes()
            weights = msgspec.json.decode(raw, type=dict[str, Weights])
            return cls(
                Linear.load(folder / "linear.npz"),
                Reader.load(folder),
                Scout.load(folder),
                lambda: _transformer(folder),
                weights,
            )
        except Exception as error:
            raise _missing(folder, error) from error

    def judge(
        self, text: str, stage: Stage, *, thorough: bool = False, quick: bool = False
    ) -> Judgement:
        """Return what a text is likely to be, by who wrote it (its stage).

        `thorough`: no quick model alone must end the matter. `quick`: no other is asked.
        """
        start, end = inside(text) if stage in _TRUSTED else (0, len(text))
        found = self._kept(text[start:end], stage, thorough=False, quick=quick)
        if thorough and not found.asked:
            found = self._kept(text[start:end], stage, thorough=True, quick=quick)
        return moved(found, start) if start else found

    def suspicions(self, texts: list[str]) -> list[float]:
        """Return the linear model's log-odds that a user's sentences ask for harm."""
        return self._linear.harms(texts)

    def _kept(self, text: str, stage: Stage, *, thorough: bool, quick: bool) -> Judgement:
        key = (text, stage.value, thorough, quick)
        found = self._memo.get(key)
        if found is None:
            found = self._judge(text, stage, thorough=thorough, quick=quick)
            if len(text) <= _KEPT_CHARACTERS:
                self._memo.put(key, found)
        return found

    def _judge(
        self, text: str, stage: Stage, *, thorough: bool = False, quick: bool = False
    ) -> Judgement:
        trusted = stage in _TRUSTED
        attack = self._weights["attack_input" if trusted else "attack_untrusted"]
        harm = self._weights["harm"] if trusted else None
        places = ranges(text)
        glanced = len(places) <= GLANCED
        if glanced:
            left, bad, worst = self._glanced(text, stage, places, attack, harm)
            if not left and not thorough:
                return _clear(bad, worst, trusted)
            places = left or places
        first = self._linear.scores(text, untrusted=not trusted, places=places)
        asked = list(first.ranked)
        if not glanced:
            asked = suspects(first, attack.skip, None if harm is None else harm.skip)
            if not asked and not thorough:
                return _clear(first.attack, first.harm, trusted)
        asked = asked or list(first.ranked[:1])
        read = self._glanced_at if quick else self._read
        return _worst(read(text, asked, stage, attack, harm), trusted)

    def _glanced(
        self,
        text: str,
        stage: Stage,
        places: list[Range],
        attack: Weights,
        harm: Weights | None,
    ) -> tuple[list[Range], float, float]:
        """Return the ranges that the scout doesn't find clear, its highest attack and harm."""
        left, bad, worst = [], NOT_ASKED, NOT_ASKED
        for start, end in places:
            said = [scouted for _, _, scouted in self._parts(text[start:end], stage)]
            mine, ill = max(max(one[:2]) for one in said), max(one[2] for one in said)
            if mine >= attack.glance or (harm is not None and ill >= harm.glance):
                left.append((start, end))
            bad, worst = max(bad, mine), max(worst, ill)
        return left, bad, worst

    def _parts(self, words: str, stage: Stage) -> list[Part]:
        """Return the windows that hold a chunk's words, and what the scout says of each."""
        found: list[Part] = []
        at = 0
        while len(found) < MOST_PARTS:
            shown, scouted = self._glance(words[at:], stage)
            found.append((at, shown, scouted))
            if not shown.rest:
                break
            at += shown.rest
        return found

    def _glance(self, text: str, stage: Stage) -> tuple[Shown, Heads]:
        """Return one window's words as the models read them, and what the scout says of it."""
        key = (text, stage.value)
        found = self._glances.get(key)
        if found is None:
            shown = self._reader.shown(text, (0, len(text)), stage)
            found = shown, self._scout.heads(shown)
            self._glances.put(key, found)
        return found

    def _glanced_at(
        self, text: str, asked: list[Chunk], stage: Stage, attack: Weights, harm: Weights | None
    ) -> list[Opinion]:
        """Return the quick models' opinions on all windows of chunks."""
        found = []
        for chunk in asked:
            for at, shown, scouted in self._parts(text[slice(*chunk.place)], stage):
                window = Window(heads=scouted, categories=(), span=(), shown=shown)
                said = _opinion(chunk, [scouted], window, attack, harm)
                found.append(msgspec.structs.replace(said, start=chunk.place[0] + at))
        return found

    def _read(
        self, text: str, asked: list[Chunk], stage: Stage, attack: Weights, harm: Weights | None
    ) -> list[Opinion]:
        """Return the opinions on all windows of chunks; the transformer reads the worst of them.

        What it read is kept by the chunk's words: passages of a text share chunks.
        """

        def suspicion(one: tuple[Chunk, Part]) -> float:
            return max(_quick(*one, attack, 0), _quick(*one, harm, 2) if harm else NOT_ASKED)

        windows = [
            (chunk, part)
            for chunk in asked
            for part in self._parts(text[slice(*chunk.place)], stage)
        ]
        rated = sorted(((suspicion(one), i) for i, one in enumerate(windows)), reverse=True)
        chosen = [
            windows[index]
            for place, (rate, index) in enumerate(rated[:MOST_READ])
            if place < ALWAYS_READ or rate >= 0.0
        ]
        found = []
        for chunk, part in chosen:
            start, end = chunk.place
            key = (text[start:end], part[0], stage.value)
            said = self._windows.get(key)
            if said is None:
                said = self._ask(part, chunk, attack, harm)
                self._windows.put(key, said)
            found.append(msgspec.structs.replace(said, start=start + said.start))
        return found

    def _ask(self, part: Part, chunk: Chunk, attack: Weights, harm: Weights | None) -> Opinion:
        """Return what the models say of one window; each further one only if that may change it."""
        start, shown, scouted = part

        def unsure(seen: list[Heads]) -> bool:
            return undecided(attack, chunk.attack, [max(heads[:2]) for heads in seen]) or (
                harm is not None and undecided(harm, chunk.harm, [heads[2] for heads in seen])
            )

        seen = [scouted]
        window = Window(heads=seen[0], categories=(), span=(), shown=shown)
        if unsure(seen):
            window, middle = self._transformer.half_way(shown)
            seen.append(window.heads)
            if unsure(seen):
                window, mean = self._transformer.end(shown, middle)
                seen.append(window.heads)
                if harm is not None:
                    seen.append(self._transformer.nearest(mean))
        said = _opinion(chunk, seen, window, attack, harm)
        return msgspec.structs.replace(said, start=start)


def ranges(text: str) -> list[Range]:
    """Return the ranges of a text that are judged one by one."""
    return [(0, len(text))] if len(text) <= ONE_WINDOW else chunks(text)


def suspects(first: LinearScores, attack: float, harm: float | None) -> list[Chunk]:
    """Return the chunks that the linear model does not call clear, at most MOST_WINDOWS."""
    found = [c for c in first.ranked if c.attack >= attack or (harm is not None and c.harm >= harm)]
    return found[:MOST_WINDOWS]


def _clear(attack: float, harm: float, trusted: bool) -> Judgement:
    """Return the scores of a clear case: near zero, in the order of the quick model's log-odds."""
    found = round(_CLEAR * sigmoid(harm), 4) if trusted else 0.0
    return Judgement(injection=round(_CLEAR * sigmoid(attack), 4), harm=found, asked=False)


def _quick(chunk: Chunk, part: Part, weights: Weights, head: int) -> float:
    """Return the log-odds of a head (0: attacks, 2: harm) by the quick models alone."""
    heads = part[2]
    linear, scouted = (chunk.attack, max(heads[:2])) if head == 0 else (chunk.harm, heads[head])
    return weighed(weights.steps[0].weights, linear, [scouted])


def _opinion(
    chunk: Chunk, seen: list[Heads], window: Window, attack: Weights, harm: Weights | None
) -> Opinion:
    def log_odds(weights: Weights, linear: float, head: int) -> float:
        own = weights.steps[min(len(seen), WHOLE) - 1].weights
        return weighed(own, linear, [heads[head] for heads in seen])

    return Opinion(
        injection=log_odds(attack, chunk.attack, 0),
        jailbreak=log_odds(attack, chunk.attack, 1),
        harm=None if harm is None else log_odds(harm, chunk.harm, 2),
        window=window,
    )


def _worst(opinions: list[Opinion], trusted: bool) -> Judgement:
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


def _transformer(folder: Path) -> Transformer:
    try:
        gloss.load()
        return Transformer.load(folder)
    except Exception as error:
        raise _missing(folder, error) from error


def _missing(folder: Path, error: Exception) -> MissingPartError:
    return MissingPartError(
        f"The guard's models in {folder} cannot be read ({type(error).__name__}).",
        hint="Reinstall Seawall.",
    )


@cache
def quick_models() -> Classifier:
    """Return the bundled classifier, its transformer unread. Raises MissingPartError."""
    folder = Path(str(resources.files("seawall.guard.model") / "weights"))
    return Classifier.load(folder, quick=True)


def load() -> Classifier:
    """Return the bundled classifier with all its models. Raises MissingPartError."""
    found = quick_models()
    found.load_rest()
    return found
