"""Who asks: an API key (compared in constant time) or an issuer's token; and the end user."""

from collections.abc import Mapping

from seawall.core.errors import RequestError
from seawall.gateway.call import Call
from seawall.gateway.identity.tokens import Tokens
from seawall.gateway.identity.users import UserHeaders
from seawall.policy.model import Policy
from seawall.store.keys import ADMIN_SCOPE, KeyCache, KeyRecord
from seawall.wire.signed_user import HEADER

_HINT = "Send `Authorization: Bearer <key>`; `seawall keys create` makes one."


class Authenticate:
    """Sets `call.key` and the end user. Needs headers only, so a stranger costs no parsing."""

    def __init__(
        self,
        keys: KeyCache,
        policy: Policy,
        tokens: Tokens | None = None,
        users: UserHeaders | None = None,
    ) -> None:
        self._keys = keys
        self._policy = policy
        self._tokens = tokens
        self.users = users

    def __call__(self, call: Call, headers: Mapping[str, str], scope: str) -> None:
        """Raise RequestError 401 or 403; MissingPartError 503 when keys cannot be read."""
        key = self._caller(call, headers)
        self._require_application(key)
        # Before the function: an admin key has none, and what it lacks is the scope.
        _require_scope(key, scope)
        if key.function not in self._policy.functions:
            raise RequestError(
                "The key belongs to a function that this policy does not name.",
                code="unknown_function",
                status=403,
                hint="Create a key for a function of this policy.",
            )
        if self.users is not None:
            call.identify(self.users.user_of(headers), "signed")
        elif headers.get(HEADER):
            raise RequestError(
                f"This policy takes no header {HEADER}: nobody would check its signature.",
                code="user_header_not_set",
                hint="Set identity.user_header in the policy, or leave the header out.",
            )

    def admin(self, call: Call, headers: Mapping[str, str]) -> KeyRecord:
        """Return the caller's record for the admin API; what it may do, its roles say.

        Raises what calling does.
        """
        key = self._caller(call, headers)
        self._require_application(key)
        _require_scope(key, ADMIN_SCOPE)
        return key

    def _require_application(self, key: KeyRecord) -> None:
        if key.application != self._policy.application:
            raise RequestError(
                "The key belongs to another application.",
                code="unknown_function",
                status=403,
                hint="Create a key for the application of this policy.",
            )

    def _caller(self, call: Call, headers: Mapping[str, str]) -> KeyRecord:
        scheme, _, presented = headers.get("authorization", "").partition(" ")
        presented = presented.strip()
        if scheme.lower() != "bearer" or not presented:
            raise RequestError("No API key was sent.", code="missing_api_key", status=401,
                               hint=_HINT)  # fmt: skip
        if self._tokens is not None and self._tokens.looks_like_one(presented):
            bearer = self._tokens.lookup(presented)
            call.key = bearer.key
            call.identify(bearer.user, "token")
            return bearer.key
        key = self._keys.lookup(presented)
        if key is None:
            raise RequestError("The API key is unknown, expired or revoked.",
                               code="invalid_api_key", status=401, hint=_HINT)  # fmt: skip
        call.key = key
        return key


def _require_scope(key: KeyRecord, scope: str) -> None:
    if not key.allows(scope):
        raise RequestError(
            f"The key may not be used for {scope}.",
            code="insufficient_scope",
            status=403,
            hint=f"Create a key with the scope {scope}.",
        )
