"""Links and images that would carry data to a host nobody allowed."""

import itertools
import re
from functools import cached_property

from seawall.core.exchange import Exchange, Part, Role, Stage, Trust
from seawall.core.hostnames import listed
from seawall.core.verdicts import Finding, Verdict
from seawall.guard.code.markdown import inside, shown_as_code
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.recognizers.links import CARRIES, Link, links
from seawall.guard.recognizers.mail_links import holds, mail_links
from seawall.policy.provenance import carry
from seawall.policy.provenance.text import compact, fold

_BARE = 0.8
_LINK = 0.9
_NAMED = 0.3  # below what any rule acts on
_URL = "url"
# Each host is looked for in every text of the exchange: so many in one answer are no prose.
_MOST_BARE = 500
# An address that somebody is to complete: `...?d=`, `{data}`, `<answer>`, `$TOKEN`, `=%s`, `=XXX`.
_OPEN = re.compile(
    r"(?:=|%(?:25)*3[dD])$|[{<\[$]|%(?:(?:25)*(?:7[bB]|3[cC]|5[bB])|s\b)|=(?:[…*_]|\.\.\.|X{3,}|[A-Z_]{0,20}"
    r"(?:DATA|ANSWER|SECRET|INSERT|REPLACE|PLACEHOLDER|YOUR|HERE)(?![a-z]))"
)
_BETWEEN = re.compile(r"[=&;]")
# A path that a person would write: a few words. Figures and long paths may be somebody's data.
_PLAIN = re.compile(
    r"(?:https?:)?(?://)?[^/\\?#@%]+(?:/[a-z]{1,15}(?:[-_][a-z]{1,15}){0,3}){0,3}/?", re.IGNORECASE
)
_WORD = re.compile("[a-z]+")
_PLAIN_HOST = re.compile(r"[a-z0-9-]{1,30}(?:\.[a-z0-9-]{1,30}){1,3}")
_NAMES_HOSTS = (Trust.OPERATOR, Trust.USER)
_READ = (Role.TOOL, Role.DOCUMENT)
_OPERATOR_ROLES = (Role.SYSTEM, Role.TOOL_DEFINITION)


def _hosts(exchange: Exchange | None) -> set[str]:
    """Return the hosts that the operator himself names."""
    if exchange is None:
        return set()
    parts = (p for p in exchange.parts if p.role in _OPERATOR_ROLES and p.trust is Trust.OPERATOR)
    return {link.host for part in parts for link in links(part.text) if link.host}


def _urls(exchange: Exchange | None, role: Role) -> set[str]:
    if exchange is None:
        return set()
    return {link.url for p in exchange.parts if p.role is role for link in links(p.text)}


