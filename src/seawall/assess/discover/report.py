"""A discovery as SARIF."""

from collections.abc import Sequence
from typing import Any

from seawall.assess.discover.facts import Conflict
from seawall.assess.discover.run import Discovery
from seawall.assess.discover.signals import KINDS, Signal
from seawall.core.sarif import SarifResult, SarifRule, sarif_log

_CONFLICT = SarifRule(
    id="discover/conflict",
    title="The profile's answer is not borne out by the code",
    level="warning",
    help="A person answered otherwise than the code shows. One of the two is wrong.",
)


def sarif(
    found: Discovery, conflicts: Sequence[Conflict], version: str, profile: str
) -> dict[str, Any]:
    """Return the signals, what was not read, and the conflicts (at `profile`) as a SARIF log."""
    rules = {key: rule for kind in KINDS for key, rule in [(f"discover/{kind}", _rule(kind))]}
    rules[_CONFLICT.id] = _CONFLICT
    results = [_result(signal) for signal in (*found.signals, *found.unread)]
    results += [
        SarifResult(rule=_CONFLICT.id, message=item.sentence, path=profile) for item in conflicts
    ]
    return sarif_log(version, rules, results)


def _rule(name: str) -> SarifRule:
    kind = KINDS[name]
    about = (
        f" It is about risk {kind.risk}: `seawall catalog show {kind.risk}`." if kind.risk else ""
    )
    return SarifRule(
        id=f"discover/{name}",
        title=kind.title,
        level=kind.level,
        help=f"{kind.title}.{about}",
        tags=tuple(tag for tag in ("generative-ai", kind.risk) if tag),
    )


def _result(signal: Signal) -> SarifResult:
    message = f"{KINDS[signal.kind].title}: {signal.what}."
    return SarifResult(
        rule=f"discover/{signal.kind}", message=message, path=signal.path, line=signal.line
    )
