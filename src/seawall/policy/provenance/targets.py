"""Judge the target of a call: an address, account, link or name that the user named or pointed at."""

import functools
import itertools
import re

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.contents import named_text
from seawall.policy.provenance.demand import ASKED, LIKELY, wants
from seawall.policy.provenance.elsewhere import elsewhere
from seawall.policy.provenance.infer import ToolProfile
from seawall.policy.provenance.lines import BREAK
from seawall.policy.provenance.loose import ASKED_FOR, Loose
from seawall.policy.provenance.orders import pointed_at, vouched
from seawall.policy.provenance.places import (
    authored,
    competes,
    fields,
    linked,
    listed,
    near,
    own_part,
    owned,
    owner,
    same_site,
    telling,
)
from seawall.policy.provenance.rosters import of_roster, of_those_named, on_topic
from seawall.policy.provenance.sources import Hit
from seawall.policy.provenance.spans import ASKS
from seawall.policy.provenance.swaps import REPLACES
from seawall.policy.provenance.trace import Value
from seawall.policy.provenance.words import PAY, SEND

_CARRIED, _NAME = 8, 3
# What many an address begins with: it names nobody.
_MAILBOXES = frozenset(
    "info office list lists sales support orders order deals team accounts account billing bills invoice invoices contact "
    "mail hello admin hr help service booking bookings reservations shop news press jobs desk post data report reports".split()
)
# Who says one of these may mean more than the first of a document's targets.
_MANY = frozenset(
    "them they both all everyone everybody each those these two three four several others people names addresses "
    "emails accounts members participants attendees guests colleagues customers clients friends their every list "
    "alle allen beide ihnen tous toutes leur leurs todos todas ambos tutti allen".split()
)
_COUNTS = {
    "both": 2, "two": 2, "three": 3, "four": 4, "beide": 2, "beiden": 2, "oba": 2, "zwei": 2,
    "deux": 2, "dos": 2, "due": 2,
}  # fmt: skip
_PEOPLE = r"(?:people|persons|names|addresses|e?-?mails|contacts|colleagues|guests|members|accounts|recipients|friends)"
_HOW_MANY = re.compile(
    rf"\b(both|beiden?|oba)\b|\b(two|three|four|zwei|deux|dos|due) (?:\w+ )?{_PEOPLE}\b"
)
_SO_MANY = re.compile(rf"\b(both|two|three|four) (?:\w+ )?{_PEOPLE}\b")
_REPLIES = re.compile(
    r"\b(?:reply|respond|answer|write back|get back to|antworte?|beantworte?|réponds?|répondre|responde|contesta|rispondi|"
    r"responda|beantwoord|antwoord|odpowiedz|ответь)\b"
)
_OF_CHANGE = re.compile(
    r"\b(?:new|newly|other|another|different|changed|updated|corrected|neue\w*|nouve\w+|nuev[oa]s?|nuov[oa]|nov[oa]s?|nieuwe?)"
    r"(?: [\w-]+){0,2} (?:e-?mail|mail|address|account|iban|number|details|data|adresse|konto|compte|cuenta|conto|conta|rekening)\b|"
    r"\b(?:details|address|account|iban|e-?mail|mail|number)(?:'s|’s| is| are)? (?:in|on|from|new|stands?)\b|"
    r"\bwhere to\b|\b(?:his|her|their) (?:details|account|iban|address)\b"
)
_HEADER = re.compile(r"(?:^|\n)(?:from|sender|von|de|van|da|od): ?[^\n]{0,60}$")
_AUTHORS = re.compile(r'"(?:from|sender|author|by|reply_to)": ?"?[^"]*$')
_CHANGES = frozenset("update change edit modify amend alter adjust correct set move adapt".split())
# Words by which a person speaks of the target that a change is about.
_SLOTS = {
    "account": frozenset(
        "account accounts iban bank number konto kontonummer compte cuenta conto rekening recipient payee "
        "beneficiary details".split()
    ),
    "email": frozenset(
        "email e-mail mail address addresses adresse correo dirección details contact".split()
    ),
}


# How targets of a shape are written: those of people, and all.
_PAYEES = {"email": texts.EMAIL, "account": texts.IBAN}
_FORMS = {**_PAYEES, "url": texts.URL}


