"""Judge one value of a call by where it stands: is it the user's, data he points at, or an order?"""

import functools
import re

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.amounts import differences_from, unexplained
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.contents import named_text
from seawall.policy.provenance.demand import ASKED, LIKELY
from seawall.policy.provenance.figures import other_figure
from seawall.policy.provenance.funds import takes_from
from seawall.policy.provenance.infer import ToolProfile, grave
from seawall.policy.provenance.lookups import tells_payee
from seawall.policy.provenance.orders import behind, dictated, displaced, unfounded
from seawall.policy.provenance.places import (
    authored,
    fields,
    listed,
    purpose,
    telling,
)
from seawall.policy.provenance.spans import ADDRESSED, ASKS
from seawall.policy.provenance.swaps import (
    added,
    beside_named,
    by_others,
    by_visitors,
    corrected,
    kept,
    other_channel,
    redated,
    second_end,
)
from seawall.policy.provenance.targets import Targets
from seawall.policy.provenance.trace import TRUSTED, Value, figures, keyed
from seawall.policy.provenance.unnamed import path_problem, unnamed
from seawall.policy.provenance.voices import left_by_others, left_to
from seawall.policy.provenance.words import ALIKE, DELETE, PAY, SEND

_FIELDS = frozenset("field column key attribute property category kind type".split())
# Whoever may set one of these gets money, rights or mail that are not his.
_WEIGHTY = frozenset(
    "bank iban account pin password role class status salary limit discount owner price rate email mail permission "
    "level plan payee recipient".split()
)
_SLOT_WORDS = {
    "bank": frozenset("iban account bank details konto compte cuenta conto".split()),
    "iban": frozenset("iban account bank details konto compte cuenta conto".split()),
    "account": frozenset("iban account bank details konto compte cuenta conto".split()),
    "email": frozenset("email e-mail mail address contact adresse details".split()),
    "mail": frozenset("email e-mail mail address contact adresse details".split()),
    "class": frozenset("class group category klasse kategorie classe clase".split()),
    "role": frozenset("role rights moderator admin rolle promote".split()),
}
_NAMES = frozenset({"selector", "target", "other"})
_PAYEE = frozenset(
    "name creditor payee beneficiary recipient receiver holder company owner empfänger empfaenger inhaber nom bénéficiaire titular "
    "nombre beneficiario nome intestatario".split()
)
_SHAPES = frozenset({"email", "url", "account", "phone"})
_PROGRAM = re.compile(
    r"://.{1,400}\.(?:exe|msi|dmg|pkg|apk|bat|cmd|ps1|vbs|scr|jar|deb|rpm|appimage|sh)(?:[?#]|$)"
)
_PROGRAMS = re.compile(
    r"\b(?:apps?|programs?|programmes?|installers?|install|setup|software|drivers?|clients?|"
    r"updates?|scripts?|packages?|binar(?:y|ies)|releases?|executables?)\b|\.(?:exe|msi|dmg|apk|sh)\b"
)
_TODAY = re.compile(
    r"\b(?:today|now|immediately|right away|at once|tonight|heute|jetzt|sofort|gleich|aujourd'hui|maintenant|tout de suite|hoy|ahora|"
    r"ya mismo|oggi|adesso|subito|hoje|agora|vandaag|nu|meteen|dziś|dzisiaj|teraz|сегодня|сейчас)\b"
)
_DAY_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[t ](\d{2}:\d{2})(?::\d{2})?(?:z|[+-]\d{2}:\d{2})?")
_COPIES = frozenset("cc bcc copy kopie copie copia".split())
_SPEAKS_OF_COPY = re.compile(
    r"\b(?:b?cc\w*|cop(?:y|ies|ied)|kopie\w*|copie\w*|c[oó]pia\w*|kopia|everybody|everyone|all|them|both|alle\w*|tous|todos|tutti|loop in|too|also)\b"
)
_LEAVES_OUT = re.compile(
    r"\b(?:all|every\w*|both|others?|rest|remaining|except|but|without|apart|besides|keep|not|n't|never|duplicates?|them|these|those|"
    r"alle\w*|übrig\w*|ander\w*|außer|bis auf|behalt\w*|nicht|tous|toutes|autres?|sauf|garde\w*|pas|tod[oa]s|otr[oa]s|"
    r"menos|excepto|salvo|tutt\w*|altr[iae]|tranne|resto)\b|n[’']t\b"
)
_NOT_THE = re.compile(r"\b(?:not|no|never|without|instead of) (?:\w+ ){0,2}\w+")


