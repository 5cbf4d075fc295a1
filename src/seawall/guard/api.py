"""The guard as a Python object: `from seawall import Guard`. Load once, share between threads."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from seawall.core.errors import InputError, reason_of
from seawall.core.exchange import Exchange, Part, Stage
from seawall.core.verdicts import Action, Finding, OnUnknown, Outcome, unknown_action
from seawall.guard import cards
from seawall.guard.contract import Card, Example
from seawall.guard.decision import Decision, PartDecision, doubted, undecided
from seawall.guard.engine import GuardEngine
from seawall.guard.ocr import read_once
from seawall.guard.own import joined, own_of, with_guards
from seawall.guard.recognizers.links import CARRIES
from seawall.guard.scores import Scores, scores_of, worst
from seawall.guard.self_test import exchange_of, part_at
from seawall.policy.load import load_policy
from seawall.policy.model import GuardRule
from seawall.policy.own_rules import OWN_DETECTOR, OwnRules

if TYPE_CHECKING:
    from seawall.guard.vault import Vault

__all__ = [
    "Check",
    "FoundItem",
    "Guard",
    "Pseudonymised",
    "Scores",
    "check_of",
    "default_rules",
    "parts_of",
]

# What is taken out by default; everything else that is found blocks.
_REDACTED = frozenset({"secrets", "personal-data", "answer-personal-data"})
# Worth a look, not a stop: a private package looks like an invented one, a cleanup like a wipe,
# and names stand in most letters.
_FLAGGED = frozenset({"unknown-packages", "personal-names"})
_CODE = "-code"  # detectors of code
# One reads every text as a program, one finds nothing wrong; the others need rules or texts.
_NOT_BY_DEFAULT = frozenset({"python-code", "refusal", "verbatim", OWN_DETECTOR})
# Beside the trained models the rules count only where they are sure.
_SURE = {
    "injection": 0.75, "disclosure-request": 0.9, "misuse-fraud": 0.9, "misuse-cyber": 0.9,
}  # fmt: skip
_LINKS = "markdown-exfiltration"
_OF_OTHERS = (Stage.DOCUMENT, Stage.TOOL_RESULT)
_IMAGE = "image"


class FoundItem(msgspec.Struct, frozen=True, kw_only=True):
    """One finding; never the matched text. `view`: the reading in which it was seen.

    `start` and `end` are in characters of the text that was given; both 0 for what stands in the
    image, whose views begin with "image".
    """

    detector: str
    risk: str
    category: str
    score: float
    start: int
    end: int
    view: str


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """The guard's answer on one text.

    `action`: allow, flag, redact, ask or block. `outcome`: found, clean or unknown: an unknown
    text was not judged, for the reasons in `unknown`. `redacted`: the text to use when the action
    is redact; a notice in it stands for an image that must not be used.
    """

    action: Action
    outcome: Outcome
    findings: tuple[FoundItem, ...] = ()
    scores: Scores = Scores()
    unknown: tuple[str, ...] = ()
    redacted: str | None = None


class Pseudonymised(msgspec.Struct, frozen=True, kw_only=True):
    """A text with pseudonyms for personal values; None when it must not be used.

    `check`: the guard's answer on the text as it was, or on what stopped it.
    """

    text: str | None
    check: Check


class _Around(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What surrounds a text, for detectors that compare."""

    system: str = ""
    user: str = ""
    documents: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    answer_schema: dict[str, Any] | None = None


def default_rules() -> tuple[GuardRule, ...]:
    """Return a rule for every detector at every stage that it knows, but for code and own rules.

    Personal data that others wrote is flagged: every mail names its sender.
    """
    known = [card for card in cards.cards().values() if card.id not in _NOT_BY_DEFAULT]
    return tuple(rule for card in known for rule in _default_rules(card))


def _default_rules(card: Card) -> Iterator[GuardRule]:
    if card.id == _LINKS:
        yield from _link_rules(card)
        return
    apart = _OF_OTHERS if card.id == "personal-data" else ()
    own = tuple(stage for stage in card.stages if stage not in apart)
    for stages, action in ((own, _default_action(card.id)), (apart, Action.FLAG)):
        if stages:
            yield GuardRule(
                detector=card.id,
                control="guard",
                action=action,
                stages=stages,
                threshold=_SURE.get(card.id, 0.5),
            )


