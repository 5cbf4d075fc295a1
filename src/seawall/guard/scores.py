"""What the trained models think of a text, apart from any policy."""

from collections.abc import Sequence

import msgspec

from seawall.core.errors import InputError
from seawall.core.exchange import Stage
from seawall.guard.engine import MAX_CHARACTERS
from seawall.guard.model.judgement import TRUSTED
from seawall.guard.views import read

# Where the models judge harm: what a user writes. Elsewhere `harm` stays empty.
HARM_STAGES = TRUSTED


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """What the models think, 0..1; 0.5 is the operating point. None: they could not judge.

    `injection`: orders that are not the writer's to give, a jailbreak among them; `jailbreak`: such
    alone. `harm`: by category; the likeliest carries the text's whole score, the others their
    share of it; alike where the quick models found the text clear. Empty where harm is not judged.
    """

    injection: float | None = None
    jailbreak: float | None = None
    harm: dict[str, float] = {}


def scores_of(text: str, stage: Stage) -> Scores:
    """Judge a text over all its readings; the worst of them counts.

    Raises InputError for a text longer than the guard reads, MissingPartError when the models
    cannot be read, and whatever they raise.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"The text is longer than {MAX_CHARACTERS} characters.")
    from seawall.guard.model import classifier
    from seawall.guard.model.reading import chosen, whole
    from seawall.guard.model.transformer import CATEGORIES

    model = classifier.load()
    injection = jailbreak = 0.0
    harm = dict.fromkeys(CATEGORIES, 0.0) if stage in HARM_STAGES else {}
    views = chosen(read(text).views)
    for view in views:
        judged = model.judge(view.text, stage, strays=whole(view, views))
        jailbreak = max(jailbreak, judged.jailbreak)
        injection = max(injection, judged.injection, jailbreak)
        if not judged.categories:
            alike = round(judged.harm, 4)
            harm.update({name: alike for name, held in harm.items() if held < alike})
            continue
        top = max(judged.categories.values())
        for name, share in judged.categories.items() if top else ():
            harm[name] = max(harm.get(name, 0.0), round(judged.harm * share / top, 4))
    return Scores(injection=injection, jailbreak=jailbreak, harm=harm)


def worst(several: Sequence[Scores]) -> Scores:
    """Return the highest of every score; None where one of them could not be judged."""
    if any(one.injection is None for one in several):
        return Scores()
    if len(several) == 1:
        return several[0]
    harm: dict[str, float] = {}
    for one in several:
        for name, score in one.harm.items():
            harm[name] = max(harm.get(name, 0.0), score)
    return Scores(
        injection=max((one.injection or 0.0 for one in several), default=0.0),
        jailbreak=max((one.jailbreak or 0.0 for one in several), default=0.0),
        harm=harm,
    )
