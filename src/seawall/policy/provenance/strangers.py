"""Where a call sends something, and only a stranger's prose says so."""

from collections.abc import Sequence

from seawall.policy.provenance import text as texts
from seawall.policy.provenance.orders import vouched
from seawall.policy.provenance.places import fields
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Source
from seawall.policy.provenance.trace import Value

_NAME = 3


def sent_by_strangers(values: Sequence[Value], request: Request) -> bool:
    """Say whether an address or link of a call stands in prose only that nobody vouches for."""
    return any(
        (value.shape in ("email", "url") or texts.IBAN.fullmatch(value.text))
        and value.origin in ("untrusted", "instruction")
        and not fields(value.untrusted)
        and not any(_looked_up(value, hit.source) for hit in value.untrusted)
        and (value.shape == "url" or not any(vouched(hit, request) for hit in value.untrusted))
        for value in values if not value.long
    )  # fmt: skip


def _looked_up(value: Value, source: Source) -> bool:
    """Say whether a result was asked for by a name that an address holds: people_find "sindre"."""
    own = {word for word in texts.words(value.text.partition("@")[0]) if len(word) >= _NAME}
    return value.shape == "email" and bool(own & set(texts.words(source.arguments)))