def _link_rules(card: Card) -> Iterator[GuardRule]:
    """A picture is fetched unasked; a link waits for a click: it blocks if it carries something."""
    shown = tuple(label for label in card.labels if label != "link")
    for labels, threshold, action in (
        (shown, 0.5, Action.BLOCK), ((), CARRIES, Action.BLOCK), ((), 0.5, Action.FLAG)
    ):  # fmt: skip
        yield GuardRule(
            detector=card.id,
            control="guard",
            action=action,
            stages=card.stages,
            threshold=threshold,
            labels=labels,
        )


def _verbatim_rule(registered: Sequence[str | Path]) -> GuardRule:
    return GuardRule(
        detector="verbatim",
        control="guard",
        action=Action.BLOCK,
        stages=(Stage.OUTPUT, Stage.TOOL_CALL),
        registered=tuple(map(str, registered)),
    )


def _default_action(detector: str) -> Action:
    if detector in _FLAGGED or detector.endswith(_CODE):
        return Action.FLAG
    return Action.REDACT if detector in _REDACTED else Action.BLOCK


class Guard:
    """Judges texts and images. Without rules every detector runs, as strictly as it can.

    Thread-safe, without state between calls: one object serves a whole application.
    """

    def __init__(
        self,
        rules: Sequence[GuardRule] | None = None,
        *,
        on_unknown: OnUnknown = "block",
        own_rules: OwnRules | str | Path | None = None,
        registered: Sequence[str | Path] = (),
    ) -> None:
        """Load detectors and models; `own_rules`: a rules file with your patterns and allow-lists.

        `registered`: index files, text files or folders; answers that repeat them are blocked.
        Raises InputError for a rule, MissingPartError for a part.
        """
        own = own_of(own_rules)
        chosen_rules = tuple(default_rules() if rules is None else rules)
        if registered:
            chosen_rules += (_verbatim_rule(registered),)
        self._engine = GuardEngine(
            with_guards(chosen_rules, own),
            default_unknown=on_unknown,
            read_image=read_once,
            own_rules=own,
        )
        self._unknown = unknown_action(on_unknown)
        from seawall.guard.model import classifier

        classifier.load()

    @classmethod
    def from_policy(
        cls, path: str | Path, *, own_rules: OwnRules | str | Path | None = None
    ) -> Self:
        """Use a policy file's guards and rules, and more rules. Raises InputError with the line."""
        policy = load_policy(Path(path), cards.cards())
        own = joined(policy.own, own_of(own_rules))
        return cls(policy.guards, on_unknown=policy.on_unknown, own_rules=own)

    @classmethod
    def around(cls, engine: GuardEngine, *, on_unknown: OnUnknown = "block") -> Self:
        """Use an engine that stands already. Models are read when the first text is judged."""
        guard = cls.__new__(cls)
        guard._engine = engine
        guard._unknown = unknown_action(on_unknown)
        return guard

    def check(
        self,
        text: str,
        stage: str | Stage = Stage.INPUT,
        *,
        image: bytes | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> Check:
        """Judge one text, an image, or both, by who wrote it. What fails is UNKNOWN, never clean.

        `context`: what surrounds it, for detectors that compare: `system`, `user`, `documents`,
        `tools` (names) and `answer_schema` (the JSON Schema that was asked for). Raises InputError
        for an unknown stage, a wrong type or context.
        """
        decision, scores = self.judge(text, stage, image=image, context=context)
        return check_of(decision, scores, text)

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
        """Return the models' opinion alone. Raises InputError, MissingPartError."""
        return scores_of(_text(text), _stage(stage))

    def pseudonymise(
        self,
        text: str,
        vault: "Vault",
        stage: str | Stage = Stage.INPUT,
        *,
        context: Mapping[str, Any] | None = None,
    ) -> Pseudonymised:
        """Judge a text and replace personal values by pseudonyms that `vault.restore` undoes.

        Other redactions stay notices. What is blocked or UNKNOWN gives no text. Raises InputError
        like `check`, VaultFullError when the vault takes no more.
        """
        from seawall.guard.pseudonymise import pseudonymised

        made = pseudonymised(text, vault, lambda it: self.judge(it, stage, context=context))
        return Pseudonymised(text=made.text, check=check_of(made.decision, made.scores, text))

    def judge(
        self,
        text: str,
        stage: str | Stage = Stage.INPUT,
        *,
        image: bytes | None = None,
        context: Mapping[str, Any] | None = None,
        at: str = "",
    ) -> tuple[Decision, Scores]:
        """Return the engine's decision and the scores; `check_of` makes a Check of them.

        `at`: the pointer of what is judged. Raises InputError like `check`.
        """
        where = _stage(stage)
        parts = parts_of(_text(text), where, image, at)
        exchange = None if context is None else _exchange(context)
        try:
            decision = self._engine.inspect(parts, exchange)
        except Exception as error:  # noqa: BLE001 - a failing guard is UNKNOWN, never clean
            return undecided(parts, f"guard: {reason_of(error)}", self._unknown), Scores()
        try:
            return decision, worst([_scores(part) for part in parts])
        except Exception as error:  # noqa: BLE001 - so is a failing model
            return doubted(decision, f"models: {reason_of(error)}", self._unknown), Scores()


def parts_of(text: str, stage: Stage, image: bytes | None, at: str = "") -> list[Part]:
    """Return what is judged: the text (also an empty one), the image, or both."""
    parts = [part_at(stage, text, f"{at}/text")] if text or image is None else []
    if image is not None:
        if not isinstance(image, bytes):
            raise InputError("The image must be bytes.")
        part = part_at(stage, "", f"{at}/{_IMAGE}")
        part.image = image
        parts.append(part)
    return parts


def check_of(decision: Decision, scores: Scores, text: str) -> Check:
    """Return the answer on `text` from what `Guard.judge` returned."""
    return Check(
        action=decision.action,
        outcome=decision.outcome,
        findings=tuple(_found(part, item) for part in decision.parts for item in part.findings),
        scores=scores,
        unknown=decision.unknown,
        redacted=_redacted(decision, text),
    )


def _is_image(part: PartDecision) -> bool:
    return part.pointer.endswith(f"/{_IMAGE}")


def _found(part: PartDecision, item: Finding) -> FoundItem:
    start, end, view = item.start, item.end, item.view
    if _is_image(part):
        start, end, view = 0, 0, _IMAGE if view == "raw" else f"{_IMAGE}+{view}"
    return FoundItem(
        detector=item.detector,
        risk=next(iter(cards.cards()[item.detector].risks), ""),
        category=item.label,
        score=item.score,
        start=start,
        end=end,
        view=view,
    )


def _redacted(decision: Decision, text: str) -> str | None:
    if decision.action is not Action.REDACT:
        return None
    said = [
        text if part.redacted is None and not _is_image(part) else part.redacted
        for part in decision.parts
    ]
    return "\n".join(filter(None, said))


def _scores(part: Part) -> Scores:
    return scores_of(part.text if part.image is None else read_once(part.image), part.stage)


def _text(text: str) -> str:
    if not isinstance(text, str):
        raise InputError(f"The text must be a string, not {type(text).__name__}.")
    return text


def _stage(stage: str | Stage) -> Stage:
    try:
        return Stage(stage)
    except ValueError:
        known = ", ".join(one.value for one in Stage)
        raise InputError(f"There is no stage {stage!r}.", hint=f"Stages: {known}.") from None


def _exchange(context: Mapping[str, Any]) -> Exchange:
    try:
        around = msgspec.convert(dict(context), _Around)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise InputError(
            f"The context cannot be used: {error}.",
            hint="It may hold system, user, documents, tools and answer_schema.",
        ) from None
    return exchange_of(Example(text="", **msgspec.structs.asdict(around)))
