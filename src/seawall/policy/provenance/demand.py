"""How surely the user asked for what a tool does, and whether another tool is meant."""

import functools
import re
from collections.abc import Iterable, Mapping, Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance import words as lexicon
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.infer import POWERS, ToolProfile, grave
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import TRUSTED, Value
from seawall.policy.provenance.words import DELETE, EXECUTE, HANDLE, PAY, READ, SEND, STRONG, WRITE

NOT_ASKED, MAYBE, LIKELY, ASKED = 0, 1, 2, 3
_NEAR: Mapping[str, frozenset[str]] = {
    SEND: frozenset({WRITE}),
    PAY: frozenset({WRITE}),
    WRITE: frozenset({PAY, SEND}),
    DELETE: frozenset({WRITE}),
    EXECUTE: frozenset({WRITE, SEND}),
}
_BARE = frozenset("send get make set put write save move let".split())
_ROOT = 4
_ABBREVIATED = 3
_VOWELS = frozenset("aeiouyäöü")
# Doings that say nothing without the thing that is done to.
_COMMON = frozenset(
    "add create set update change make edit modify put write save get delete send".split()
)


# What changes a date in one step.
_MOVING = frozenset("reschedule move postpone rebook shift".split())
_OPENS = re.compile(
    r"(?:^|[.!?;:,\n] ?|\b(?:please|and|then|also) )([a-z]{3,}) (?:the|my|our|this|that|these|those|all|every|each|both)\b"
)


