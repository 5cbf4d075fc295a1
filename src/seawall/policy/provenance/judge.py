"""Decide on one proposed call by what it does, who asked for it and what it is made of."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from seawall.core.exchange import Exchange, Role
from seawall.policy.model import ToolRule
from seawall.policy.provenance import text as texts
from seawall.policy.provenance import words as lexicon
from seawall.policy.provenance.infer import ToolProfile, infer
from seawall.policy.provenance.request import request_of, stem
from seawall.policy.provenance.sources import Hit, Source, calls_of, sources_of
from seawall.policy.provenance.spans import ADDRESSED, ASKS, TAKES_OVER, in_field, sentence
from seawall.policy.provenance.trace import Trace, Value, values_of
from seawall.policy.provenance.words import DELETE, EXECUTE, HANDLE, PAY, READ, SEND, WRITE

_NEAR: Mapping[str, frozenset[str]] = {
    SEND: frozenset({WRITE}),
    PAY: frozenset({WRITE}),
    WRITE: frozenset({PAY, SEND}),
    DELETE: frozenset({WRITE}),
    EXECUTE: frozenset({WRITE, SEND}),
}
_TRUSTED = frozenset({"user", "operator", "trusted"})
# Doings that say nothing without the thing that is done to.
_COMMON = frozenset(
    "add create set update change make edit modify put write save get delete".split()
)
NOT_ASKED, MAYBE, LIKELY, ASKED = 0, 1, 2, 3
_CARRIED = 8


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a call may pass; `reason` names arguments, never values."""

    passes: bool
    reason: str = ""
    traces: tuple[Trace, ...] = ()


