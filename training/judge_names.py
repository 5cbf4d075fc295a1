"""Measure the tagger on what it was not trained on: `python -m training.judge_names --data FOLDER`.

Templates (public and ours) held out, ours with names that are held back as well; and what it
flags in ordinary public texts of sources that it has not seen.
"""

import argparse
import random
from collections import Counter
from pathlib import Path

from seawall.guard.detectors.personal_names import score_of
from seawall.guard.model.tagger import Entity, Tagger
from training.names import MEASURED
from training.personal_rows import Sample, filled, held_out, ordinary, plain, public, templates
from training.personal_values import LANGUAGES, Values

_WEIGHTS = Path("src/seawall/guard/model/weights/names.npz")
_KINDS = ("person", "street-address")
LEAST = 0.5


def _least(found: Entity) -> float:
    """Return the score that counts; places and organisations never reach 0.5."""
    return LEAST if found.kind in _KINDS else LEAST / 2


def unseen(values: Values) -> list[Sample]:
    """Return held-out templates of ours, filled with names that are kept back."""
    kept = [t for t in templates() if held_out(t["text"])]
    return [filled(t, values) for t in kept for _ in range(5)]


def small(sample: Sample) -> Sample:
    """Return the sample in small letters."""
    text = "".join(c.lower() if len(c.lower()) == 1 else c for c in sample.text)
    return sample._replace(text=text)


def score(
    tagger: Tagger, samples: list[Sample], kinds: tuple[str, ...]
) -> tuple[float, float, float, int]:
    """Return F1, precision, recall and the number of spans. A match shares half of either span."""
    right = said = asked = caught = 0
    for sample in samples:
        found = [
            e
            for e in tagger.entities(sample.text)
            if e.kind in kinds and score_of(e, sample.text, tagger) >= _least(e)
        ]
        gold = [span for span in sample.spans if span[2] in kinds]
        said, asked = said + len(found), asked + len(gold)
        right += sum(any(_same(e, g) for g in gold) for e in found)
        caught += sum(any(_same(e, g) for e in found) for g in gold)
    precision, recall = right / max(1, said), caught / max(1, asked)
    return 2 * precision * recall / max(1e-9, precision + recall), precision, recall, asked


def _same(found: Entity, gold: tuple[int, int, str]) -> bool:
    shared = min(found.end, gold[1]) - max(found.start, gold[0])
    longest = max(found.end - found.start, gold[1] - gold[0])
    return found.kind == gold[2] and shared * 2 >= longest


def _line(
    name: str, tagger: Tagger, samples: list[Sample], kinds: tuple[str, ...] = _KINDS
) -> None:
    f1, precision, recall, count = score(tagger, samples, kinds)
    print(f"{name:44} F1 {f1:.3f}  precision {precision:.3f}  recall {recall:.3f}  spans {count}")


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=_WEIGHTS)
    parser.add_argument("--show", type=int, default=0, help="print so many flagged ordinary texts")
    chosen = parser.parse_args()
    tagger = Tagger.load(chosen.weights)
    outside = [s for s in public(chosen.data) if held_out(s.group)]
    _line("public templates: names and addresses", tagger, outside)
    _half_covered(tagger, chosen.data)
    for kind in ("person", "street-address", "location", "organisation"):
        _line(f"public templates: {kind}", tagger, outside, (kind,))
    _line("public templates, small letters", tagger, [small(s) for s in outside])
    ours = unseen(Values(99, unseen=True))
    _line("our templates, unseen names", tagger, ours)
    _line("our templates, unseen names, small letters", tagger, [small(s) for s in ours])
    for language in LANGUAGES:
        _line(f"our templates, {language}", tagger, [s for s in ours if s.lang == language])
    calm = [s for s in plain() if held_out(s.text)]
    flagged = sum(
        any(
            e.kind in _KINDS and score_of(e, s.text, tagger) >= LEAST
            for e in tagger.entities(s.text)
        )
        for s in calm
    )
    print(f"our ordinary sentences, held out: {flagged} of {len(calm)} flagged")
    _reliability(tagger, [*outside, *ours])
    _ordinary(tagger, chosen.data, chosen.show)


def _half_covered(tagger: Tagger, data: Path) -> None:
    """Print the looser measure: half of a name or address is covered; any marked text is right."""
    right = said = caught = asked = 0
    for sample in (s for s in public(data, every=True) if held_out(s.group)):
        found = [
            e
            for e in tagger.entities(sample.text)
            if e.kind in _KINDS and score_of(e, sample.text, tagger) >= LEAST
        ]
        said += len(found)
        right += sum(any(_shared(e, span) > 0 for span in sample.spans) for e in found)
        gold = [span for span in sample.spans if span[2] in _KINDS]
        asked += len(gold)
        caught += sum(any(_shared(e, g) * 2 >= g[1] - g[0] for e in found) for g in gold)
    precision, recall = right / max(1, said), caught / max(1, asked)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    name = "public templates: half covered, any kind"
    print(f"{name:44} F1 {f1:.3f}  precision {precision:.3f}  recall {recall:.3f}  spans {asked}")


def _shared(found: Entity, gold: tuple[int, int, str]) -> int:
    return min(found.end, gold[1]) - max(found.start, gold[0])


def _reliability(tagger: Tagger, samples: list[Sample]) -> None:
    """Print how often what is found is right, by its score."""
    tally: dict[int, list[bool]] = {}
    for sample in samples:
        for found in tagger.entities(sample.text):
            if found.kind in _KINDS:
                right = any(_same(found, gold) for gold in sample.spans)
                tally.setdefault(min(9, int(found.score * 10)), []).append(right)
    shares = (
        f"{key / 10:.1f}: {sum(s) / len(s):.2f} of {len(s)}" for key, s in sorted(tally.items())
    )
    print("right by score:", ", ".join(shares))


def _ordinary(tagger: Tagger, data: Path, show: int) -> None:
    texts = [t for t in ordinary(data) if t[1].startswith(MEASURED)]
    random.Random(5).shuffle(texts)
    texts = texts[:3000]
    seen: Counter[str] = Counter()
    examples: list[str] = []
    for text, source in texts:
        found = [
            e
            for e in tagger.entities(text)
            if e.kind in _KINDS and score_of(e, text, tagger) >= LEAST
        ]
        for kind in {e.kind for e in found}:
            seen[kind] += 1
        if found:
            seen["any"] += 1
            examples += [
                f"{source}: {e.kind} {e.score:.2f} {text[e.start : e.end]!r}" for e in found[:2]
            ]
    rates = ", ".join(f"{kind} {1000 * n / len(texts):.1f}" for kind, n in seen.most_common())
    print(f"ordinary public texts flagged, per thousand of {len(texts)}: {rates}")
    for line in examples[:show]:
        print("  ", line)


if __name__ == "__main__":
    main()
