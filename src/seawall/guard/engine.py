"""The guard's engine: parts in, decision out. Thread-safe; remembers what it judged just now."""

import re
from collections.abc import Callable, Collection, Sequence
from functools import cache, lru_cache

import msgspec

from seawall.core.errors import IntegrityError, SeawallError, reason_of
from seawall.core.exchange import Exchange, Part, Role, Stage, Trust
from seawall.core.verdicts import Action, OnUnknown, Outcome, Verdict, stricter, unknown_action
from seawall.guard import cards, conversation, memory, redact
from seawall.guard.contract import Context, Detector, Hit, Learnt, Pattern, Subject, View
from seawall.guard.decision import Decision, PartDecision, worst_outcome
from seawall.guard.loading import load
from seawall.guard.over_seams import Alone, crosses, found_alone
from seawall.guard.own import AllowLists, check_examples, own_detector
from seawall.guard.patterns import PatternSet, TooManyHitsError
from seawall.guard.reading.mapped import CLEAN_KINDS
from seawall.guard.rules import Group, StageRules, by_stage, depths_of
from seawall.guard.self_test import failures
from seawall.guard.tally import Tally, Worst
from seawall.guard.views import glance, read
from seawall.policy.model import GuardRule
from seawall.policy.own_rules import OWN_DETECTOR, OwnRules

MAX_CHARACTERS = 2_000_000
_READING = "reading"
_SURROGATE = re.compile("[\ud800-\udfff]")
_CODE_DETECTORS = {
    "python": "python-code",
    "shell": "shell-code",
    "sql": "sql-code",
    "javascript": "javascript-code",
    "python-harm": "python-harm-code",
}