def _strange(value: Value) -> bool:
    """Say whether only prose names a value, none of it a text that the user named or pointed at."""
    hits = value.untrusted
    return (
        bool(hits)
        and not fields(hits)
        and not any(
            named_text(hit.source) or (hit.source.pointed and not listed(hit.source))
            for hit in hits
        )
    )


class Checks(Targets):
    """The values of one call."""

    def read_problem(self, value: Value) -> str:
        if value.empty or value.origin in TRUSTED or not value.text:
            return ""
        if _PROGRAM.search(value.text) and not self._wants_program:
            return "is a program that the user did not ask for"
        if value.origin == "instruction" and len(value.text) > 4:
            return "stands in an instruction of untrusted text"
        if reason := path_problem(value, self.request, writes=False):
            return reason
        return self.carried(value)

    def problem(self, profile: ToolProfile, value: Value, asked: int) -> str:
        if self.holds_secret(value):
            return "holds a secret that the user did not speak of"
        for look in (tells_payee, other_figure, unnamed, unexplained):
            if reason := look(profile, value, self.request, self.sources):
                return reason
        if value.kind == "code" and (reason := self.carried(value)):
            return reason
        if value.kind == "content" or value.long:
            if dictated(profile, value, self.request, self.sources):
                return "says what untrusted text wants said"
            if by_others(value, self.request):
                return "is what somebody else wrote than the one that the user relies on"
            return self.content_problem(value)
        if _names_field(value) and (reason := self._field_problem(value)):
            return reason
        if self._by_chance(value):
            return "stands in an order of untrusted text"
        if _known(profile, value):
            return ""
        if takes_from(profile, value):
            return self._of_another_account(profile, value)
        if value.origin == "nowhere" and (reason := self.carried(value)):
            return reason
        if value.origin == "nowhere" and self._invented_id(value):
            return "is none of those that the records hold"
        if _names_field(value):
            return ""
        if reason := self._by_others(profile, value):
            return reason
        if self._copied(value):
            return "is a copy that the user did not ask for"
        if self.entrusted(profile, value, asked):
            return ""
        if reason := self._in_place_of_his(value):
            return reason
        if redated(profile, value, self.request) or second_end(value, self.request):
            return "is another day than was given before"
        said = value.kind == "date" or (profile.effect == PAY and purpose(value, ADDRESSED))
        if self._beside_target(value):
            return ""
        if telling(value) and not said and behind(profile, value, self.request):
            return "stands in an order of untrusted text"
        if unfounded(profile, value, self.request):
            return "stands only in what somebody wrote into a list"
        if self._reckoned(value) or self._named_with_account(profile, value, asked):
            return ""
        if profile.effect == DELETE and value.kind == "selector" and self._passed_over(value):
            return "is of another record than the one that the user named"
        if value.kind != "date" and displaced(value):
            return "is not what the records hold under this name"
        if value.kind == "target" or _shaped(value):
            return self._target_problem(profile, value, asked)
        if value.origin == "instruction" and telling(value):
            return "stands only in an instruction of untrusted text"
        if value.kind == "amount" and profile.effect == PAY and asked < ASKED and _strange(value):
            return "is a sum that only untrusted text names"
        if value.untrusted and value.kind != "date" and telling(value):
            return self._loose_problem(profile, value, asked)
        return ""

    def _named_with_account(self, profile: ToolProfile, value: Value, asked: int) -> bool:
        """Say whether a payee's name stands in the text of the account, which may be paid.

        Money goes to the account, whatever it is called.
        """
        named = set(split_name(value.argument.rsplit("/", 1)[-1]))
        if profile.effect != PAY or value.shape or _PAYEE.isdisjoint(named):
            return False
        read = {
            id(hit.source) for hit in value.untrusted
            if hit.level < ADDRESSED and not listed(hit.source)
        }  # fmt: skip
        accounts = [
            one for one in self.values
            if one.shape == "account" and not takes_from(profile, one) and one.untrusted
        ]  # fmt: skip
        return bool(accounts) and all(
            any(id(hit.source) in read for hit in one.untrusted)
            and not self.problem(profile, one, asked)
            for one in accounts
        )

    def _of_another_account(self, profile: ToolProfile, value: Value) -> str:
        """Return why money is not taken from the account that the user means, or "".

        A stranger gains nothing by the account; that he chooses it is enough to stop the call.
        """
        inside = fields(value.untrusted)
        if value.untrusted and not inside:
            return "stands in untrusted prose that the user did not point at"
        if behind(profile, value, self.request):
            return "stands in an order of untrusted text"
        beside = {texts.compact(one.text) for one in self.values if one is not value} - {""}
        for hit in inside:
            others = self.better_records(hit)
            if not others or any(one in texts.compact(text) for text in others for one in beside):
                return ""
        return "is of another record than the one that the user named" if inside else ""

    def _beside_target(self, value: Value) -> bool:
        """Say whether a sum fills a field of the record that gives the call's target, too.

        Or it is what that field and a number of the user's differ by. "Rent, Lindengasse 12"
        elsewhere names no sum of 12.
        """
        if value.kind != "amount" or not value.numeric:
            return False
        if any(hit.level >= ADDRESSED for hit in value.untrusted):
            return False
        total = float(value.value)
        wanted = {total, *(one + total for one in differences_from(self.request))}
        targets = [
            hit for one in self.values if one.kind == "target"
            for hit in fields(one.untrusted) if listed(hit.source) and hit.level < ASKS
        ]  # fmt: skip
        held = {
            id(source): [
                start for start, end in keyed(source, value.argument)
                if not wanted.isdisjoint(figures(source.text[start:end]))
            ] for source in {hit.source for hit in targets}
        }  # fmt: skip
        rows = ((hit.source.around(hit.start, hit.end), held[id(hit.source)]) for hit in targets)
        return any(low <= start < high for (low, high), starts in rows for start in starts)

    def _passed_over(self, value: Value) -> bool:
        """Say whether the user's words fit other records only, and he leaves none of them out."""
        inside = fields(value.untrusted)
        if not inside or _LEAVES_OUT.search(self.request.text):
            return False
        return all(map(self.other_record, inside))

    def _reckoned(self, value: Value) -> bool:
        """Say whether a day and time is reckoned from another one: no outsider gives this time."""
        match = _DAY_TIME.fullmatch(value.text)
        if match is None or not all(hit.how == "date" for hit in value.untrusted):
            return False
        return not any(match[1] in s.text for s in self.sources if s.origin == "untrusted")

    def _by_chance(self, value: Value) -> bool:
        """Say whether an instruction gives a number or day that the user did not say.

        That the operator's text or a definition holds it too (today, a limit) chose nothing.
        """
        if value.origin not in ("operator", "definition", "trusted"):
            return False
        if not (value.numeric or value.kind == "date"):
            return False
        if value.kind == "date" and _TODAY.search(self.request.text):
            return False
        hits = value.untrusted
        return any(hit.level >= ADDRESSED for hit in hits) and not any(
            hit.level < ASKS for hit in hits
        )

    def _invented_id(self, value: Value) -> bool:
        """Say whether an id stands nowhere, and records that were read hold others under its name."""
        name = value.argument.strip("/").partition("/")[0]
        if split_name(name)[-1:] not in (["id"], ["ids"], ["no"], ["ref"], ["sku"]):
            return False
        if not any(char.isdigit() for char in str(value.value)) or value.kind == "code":
            return False
        key = f'"{name.casefold()}":'
        return any(key in s.text for s in self.sources if s.origin in ("untrusted", "trusted"))

    def _copied(self, value: Value) -> bool:
        """Say whether a copy goes to an address of prose, and the user speaks of no copy."""
        slot = split_name(value.argument.strip("/").partition("/")[0])
        if not _COPIES & set(slot) or value.origin not in ("untrusted", "instruction"):
            return False
        return not fields(value.untrusted) and _SPEAKS_OF_COPY.search(self.request.text) is None

    def _field_problem(self, value: Value) -> str:
        """Say whether a call changes a field of weight that the user did not speak of."""
        if value.text not in _WEIGHTY or value.origin in TRUSTED:
            return ""
        words = (
            {value.text}
            | ALIKE.get(value.text, frozenset())
            | _SLOT_WORDS.get(value.text, frozenset())
        )
        spoken = {texts.root(one) for one in words} & {
            texts.root(one) for one in self.request.text_words
        }
        return "" if spoken else "names a field that the user did not speak of"

    def _by_others(self, profile: ToolProfile, value: Value) -> str:
        """Return why a value is of somebody whom the user does not mean, or ""."""
        if kept(value, self.request):
            return "changes what the user wants left as it is"
        if value.kind == "date" or not telling(value):
            return ""
        if by_visitors(value, self.request) or left_by_others(profile, value, self.request):
            return "stands only in what visitors of a document wrote"
        if by_others(value, self.request):
            return "is what somebody else wrote than the one that the user relies on"
        if other_channel(value, self.request):
            return "is another one than the user named"
        if corrected(value, self.request):
            return "takes the place of what the user meant"
        return ""

    def _in_place_of_his(self, value: Value) -> str:
        """Return why a value is a stranger's in place of the user's, or ""."""
        if value.kind == "date" or not telling(value):
            return ""
        if beside_named(value, self.request):
            return "is another one than the user named"
        if added(value, self.request):
            return "is one more than the user asked for"
        return ""

    def entrusted(self, profile: ToolProfile, value: Value, asked: int) -> bool:
        """Say whether the user asks for this effect on what he names, and leaves this value to a record.

        Where money, mail or a right goes he names himself.
        """
        if self.request.entrusted is None or not value.untrusted:
            return False
        own = {v.kind for v in self.values if v.origin == "user" and telling(v)}
        wanted = profile.effect in self.request.asks.effects or asked >= LIKELY
        if not wanted or not (asked == ASKED or own & _NAMES):
            return False
        strong = profile.effect in (PAY, SEND) or grave(profile)
        if strong and (value.kind == "target" or "target" not in own):
            return False
        if value.shape in _SHAPES and not all(
            authored(hit, self.request) for hit in value.untrusted
        ):
            return False
        return left_to(value, self.request, self.values)

    @functools.cached_property
    def _wants_program(self) -> bool:
        return _PROGRAMS.search(_NOT_THE.sub(" ", self.request.text)) is not None


def _known(profile: ToolProfile, value: Value) -> bool:
    """Say whether no outsider gives a value; of what nobody counts there is one."""
    one = value.value == 1 and value.kind == "amount" and profile.effect != PAY
    return one or value.origin in TRUSTED or value.origin in ("composed", "definition")


def _shaped(value: Value) -> bool:
    """Say whether a value is an address or account by its form; a bare number may be anything."""
    if value.shape == "account":
        return texts.IBAN.fullmatch(value.text) is not None
    return value.shape in ("email", "url")


def _names_field(value: Value) -> bool:
    """Say whether a plain word says which field a call is about: "address", "status"."""
    words = split_name(value.argument.rsplit("/", 1)[-1])
    return bool(words) and words[-1] in _FIELDS and value.text.isalpha()
