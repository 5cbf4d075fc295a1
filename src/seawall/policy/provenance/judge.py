"""Decide on one proposed call by what it does, who asked for it and what it is made of."""

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from seawall.core.exchange import Exchange, Role
from seawall.policy.model import ToolRule
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.actions import Actions, action_argument
from seawall.policy.provenance.arguments import calls_of
from seawall.policy.provenance.cause import (
    caused,
    ciphered,
    named_doing,
    recomputed,
    spoken_for,
)
from seawall.policy.provenance.chained import chained
from seawall.policy.provenance.checks import Checks
from seawall.policy.provenance.choices import chosen
from seawall.policy.provenance.commands import as_command
from seawall.policy.provenance.computed import worked_out
from seawall.policy.provenance.delegate import delegates
from seawall.policy.provenance.demand import ASKED, LIKELY, MAYBE, NOT_ASKED, Demand
from seawall.policy.provenance.heard import DOUBTED, UNHEARD, Heard, calmed, doubtful
from seawall.policy.provenance.infer import BY_POLICY, ToolProfile, alike, grave, infer
from seawall.policy.provenance.led import Led
from seawall.policy.provenance.lineage import Known, told
from seawall.policy.provenance.lookups import tells_strangers
from seawall.policy.provenance.loose import ASKED_FOR
from seawall.policy.provenance.machines import called
from seawall.policy.provenance.misfits import misfit
from seawall.policy.provenance.opened import only_opened
from seawall.policy.provenance.ordered import ordered_by_id
from seawall.policy.provenance.orders import vouched
from seawall.policy.provenance.places import (
    fields,
    linked,
    listed,
    near,
    strings,
    telling,
)
from seawall.policy.provenance.pleas import named_elsewhere, ordered_by_words, pleaded
from seawall.policy.provenance.refusals import refusals
from seawall.policy.provenance.repeats import repeated
from seawall.policy.provenance.request import bare_name, request_of
from seawall.policy.provenance.sources import Source, sources_of
from seawall.policy.provenance.spans import ADDRESSED, ASKS, spans_by_name
from seawall.policy.provenance.strangers import sent_by_strangers
from seawall.policy.provenance.trace import Value, values_of
from seawall.policy.provenance.traced import Trace
from seawall.policy.provenance.waits import WAITS, own_document, waits
from seawall.policy.provenance.words import READ

