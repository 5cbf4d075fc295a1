"""Links and images that would carry data to a host nobody allowed."""

from seawall.core.exchange import Exchange, Role, Stage, Trust
from seawall.core.verdicts import Finding, Verdict
from seawall.guard.common import finding, verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.recognizers.links import Link, allowed, links

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


class MarkdownExfiltration:
    """Judges links by host; a user's own address may be linked if it carries no query."""

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
        if not seen:
            return verdict(self.id, ())
        hosts = _hosts(context.exchange) | {host.lower() for host in context.allow_hosts}
        own = _urls(context.exchange, Role.USER)
        findings: list[Finding] = []
        for view, link in seen:
            score = self._score(link, subject.part.stage, hosts, own)
            if score:
                label = "image" if link.image else "link"
                findings.append(finding(self.id, label, view, link.start, link.end, score=score))
        return verdict(self.id, findings)

    @staticmethod
    def _score(link: Link, stage: Stage, hosts: set[str], own: set[str]) -> float:
        if not link.host:
            return 0.95
        if allowed(link.host, hosts):
            return 0.0
        if stage is not Stage.OUTPUT:
            return 0.6 if link.image else 0.3
        if link.image:
            return 0.98
        return 0.3 if link.url in own and "?" not in link.url else 0.9


def build(card: Card) -> Detector:
    """Return the detector."""
    return MarkdownExfiltration(card)