class GuardEngine:
    """Runs the policy's detectors over parts and applies the policy's actions.

    `read_image` turns image bytes into text; without it every image is UNKNOWN. `own_rules`: the
    patterns of the detector `custom`, and what findings may cover.
    Raises InputError for a rule whose detector does not exist or does not run at its stages, for
    an own rule that misjudges its examples, and for registered texts that cannot be opened.
    """

    def __init__(
        self,
        policy_rules: Sequence[GuardRule],
        *,
        default_unknown: OnUnknown = "block",
        read_image: Callable[[bytes], str] | None = None,
        own_rules: OwnRules | None = None,
    ) -> None:
        own_rules = own_rules or OwnRules()
        self._rules = tuple(policy_rules)
        self._allow = AllowLists(own_rules.allow)
        self._default_unknown = default_unknown
        self._read_image = read_image
        self._memory = memory.Memory()
        ids = dict.fromkeys(rule.detector for rule in self._rules)
        self._detectors: dict[str, Detector] = {name: cards.build(name) for name in ids}
        if OWN_DETECTOR in ids:
            self._detectors[OWN_DETECTOR] = own_detector(own_rules)
        self._stages = by_stage(self._rules)
        self._depths = depths_of(self._stages.values())
        load(self._detectors, self._depths, full=self.costly)
        self._patterns = _compiled(
            tuple(
                (name, pattern)
                for name, detector in self._detectors.items()
                for pattern in detector.patterns()
            )
        )
        check_examples(self._detectors.get(OWN_DETECTOR), self._patterns.scan)

    @property
    def detectors(self) -> tuple[str, ...]:
        """Return the ids of the enabled detectors."""
        return tuple(self._detectors)

    @property
    def costly(self) -> bool:
        """Return whether a judgement may take milliseconds: a trained model reads the texts."""
        return any(group.costly for rules in self._stages.values() for group in rules.groups)

    def self_test(self, languages: Collection[str] = tuple(_CODE_DETECTORS)) -> None:
        """Run every enabled detector on its card's examples, and those of code in `languages`.

        Raises IntegrityError.
        """
        code = {name: self._reads(name) for name in map(_CODE_DETECTORS.__getitem__, languages)}
        carded = {name: one for name, one in self._detectors.items() if name != OWN_DETECTOR}
        problems = failures({**code, **carded}, self._patterns, self._depths)
        if problems:
            raise IntegrityError(
                f"the guard's self-test failed: {'; '.join(problems[:5])}.",
                hint="Do not serve traffic; reinstall Seawall or restore its detector files.",
            )

    def scan_code(self, language: str, code: str) -> Verdict:
        """Judge code that a tool would run; an unknown language is UNKNOWN."""
        name = _CODE_DETECTORS.get(language)
        if name is None:
            reason = f"no detector for {language} code"
            return Verdict(detector="code", outcome=Outcome.UNKNOWN, reason=reason)
        part = _part(code, Stage.TOOL_CALL)
        subject = Subject(part=part, views=(View(kind="raw", text=code),))
        return _run(self._reads(name), subject, Context())

    def _reads(self, name: str) -> Detector:
        """Return a detector that reads code, enabled or not."""
        return self._detectors.get(name) or _built(name)

    def inspect(self, parts: Sequence[Part], exchange: Exchange | None = None) -> Decision:
        """Judge parts; `exchange` is what surrounds them (for detectors that compare).

        Half of a surrogate pair is read as U+FFFD, so that offsets stay: it is no character, and
        neither expressions nor models take it. Whatever fails is UNKNOWN.
        """
        parts = [_readable(part) for part in parts]
        decided = [self._decide(part, exchange) for part in parts]
        action = _strictest(decided)
        alone = found_alone(parts, decided)
        over = None if action is Action.BLOCK else self._over_messages(parts, exchange, alone)
        if over is not None:
            decided.append(over)
            action = stricter(action, over.action)
        return Decision(
            action=action,
            outcome=worst_outcome([part.outcome for part in decided]),
            parts=tuple(decided),
            controls=tuple(dict.fromkeys(c for part in decided for c in part.controls)),
            unknown=tuple(dict.fromkeys(u for part in decided for u in part.unknown)),
        )

    def soon_judged(self, parts: Sequence[Part]) -> bool:
        """Return whether texts are judged in a time that grows with their length alone.

        So it is where nothing in them may be hidden and every detector only looks at hits, or asks
        models below the full depth that say so. Linear; what was seen of a text, `inspect` need not
        look for again.
        """
        if len(conversation.user_parts(parts)) > 1:
            return False
        return all(
            rules is None
            or (part.image is None and glance(part.text) and self._ready(part, rules.readers))
            for part, rules in ((part, self._stages.get(part.stage)) for part in parts)
        )

    def _ready(self, part: Part, groups: Sequence[Group]) -> bool:
        return all(
            group.depth != "full"
            and isinstance(one := self._detectors[group.detector], Learnt)
            and one.ready(part.text, part.stage, group.depth)
            for group in groups
        )

    def _decide(self, part: Part, exchange: Exchange | None) -> PartDecision:
        rules = self._stages.get(part.stage)
        if rules is None:
            return _nothing(part)
        key = None if rules.compares else memory.key_of(part)
        if key is None:
            return self._decide_anew(part, rules, exchange)
        known = self._memory.get(key, part)
        if known is None:
            known = self._decide_anew(part, rules, exchange)
            self._memory.put(key, known)
        return known

    def _decide_anew(
        self, part: Part, rules: StageRules, exchange: Exchange | None
    ) -> PartDecision:
        text = part.text
        if part.image is not None:
            try:
                text = self._image_text(part.image)
            except Exception as error:  # noqa: BLE001 - whatever fails, the image is UNKNOWN
                return self._unreadable(part, rules, f"image: {reason_of(error)}")
        decision = self._judge(part, text, rules, exchange)
        if decision.action is Action.REDACT:
            decision = self._redacted(part, text, decision, rules, exchange)
        return decision

    def _image_text(self, data: bytes) -> str:
        if self._read_image is None:
            raise SeawallError("no reader for images is configured")
        return self._read_image(data)

    def _judge(
        self,
        part: Part,
        text: str,
        rules: StageRules,
        exchange: Exchange | None,
        seams: tuple[int, ...] = (),
        alone: Alone = frozenset(),
    ) -> PartDecision:
        if len(text) > MAX_CHARACTERS:
            return self._unreadable(part, rules, f"longer than {MAX_CHARACTERS} characters")
        try:
            reading = read(text)
            hits = self._patterns.scan(reading.views, rules.detectors)
        except TooManyHitsError as error:
            return self._unreadable(part, rules, str(error))
        except Exception as error:  # noqa: BLE001 - what cannot be read is UNKNOWN, never CLEAN
            return self._unreadable(part, rules, reason_of(error))
        tally = Tally()
        if not reading.complete:
            unread = f"{_READING}: too much encoded text"
            tally.unknown[unread] = None
            tally.act(self._strictest_unknown(rules), *(rule.control for rule in rules.rules))
        subject_part = part if text is part.text else _part(text, part.stage, part)
        for own in rules.groups:
            if own.costly and tally.done(own.rules):
                continue
            if own.by_hits and own.detector not in hits:
                tally.ran.append(own.detector)
                continue
            verdict = self._verdict(own, subject_part, reading.views, hits, exchange)
            if verdict.outcome is Outcome.UNKNOWN:
                tally.unknown[f"{own.detector}: {verdict.reason}"] = None
                tally.act(self._on_unknown(own.rules[0]), own.rules[0].control)
                continue
            tally.ran.append(own.detector)
            for finding in verdict.findings:
                rule = own.met(finding)
                within = seams and not crosses(finding, text, seams, alone)
                if rule is None or within or self._allow.allows(finding, text):
                    continue
                tally.found(finding, rule)
        return tally.decision(part)

    def _verdict(
        self,
        group: Group,
        part: Part,
        views: tuple[View, ...],
        hits: dict[str, tuple[Hit, ...]],
        exchange: Exchange | None,
    ) -> Verdict:
        own, kind = hits.get(group.detector, ()), group.views
        if kind != "all":
            kept = [i for i, view in enumerate(views) if kind != "raw" or view.kind == "raw"]
            kept = [i for i in kept if views[i].kind in CLEAN_KINDS]
            place = {old: new for new, old in enumerate(kept)}
            own = tuple(
                msgspec.structs.replace(h, view=place[h.view]) for h in own if h.view in place
            )
            views = tuple(views[i] for i in kept)
        subject = Subject(part=part, views=views, hits=own)
        context = Context(
            exchange=exchange,
            allow_hosts=group.hosts,
            registered=group.registered,
            answer_schema=group.answer_schema,
            least=group.least,
            depth=group.depth,
        )
        return _run(self._detectors[group.detector], subject, context)

    def _on_unknown(self, rule: GuardRule) -> Action:
        return unknown_action(rule.on_unknown, self._default_unknown)

    def _strictest_unknown(self, rules: StageRules) -> Action:
        action = Action.ALLOW
        for rule in rules.rules:
            action = stricter(action, self._on_unknown(rule))
        return action

    def _unreadable(self, part: Part, rules: StageRules, reason: str) -> PartDecision:
        """Return UNKNOWN for a part that no detector could look at."""
        return PartDecision(
            pointer=part.pointer,
            span=part.span,
            stage=part.stage,
            outcome=Outcome.UNKNOWN,
            action=self._strictest_unknown(rules),
            controls=tuple(dict.fromkeys(rule.control for rule in rules.rules)),
            unknown=(f"{_READING}: {reason}",),
        )

    def _redacted(
        self,
        part: Part,
        text: str,
        decision: PartDecision,
        rules: StageRules,
        exchange: Exchange | None,
    ) -> PartDecision:
        """Attach the redacted text; what is still found after redaction costs the whole part."""
        label = decision.findings[0].label if decision.findings else "unread content"
        if part.image is not None:
            notice = redact.IMAGE_NOTICE.format(label=label)
            return msgspec.structs.replace(decision, redacted=notice)
        cleaned = redact.redact(text, decision.acting)
        again = self._judge(_part(cleaned, part.stage, part), cleaned, rules, exchange)
        if again.action not in (Action.ALLOW, Action.FLAG):
            cleaned = redact.NOTICE.format(label=label)
        return msgspec.structs.replace(decision, redacted=cleaned)

    def _over_messages(
        self, parts: Sequence[Part], exchange: Exchange | None, alone: Alone
    ) -> PartDecision | None:
        """Judge the user's messages put together; only what goes over a seam counts.

        Costly detectors read what lies around the seams, and nothing that is blocked already.
        """
        rules, users = self._stages.get(Stage.INPUT), conversation.user_parts(parts)
        if len(users) < 2 or rules is None:
            return None
        key = None if rules.compares else memory.key_of_all(users)
        found = None if key is None else self._memory.get(key, users[-1])
        if found is None:
            found = self._joined(users, rules, exchange, alone) or _nothing(users[-1])
            if key is not None:
                self._memory.put(key, found)
        return None if found.outcome is Outcome.CLEAN else found

    def _joined(
        self,
        users: Sequence[Part],
        rules: StageRules,
        exchange: Exchange | None,
        alone: Alone,
    ) -> PartDecision | None:
        worst, last = Worst(), users[-1]
        for text, seams in conversation.joined(users) if rules.quick.rules else ():
            worst.add(self._judge(last, text, rules.quick, exchange, seams, alone))
        if rules.costly.rules and not worst.blocks:
            text, seams = conversation.read_as_one(users)
            for start, end in conversation.around_seams(text, seams):
                inside = tuple(seam - start for seam in seams if start < seam < end)
                worst.add(self._judge(last, text[start:end], rules.costly, exchange, inside))
        return worst.decision