class Provenance:
    """One conversation, indexed once; judges the calls that are proposed in it.

    `marked`: character ranges that the guard found to be instructions, by (pointer, span).
    """

    def __init__(
        self,
        exchange: Exchange,
        rules: Mapping[str, ToolRule],
        marked: Mapping[tuple[str, tuple[int, int] | None], tuple[tuple[int, int], ...]] | None = None,
    ) -> None:  # fmt: skip
        self.profiles = {
            name: _with_rule(infer(name, definition), rules.get(name))
            for name, definition in exchange.tools.items()
        }
        self.sources = sources_of(exchange, self.profiles)
        for source in self.sources:
            source.marked = (marked or {}).get((source.part.pointer, source.part.span), ())
        self.request = request_of(self.sources)
        self._point(calls_of(exchange.body))

    def _point(self, calls: Mapping[int, str]) -> None:
        """Mark the results that the user's own words led to: read by a name he gave."""
        own = self.request.words
        for source in self.sources:
            if source.part.role is Role.TOOL:
                arguments = calls.get(source.part.turn, "")
                words = frozenset(texts.words(arguments))
                named = any(one in self.request.text for one in _strings(arguments))
                source.named = named
                source.pointed = named or self.request.links(words) or bool(words & own)

    def values(self, name: str, arguments: dict[str, Any]) -> list[Value]:
        """Return every scalar of a call's arguments with its origin."""
        return values_of(arguments, self.profiles[name], self.sources)

    def judge(self, name: str, arguments: dict[str, Any], *, asked: bool = False) -> Judgement:
        """Judge a call of an offered tool. `asked`: its effect needs no request of the user."""
        profile = self.profiles[name]
        values = self.values(name, arguments)
        if profile.effect == READ:
            return self._judge_read(profile, values)
        return self._judge_effect(profile, values, ASKED if asked else self.asked(profile, values))

    def _judge_read(self, profile: ToolProfile, values: list[Value]) -> Judgement:
        for value in values:
            if reason := self._read_problem(value):
                return _stop(values, value, reason)
        if reason := self._named_by_stranger(profile):
            return _stop(values, None, reason)
        return _pass(values)

    def _read_problem(self, value: Value) -> str:
        if value.empty or value.origin in _TRUSTED or not value.text:
            return ""
        if value.origin == "instruction" and len(value.text) > 4 and not self._follows(value):
            return "stands in an instruction of untrusted text"
        if value.shape == "url" or "://" in value.text:
            return self._carried(value)
        return ""

    def _carried(self, value: Value) -> str:
        """Return why a link that was put together carries data out, or ""."""
        if value.origin != "nowhere":
            return ""
        name = texts.host(value.text)
        if any(name in s.text for s in self.sources if s.origin in _TRUSTED):
            return ""
        rest = unquote(value.text.partition("://")[2].partition("/")[2])
        pieces = [p for p in texts.words(rest) if len(p) >= _CARRIED]
        private = [s for s in self.sources if s.part.role in (Role.TOOL, Role.DOCUMENT)]
        if "?" in value.text or any(p in s.words for p in pieces for s in private):
            return "is a link to a host that nobody named, with data in it"
        return ""

    def _named_by_stranger(self, profile: ToolProfile) -> str:
        name = profile.name.casefold()
        if "_" not in name and "-" not in name:
            return ""
        if profile.nouns & self.request.asks.words or self._noun_match(profile):
            return ""
        for source in self.sources:
            at = source.text.find(name) if source.origin == "untrusted" else -1
            if at >= 0 and source.level(at, at + len(name)) >= ADDRESSED:
                return "Only an instruction in untrusted text asks for this tool."
        return ""

    def _judge_effect(self, profile: ToolProfile, values: list[Value], asked: int) -> Judgement:
        if asked == NOT_ASKED:
            return _stop(values, None, "The user did not ask for this effect.")
        for value in values:
            if value.empty:
                continue
            if reason := self._value_problem(profile, value, asked):
                return _stop(values, value, reason)
        if asked < ASKED and not self._evidence(values, asked):
            return _stop(values, None, "Nothing in the call comes from the user's request.")
        return _pass(values)

    def asked(self, profile: ToolProfile, values: list[Value]) -> int:
        """Return how surely the user asked for the tool's effect (0 to 3)."""
        asks, effect = self.request.asks, profile.effect
        if effect in asks.forbidden:
            return NOT_ASKED
        nouns = self._noun_match(profile)
        verbs = bool({stem(verb) for verb in profile.verbs - _COMMON} & self.request.stems)
        if effect in asks.effects:
            sure = nouns or verbs or effect in (SEND, PAY)
            rest = LIKELY if effect == DELETE else MAYBE
            return ASKED if sure or not profile.nouns else rest
        if HANDLE in asks.effects or self.request.delegated or self._operator_asks(profile):
            return LIKELY
        if (nouns or verbs) and asks.effects & _NEAR[effect]:
            return LIKELY
        if nouns and (self.request.wants or effect in asks.weak):
            return LIKELY
        if verbs:
            return MAYBE
        if self.request.empty or asks.effects & _NEAR[effect]:
            return MAYBE
        clean = not any(h.level for v in values for h in v.untrusted if v.origin not in _TRUSTED)
        targets = [v for v in values if v.kind == "target" and not v.empty]
        named = [v for v in targets if v.origin == "user"]
        return MAYBE if clean and targets and len(named) == len(targets) else NOT_ASKED

    def _noun_match(self, profile: ToolProfile) -> bool:
        nouns = set(profile.nouns)
        for noun in profile.nouns:
            nouns |= lexicon.ALIKE.get(noun, frozenset())
        return bool({stem(noun) for noun in nouns} & self.request.stems)

    def _operator_asks(self, profile: ToolProfile) -> bool:
        name = profile.name.casefold()
        for source in self.sources:
            at = source.text.find(name) if source.origin == "operator" else -1
            if at >= 0 and {"always", "must", "after", "whenever", "every", "when"} & set(
                texts.words(source.text[max(0, at - 160) : at + 160])
            ):
                return True
        return False

    def _evidence(self, values: list[Value], asked: int) -> bool:
        """Say whether something of the call comes from the request or from data it points at."""
        given = [value for value in values if not value.empty]
        if not given:
            return asked >= LIKELY
        if self.request.delegated:
            return True
        telling = [v for v in given if _telling(v) and v.kind not in ("date", "amount")]
        if any(value.origin in ("user", "operator", "composed") for value in telling):
            return True
        words = {word for value in telling for word in texts.words(value.text)}
        if self.request.links(frozenset(words)):
            return True
        if asked < LIKELY:
            return False
        hits = [hit for v in given for hit in v.untrusted if hit.level < ASKS]
        return any(self._linked(hit) for hit in _fields(hits)) or any(
            value.origin == "trusted" for value in telling
        )

    def _value_problem(self, profile: ToolProfile, value: Value, asked: int) -> str:
        if value.kind == "content" or value.long:
            return self._content_problem(value)
        if value.origin in _TRUSTED or value.origin in ("composed", "definition"):
            return ""
        if value.kind == "target" or value.shape in ("email", "url", "account"):
            return self._target_problem(profile, value, asked)
        if value.origin == "instruction" and not self._follows(value) and _telling(value):
            return "stands only in an instruction of untrusted text"
        if value.untrusted and value.kind != "date" and _telling(value):
            return self._loose_problem(profile.effect, value, asked)
        return ""

    def _loose_problem(self, effect: str, value: Value, asked: int) -> str:
        """Judge a value without a telling shape that stands in untrusted text only."""
        hits = value.untrusted
        if self.request.delegated or self.request.points_at_target:
            return ""
        pointed = asked == ASKED and any(_named_text(hit.source) for hit in hits)
        if all(hit.level >= ASKS for hit in hits) and not (pointed and effect == PAY):
            return "stands where untrusted text asks for an effect"
        if effect == DELETE and all(self._passes_over(hit) for hit in hits):
            return "is not the one of the list that the user named"
        if not value.text or pointed or any(_fields(hits)):
            return ""
        near = any(self._near(hit, narrow=True) for hit in hits)
        return "" if near else "stands in untrusted prose that the user did not point at"

    def _follows(self, value: Value) -> bool:
        """Say whether the user wants instructions of this text followed, and none takes over."""
        hits = value.untrusted
        return self.request.delegated and all(hit.level < TAKES_OVER for hit in hits)

    def _target_problem(self, profile: ToolProfile, value: Value, asked: int) -> str:
        hits = value.untrusted
        if not hits:
            return self._invented(value)
        worst = max(hit.level for hit in hits)
        if worst >= ADDRESSED and _telling(value) and not self._follows(value):
            return "stands in an instruction of untrusted text"
        if self.request.delegated:
            return ""
        if not value.shape:
            return self._loose_problem(profile.effect, value, asked)
        best = [hit for hit in hits if hit.level == min(h.level for h in hits)]
        if best[0].level == ASKS and not self._may_ask(profile, value, best):
            return "stands where untrusted text asks for an effect"
        if best[0].level == ASKS or self._belongs(profile, value, best):
            return ""
        return "is no target that the user named or pointed at"

    def _invented(self, value: Value) -> str:
        if value.shape in ("email", "account", "phone") and value.origin == "nowhere":
            return "stands nowhere in the conversation"
        return self._carried(value) if value.shape == "url" else ""

    def _may_ask(self, profile: ToolProfile, value: Value, hits: list[Hit]) -> bool:
        """Say whether a sentence that asks may name the target: a bill does, a mail does not."""
        if profile.effect != PAY:
            return self.request.points_at_target
        pointed = self.request.points_at_target
        return any((hit.source.pointed or pointed) and not _competes(value, hit) for hit in hits)

    def _belongs(self, profile: ToolProfile, value: Value, hits: list[Hit]) -> bool:
        """Say whether the target is one the user named, by word, by kind or by document."""
        fields = _fields(hits)
        if self.request.links(frozenset(texts.words(value.text.partition("@")[0]))):
            return True
        if not fields:
            prose = self.request.points_at_target or profile.effect == PAY
            return any(
                (self._near(hit, narrow=True) or (prose and hit.source.pointed))
                and not _competes(value, hit)
                for hit in hits
            )
        if self.request.generic or self.request.points_at_target:
            return True
        return any(hit.source.pointed or self._near(hit) for hit in fields)

    def _near(self, hit: Hit, *, narrow: bool = False) -> bool:
        """Say whether a word of the request stands in the record (or sentence) of the value."""
        text = hit.source.text
        if narrow:
            low, high = sentence(text, hit.start, hit.end)
            around = text[low : hit.start] + " " + text[hit.end : high]
        else:
            around = hit.source.record(hit.start, hit.end)
        return self.request.links(frozenset(texts.words(around)))

    def _passes_over(self, hit: Hit) -> bool:
        """Say whether the user named another entry of the plain list that the value stands in."""
        text = hit.source.text
        if not text.startswith("[") or "{" in text or self.request.generic:
            return False
        return any(len(one) > 3 and one in self.request.text for one in _strings(text))

    def _linked(self, hit: Hit) -> bool:
        return hit.source.pointed or self._near(hit)

    def _content_problem(self, value: Value) -> str:
        for found in texts.identifiers(value.text):
            inner = Value(value.argument, "target", found, self.sources)
            if inner.origin == "instruction" and not self._follows(inner):
                return "holds an address or link from an instruction in untrusted text"
        if value.origin == "instruction" and _telling(value) and not self._follows(value):
            return "stands only in an instruction of untrusted text"
        own = [s for s in self.sources if s.origin == "untrusted" and s.spans]
        grams = value.grams
        if len(grams) < 4 or not own or self.request.delegated:
            return ""
        said = {gram for s in own for gram in s.instruction_grams}
        return "repeats an instruction of untrusted text" if _most(grams, said) else ""


