"""The cascade: a scout and a linear model answer clear cases, half a transformer most others, all
of it and the labels of the nearest known messages the rest; one calibration (opinion.py).
"""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Self

import msgspec

from seawall.core.errors import MissingPartError
from seawall.core.exchange import Stage
from seawall.core.once import Once
from seawall.guard.memo import Memo
from seawall.guard.model import english, gloss, installed
from seawall.guard.model.calibration import (
    Weights,
    alone,
    likely,
    never_sure,
    patient,
    undecided,
)
from seawall.guard.model.cuts import ranges
from seawall.guard.model.embeddings import Embeddings
from seawall.guard.model.frame import inside
from seawall.guard.model.judgement import TRUSTED, Judgement, Range, moved
from seawall.guard.model.linear import NOT_ASKED, Chunk, Linear, LinearScores
from seawall.guard.model.means import Means
from seawall.guard.model.opinion import (
    Heads,
    Opinion,
    Part,
    clear,
    judged,
    opinion_of,
    quick_odds,
    with_stray,
)
from seawall.guard.model.scout import Scout
from seawall.guard.model.stray import Stray, Strayed
from seawall.guard.model.transformer import Reader, Shown, Transformer, Window
from seawall.guard.semantic import evidence

MOST_WINDOWS = 5
# The transformer reads the windows that quick models find most suspicious, and beyond these the
# ones that they would flag by themselves: decoys hide nothing.
ALWAYS_READ, MOST_READ = 3, 8
# The scout reads all of a text of so many chunks; of longer ones what the linear model picks.
GLANCED = 3
# A chunk of signs, numbers or a language without spaces fills several of the models' windows.
MOST_PARTS = 12
_KEPT, _GLANCES, _KEPT_CHARACTERS = 1024, 256, 20_000
# Each holds its words and where they stand: 1,000 of them took 20 MB.
_WINDOWS = 192
_CLEARED = 8
# Log-odds from which on a quick opinion is reported.
_LEAST = math.log(evidence.REPORTED / (1 - evidence.REPORTED))
# Of an outsider's text of one chunk, which costs little, the next model is asked at so much less.
_PATIENT = 1.0
# Whose texts are looked through for stray tasks: a description of a tool is all tasks.
_OUTSIDE = frozenset({Stage.DOCUMENT, Stage.TOOL_RESULT})


