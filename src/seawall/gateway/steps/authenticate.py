"""Who asks: the API key, compared in constant time, with its application, function and scopes."""

from collections.abc import Mapping

from seawall.core.errors import RequestError
from seawall.gateway.call import Call
from seawall.policy.model import Policy
from seawall.store.keys import KeyCache

_HINT = "Send `Authorization: Bearer <key>`; `seawall keys create` makes one."


class Authenticate:
    """Sets `call.key`. Needs headers only, so a stranger costs no parsing."""

    def __init__(self, keys: KeyCache, policy: Policy) -> None:
        self._keys = keys
        self._policy = policy

    def __call__(self, call: Call, headers: Mapping[str, str], scope: str) -> None:
        """Raise RequestError 401 or 403; MissingPartError 503 when keys cannot be read."""
        scheme, _, presented = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not presented.strip():
            raise RequestError("No API key was sent.", code="missing_api_key", status=401,
                               hint=_HINT)  # fmt: skip
        key = self._keys.lookup(presented.strip())
        if key is None:
            raise RequestError("The API key is unknown, expired or revoked.",
                               code="invalid_api_key", status=401, hint=_HINT)  # fmt: skip
        call.key = key
        if key.application != self._policy.application or (
            key.function not in self._policy.functions
        ):
            raise RequestError(
                "The key belongs to an application or function that this policy does not name.",
                code="unknown_function",
                status=403,
                hint="Create a key for a function of this policy.",
            )
        if not key.allows(scope):
            raise RequestError(
                f"The key may not be used for {scope}.",
                code="insufficient_scope",
                status=403,
                hint=f"Create a key with the scope {scope}.",
            )
