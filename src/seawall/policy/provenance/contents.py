"""Judge what a text of a call holds: links, addresses, secrets, words of an order."""

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from seawall.core.exchange import Role
from seawall.policy.provenance import carry, secrets
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.arguments import split_name
from seawall.policy.provenance.places import called, fields, listed, near, telling
from seawall.policy.provenance.records import records
from seawall.policy.provenance.request import FILE, Request
from seawall.policy.provenance.smuggled import demanded_field, of_led
from seawall.policy.provenance.sources import Hit, Source, find_number, found
from seawall.policy.provenance.spans import ADDRESSED, ASKS
from seawall.policy.provenance.text import stem
from seawall.policy.provenance.trace import TRUSTED, Value
from seawall.policy.provenance.voices import left_to

_HOSTS = frozenset("host hostname domain url uri server dns site fqdn endpoint".split())
# Each link is looked for in every text of the conversation: nobody sends more of them in a call.
_MOST_LINKS = 300
_TOO_MANY = f"holds more than {_MOST_LINKS} links, hosts or addresses"
_HAS_TO = re.compile(
    r"\b(?:has to|have to|must|should|shall|needs? to|always|soll\w*|muss|müssen|doit|doivent|debe\w*|deve\w*)\b"
)
_LINKS = re.compile(
    r"\b(?:links?|urls?|web ?sites?|web ?pages?|address\w*|seite|lien|enlace|sito)\b|://|www\."
)
_CODED = re.compile(r"(?=\D*\d)\w{4,}")


# Sums, times, codes: two signs at least, a single digit stands anywhere.
_NUMBERS = re.compile(r"(?<![\w.,:/-])\d[\d.,:]*\d(?![\w])")


def _at(source: Source, number: str) -> Iterator[Hit]:
    """Yield where a number stands in a source, as it is written or as the same number."""
    yield from found(source, number)
    value = next(texts.readings(number), None) if ":" not in number else None
    if value is not None:
        yield from find_number(source, value)