class Classifier:
    """Both models with their calibration. Thread-safe; results of recent texts are kept."""

    def __init__(
        self,
        linear: Linear,
        reader: Reader,
        scout: Scout,
        transformer: Callable[[], tuple[Transformer, Means, Stray]],
        weights: dict[str, Weights],
    ) -> None:
        self._linear, self._reader, self._weights = linear, reader, weights
        self._definitions = never_sure(weights["attack_untrusted"])
        self._brief = patient(weights["attack_untrusted"], _PATIENT)
        self._alone = {name: alone(one, _LEAST) for name, one in weights.items()}
        self._scout, self._later, self._learnt = scout, Once(transformer), Once(scout.learn)
        self._memo: Memo[tuple[str, str, bool, bool], Judgement] = Memo(_KEPT)
        # Long texts that were called clear a moment ago.
        self._cleared: Memo[tuple[str, str, bool, bool], Judgement] = Memo(_CLEARED)
        self._windows: Memo[tuple[str, int, str, bool], Opinion] = Memo(_WINDOWS)
        self._strays: Memo[str, tuple[Strayed | None]] = Memo(_GLANCES)
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
        self._learnt()

    @property
    def _transformer(self) -> Transformer:
        return self._later()[0]

    @property
    def _means(self) -> Means:
        return self._later()[1]

    @property
    def _stray(self) -> Stray:
        return self._later()[2]

    @classmethod
    def _loaded(cls, folder: Path) -> Self:
        try:
            raw = (folder / "calibration.json").read_bytes()
            weights = msgspec.json.decode(raw, type=dict[str, Weights])
            linear, reader = Linear.load(folder / "linear.npz"), Reader.load(folder)
            rest = partial(_rest, folder, linear, reader)
            return cls(linear, reader, Scout.load(folder), rest, weights)
        except Exception as error:
            raise _missing(folder, error) from error

    def judge(
        self,
        text: str,
        stage: Stage,
        *,
        thorough: bool = False,
        quick: bool = False,
        strays: bool = False,
    ) -> Judgement:
        """Return what a text is likely to be, by who wrote it (its stage).

        `thorough`: no quick model alone must end the matter. `quick`: no other is asked. `strays`:
        an outsider's text is a whole document, in which tasks may stray.
        """
        start, end = inside(text) if stage in TRUSTED else (0, len(text))
        found = self._kept(text[start:end], stage, thorough=False, quick=quick)
        if thorough and not found.asked:
            found = self._kept(text[start:end], stage, thorough=True, quick=quick)
        if strays and stage in _OUTSIDE and not quick and found.injection < evidence.FOUND:
            found = with_stray(found, self._worst_stray(text))
        return moved(found, start) if start else found

    def _worst_stray(self, text: str) -> Strayed | None:
        found = self._strays.get(text)
        if found is None:
            found = (self._stray.worst(text),)
            if len(text) <= _KEPT_CHARACTERS:
                self._strays.put(text, found)
        return found[0]

    def ready(self, text: str, stage: Stage) -> bool:
        """Return whether `judge` says at once what quick models make of a text.

        A text of few windows they read at once; a longer one in English that the linear model calls
        clear is judged here, and `judge` knows it for a while. Linear in the text.
        """
        start, end = inside(text) if stage in TRUSTED else (0, len(text))
        text = text[start:end]
        key = (text, stage.value, False, True)
        places = ranges(text)
        if len(places) <= GLANCED or self._memo.get(key) or self._cleared.get(key):
            return True
        attack, harm = self._weights_of(stage)
        first = self._linear.attacks_at_once(text, untrusted=harm is None, places=places)
        if first is None or suspects(first, attack.skip, None):
            return False
        self._cleared.put(key, _skipped(first, attack, harm))
        return True

    def _weights_of(self, stage: Stage) -> tuple[Weights, Weights | None]:
        """Return how attacks and, for what a user wrote, harm is weighed."""
        if stage in TRUSTED:
            return self._weights["attack_input"], self._weights["harm"]
        if stage is Stage.TOOL_DEFINITION:
            return self._definitions, None
        return self._weights["attack_untrusted"], None

    def suspicions(self, texts: list[str]) -> list[float]:
        """Return the linear model's log-odds that a user's sentences ask for harm."""
        return self._linear.harms(texts)

    def _kept(self, text: str, stage: Stage, *, thorough: bool, quick: bool) -> Judgement:
        key = (text, stage.value, thorough, quick)
        found = self._memo.get(key) or self._cleared.get(key)
        if found is None:
            found = self._judge(text, stage, thorough=thorough, quick=quick)
            if len(text) <= _KEPT_CHARACTERS:
                self._memo.put(key, found)
        return found

    def _judge(
        self, text: str, stage: Stage, *, thorough: bool = False, quick: bool = False
    ) -> Judgement:
        attack, harm = self._weights_of(stage)
        trusted = harm is not None
        if quick:
            # No quick model names a kind of harm: nobody asks for it.
            attack, harm = self._alone["attack_input" if trusted else "attack_untrusted"], None
        places = ranges(text)
        if len(places) == 1 and stage in _OUTSIDE and not quick:
            attack = self._brief
        glanced = len(places) <= GLANCED
        if glanced:
            left, bad, worst = self._glanced(text, stage, places, attack, harm)
            if not left and not thorough:
                odds = None if harm is None else likely(harm.glanced, worst)
                return clear(likely(attack.glanced, bad), odds)
            places = left or places
        first = self._linear.scores(text, untrusted=not trusted, places=places, attacks=quick)
        asked = list(first.ranked)
        if not glanced:
            asked = suspects(first, attack.skip, None if harm is None else harm.skip)
            if not asked and not thorough:
                return _skipped(first, attack, harm)
        asked = asked or list(first.ranked[:1])
        read = self._glanced_at if quick else self._read
        return judged(read(text, asked, stage, attack, harm), trusted)

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
                said = opinion_of(chunk, [scouted], window, attack, harm)
                found.append(msgspec.structs.replace(said, start=chunk.place[0] + at))
        return found

    def _read(
        self, text: str, asked: list[Chunk], stage: Stage, attack: Weights, harm: Weights | None
    ) -> list[Opinion]:
        """Return the opinions on all windows of chunks; the transformer reads the worst of them.

        What it read is kept by the chunk's words: passages of a text share chunks.
        """

        def suspicion(one: tuple[Chunk, Part]) -> float:
            return max(
                quick_odds(*one, attack, 0), quick_odds(*one, harm, 2) if harm else NOT_ASKED
            )

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
            key = (text[start:end], part[0], stage.value, attack is self._brief)
            said = self._windows.get(key)
            if said is None:
                said = self._ask(part, chunk, stage, attack, harm)
                self._windows.put(key, said)
            found.append(msgspec.structs.replace(said, start=start + said.start))
        return found

    def _ask(
        self, part: Part, chunk: Chunk, stage: Stage, attack: Weights, harm: Weights | None
    ) -> Opinion:
        """Return what the models say of one window; each further one only if that may change it."""
        start, shown, scouted = part

        def unsure(seen: list[Heads]) -> bool:
            return undecided(attack, chunk.attack, [max(heads[:2]) for heads in seen]) or (
                harm is not None and undecided(harm, chunk.harm, [heads[2] for heads in seen])
            )

        seen, less = [scouted], 0.0
        window = Window(heads=seen[0], categories=(), span=(), shown=shown)
        if unsure(seen):
            window, middle = self._transformer.half_way(shown)
            seen.append(window.heads)
            if unsure(seen):
                window, mean = self._transformer.end(shown, middle)
                seen.append(window.heads)
                if harm is not None:
                    seen.append(self._transformer.nearest(mean))
                    less = self._means.taken_off(mean)
                else:
                    seen.append(self._means.orders(middle, mean))
                if stage is Stage.TOOL_DEFINITION:
                    less = self._means.taken_off_definition(middle, mean)
        said = opinion_of(chunk, seen, window, attack, harm, less)
        return msgspec.structs.replace(said, start=start)


