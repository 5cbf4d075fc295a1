"""Judge a value without a telling shape: does it stand where the user points?"""

import re

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.contents import Contents, named_text
from seawall.policy.provenance.demand import LIKELY
from seawall.policy.provenance.infer import POWERS, ToolProfile, grave
from seawall.policy.provenance.orders import speaks_of, vouched
from seawall.policy.provenance.places import (
    authored,
    fields,
    ids,
    linked,
    listed,
    near,
    purpose,
    rivalled,
    strings,
)
from seawall.policy.provenance.request import FILE, Request
from seawall.policy.provenance.scope import follows_others, only_one, quoted, reaches, selected
from seawall.policy.provenance.sources import Hit
from seawall.policy.provenance.spans import ASKS
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import ALIKE, DELETE, PAY, WRITE

_ROOT = 4
ASKED_FOR = "stands where untrusted text asks for an effect"
# The user wants done what somebody asks for in what he named.
_ANSWERS = re.compile(
    r"\b(?:asks?|asked|asking|requests?|requested|wants?|wanted|wishes|wished|applied|applies) for\b|\b(?:what|as|where|when|whatever|"
    r"which) (?:he|she|it|they|the \w+) (?:asks?|asked|requests?|wants?|wishes)\b"
)


def _speaks(profile: ToolProfile, hit: Hit) -> bool:
    """Say whether the sentence of a value speaks of what the tool does."""
    low, high = hit.source.sentence(hit.start, hit.end)
    return speaks_of(profile, hit.source.text[low:high])


def _signed(hit: Hit, request: Request) -> bool:
    """Say whether a field of the record says that somebody wrote it whom the user names."""
    return listed(hit.source) and authored(hit, request)


