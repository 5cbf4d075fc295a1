"""What a running gateway shows of controls that it always has: requests that it must refuse."""

import os
import urllib.error
import urllib.request
from datetime import timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, NamedTuple

from seawall.cli._input import today
from seawall.core.bearer import bearer

if TYPE_CHECKING:
    from seawall.catalog.load import Catalog
    from seawall.govern.status.model import EvidenceItem

KEY = "SEAWALL_API_KEY"
_PATH, _SECONDS = "/v1/chat/completions", 15.0
_NOBODY = "sk-sw-nobody-00000000000000000000000000000000"
# None of them reaches a model: each is refused before anything costs.
_ASK = '{"model": "seawall-check", "messages": [{"role": "user", "content": "a check"}]'


class Trial(NamedTuple):
    """A request that must be refused: control, body, key ("own" is the caller's), status, what."""

    control: str
    body: str
    key: str
    status: int
    what: str


TRIALS = (
    Trial("CTL-KNOWN-CALLERS", _ASK + "}", "", 401, "a request without a key"),
    Trial("CTL-KNOWN-CALLERS", _ASK + "}", _NOBODY, 401, "a request with a made-up key"),
    Trial("CTL-WRITE-ANEW", _ASK + ', "seawall_unknown": 1}', "own", 400, "an unknown field"),
    Trial("CTL-WRITE-ANEW", _ASK + ', "model": "b"}', "own", 400, "a key given twice"),
    Trial("CTL-WRITE-ANEW", _ASK + ', "temperature": NaN}', "own", 400, "a number that is none"),
)


def tried(address: str, catalog: "Catalog") -> "dict[str, list[EvidenceItem]]":
    """Send a gateway what it must refuse; return what that shows, by control.

    The key in SEAWALL_API_KEY is sent with what is not about keys; without one only the others run.
    Raises InputError where no gateway answers.
    """
    from seawall.govern.status.model import EvidenceItem

    own, day = os.environ.get(KEY, "").strip(), today()
    found: dict[str, list[EvidenceItem]] = {}
    for trial in TRIALS:
        if trial.key == "own" and not own:
            continue
        status = _status(address, trial.body, own if trial.key == "own" else trial.key)
        holds = status == trial.status
        said = f"refused with {status}" if holds else f"answered with {status}, not {trial.status}"
        until = day + timedelta(days=catalog.controls[trial.control].fresh_days)
        item = EvidenceItem(
            source="gateway", subject=trial.what, sentence=f"{trial.what.capitalize()} was {said}.",
            holds=holds, date=day.isoformat(), until=until.isoformat(),
        )  # fmt: skip
        found.setdefault(trial.control, []).append(item)
    return found


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a key goes to the address that was named, nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _status(address: str, body: str, key: str) -> int:
    from seawall.core.errors import InputError

    if not address.startswith(("http://", "https://")):
        raise InputError(f"--gateway: {address!r} is no http(s) address.")
    headers = {"content-type": "application/json", **bearer(key)}
    request = urllib.request.Request(  # noqa: S310 - http(s) only, checked above
        address.rstrip("/").removesuffix("/v1") + _PATH, body.encode(), headers, method="POST"
    )
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
    except (OSError, HTTPException, ValueError) as error:
        # A ValueError quotes the header that it refuses, and with it the key.
        why = type(error).__name__ if isinstance(error, ValueError) else error
        raise InputError(
            f"--gateway: {address} does not answer: {why}.", hint="Is `seawall serve` running?"
        ) from None