def suspects(first: LinearScores, attack: float, harm: float | None) -> list[Chunk]:
    """Return the chunks that the linear model does not call clear, at most MOST_WINDOWS."""
    found = [c for c in first.ranked if c.attack >= attack or (harm is not None and c.harm >= harm)]
    return found[:MOST_WINDOWS]


def _skipped(first: LinearScores, attack: Weights, harm: Weights | None) -> Judgement:
    """Return the scores of a text that the linear model calls clear."""
    ill = None if harm is None else likely(harm.skipped, first.harm)
    return clear(likely(attack.skipped, first.attack), ill)


def _rest(folder: Path, linear: Linear, reader: Reader) -> tuple[Transformer, Means, Stray]:
    try:
        gloss.load()
        english.load()
        linear.load_rest()
        words = Embeddings.load(folder / "embeddings.npz")
        transformer = Transformer.load(folder, words)
        return transformer, Means.load(folder), Stray.load(folder, reader, words)
    except Exception as error:
        raise _missing(folder, error) from error


def _missing(folder: Path, error: Exception) -> MissingPartError:
    return installed.unreadable(f"The guard's models in {folder}", error)


def _bundled() -> Classifier:
    return Classifier.load(installed.weights(), quick=True)


_BUNDLED = Once(_bundled)


def quick_models() -> Classifier:
    """Return the bundled classifier, its transformer unread. Raises MissingPartError."""
    return _BUNDLED()


def load() -> Classifier:
    """Return the bundled classifier with all its models. Raises MissingPartError."""
    found = quick_models()
    found.load_rest()
    return found