def _most(grams: Iterable[tuple[str, ...]], said: set[tuple[str, ...]]) -> bool:
    all_grams = list(grams)
    return sum(gram in said for gram in all_grams) >= 0.6 * len(all_grams)


def _telling(value: Value) -> bool:
    """Say whether a value is special enough to have come from where it stands."""
    return len(value.text) >= 4 or isinstance(value.value, int | float)


def _named_text(source: Source) -> bool:
    """Say whether the user named this document; a list of records is not one."""
    return source.named and not source.text.lstrip().startswith("[")


def _fields(hits: list[Hit]) -> list[Hit]:
    return [hit for hit in hits if in_field(hit.source.text, hit.start, hit.end)]


def _competes(value: Value, hit: Hit) -> bool:
    """Say whether the same text gives another target of the same shape before this one.

    What a stranger adds to a document comes after what the document was made for.
    """
    source = hit.source
    for expression in (texts.EMAIL, texts.IBAN):
        if not expression.fullmatch(value.text):
            continue
        for match in expression.finditer(source.text, 0, hit.start):
            other = texts.compact(match.group()) != texts.compact(value.text)
            if other and source.level(match.start(), match.end()) < ADDRESSED:
                return True
    return False


def _strings(arguments: str) -> list[str]:
    """Return the strings of folded JSON arguments that are long enough to be a name."""
    return list(re.findall(r'"([^"\\]{3,200})"(?!\s*:)', arguments))


def _with_rule(profile: ToolProfile, rule: ToolRule | None) -> ToolProfile:
    if rule is None:
        return profile
    return msgspec.structs.replace(
        profile, effect=rule.effect, trusted=rule.returns == "trusted", why="the policy"
    )


def _pass(values: list[Value]) -> Judgement:
    return Judgement(passes=True, traces=tuple(value.trace() for value in values))


def _stop(values: list[Value], guilty: Value | None, reason: str) -> Judgement:
    traces = tuple(
        value.trace(reason, stops=True) if value is guilty else value.trace() for value in values
    )
    text = f"The argument {guilty.argument.split('/')[1]!r} {reason}." if guilty else reason
    return Judgement(passes=False, reason=text, traces=traces)
