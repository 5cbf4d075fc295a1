"""The policy's section `identity`: who the end user is, and whose tokens are believed."""

from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from seawall.core.roles import Role
from seawall.policy.own_checks import Problem

Count = Annotated[int, Meta(ge=1)]
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                    "ES512", "EdDSA", "Ed25519"]  # fmt: skip


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base: unknown keys are refused."""


class UserHeader(_Strict, frozen=True, kw_only=True):
    """The signed header `x-seawall-user`. The secret is sealed (`secret`) or in a variable.

    `window_seconds`: how far the header's time may be from ours; within it a header counts once.
    `required`: a request without it is refused.
    """

    secret: str = ""
    secret_env: str = ""
    window_seconds: Annotated[int, Meta(ge=5, le=3600)] = 300
    required: bool = False


class Claims(_Strict, frozen=True, kw_only=True):
    """Which claim of a token says what. An empty name means that no claim says it.

    `application`, if named, must be this policy's. A dot leads into an object: realm.roles.
    """

    user: str = "sub"
    application: str = ""
    function: str = ""
    team: str = ""
    roles: str = ""


class Issuer(_Strict, frozen=True, kw_only=True):
    """Who may issue bearer tokens (JWT). Nothing in a token chooses its own algorithm or key.

    The keys come from a file (a path counts from the policy file's folder) or a URL, which is asked
    again every `refresh_seconds`. `function` is for tokens without the claim. `roles` maps values
    of the roles claim to our roles; a value that is not named gives none.
    """

    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    issuer: Annotated[str, Meta(min_length=1, max_length=500)]
    audience: Annotated[str, Meta(min_length=1, max_length=500)]
    algorithms: Annotated[tuple[Algorithm, ...], Meta(min_length=1)]
    jwks_file: str = ""
    jwks_url: str = ""
    refresh_seconds: Annotated[int, Meta(ge=60, le=86_400)] = 600
    leeway_seconds: Annotated[int, Meta(ge=0, le=300)] = 30
    max_age_seconds: Annotated[int, Meta(ge=60, le=86_400)] = 86_400
    function: str = ""
    scopes: tuple[str, ...] = ("chat", "models", "acceptance", "guard")
    claims: Claims = Claims()
    roles: dict[str, Role] = {}


class Identity(_Strict, frozen=True, kw_only=True):
    """Whose policy this is, how end users are known, and whose tokens are believed."""

    organisation: str = ""
    user_header: UserHeader | None = None
    issuers: tuple[Issuer, ...] = ()


def identity_problems(
    identity: Identity, functions: frozenset[str], scopes: frozenset[str]
) -> Iterator[Problem]:
    """Yield what types cannot say: (keys into the file, what is wrong, what to do)."""
    header = identity.user_header
    if header is not None and bool(header.secret) == bool(header.secret_env):
        yield (
            ["identity", "user_header"],
            "The user header needs a secret or a secret_env, not both.",
            "`seawall secrets set NAME` seals one; then write secret: NAME.",
        )
    seen: set[str] = set()
    for index, issuer in enumerate(identity.issuers):
        at: list[str | int] = ["identity", "issuers", index]
        for value in (issuer.name, issuer.issuer):
            if value in seen:
                yield at, f"Two issuers share {value!r}.", "Give each its own name and issuer."
            seen.add(value)
        yield from _issuer_problems(issuer, at, functions, scopes)


def _issuer_problems(
    issuer: Issuer, at: list[str | int], functions: frozenset[str], scopes: frozenset[str]
) -> Iterator[Problem]:
    if bool(issuer.jwks_file) == bool(issuer.jwks_url):
        yield at, "An issuer needs a jwks_file or a jwks_url, not both.", "Name where its keys are."
    if issuer.jwks_url and not _safe_url(issuer.jwks_url):
        yield (
            [*at, "jwks_url"],
            "jwks_url must be https, without credentials; http only on this machine.",
            "Whoever can change the keys on the way can be anybody.",
        )
    if issuer.function and issuer.function not in functions:
        yield [*at, "function"], f"There is no function {issuer.function!r}.", "Name one of them."
    if not issuer.function and not issuer.claims.function and issuer.scopes != ("admin",):
        yield at, "No claim and no setting says the function.", "Set function or claims.function."
    if unknown := sorted(set(issuer.scopes) - scopes):
        yield [*at, "scopes"], f"Unknown scope: {', '.join(unknown)}.", "See the HTTP reference."
    if issuer.roles and not ("admin" in issuer.scopes and issuer.claims.roles):
        yield (
            [*at, "roles"],
            "Roles count only with claims.roles and the scope admin.",
            "Give all three, or none.",
        )


def _safe_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    local = host in ("127.0.0.1", "::1", "localhost")
    clear = parts.scheme == "https" or (parts.scheme == "http" and local)
    return bool(host) and clear and not parts.username and not parts.password
