"""Bearer tokens (JWT) of the policy's issuers: signature, issuer, audience, time, then claims."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from seawall.core.errors import InputError, MissingPartError, RequestError
from seawall.gateway.identity.jwks import IssuerKeys
from seawall.policy.identity import Issuer
from seawall.policy.model import Policy
from seawall.store.db import Store
from seawall.store.keys import KeyRecord
from seawall.store.token_ids import TokenIds

MAX_TOKEN = 8 * 1024
_CACHE = 4096


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """Who a good token names: as a key of its function, and the end user. `until`: Unix seconds."""

    key: KeyRecord
    user: str
    until: float


class Tokens:
    """Verifies tokens. A token that was good is remembered until it ends (4096 of them)."""

    def __init__(
        self, policy: Policy, ids: TokenIds, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Read the issuers' keys. Raises MissingPartError, InputError for a file."""
        self._policy = policy
        self._ids = ids
        self._clock = clock
        self._issuers = {
            issuer.issuer: (issuer, IssuerKeys(issuer)) for issuer in policy.identity.issuers
        }
        self._good: OrderedDict[bytes, Bearer] = OrderedDict()

    def looks_like_one(self, presented: str) -> bool:
        """Say whether this is for us: an issuer is configured and the text has a JWT's form."""
        return bool(self._issuers) and presented.count(".") == 2

    def lookup(self, presented: str) -> Bearer:
        """Return who a token names. Raises RequestError 401, MissingPartError 503."""
        if len(presented) > MAX_TOKEN or not presented.isascii():
            raise _refused()
        digest = hashlib.sha256(presented.encode()).digest()
        now = self._clock()
        known = self._good.get(digest)
        if known is not None and now < known.until:
            self._good.move_to_end(digest)
            return known
        bearer = self._verified(presented, now)
        self._good[digest] = bearer
        if len(self._good) > _CACHE:
            self._good.popitem(last=False)
        return bearer

    def _verified(self, presented: str, now: float) -> Bearer:
        from joserfc import jwt
        from joserfc.errors import InvalidKeyIdError, JoseError

        issuer, keys = self._issuer(presented)
        current = keys.current()
        try:
            token = jwt.decode(presented, current, algorithms=list(issuer.algorithms))
        except InvalidKeyIdError:
            if keys.unknown_key():
                raise MissingPartError(
                    "The issuer's keys are being read anew.", hint="Try again in a second."
                ) from None
            raise _refused() from None
        except (JoseError, ValueError, TypeError, LookupError):
            raise _refused() from None
        until = _until(token.claims, issuer, now)
        return self._bearer(token.claims, issuer, until)

    def _issuer(self, presented: str) -> tuple[Issuer, IssuerKeys]:
        """Return the issuer that the token names; nothing else of it is believed yet."""
        import base64

        try:
            body = presented.split(".")[1]
            claims = msgspec.json.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            return self._issuers[claims["iss"]]
        except (ValueError, LookupError, TypeError, RecursionError, msgspec.MsgspecError):
            raise _refused() from None

    def _bearer(self, claims: dict[str, Any], issuer: Issuer, until: float) -> Bearer:
        names = issuer.claims
        application = self._policy.application
        if names.application and application not in _texts(claims, names.application):
            raise _refused()
        function = _text(claims, names.function) or issuer.function
        values = _texts(claims, names.roles)
        roles = tuple(
            dict.fromkeys(issuer.roles[value] for value in values if value in issuer.roles)
        )
        user = _text(claims, names.user)
        if not user:
            raise _refused()
        key = KeyRecord(
            key_id=self._ids.of(issuer.name, user),
            application=application,
            function=function,
            name=user,
            scopes=issuer.scopes,
            created=0,
            team=_text(claims, names.team),
            roles=roles,
        )
        return Bearer(key=key, user=user, until=until)


def _until(claims: dict[str, Any], issuer: Issuer, now: float) -> float:
    """Check issuer, audience and times; return when the token ends. Raises RequestError."""
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    times = {name: claims.get(name, now) for name in ("nbf", "iat")}
    numbers = [claims.get("exp"), *times.values()]
    if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
        raise _refused()
    end = float(claims["exp"]) + issuer.leeway_seconds
    begun = max(times.values()) - issuer.leeway_seconds
    young = now - float(times["iat"]) <= issuer.max_age_seconds + issuer.leeway_seconds
    if claims.get("iss") != issuer.issuer or issuer.audience not in audiences:
        raise _refused()
    if not begun <= now < end or not young:
        raise _refused()
    return min(end, float(times["iat"]) + issuer.max_age_seconds + issuer.leeway_seconds)


def _at(claims: dict[str, Any], path: str) -> Any:
    value: Any = claims.get(path) if path in claims else claims
    if path and value is claims:
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
    return value if path else None


def _text(claims: dict[str, Any], path: str) -> str:
    value = _at(claims, path)
    good = isinstance(value, str) and len(value) <= 512 and value.isprintable()
    return str(value) if good else ""


def _texts(claims: dict[str, Any], path: str) -> list[str]:
    value = _at(claims, path)
    values = value if isinstance(value, list) else [value]
    return [item for item in values if isinstance(item, str)]


def _refused() -> RequestError:
    return RequestError(
        "The token is not from a trusted issuer, not for this gateway, or not valid now.",
        code="invalid_token",
        status=401,
        hint="Get a new token from the issuer that the policy names.",
    )


def build_tokens(
    policy: Policy, store: Store, env: Mapping[str, str] | None = None
) -> Tokens | None:
    """Return the verifier, None when the policy trusts no issuer. Raises MissingPartError."""
    if not policy.identity.issuers:
        return None
    try:
        import joserfc  # noqa: F401
    except ImportError:
        raise MissingPartError(
            "Tokens need the package joserfc, which is not installed.",
            hint="Install Seawall's requirements anew.",
        ) from None
    try:
        return Tokens(policy, TokenIds(store, env))
    except InputError as error:
        raise MissingPartError(error.message, hint=error.hint) from None