_KEYS = re.compile(r'"\w+"\s*:')


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a call may pass; `reason` names arguments, never values.

    `waits`: only a document that the user wants followed asks for it, and its effect is one that
    a person should see first.
    """

    passes: bool
    reason: str = ""
    waits: bool = False
    traces: tuple[Trace, ...] = ()


class Provenance:
    """One conversation, indexed once; judges the calls that are proposed in it.

    `marked`: character ranges that the guard found to be instructions, by (pointer, span).
    `tried`: the guard took instructions out of a text of outsiders, so what is left tells nothing;
    `blind`: the model read texts of outsiders that are not here.
    `files`: what is known of the files that a text was retrieved from, by (pointer, span).
    `heard`: what the guard's model makes of outsiders' texts.
    """

    def __init__(
        self,
        exchange: Exchange,
        rules: Mapping[str, ToolRule],
        marked: Mapping[tuple[str, tuple[int, int] | None], tuple[tuple[int, int], ...]] | None = None,
        *,
        tried: bool = False,
        blind: bool = False,
        files: Mapping[tuple[str, tuple[int, int] | None], Sequence[Known]] | None = None,
        heard: Heard = UNHEARD,
    ) -> None:  # fmt: skip
        self._heard = heard
        self._tried, self.blind = tried or blind, blind
        self.released: list[tuple[str, dict[str, Any]]] = []  # of this answer, so far
        self.profiles = {
            name: _with_rule(infer(name, definition), rules.get(name))
            for name, definition in exchange.tools.items()
        }
        self.profiles = alike(self.profiles)
        self._actions = {
            name: found for name, definition in exchange.tools.items()
            if name not in rules and action_argument(definition)
            and (found := Actions(name, definition))
        }  # fmt: skip
        self._single = {n: p for n, p in self.profiles.items() if n not in self._actions}
        for actions in self._actions.values():
            self._single |= {one.name: one for one in actions.profiles.values()}
        self.sources = sources_of(exchange, self.profiles | self._single)
        names = called(s.text for s in self.sources if s.origin == "operator")
        for source in self.sources:
            where = source.part.pointer, source.part.span
            source.marked = (marked or {}).get(where, ())
            if names and source.origin == "untrusted":
                source.marked += spans_by_name(source.text, names)
            source.of_files((files or {}).get(where, ()))
        self.request = request_of(self.sources)
        calls = calls_of(exchange.body)
        doings = frozenset(one.doing for one in self._single.values()) - {""}
        self._refusals = refusals(self.request.text, doings)
        self._point(calls)
        self.demand = Demand(self.request, self._single, self.sources)
        self._delegate(calls)

    def _point(self, calls: Mapping[int, str]) -> None:
        """Mark the results that the user's own words led to: read by a name he gave."""
        own = self.request.words
        led = Led(self.request, self.sources)
        for source in self.sources:
            if source.part.role is Role.TOOL:
                arguments = calls.get(source.part.turn, "")
                if actions := self._actions.get(source.part.name):
                    arguments = actions.looked_up(arguments)
                source.arguments = arguments
                words = frozenset(texts.words(_KEYS.sub(" ", arguments)))
                given = strings(arguments)
                source.named = any(one in self.request.text for one in given)
                known = source.named or any(bare_name(one) in self.request.text for one in given)
                source.pointed = known or self.request.links(words) or bool(words & own)
                source.chained = not source.pointed and chained(
                    source, arguments, self.sources, self.request
                )
                source.pointed = source.pointed or source.chained
                source.named = source.named or (source.chained and source.titled)
                source.led = not source.pointed and led.led(source, arguments)
        if self.request.relies and (opened := only_opened(self.sources, self.request)) is not None:
            opened.opened = True

    def _delegate(self, calls: Mapping[int, str]) -> None:
        """Let texts that the user wants followed speak for him, in a reading of its own."""
        self._followed: Provenance | None = None
        if found := delegates(self.sources, self.request, calls):
            self._followed = reading = copy.copy(self)
            reading.sources = (*found, *self.sources)
            reading.request = request_of(reading.sources, found)
            reading.demand = Demand(reading.request, self._single, reading.sources, follows=True)
            read = [s for s in self.sources if any(s.part.pointer == f.part.pointer for f in found)]
            self._said = found
            self._own = all(own_document(s, self.request, calls.get(s.part.turn, "")) for s in read)
        else:
            self.demand.takes_over()

    def lower(self, sources: Iterable[Source]) -> None:
        """Take the trust from texts that turned out to hold what outsiders wrote.

        The guard's model did not read them as such.
        """
        for source in sources:
            source.origin = "untrusted"
            self._heard = msgspec.structs.replace(self._heard, calm=False)

    def values(self, name: str, arguments: dict[str, Any]) -> list[Value]:
        """Return every scalar of a call's arguments with its origin."""
        profile, arguments = self._meant(name, arguments)
        return values_of(arguments, profile, self.sources)

    def _meant(self, name: str, arguments: dict[str, Any]) -> tuple[ToolProfile, dict[str, Any]]:
        """Return what a call is: a tool, or one action of it, with its own arguments."""
        actions = self._actions.get(name)
        action = actions.meant(arguments) if actions is not None else None
        if actions is None or action is None:
            return self.profiles[name], arguments
        return action, actions.rest(arguments)

    def judge(self, name: str, arguments: dict[str, Any], *, asked: bool = False) -> Judgement:
        """Judge a call of an offered tool. `asked`: its effect needs no request of the user."""
        judged = self._by_rules(name, arguments, asked=asked)
        if self._heard.calm and not self._tried and ASKED_FOR in judged.reason:
            reading = copy.copy(self)
            reading.sources = calmed(self.sources)
            again = reading._by_rules(name, arguments, asked=asked)
            judged = again if again.passes else judged
        values = self.values(name, arguments) if judged.passes and self._heard.doubted else []
        doubted = doubtful(values, self._heard.doubted)
        return judged if doubted is None else _stop(values, doubted, DOUBTED)

    def _by_rules(self, name: str, arguments: dict[str, Any], *, asked: bool) -> Judgement:
        own = self._judge(name, arguments, asked=asked)
        if own.passes or self._followed is None:
            return own
        profile, _ = self._meant(name, arguments)
        if profile.effect == READ and "?" in str(arguments):
            return own
        followed = self._followed._judge(name, arguments, asked=asked)
        values = self.values(name, arguments)
        if followed.passes and waits(profile, values, self._said, self.request, own=self._own):
            return msgspec.structs.replace(followed, passes=False, waits=True, reason=WAITS)
        return followed

    def _judge(self, name: str, arguments: dict[str, Any], *, asked: bool) -> Judgement:
        values = self.values(name, arguments)
        profile, arguments = self._meant(name, arguments)
        profile = as_command(profile, values, self.request, self.sources)
        if profile.effect == READ:
            return self._judge_read(profile, values)
        if self._refusals.meet(profile, values, self._single, self.request.asks.effects):
            return _stop(values, None, "The user said not to do this.")
        if not asked and repeated(profile, arguments, self.request, self.sources, self.released):
            return _stop(values, None, "The same call was already made.")
        level = ASKED if asked else self.demand.asked(profile, values)
        guess = level < LIKELY and not self.request.delegated and self.demand.may_mean(profile)
        if level < LIKELY and sent_by_strangers(values, self.request):
            return _stop(values, None, "The user did not ask for this effect.")
        if guess and not self._led(profile, values):
            level = LIKELY
        return self._judge_effect(profile, values, level)

    def _judge_read(self, profile: ToolProfile, values: list[Value]) -> Judgement:
        checks = Checks(self.request, self.sources)
        for value in values:
            if reason := checks.read_problem(value):
                return _stop(values, value, reason)
            if tells_strangers(profile, value, self.sources):
                return _stop(values, value, "tells strangers what was read for nobody")
        if reason := self._named_by_stranger(profile):
            return _stop(values, None, reason)
        return _pass(values)

    def _named_by_stranger(self, profile: ToolProfile) -> str:
        name = profile.name.casefold()
        if "_" not in name and "-" not in name:
            return ""
        if self.demand.named(profile):
            return ""
        for source in self.sources:
            at = source.text.find(name) if source.origin == "untrusted" else -1
            if at >= 0 and source.level(at, at + len(name)) >= ADDRESSED:
                return "Only an instruction in untrusted text asks for this tool."
        return ""

    def _judge_effect(self, profile: ToolProfile, values: list[Value], asked: int) -> Judgement:
        if self._only_asked_to_read(profile, asked):
            return _stop(values, None, "The user only asked to know something.")
        if ciphered(profile, values, self.sources):
            return _stop(values, None, "Something encoded in untrusted text asks for this effect.")
        if asked < LIKELY and self.demand.only_strangers_name(profile):
            return _stop(values, None, "The user did not ask for this effect.")
        forbidden = profile.effect in self.request.asks.forbidden
        if asked == NOT_ASKED and (forbidden or self._caused(profile, values)):
            return _stop(values, None, "The user did not ask for this effect.")
        by_name = named_doing(profile, self.sources)
        if asked == MAYBE and (by_name or (grave(profile) and self._caused(profile, values))):
            return _stop(values, None, "The user did not ask for this effect.")
        if (sum_ := recomputed(profile, values, self.sources)) is not None:
            return _stop(values, sum_, "was worked out beside an order that speaks of it")
        if (made := worked_out(values, self.request, self.sources)) is not None:
            return _stop(values, made, "was worked out from what untrusted text says")
        for plea in (pleaded, ordered_by_words, named_elsewhere, ordered_by_id):
            if (value := plea(profile, values, self.request, self.sources)) is not None:
                return _stop(values, value, "is of a record that somebody's words plead for")
        if (found := misfit(profile, values, self.request)) is not None:
            return _stop(values, *found)
        level = max(asked, MAYBE)
        checks = Checks(self.request, self.sources, self._unspecific(profile, values), values)
        for value in values:
            if reason := chosen(profile, value, self.request, self.sources):
                return _stop(values, value, reason)
            if value.empty:
                continue
            if reason := checks.problem(profile, value, level):
                return _stop(values, value, reason)
        if level < ASKED and not self._evidence(profile, values, level, checks):
            if asked == NOT_ASKED and self._strangers():
                return _stop(values, None, "The user did not ask for this effect.")
            if self.demand.other_meant(profile) or self._caused(profile, values):
                return _stop(values, None, "Nothing in the call comes from the user's request.")
        return _pass(values)

    def _only_asked_to_read(self, profile: ToolProfile, asked: int) -> bool:
        """Say whether nothing was to be done, and a stranger's text may have asked for it."""
        reads = self.request.only_reads and asked < LIKELY
        if self.request.only_asks or not (reads and self._strangers()):
            return self.request.only_asks and self._strangers()
        return profile.known or texts.stem(profile.doing) not in self.request.stems

    def _caused(self, profile: ToolProfile, values: list[Value]) -> bool:
        looks = spoken_for if self._plain(profile) else caused
        return self._tried or looks(profile, values, self.sources)

    def _led(self, profile: ToolProfile, values: list[Value]) -> bool:
        """Say whether a text that the user's words do not fit may have led to the call."""
        common = self._unspecific(profile, values)
        told = bool(self.demand.told(profile))
        return self._tried or caused(
            profile,
            values,
            self.sources,
            lambda hit: (
                linked(hit, self.request, common)
                or (told and hit.level < ASKS and vouched(hit, self.request))
            ),
        )

    def _plain(self, profile: ToolProfile) -> bool:
        """Say whether a call is not grave, and the request may mean it: by its words, or by unknown ones."""
        return not grave(profile) and bool(self.demand.told(profile) or not self.demand.clear)

    def _strangers(self) -> bool:
        return any(source.origin == "untrusted" for source in self.sources)

    def _unspecific(self, profile: ToolProfile, values: list[Value]) -> frozenset[str]:
        """Return stems that any order to this tool holds: its things, and what the user gave."""
        given = {texts.stem(word) for value in values if value.origin == "user" and not value.long
                 for word in texts.words(value.text)}  # fmt: skip
        return self.demand.things(profile) | given

    def _evidence(
        self, profile: ToolProfile, values: list[Value], asked: int, checks: Checks
    ) -> bool:
        """Say whether something of the call comes from the request or from data it points at."""
        given = [value for value in values if not value.empty]
        if not given:
            return asked >= LIKELY
        special = [v for v in given if telling(v) and v.kind not in ("date", "amount")]
        if any(value.origin in ("user", "operator", "composed") for value in special):
            return True
        if not self.request.only_reads and any(
            v.origin == "user" and v.kind not in ("date", "amount") for v in given
        ):
            return True
        words = {word for value in special for word in texts.words(value.text)}
        if self.request.links(frozenset(words)) or words & self.request.described:
            return True
        named = [h for v in given for h in v.untrusted if h.level < ASKS and h.source.named]
        if named and checks.lists(profile.effect):
            return True
        if asked < LIKELY:
            if profile.effect in self.request.asks.effects and any(fields(named)):
                return True
            picked = [v for v in given if v.kind in ("selector", "target", "other")]
            hits = [h for v in picked for h in v.untrusted if h.level < ASKS and listed(h.source)]
            return any(hit.source.chained or checks.near(hit) for hit in fields(hits))
        hits = [hit for v in given for hit in v.untrusted if hit.level < ASKS]
        if self.demand.told(profile) and any(vouched(hit, self.request) for hit in hits):
            return True
        if any(near(hit, self.request, checks.common, narrow=True) for hit in named):
            return True
        return any(hit.source.pointed or checks.near(hit) for hit in fields(hits)) or any(
            value.origin == "trusted" for value in special
        )


def _with_rule(profile: ToolProfile, rule: ToolRule | None) -> ToolProfile:
    if rule is None:
        return profile
    return msgspec.structs.replace(
        profile, effect=rule.effect, trusted=rule.returns == "trusted", why=BY_POLICY
    )


def _pass(values: list[Value]) -> Judgement:
    return Judgement(passes=True, traces=tuple(value.trace() for value in values))


def _stop(values: list[Value], guilty: Value | None, reason: str) -> Judgement:
    traces = tuple(v.trace(reason, stops=True) if v is guilty else v.trace() for v in values)
    text = f"The argument {guilty.argument.split('/')[1]!r} {reason}." if guilty else reason
    named = told(next((trace.file for trace in traces if trace.stops), None))
    return Judgement(passes=False, reason=f"{text} {named}".rstrip(), traces=traces)