class Targets(Loose):
    """The targets of one call."""

    def _target_problem(self, profile: ToolProfile, value: Value, asked: int) -> str:
        hits = value.untrusted
        if not hits:
            return self._invented(value)
        if _changes(profile) and value.shape in _SLOTS and not self._speaks_of_slot(value):
            return "changes a target that the user did not speak of"
        data = [hit for hit in hits if hit.level < ASKS]
        if telling(value) and len(hits) > len(data) + sum(h.level == ASKS for h in hits):
            if value.shape or not fields(data):
                return "stands in an instruction of untrusted text"
            hits = data
        if elsewhere(hits, self.request, self.sources):
            return "does not stand where the user said that it does"
        if self._replaces(value, hits):
            return "takes the place of another one of the same document"
        if not value.shape:
            if profile.effect in (PAY, SEND) and self._of_another(value, hits):
                return "is of another record than the one that the user named"
            return self._loose_problem(profile, value, asked)
        best = [hit for hit in hits if hit.level == min(h.level for h in hits)]
        if best[0].level == ASKS and not self._may_ask(profile, value, best, asked):
            if (
                wants(self.request, profile, asked)
                and not self._gave_another(value)
                and self.vouches(value)
            ):
                return ""
            return ASKED_FOR
        if best[0].level == ASKS or self._belongs(profile, value, best):
            return ""
        if asked >= ASKED and not self._gave_another(value) and self.vouches(value):
            return ""
        return "is no target that the user named or pointed at"

    def _replaces(self, value: Value, hits: list[Hit]) -> bool:
        """Say whether a document gives this target in place of another one that it gives too."""
        form = _FORMS.get(value.shape)
        if form is None:
            return False
        own = texts.compact(value.text)
        for hit in hits:
            low, high = hit.source.sentence(hit.start, hit.end)
            others = itertools.islice(form.finditer(hit.source.text), _CARRIED)
            if listed(hit.source) or not any(texts.compact(one.group()) != own for one in others):
                return False
            high = hit.start if of_roster(value, hit, self.request) else high
            if not REPLACES.search(hit.source.text, low, high):
                return False
        return bool(hits)

    def _of_another(self, value: Value, hits: list[Hit]) -> bool:
        inside = fields(hits)
        return bool(inside) and value.kind == "target" and all(map(self.other_record, inside))

    def _speaks_of_slot(self, value: Value) -> bool:
        words = _SLOTS[value.shape]
        return bool(words & self.request.asks.words) or self._slot_named_in(value)

    def _slot_named_in(self, value: Value) -> bool:
        words = set(split_name(value.argument.rsplit("/", 1)[-1]))
        return bool({texts.root(one) for one in words - {"to", "new", "id"}} & {
            texts.root(one) for one in self.request.asks.words})  # fmt: skip

    def _invented(self, value: Value) -> str:
        if value.shape in ("email", "account", "phone") and value.origin == "nowhere":
            return "" if self._of_own_house(value) else "stands nowhere in the conversation"
        return ""

    def _of_own_house(self, value: Value) -> bool:
        """Say whether an address is at the user's own host, and a name that he says in it.

        Whatever else it holds stands in no untrusted text: there somebody could spell his own.
        """
        local, _, host = value.text.partition("@")
        said = frozenset(texts.words(local)) & self.request.text_words
        rest = frozenset(texts.words(local)) - said
        if max(map(len, said), default=0) < _NAME:
            return False
        if any(s.origin == "untrusted" and not rest.isdisjoint(s.words) for s in self.sources):
            return False
        own = (s.text for s in self.sources if s.origin in ("user", "operator"))
        return any(one.endswith(f"@{host}") for text in own for one in texts.EMAIL.findall(text))

    def _may_ask(
        self, profile: ToolProfile, value: Value, hits: list[Hit], asked: int
    ) -> bool:  # fmt: skip
        """Say whether a sentence that asks may name the target: a bill does, a mail does not."""
        pointed = self.request.points_at_target
        named = pointed and asked >= LIKELY and all(hit.source.named for hit in hits)
        if not (named or asked >= ASKED):
            return False
        if self._gave_another(value) or self._known_elsewhere(value, hits):
            return False
        if named and all(pointed_at(value, hit, self.request) for hit in hits):
            return True
        if value.shape == "url" and all(same_site(hit, self.request) for hit in hits):
            return True
        if value.shape == "url" and self.request.relies and any(map(owned, hits)):
            return True
        return any(
            (hit.source.pointed or pointed)
            and (
                profile.effect == PAY
                or (pointed and near(hit, self.request, self.common, narrow=True))
            )
            and not competes(value, hit)
            for hit in hits
        )

    def _known_elsewhere(self, value: Value, hits: list[Hit]) -> bool:
        """Say whether a record that the user's words fit gives another target of this form."""
        form = _PAYEES.get(value.shape)
        if form is None or any(linked(hit, self.request, self.common) for hit in hits):
            return False
        for source in self.sources:
            if source.origin not in ("untrusted", "trusted"):
                continue
            for match in itertools.islice(form.finditer(source.text), _CARRIED):
                level = source.level(match.start(), match.end())
                hit = Hit(source=source, start=match.start(), end=match.end(), level=level)
                other = texts.compact(match.group()) != texts.compact(value.text)
                if other and level < ASKS and fields([hit]) and self.near(hit):
                    return True
        return False

    def _recorded(self, value: Value) -> bool:
        """Say whether a field of a record that the user's words fit gives another such target."""
        form = _PAYEES.get(value.shape)
        if form is None or _OF_CHANGE.search(self.request.text):
            return False
        # What another argument holds (the account that pays) takes no part.
        known = {texts.compact(one.text) for one in (value, *self.values)}
        for source in self.sources:
            if source.origin not in ("untrusted", "trusted") or not listed(source):
                continue
            for match in itertools.islice(form.finditer(source.text), _CARRIED):
                hit = Hit(source=source, start=match.start(), end=match.end())
                other = texts.compact(match.group()) not in known
                if (
                    other
                    and fields([hit])
                    and self.near(hit)
                    and not _AUTHORS.search(source.text, max(0, match.start() - 24), match.start())
                ):
                    return True
        return False

    def _belongs(self, profile: ToolProfile, value: Value, hits: list[Hit]) -> bool:
        """Say whether the target is one the user named, by word, by kind or by document."""
        in_fields = fields(hits)
        if all(self._beyond(value, hit) for hit in hits):
            return False
        if profile.effect == SEND and self._by_author(value, hits):
            return True
        name = set(texts.words(value.text.partition("@")[0])) if value.shape == "email" else set()
        if len({one for one in name if len(one) > 1} & self.request.text_words) > 1:
            return True
        if not self._gave_another(value) and any(
            of_roster(value, hit, self.request) for hit in hits
        ):
            return True
        if not self._gave_another(value) and any(of_those_named(hit, self.request) for hit in hits):
            return True
        counted = not in_fields and not self._gave_another(value)
        if counted and any(self._counted(value, hit) for hit in hits):
            return True
        if not in_fields and all(_field_holds(value.shape, hit) for hit in hits):
            return False
        local = frozenset(texts.words(own_part(value.text, self.request)))
        if self.request.links(local - _MAILBOXES if not in_fields else local):
            return True
        if self._gave_another(value):
            return any(
                near(hit, self.request, self.common) and listed(hit.source) for hit in in_fields
            )
        if not in_fields:
            if self._recorded(value):
                return any(map(named_text, (hit.source for hit in hits))) and all(
                    self._sole(value, hit) for hit in hits
                )
            if value.shape == "url" and all(owner(hit) and not owned(hit) for hit in hits):
                return any(authored(hit, self.request) for hit in hits)
            if any(self._of_opened(hit) and self._sole(value, hit) for hit in hits):
                return True
            prose = self.request.points_at_target or profile.effect == PAY
            return any(
                (near(hit, self.request, self.common, narrow=True) or (prose and self._picked(hit)))
                and not competes(value, hit) and not self.other_record(hit)
                for hit in hits
            )  # fmt: skip
        if any(hit.level <= ASKS and self._relied_on(hit) for hit in value.untrusted):
            return True
        first = self.request.text_words.isdisjoint(_MANY) and not any(
            listed(hit.source) or not competes(value, hit) for hit in in_fields
        )
        if first:
            return False
        if self.request.generic or self.request.points_at_target:
            return True
        return any(hit.source.pointed or near(hit, self.request, self.common) for hit in in_fields)

    def _relied_on(self, hit: Hit) -> bool:
        return self.request.relies and listed(hit.source) and authored(hit, self.request)

    def _by_author(self, value: Value, hits: list[Hit]) -> bool:
        """Say whether an address is in the header of a message that the user wants answered."""
        if value.shape != "email" or not _REPLIES.search(self.request.text):
            return False
        return any(
            _HEADER.search(hit.source.text, max(0, hit.start - 80), hit.start) is not None
            and (
                hit.source.pointed or hit.source.chained or on_topic(hit, self.request, self.common)
            )
            and not listed(hit.source)
            for hit in hits
        )

    def _meant(self, value: Value, hit: Hit, match: re.Match[str] | None) -> dict[str, int]:
        """Return the first targets of a document with their places, as many as the user counts."""
        form = _PAYEES.get(value.shape)
        text = hit.source.text
        if form is None or match is None or not hit.source.pointed or text.startswith("["):
            return {}
        found: dict[str, int] = {}
        for one in itertools.islice(form.finditer(text), _CARRIED):
            if not (
                _AUTHORS.search(text, max(0, one.start() - 24), one.start())
                or _HEADER.search(text, max(0, one.start() - 80), one.start())
            ):
                found.setdefault(texts.compact(one.group()), one.start())
        return dict(itertools.islice(found.items(), _COUNTS[next(filter(None, match.groups()))]))

    def _counted(self, value: Value, hit: Hit) -> bool:
        """Say whether the user means as many targets of a document as this is one of: both, two."""
        if value.shape == "phone":
            return self._phone_of_counted(value, hit)
        meant = self._meant(value, hit, _HOW_MANY.search(self.request.text))
        first = min(meant.values(), default=hit.start)
        apart = any(mark in hit.source.text[first : hit.start] for mark in ("\n\n", BREAK * 2))
        return texts.compact(value.text) in meant and not apart and hit.level < ASKS

    def _phone_of_counted(self, value: Value, hit: Hit) -> bool:
        """Say whether a number stands in the line of an address that the user counts."""
        text = hit.source.text
        low, high = text.rfind("\n", 0, hit.start) + 1, text.find("\n", hit.end)
        line = texts.EMAIL.search(text, low, high if high >= 0 else len(text))
        if line is None:
            return False
        mail = Value(value.argument, "target", line.group(), self.sources)
        return any(self._counted(mail, one) for one in mail.untrusted if one.source is hit.source)

    def _beyond(self, value: Value, hit: Hit) -> bool:
        """Say whether the user counts the targets of a document, and this is a later one."""
        meant = self._meant(value, hit, _SO_MANY.search(self.request.text))
        return bool(meant) and texts.compact(value.text) not in meant

    def _sole(self, value: Value, hit: Hit) -> bool:
        """Say whether a document that the user relies on gives no other target of this form."""
        form = _PAYEES.get(value.shape)
        relies = self.request.relies or _REPLIES.search(self.request.text) is not None
        if form is None or hit.level >= ASKS or not relies:
            return False
        found = {texts.compact(match.group()) for match in form.finditer(hit.source.text)}
        return len(found) == 1

    def _of_opened(self, hit: Hit) -> bool:
        """Say whether the user vouches for a text, or it is the only one that was opened for him."""
        return hit.source.opened or vouched(hit, self.request)

    def _gave_another(self, value: Value) -> bool:
        """Say whether the user's own words hold a target of this shape, so that none is missing."""
        if value.shape not in self.given:
            return False
        return not (self.request.generic and value.shape == "email") or not fields(value.untrusted)

    @functools.cached_property
    def given(self) -> frozenset[str]:
        """Return the shapes of the targets that the user's own words hold."""
        return frozenset(
            texts.shape(one) for source in self.sources if source.origin == "user"
            for one in texts.identifiers(source.text)
        )  # fmt: skip

    def _picked(self, hit: Hit) -> bool:
        """Say whether the user named this document, or this record of a list."""
        if listed(hit.source):
            return texts.shape(hit.source.text[hit.start : hit.end]) == "account" and near(
                hit, self.request, self.common
            )
        return hit.source.pointed


def _changes(profile: ToolProfile) -> bool:
    doings = profile.verbs | {profile.doing}
    # Who moves money changes no account.
    return bool((_CHANGES - {"move"} if profile.effect == PAY else _CHANGES) & doings)


def _field_holds(shape: str, hit: Hit) -> bool:
    """Say whether a list gives another target of this form in a field of its own."""
    form = _FORMS.get(shape)
    if form is None or not listed(hit.source):
        return False
    found = itertools.islice(form.finditer(hit.source.text), _CARRIED)
    return any(hit.source.in_field(match.start(), match.end()) for match in found)
