"""Secrets that the policy names, opened once at the start: providers' keys, the users' secret."""

from collections.abc import Mapping, Sequence

from seawall.core.errors import MissingPartError
from seawall.gateway.identity.users import UserHeaders
from seawall.policy.model import Policy
from seawall.store.db import Store
from seawall.store.sealed import SealedRow, get_secret

PREFIX = "secret:"


def provider_keys(
    policy: Policy, store: Store, env: Mapping[str, str], known: Sequence[SealedRow] = ()
) -> dict[str, str]:
    """Return `env` with each upstream's sealed key as `secret:NAME`.

    `known`: secrets of a copy, while the database is away.

    Raises MissingPartError (no such secret, no master key), IntegrityError (it was changed).
    """
    names = {upstream.secret for upstream in policy.upstreams if upstream.secret}
    opened = {}
    for name in names:
        try:
            opened[PREFIX + name] = get_secret(store, name, env=env, known=known).decode("ascii")
        except UnicodeDecodeError:
            raise MissingPartError(f"The secret {name!r} does not hold a provider's key.") from None
    return {**env, **opened}


def user_headers(
    policy: Policy, store: Store, env: Mapping[str, str], known: Sequence[SealedRow] = (),
    before: UserHeaders | None = None,
) -> UserHeaders | None:  # fmt: skip
    """Return the checker of signed users; None without the policy's section.

    `before`: that of another policy, whose headers pass once all the same.

    Raises MissingPartError (no secret, too short), IntegrityError.
    """
    settings = policy.identity.user_header
    if settings is None:
        return None
    if settings.secret:
        secret = get_secret(store, settings.secret, env=env, known=known)
    else:
        secret = env.get(settings.secret_env, "").encode()
        if not secret:
            raise MissingPartError(
                f"The users' headers are signed with ${settings.secret_env}, which is not set.",
                hint=f"export {settings.secret_env}=... and start again.",
            )
    return UserHeaders(settings, policy.application, secret, before=before)