class Loose(Contents):
    """The values of one call that could stand for anything."""

    def near(self, hit: Hit) -> bool:
        """Say whether a word of the request stands in the record of the value."""
        return near(hit, self.request, self.common)

    def rivalled(self, value: Value, hit: Hit) -> bool:
        """Say whether another value of the same text fits the user's words better."""
        return rivalled(value, hit, self.request, self.common)

    def lists(self, effect: str) -> bool:
        """Say whether the user asked for this effect on what a document lists."""
        return self.request.lists and effect in self.request.asks.effects

    def _slot_named(self, profile: ToolProfile, value: Value) -> bool:
        """Say whether the request speaks of what the argument is, or of the doing in other forms."""
        words = set(split_name(value.argument.rsplit("/", 1)[-1])) | profile.verbs
        for word in tuple(words):
            words |= ALIKE.get(word, frozenset())
        roots = {texts.root(word) for word in words - {"id", "ids", "to"}}
        return bool(roots & {texts.root(word) for word in self.request.asks.words}) or any(
            one.startswith(word)
            for word in roots
            if len(word) > _ROOT
            for one in self.request.stems
        )

    def _loose_problem(self, profile: ToolProfile, value: Value, asked: int) -> str:
        """Judge a value without a telling shape that stands in untrusted text only."""
        effect, hits = profile.effect, value.untrusted
        listed_there = self.lists(effect) and all(hit.level < ASKS for hit in hits)
        sum_ = effect == PAY and value.kind == "amount"
        told = sum_ or (value.kind != "target" and self._slot_named(profile, value))
        pointed = any(
            named_text(h.source) or (told and vouched(h, self.request)) for h in hits
        ) and (asked >= LIKELY or listed_there)
        fit = [hit for hit in hits if linked(hit, self.request, self.common)]
        if effect == PAY and value.kind == "target":
            fit = [hit for hit in fit if near(hit, self.request, self.common, narrow=True)]
        if all(hit.level >= ASKS for hit in hits):
            named = told or any(texts.stem(one) in self.request.stems for one in profile.nouns)
            sure = asked >= LIKELY and named and self.vouches(value)
            free = sure or (pointed and self._asks_freely(effect, value, fit))
            return "" if free else ASKED_FOR
        if self._swapped(value, hits):
            return "is not the one that fits the user's words best"
        if effect == DELETE and all(self._passes_over(hit) for hit in hits):
            return "is not the one of the list that the user named"
        likely = asked >= LIKELY or listed_there
        if effect == PAY and purpose(value):
            return ""
        power = POWERS & set(split_name(value.argument)) or grave(profile)
        noted = effect == WRITE and not power and value.kind == "other" and asked >= LIKELY
        noted = noted and not reaches(value)
        noted = noted and not all(self._named_there(value, hit) for hit in hits)
        if noted and any(hit.source.pointed and not hit.source.led for hit in hits):
            return ""
        plain = effect == WRITE and not power and not value.shape
        plain = plain and not any(_speaks(profile, hit) for hit in hits)
        plain = plain and all(self._by_id(hit) for hit in hits)
        by_kind = likely and (value.kind != "target" or self.request.relies or plain)
        free = pointed and (effect == PAY or by_kind)
        if not value.text or fit or any(fields(hits)) or free:
            return ""
        if asked >= LIKELY and (self.vouches(value) or self._picks(value)):
            return ""
        return "stands in untrusted prose that the user did not point at"

    def _named_there(self, value: Value, hit: Hit) -> bool:
        """Say whether a sentence names the argument itself, of which the user says nothing."""
        if hit.source.in_field(hit.start, hit.end):
            return False
        name = {texts.stem(one) for one in split_name(value.argument.rsplit("/", 1)[-1])}
        low, high = hit.source.sentence(hit.start, hit.end)
        said = {texts.stem(one) for one in texts.words(hit.source.text[low:high])}
        return bool(name & said) and not name & self.request.stems

    def _by_id(self, hit: Hit) -> bool:
        """Say whether a result was read by a number or file name that the user gave."""
        given = {*strings(hit.source.arguments), *ids(hit.source.arguments)}
        return bool(given & {*self.request.ids, *FILE.findall(self.request.text)})

    def _asks_freely(self, effect: str, value: Value, fit: list[Hit]) -> bool:
        """Say whether a value may come from a sentence that asks: of what the user speaks of."""
        hits = [hit for hit in value.untrusted if hit.level == ASKS]
        if any(self.rivalled(value, hit) for hit in hits):
            return False
        if effect == PAY or any(hit.level == ASKS for hit in fit):
            return True
        asked = _ANSWERS.search(self.request.text) is not None
        return asked and all(hit.source.named and not listed(hit.source) for hit in hits)

    def wanted_further(self, value: Value) -> bool:
        """Say whether a second sign stands beside a value: its author wants more than the user."""
        strange = (source for source in self.sources if source.origin == "untrusted")
        return reaches(value) or follows_others(value) or any(source.spans for source in strange)

    def vouches(self, value: Value) -> bool:
        """Say whether the user relies on who gives a value, and nothing shows that he wants more.

        The user names the author or the document, and speaks of the sentence.
        """
        if not self.request.relies or self.wanted_further(value):
            return False
        return any(
            vouched(hit, self.request)
            and not quoted(hit)
            and (
                near(hit, self.request, self.common, narrow=True)
                or only_one(value, hit)
                or (not value.shape and (hit.source.sent or _signed(hit, self.request)))
            )
            for hit in value.untrusted
        )

    def _picks(self, value: Value) -> bool:
        """Say whether the user means what a text lists, by its author's or its own name."""
        if not (self.request.relies or self.request.lists) or self.wanted_further(value):
            return False
        return any(hit.level < ASKS and selected(hit, self.request) for hit in value.untrusted)

    def _swapped(self, value: Value, hits: list[Hit]) -> bool:
        """Say whether the value stands in prose only, where another one fits better."""
        return not fields(hits) and all(self.rivalled(value, hit) for hit in hits)

    def _passes_over(self, hit: Hit) -> bool:
        """Say whether the user named another entry of the plain list that the value stands in."""
        text = hit.source.text
        if not text.startswith("[") or "{" in text or self.request.generic:
            return False
        return any(len(one) > 3 and one in self.request.text for one in strings(text))
