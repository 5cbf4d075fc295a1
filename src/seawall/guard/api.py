"""The guard as a Python object: `from seawall import Guard`. Load once, share between threads."""

import asyncio
import base64
import binascii
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from seawall.core.errors import InputError
from seawall.core.exchange import Exchange, Stage
from seawall.core.verdicts import Action, Outcome
from seawall.guard import cards
from seawall.guard.contract import Example
from seawall.guard.engine import GuardEngine
from seawall.guard.model import classifier
from seawall.guard.model.reading import chosen
from seawall.guard.ocr import read_image
from seawall.guard.self_test import exchange_of, part_at
from seawall.guard.views import read
from seawall.policy.load import load_policy
from seawall.policy.model import GuardRule

# What is taken out by default; everything else that is found blocks.
_REDACTED = frozenset({"secrets", "personal-data", "answer-personal-data"})


class FoundItem(msgspec.Struct, frozen=True, kw_only=True):
    """One finding. Offsets in characters of the text that was given; never the matched text."""

    detector: str
    risk: str
    category: str
    score: float
    start: int
    end: int
    view: str


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """What the models think, 0..1; 0.5 is the operating point. `harm` is by category."""

    injection: float = 0.0
    jailbreak: float = 0.0
    harm: dict[str, float] = {}


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The guard's answer on one text.

    `action`: allow, flag, redact, ask or block. `outcome`: found, clean or unknown: an unknown
    text was not judged, for the reasons in `unknown`. `redacted`: the text to use when the action
    is redact.
    """

    action: Action
    outcome: Outcome
    findings: tuple[FoundItem, ...] = ()
    scores: Scores = Scores()
    unknown: tuple[str, ...] = ()
    redacted: str | None = None


def default_rules() -> tuple[GuardRule, ...]:
    """Return a rule for every detector at every stage that it knows."""
    return tuple(
        GuardRule(
            detector=card.id,
            control="guard",
            action=Action.REDACT if card.id in _REDACTED else Action.BLOCK,
            stages=card.stages,
        )
        for card in cards.cards().values()
    )


class Guard:
    """Judges texts and images. Without a policy every detector runs, as strictly as it can."""

    def __init__(self, rules: Sequence[GuardRule] | None = None, *, on_unknown: str = "block"):
        """Load detectors and models. Raises InputError for a rule, MissingPartError for a part."""
        chosen_rules = default_rules() if rules is None else tuple(rules)
        self._engine = GuardEngine(chosen_rules, default_unknown=on_unknown, read_image=read_image)
        self._classifier = classifier.load()

    @classmethod
    def from_policy(cls, path: str | Path) -> Self:
        """Use a policy file's guards. Raises InputError naming file and line."""
        policy = load_policy(Path(path))
        return cls(policy.guards, on_unknown=policy.on_unknown)

    def check(
        self,
        text: str,
        stage: str | Stage = Stage.INPUT,
        *,
        image: bytes | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> Check:
        """Judge one text (or image) by who wrote it.

        `context`: what surrounds it, for detectors that compare: `system`, `user`, `documents`
        and `tools` (names). Raises InputError for an unknown stage or a wrong context.
        """
        where = _stage(stage)
        part = part_at(where, "" if image else text, "")
        part.image = image
        exchange = _exchange(context) if context else None
        decision = self._engine.inspect([part], exchange)
        own = decision.parts[0]
        return Check(
            action=decision.action,
            outcome=decision.outcome,
            findings=tuple(
                FoundItem(
                    detector=item.detector,
                    risk=(cards.cards()[item.detector].risks or ("",))[0],
                    category=item.label,
                    score=item.score,
                    start=item.start,
                    end=item.end,
                    view=item.view,
                )
                for item in own.findings
            ),
            scores=self.scores(text, where) if image is None else Scores(),
            unknown=decision.unknown,
            redacted=own.redacted,
        )

    async def acheck(
        self,
        text: str,
        stage: str | Stage = Stage.INPUT,
        *,
        image: bytes | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> Check:
        """Judge like `check` in a thread, so that an event loop goes on."""
        return await asyncio.to_thread(self.check, text, stage, image=image, context=context)

    def scores(self, text: str, stage: str | Stage = Stage.INPUT) -> Scores:
        """Return the models' opinion alone, over all readings of the text."""
        where = _stage(stage)
        injection = jailbreak = harm = 0.0
        categories: dict[str, float] = {}
        for view in chosen(read(text).views):
            judged = self._classifier.judge(view.text, where)
            injection = max(injection, judged.injection)
            jailbreak = max(jailbreak, judged.jailbreak)
            if judged.harm >= harm:
                harm, categories = judged.harm, judged.categories
        return Scores(injection=injection, jailbreak=jailbreak, harm=categories)


def _stage(stage: str | Stage) -> Stage:
    try:
        return Stage(stage)
    except ValueError:
        known = ", ".join(one.value for one in Stage)
        raise InputError(f"There is no stage {stage!r}.", hint=f"Stages: {known}.") from None


def _exchange(context: Mapping[str, Any]) -> Exchange:
    try:
        around = msgspec.convert({"text": "", **context}, Example)
    except msgspec.ValidationError as error:
        raise InputError(
            f"The context cannot be used: {error}.",
            hint="It may hold system, user, documents and tools.",
        ) from None
    return exchange_of(around)


def image_bytes(encoded: str) -> bytes:
    """Return the bytes of base64 text or of a data URL. Raises InputError."""
    body = encoded.partition(",")[2] if encoded.startswith("data:") else encoded
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("The image is not base64.") from None