class Demand:
    """What the user asked for, compared with the tools on offer.

    `follows`: what a delegated document says is part of the request, so "handle it" asks for that.
    """

    def __init__(
        self,
        request: Request,
        profiles: Mapping[str, ToolProfile],
        sources: Sequence[Source],
        *,
        follows: bool = False,
    ) -> None:
        self._follows = follows
        self._handles = follows or not request.delegated
        self.request = request
        self.profiles = profiles
        self.sources = sources

    def _explained(self, profile: ToolProfile) -> bool:
        """Say whether another tool of this effect is told of, and so takes the doing that was asked for."""
        return any(
            one.effect == profile.effect and one.name != profile.name and self.told(one)
            for one in self.profiles.values()
        )

    def takes_over(self) -> None:
        """Take "handle it" as asked for by the user, where no text is found that is followed."""
        self._handles = True

    def nouns(self, profile: ToolProfile) -> bool:
        """Say whether the request names what the tool acts on, in this or another word."""
        return bool(self._things(profile.nouns) & self.request.stems)

    def verbs(self, profile: ToolProfile) -> bool:
        """Say whether the request uses the tool's own doing, where that says something."""
        return bool(self._doings(profile))

    def _things(self, nouns: Iterable[str]) -> set[str]:
        found = set(nouns)
        for noun in nouns:
            found |= lexicon.ALIKE.get(noun, frozenset())
        return {stem(noun) for noun in found}

    def _meant(self) -> bool:
        """Say whether the request names what some tool with an effect acts on."""
        return any(self.nouns(one) for one in self.profiles.values() if one.effect != READ)

    def rival(self, profile: ToolProfile, values: Sequence[Value]) -> bool:
        """Say whether the request names another tool of the same effect, and not this one.

        A call whose objects the user named himself has no rival.
        """
        if _own(values) or not profile.nouns or self.nouns(profile) or _bare_action(profile):
            return False
        verbs = self._doings(profile)
        for other in self.profiles.values():
            if other.effect != profile.effect or other.name == profile.name:
                continue
            same = self._doings(other)
            if (self._literal(other, self.request.objects) and (same & verbs or not verbs)) or (
                same and not verbs
            ):
                return True
        return False

    def other_meant(self, profile: ToolProfile) -> bool:
        """Say whether the request speaks of what another tool of this effect acts on, only.

        Where it asks for the effect it has to use the other tool's doing, too.
        """
        if self.nouns(profile):
            return False
        asked = profile.effect in self.request.asks.effects
        same = (one for one in self.profiles.values() if one.effect == profile.effect)
        return any(self.nouns(one) and (not asked or self.verbs(one)) for one in same)

    def _better(self, profile: ToolProfile) -> bool:
        """Say whether a tool with an effect that was asked for is named: no other is needed."""
        return any(
            other.effect in self.request.asks.effects and self._literal(other)
            for other in self.profiles.values()
            if other.effect not in (READ, profile.effect)
        )

    def _own_doing(self, profile: ToolProfile) -> bool:
        """Say whether the request uses a doing that only the tool's name knows: "strike him"."""
        known = {verb for verb in profile.verbs | {profile.doing} if verb not in lexicon.EXACT}
        things = {stem(noun) for noun in profile.nouns if not lexicon.effects_of(noun)}
        return bool({stem(verb) for verb in known} & self.request.doings or things & self._opening)

    @functools.cached_property
    def _opening(self) -> frozenset[str]:
        """Return the stems of words that are done to something: "water the zone", as no lexicon has it."""
        return frozenset(stem(match[1]) for match in _OPENS.finditer(self.request.text))

    def _literal(self, profile: ToolProfile, among: frozenset[str] = frozenset()) -> bool:
        return bool({stem(noun) for noun in profile.nouns} & (among or self.request.stems))

    def _names_thing(self, profile: ToolProfile) -> bool:
        """Say whether the request names what a tool acts on by a word that is no doing: a cart."""
        things = {
            stem(noun) for noun in profile.nouns if not lexicon.effects_of(noun, english=True)
        }
        return bool(things & self.request.stems)

    def _doings(self, profile: ToolProfile) -> set[str]:
        own = (profile.verbs | {profile.doing}) - {""}
        doings = set(own - _COMMON)
        for verb in own - _BARE:
            doings |= lexicon.SAME_DOING.get(verb, frozenset()) - _COMMON
        stems = {stem(verb) for verb in doings}
        longer = {one for one in stems if len(one) > _ROOT and self._derived(one)}
        return stems & self.request.stems | longer

    def _only_one(self, profile: ToolProfile) -> bool:
        """Say whether the request uses the very word of this tool's name, and of no other's."""
        same = [one for one in self.profiles.values() if one.doing == profile.doing]
        return profile.doing in self.request.asks.words and len(same) == 1

    def _derived(self, root: str) -> bool:
        """Say whether a word of the request is made from a doing: enrolment, enrolling."""
        return any(one.startswith(root) for one in self.request.stems)

    def asked(self, profile: ToolProfile, values: Sequence[Value]) -> int:
        """Return how surely the user asked for the tool's effect (0 to 3)."""
        asks, effect = self.request.asks, profile.effect
        if effect in asks.forbidden and not self._names_thing(profile):
            return NOT_ASKED
        nouns = self.nouns(profile) and self._speaks_of_power(profile, values)
        verbs = self.verbs(profile)
        operator = self._operator_asks(profile)
        if not operator and self.rival(profile, values):
            return NOT_ASKED
        if effect in asks.effects and not self._moves_itself(profile):
            if nouns or verbs or (not profile.nouns and not self._explained(profile)):
                return ASKED
            sure = effect in (SEND, PAY, DELETE) or self._only_one(profile)
            return LIKELY if sure else MAYBE
        if self._own_doing(profile):
            return ASKED if nouns else LIKELY
        handles = HANDLE in asks.effects and self._handles
        told = self._follows and nouns and effect not in (DELETE, EXECUTE)
        if operator or told or (handles and (nouns or verbs)):
            return LIKELY
        if handles and not self._meant():
            return MAYBE if grave(profile) or self.only_strangers_name(profile) else LIKELY
        return self._roundabout(profile, values, nouns=nouns, verbs=verbs)

    def _moves_itself(self, profile: ToolProfile) -> bool:
        """Say whether what is moved has a tool for that, so that nobody wants it deleted."""
        if profile.effect != DELETE or not self.request.only_moves:
            return False
        return any(
            one.effect == WRITE and one.doing in _MOVING and one.nouns & profile.nouns
            for one in self.profiles.values()
        )

    def _speaks_of_power(self, profile: ToolProfile, values: Sequence[Value]) -> bool:
        """Say whether the request names the right that a tool gives, or gave one of its values."""
        powers = POWERS & profile.nouns
        if not powers or any(value.origin == "user" for value in values):
            return True
        return bool(self._things(powers) & self.request.stems)

    def may_mean(self, profile: ToolProfile) -> bool:
        """Say whether a request in unknown words may ask for this tool: no other fits better."""
        if self.request.only_reads or profile.effect in self.request.asks.forbidden:
            return False
        strong = profile.effect in STRONG and profile.effect in self.request.asks.effects
        if not self._speaks_of_power(profile, ()):
            return False
        if grave(profile) and not (strong or self.nouns(profile)):
            return False
        if self.clear:
            return profile.effect in self.request.asks.effects or self.fits(profile)
        return not self.only_strangers_name(profile)

    def only_strangers_name(self, profile: ToolProfile) -> bool:
        """Say whether untrusted text names what a tool is about, and the request does not."""
        if self.told(profile) or profile.effect in self.request.asks.effects:
            return False
        named = profile.nouns | profile.verbs | {profile.doing}
        roots = {texts.root(word) for word in named if len(word) >= _ROOT}
        return any(s.origin == "untrusted" and roots & s.roots for s in self.sources)

    def _roundabout(
        self, profile: ToolProfile, values: Sequence[Value], *, nouns: bool, verbs: bool
    ) -> int:
        """Judge an effect that no word of the request asks for straight away."""
        asks, effect = self.request.asks, profile.effect
        near = bool(asks.effects & _NEAR[effect])
        if near and (verbs or (nouns and effect not in (DELETE, EXECUTE))):
            return NOT_ASKED if effect == PAY and not verbs and self._better(profile) else LIKELY
        if near and not self._follows and _all_own(values):
            return LIKELY
        if near and effect == WRITE and self._step(profile):
            return LIKELY
        told = effect in asks.weak and (READ not in asks.effects or _own(values))
        if nouns and (self.request.wants or told):
            return MAYBE if told and grave(profile) else LIKELY
        if verbs:
            return MAYBE
        if self.request.empty or (near and effect not in STRONG):
            return MAYBE
        if effect in STRONG:
            return NOT_ASKED
        clean = not any(h.level for v in values for h in v.untrusted if v.origin not in TRUSTED)
        targets = [v for v in values if v.kind == "target" and not v.empty]
        named = [v for v in targets if v.origin == "user"]
        return MAYBE if clean and targets and len(named) == len(targets) else NOT_ASKED

    def _step(self, profile: ToolProfile) -> bool:
        """Say whether another action of the same tool is asked for: what is bought is put into a cart first."""
        return bool(profile.tool) and any(
            other.tool == profile.tool
            and other.effect in self.request.asks.effects
            and self.verbs(other)
            for other in self.profiles.values()
        )

    def fits(self, profile: ToolProfile) -> bool:
        """Say whether words of the request tell of this tool that tell of no other better.

        What a tool that was asked for explains tells of no other one.
        """
        mine = self.told(profile)
        for other in self.profiles.values():
            if other.effect == READ or other.name == profile.name:
                continue
            told = self.told(other)
            if mine < told:
                return False
            if other.effect in self.request.asks.effects and (
                self.nouns(other) or self.verbs(other)
            ):
                mine = mine - told
        return bool(mine)

    @functools.cached_property
    def clear(self) -> bool:
        """Say whether the request asks in known words for what some tool does."""
        effects = self.request.asks.effects
        return any(
            (one.effect in effects and (self.nouns(one) or self.verbs(one)))
            or self._own_doing(one)
            for one in self.profiles.values() if one.effect != READ
        )  # fmt: skip

    def told(self, profile: ToolProfile) -> frozenset[str]:
        """Return the stems of the request that tell of a tool: its things, doings, arguments."""
        named = profile.nouns if self.clear else profile.nouns | profile.asks_for
        about = self._things(named) & self.request.stems
        about |= {stem(word) for word in named if _abbreviates(word, self.request.asks.words)}
        return frozenset(about | self._doings(profile))

    def things(self, profile: ToolProfile) -> frozenset[str]:
        """Return the stems of words for what the tool acts on: they tell no record from others."""
        return frozenset(stem(word) for word in profile.nouns | profile.verbs)

    def named(self, profile: ToolProfile) -> bool:
        """Say whether the request speaks of what the tool is about."""
        return bool(profile.nouns & self.request.asks.words) or self.nouns(profile)

    def _operator_asks(self, profile: ToolProfile) -> bool:
        name = profile.name.casefold()
        for source in self.sources:
            at = source.text.find(name) if source.origin == "operator" else -1
            if at >= 0 and {"always", "must", "after", "whenever", "every", "when"} & set(
                texts.words(source.text[max(0, at - 160) : at + 160])
            ):
                return True
        return False