class Contents:
    """The texts of one call. `common`: stems that link no data, as any such call holds them.

    `values`: all of the call.
    """

    def __init__(
        self,
        request: Request,
        sources: Sequence[Source],
        common: frozenset[str] = frozenset(),
        values: Sequence[Value] = (),
    ) -> None:
        self.request = request
        self.sources = sources
        self.common = common
        self.values = values

    def holds_secret(self, value: Value) -> bool:
        """Say whether a value holds a password, pin or card that the user did not speak of."""
        text = value.text
        if value.shape == "email" or value.origin == "user" or not secrets.may_be(text):
            return False
        written = value.kind == "content" or value.long
        cards = [one for one in secrets.cards(text) if one not in self.request.text]
        if written and cards and not secrets.cards_spoken_of(self.request):
            return True
        if written and self._tells_phone(text):
            return True
        if secrets.spoken_of(self.request):
            return False
        return any(
            secrets.stands(one, text) and one not in self.request.text for one in self._secrets
        )

    def _tells_phone(self, text: str) -> bool:
        """Say whether a text gives away a phone number of a record that nobody spoke of."""
        found = [texts.compact(one) for one in secrets.phones(text)]
        if not found or secrets.phones_spoken_of(self.request):
            return False
        known = [s.compact for s in self.sources if s.origin in ("user", "operator")]
        return any(not any(one in said for said in known) for one in found)

    @functools.cached_property
    def _secrets(self) -> frozenset[str]:
        return frozenset(secrets.known(self.sources))

    def other_record(self, hit: Hit) -> bool:
        """Say whether the user's words fit another record of a list better than this one."""
        return bool(self.better_records(hit))

    def better_records(self, hit: Hit) -> list[str]:
        """Return the records of a list that the user's words fit better than the one of a place."""
        text = hit.source.text
        own: set[str] = set()
        others: list[tuple[set[str], str]] = []
        for low, high in records(text):
            words = {stem(word) for word in texts.words(text[low:high])} & self.request.linkable
            if low <= hit.start < high:
                own = words
            else:
                others.append((words, text[low:high]))
        return [one for words, one in others if own < words]

    def content_problem(self, value: Value) -> str:
        """Return what speaks against a text that a call carries, or ""."""
        if reason := self.carried(value):
            return reason
        inside = itertools.chain(texts.identifiers(value.text), self._bare_hosts(value.text))
        for count, one in enumerate(inside):
            if count >= _MOST_LINKS:
                return _TOO_MANY
            inner = Value(value.argument, "target", one, self.sources)
            if reason := self._link_problem(inner):
                return reason
        if value.origin == "instruction" and telling(value):
            return "stands only in an instruction of untrusted text"
        if self._ordered_number(value):
            return "says a number of an instruction in untrusted text"
        if secrets.wanted(value.text, self.request, self.sources):
            return "asks for a secret that only untrusted text speaks of"
        if demanded_field(value, self.request, self.sources):
            return "holds a field that untrusted text asks for by its name"
        if of_led(value, self.sources):
            return "holds what an order of untrusted text had read"
        coded = {word for word in texts.words(value.text) if _CODED.fullmatch(word)}
        if any(source.led and coded & source.words for source in self.sources):
            return "holds what an order of untrusted text had read"
        own = [s for s in self.sources if s.origin == "untrusted" and s.spans]
        grams = value.grams
        if len(grams) < 4 or not own:
            return ""
        said = {gram for s in own for gram in s.instruction_grams}
        return "repeats an instruction of untrusted text" if _most(grams, said) else ""

    def _ordered_number(self, value: Value) -> bool:
        """Say whether a text holds a number or time that only instructions of untrusted text give."""
        ordered = [s for s in self.sources if s.origin == "untrusted" and s.spans]
        for one in set(_NUMBERS.findall(value.text)) if ordered else ():
            hits = [hit for s in self.sources for hit in _at(s, one) if s.origin != "definition"]
            if hits and all(
                hit.source.origin == "untrusted" and hit.level >= ADDRESSED for hit in hits
            ):
                return True
        return False

    def _bare_hosts(self, text: str) -> Iterator[str]:
        """Yield hosts that a text names without a scheme, where untrusted text has them."""
        if "." not in text:
            return
        for name in carry.named(texts.EMAIL.sub(" ", text)):
            own = name in self._hosts or FILE.fullmatch(name) or f"@{name}" in text
            if not own and any(name in s.text for s in self.sources if s.origin == "untrusted"):
                yield name

    def _link_problem(self, inner: Value) -> str:
        """Judge an address or link within a text: whose is it, and did the user point there?"""
        if inner.origin == "instruction":
            return "holds an address or link from an instruction in untrusted text"
        if inner.origin != "untrusted":
            return ""
        hits = [hit for hit in inner.untrusted if hit.level < ASKS]
        if not hits:
            if left_to(inner, self.request):
                return ""
            asked = [hit for hit in inner.untrusted if not self.other_record(hit)]
            by_name = any(called(hit, self.request) for hit in asked)
            return "" if by_name else "holds an address or link that untrusted text wants sent"
        if all(self._demanded(hit) for hit in hits):
            return "holds an address or link that untrusted text wants sent"
        if any(near(hit, self.request, self.common) for hit in hits) or fields(hits):
            own = not all(self.other_record(hit) for hit in hits)
        else:
            own = any(named_text(hit.source) or self._only_link(hit) for hit in hits)
        return "" if own else "holds an address or link of a text that the user did not mean"

    def _only_link(self, hit: Hit) -> bool:
        """Say whether the user speaks of a link, and this is the one of what he pointed at."""
        if not (hit.source.pointed and _LINKS.search(self.request.text)):
            return False
        return len(carry.named(texts.EMAIL.sub(" ", hit.source.text))) == 1

    def _filled_in(self, value: Value) -> bool:
        """Say whether untrusted text gives the beginning of a link, and the call its end."""
        link = "://" in value.text or value.shape == "url"
        if value.origin not in ("nowhere", "composed") or not link:
            return False
        begins = value.text[: value.text.rfind("=") + 1]
        return bool(begins) and any(
            re.search(re.escape(begins) + r"(?![\w%])", s.text) is not None
            for s in self.sources if s.origin == "untrusted" and begins in s.text
        )  # fmt: skip

    def _demanded(self, hit: Hit) -> bool:
        """Say whether a sentence says that a link has to be there, of which the user says nothing."""
        low, high = hit.source.sentence(hit.start, hit.end)
        if "//" not in hit.source.text[hit.start : hit.end]:
            return False
        return bool(_HAS_TO.search(hit.source.text, low, high)) and not _LINKS.search(
            self.request.text
        )

    def carried(self, value: Value) -> str:
        """Return why a link or host that was put together carries data out, or ""."""
        if not isinstance(value.value, str):
            return ""
        if self._filled_in(value):
            return "is a link that untrusted text wants filled with data"
        one = "" if value.kind == "content" else carry.whole(value.value)
        for count, outlet in enumerate([one] if one else carry.outlets(value.value)):
            if count >= _MOST_LINKS:
                return _TOO_MANY
            if not carry.unknown(outlet, (s.text for s in self.sources), self._hosts):
                continue
            _, rest = carry.split(outlet)
            link = "//" in outlet or (
                value.shape == "url" and (value.kind != "selector" or "?" in rest)
            )
            private = self._private if link or _names_host(value) else ()
            if (link and "?" in rest) or carry.carries(outlet, private):
                return "is a link to a host that nobody named, with data in it"
        return ""

    @functools.cached_property
    def _hosts(self) -> frozenset[str]:
        """Return the hosts that the user, the operator and trusted tools name."""
        known = [carry.named(s.text) for s in self.sources if s.origin in TRUSTED]
        return frozenset[str]().union(*known)

    @functools.cached_property
    def _private(self) -> tuple[str, ...]:
        """Return the letters and digits of what tools and documents say."""
        own = (Role.TOOL, Role.DOCUMENT)
        return tuple(s.compact for s in self.sources if s.part.role in own)


def named_text(source: Source) -> bool:
    """Say whether the user named this document; a list of records is not one."""
    return source.named and not listed(source)


def _names_host(value: Value) -> bool:
    return not _HOSTS.isdisjoint(split_name(value.argument.rsplit("/", 1)[-1]))


def _most(grams: Iterable[tuple[str, ...]], said: set[tuple[str, ...]]) -> bool:
    all_grams = list(grams)
    return sum(gram in said for gram in all_grams) >= 0.6 * len(all_grams)