class _Said:
    """The texts of an exchange, folded at most once for all addresses of an answer."""

    def __init__(self, exchange: Exchange | None) -> None:
        self.exchange = exchange

    @cached_property
    def _folded(self) -> list[tuple[Part, str]]:
        parts = self.exchange.parts if self.exchange else ()
        return [(part, fold(part.text)) for part in parts if part.text]

    @cached_property
    def all(self) -> list[str]:
        """Return every text."""
        return [text for _, text in self._folded]

    @cached_property
    def own(self) -> list[str]:
        """Return the texts of user and operator."""
        return [text for part, text in self._folded if part.trust in _NAMES_HOSTS]

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Return the hosts that user and operator name."""
        return frozenset[str]().union(*map(carry.named, self.own))

    @cached_property
    def private(self) -> list[str]:
        """Return the letters and digits of what was read: results of tools and documents."""
        return [compact(text) for part, text in self._folded if part.role in _READ]


def _carries(link: Link, said: _Said) -> bool:
    """Say whether an address holds something encoded, or its query a piece of what was read."""
    path, mark, query = link.url.partition("?")
    if carry.carries(f"{path}/{_BETWEEN.sub('/', query)}", ()):
        return True
    if said.exchange is None or not mark:
        return False
    new = carry.unknown(link.url, said.all, ())
    return new and carry.carries(f"{link.host}/{_BETWEEN.sub('/', query)}", said.private)


def _named(link: Link, said: _Said) -> bool:
    """Say whether a link goes to the very host that the user named, and is too plain to carry data."""
    if link.image or link.host.removeprefix("www.") not in said.hosts:
        return False
    if not (_PLAIN.fullmatch(link.url) and _PLAIN_HOST.fullmatch(link.host)):
        return False
    url = fold(link.url)
    if _holds(said.all, url):
        return True
    # Words of a path that only what was read holds are told by it.
    told = {word for word in _WORD.findall(carry.split(url)[1]) if not _holds(said.own, word)}
    return not any(_holds(said.private, word) for word in told)


def _holds(texts: list[str], word: str) -> bool:
    return any(word in text for text in texts)


class MarkdownExfiltration:
    """Judges links by host; a host that the user named may be linked where no data goes along."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """No shared patterns: hosts are compared, not matched."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part in every reading."""
        # A "parted" reading is made by cutting at signs, addresses among them.
        views = [view for view in subject.views if view.kind != "parted"]
        seen = [(view, link) for view in views for link in links(view.text)]
        said = _Said(context.exchange)
        bare = self._bare(subject, context, said) + self._mails(subject, said)
        if not seen:
            return verdict(self.id, bare)
        hosts = _hosts(context.exchange) | {host.lower() for host in context.allow_hosts}
        own = _urls(context.exchange, Role.USER)
        findings = bare
        output = subject.part.stage is Stage.OUTPUT
        code = shown_as_code(subject.part.text) if output else []
        plain = dict(
            view.raw_span(link.start, link.end) for view, link in seen if view.kind != _URL
        )
        for view, link in seen:
            # Decoded, `?label=%20` would end at the sign: addresses in plain sight are read there.
            if view.kind == _URL:
                start, end = view.raw_span(link.start, link.end)
                if end <= plain.get(start, -1):
                    continue
            score = self._score(link, subject.part.stage, hosts, own)
            shown = not code or not inside(code, *view.raw_span(link.start, link.end))
            if score >= _LINK and not shown:
                score = CARRIES if link.host and _carries(link, said) else 0.0
            elif score == _LINK:
                score = _NAMED if _named(link, said) else score
                score = CARRIES if _carries(link, said) else score
            if score:
                label = "image" if link.image else "link"
                findings.append(finding(self.id, label, view, link.start, link.end, score=score))
        return verdict(self.id, findings)

    def _bare(self, subject: Subject, context: Context, said: _Said) -> list[Finding]:
        """Return host names in an answer, written without a link, whose labels carry data."""
        if subject.part.stage is not Stage.OUTPUT or said.exchange is None:
            return []
        raw = next((view for view in subject.views if view.kind == "raw"), None)
        found = [] if raw is None else list(carry.OUTLET.finditer(raw.text))
        found = [match for match in found if "://" not in match.group()]
        if raw is None or not found:
            return []
        hosts = said.hosts | {host.lower() for host in context.allow_hosts}
        judged: dict[str, bool] = {}
        for match in found:
            name = match.group()
            if name not in judged:
                judged[name] = len(judged) >= _MOST_BARE or (
                    carry.unknown(name, said.all, hosts) and carry.carries(name, said.private)
                )
        return [
            finding(self.id, "host", raw, match.start(), match.end(), score=_BARE)
            for match in found
            if judged[match.group()]
        ]

    def _mails(self, subject: Subject, said: _Said) -> list[Finding]:
        """Return links of an answer to mails that hold data, to whom neither user nor operator named."""
        raw = next((view for view in subject.views if view.kind == "raw"), None)
        if subject.part.stage is not Stage.OUTPUT or raw is None or said.exchange is None:
            return []
        return [
            finding(self.id, "link", raw, one.start, one.end, score=CARRIES)
            for one in itertools.islice(mail_links(raw.text), _MOST_BARE)
            if not (one.to and _holds(said.own, one.to)) and holds(one, said.private)
        ]

    @staticmethod
    def _score(link: Link, stage: Stage, hosts: set[str], own: set[str]) -> float:
        """A page's pictures are harmless until an answer shows them; addresses left open aren't."""
        if stage is not Stage.OUTPUT and not listed(link.host, hosts):
            return 0.6 if link.host and link.image and _OPEN.search(link.url) else 0.3
        if not link.host:
            return CARRIES
        if listed(link.host, hosts):
            return 0.0
        if link.image:
            return 0.98
        return _NAMED if link.url in own and "?" not in link.url else _LINK


def build(card: Card) -> Detector:
    """Return the detector."""
    return MarkdownExfiltration(card)