def wants(request: Request, profile: ToolProfile, asked: int) -> bool:
    """Say whether the user wants a tool's effect, so that another's order may name its target."""
    spoken = profile.effect in request.asks.effects | request.asks.weak or request.delegated
    return asked >= ASKED or (asked >= LIKELY and spoken)


def _bare_action(profile: ToolProfile) -> bool:
    """Say whether one of a tool's many actions names no thing but the tool: shop(what="put")."""
    return bool(profile.tool) and profile.nouns <= set(split_name(profile.tool))


def _abbreviates(token: str, words: Iterable[str]) -> bool:
    """Say whether a name's word without vowels stands for one of the words: rls, cntr, mgr."""
    if len(token) < _ABBREVIATED or _VOWELS & set(token) or not token.isalpha():
        return False
    pattern = re.compile(r"\w*?".join(token))
    return any(len(word) > len(token) and pattern.match(word) for word in words)


def _all_own(values: Sequence[Value]) -> bool:
    """Say whether the user gave all that a call says, and more than one thing, save days."""
    given = [v for v in values if not v.empty and v.kind != "date"]
    return len(given) > 1 and all(value.origin in ("user", "composed") for value in given)


def _own(values: Sequence[Value]) -> bool:
    """Say whether the user named every object of a call himself."""
    objects = [v for v in values if v.kind in ("target", "selector") and not v.empty]
    return bool(objects) and all(value.origin == "user" for value in objects)