@cache
def _built(detector_id: str) -> Detector:
    return cards.build(detector_id)


@lru_cache(maxsize=16)
def _compiled(patterns: tuple[tuple[str, Pattern], ...]) -> PatternSet:
    """Return the compiled patterns: seconds of work, the same for every engine with these rules."""
    return PatternSet(patterns, cards.bundled_expressions())


def _strictest(decided: Sequence[PartDecision]) -> Action:
    action = Action.ALLOW
    for part in decided:
        action = stricter(action, part.action)
    return action


def _run(detector: Detector, subject: Subject, context: Context) -> Verdict:
    try:
        return detector.detect(subject, context)
    except Exception as error:  # noqa: BLE001 - a detector that fails is UNKNOWN, never CLEAN
        return Verdict(detector=detector.id, outcome=Outcome.UNKNOWN, reason=reason_of(error))


def _readable(part: Part) -> Part:
    if part.text.isascii() or not _SURROGATE.search(part.text):
        return part
    return msgspec.structs.replace(part, text=_SURROGATE.sub("\ufffd", part.text))


def _part(text: str, stage: Stage, like: Part | None = None) -> Part:
    if like is None:
        return Part(pointer="", role=Role.TOOL_CALL, trust=Trust.MODEL, stage=stage, text=text)
    return Part(
        pointer=like.pointer,
        role=like.role,
        trust=like.trust,
        stage=stage,
        text=text,
        name=like.name,
        turn=like.turn,
        partial=like.partial,
        opaque=like.opaque,
    )


def _nothing(part: Part) -> PartDecision:
    return PartDecision(
        pointer=part.pointer,
        span=part.span,
        stage=part.stage,
        outcome=Outcome.CLEAN,
        action=Action.ALLOW,
    )
