"""Who may change or read what: roles, and the one table of permissions.

The admin API and the command line both ask `require`; nothing else decides.
"""

import unicodedata
from collections.abc import Collection
from enum import StrEnum

import msgspec

from seawall.core.errors import InputError, RequestError
from seawall.core.normal_forms import normalized


class Role(StrEnum):
    """What a person or a program is in an organisation."""

    OWNER = "owner"
    RISK_OFFICER = "risk-officer"
    DEVELOPER = "developer"
    AUDITOR = "auditor"
    USER = "user"


class Permission(StrEnum):
    """One thing that can be allowed."""

    KEYS_READ = "keys.read"
    KEYS_WRITE = "keys.write"
    ROLES_GRANT = "roles.grant"
    TEAMS_READ = "teams.read"
    TEAMS_WRITE = "teams.write"
    MEMBERS_READ = "members.read"
    MEMBERS_WRITE = "members.write"
    SECRETS_READ = "secrets.read"
    SECRETS_WRITE = "secrets.write"
    POLICY_READ = "policy.read"
    POLICY_CHECK = "policy.check"
    POLICY_WRITE = "policy.write"
    AUDIT_READ = "audit.read"
    AUDIT_ERASE = "audit.erase"
    AUDIT_HOLD = "audit.hold"
    AUDIT_PRUNE = "audit.prune"
    CAPTURES_READ = "captures.read"
    CAPTURES_ERASE = "captures.erase"
    CONSENTS_READ = "consents.read"
    CONSENTS_WRITE = "consents.write"
    LIMITS_READ = "limits.read"
    APPROVALS_READ = "approvals.read"
    APPROVALS_DECIDE = "approvals.decide"
    KILLS_READ = "kills.read"
    KILLS_WRITE = "kills.write"
    REGISTERS_READ = "registers.read"
    REGISTERS_WRITE = "registers.write"
    ACCEPTANCES_DECIDE = "acceptances.decide"


_ALL = frozenset(Permission)
_READ = frozenset(
    {
        Permission.KEYS_READ,
        Permission.TEAMS_READ,
        Permission.MEMBERS_READ,
        Permission.SECRETS_READ,
        Permission.POLICY_READ,
        Permission.POLICY_CHECK,
        Permission.AUDIT_READ,
        Permission.CONSENTS_READ,
        Permission.LIMITS_READ,
        Permission.KILLS_READ,
        Permission.APPROVALS_READ,
        Permission.REGISTERS_READ,
    }
)

# The whole table. `user` may use the data plane and administer nothing.
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: _ALL,
    Role.RISK_OFFICER: _READ
    | {
        Permission.AUDIT_HOLD,
        Permission.KILLS_WRITE,
        Permission.CAPTURES_READ,
        Permission.CONSENTS_WRITE,
        Permission.APPROVALS_DECIDE,
        Permission.REGISTERS_WRITE,
        Permission.ACCEPTANCES_DECIDE,
    },
    Role.DEVELOPER: frozenset(
        {
            Permission.KEYS_READ,
            Permission.KEYS_WRITE,
            Permission.TEAMS_READ,
            Permission.POLICY_READ,
            Permission.POLICY_CHECK,
            Permission.LIMITS_READ,
            Permission.KILLS_READ,
            Permission.KILLS_WRITE,
            Permission.REGISTERS_READ,
            Permission.REGISTERS_WRITE,
        }
    ),
    Role.AUDITOR: _READ - {Permission.POLICY_CHECK},
    Role.USER: frozenset(),
}


# What the name of a key begins with; a person's does not.
_KEY = "key:"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes something: a key's id, a token's subject or the operator; and its roles.

    `others` are names of the same holder: keys that were rotated or that carry the same name.
    """

    name: str
    roles: tuple[Role, ...] = ()
    others: tuple[str, ...] = ()

    def goes_by(self, name: str) -> bool:
        """Say whether a name is this person's, under which key or spelling ever."""
        return folded(name) in {folded(own) for own in (self.name, *self.others)}

    @property
    def person(self) -> str:
        """Return the name of whoever acts, from a key or an identity provider; empty for none."""
        for name in (self.name, *self.others):
            if not name.startswith(_KEY) and folded(name) != OPERATOR.name:
                return name
        return ""

    @property
    def signed(self) -> str:
        """Return the name to put under a decision: a person's before the key's id."""
        named = self.name.startswith(_KEY) and self.person
        return f"{self.person} ({self.name})" if named else self.name

    def may(self, permission: Permission) -> bool:
        """Say whether one of the roles allows it."""
        return any(permission in PERMISSIONS[role] for role in self.roles)


def folded(name: str) -> str:
    """Return a person's name so that spellings of one name are equal (NFKC, case, blanks)."""
    plain = normalized("NFKC", name)
    seen = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    return " ".join(seen.casefold().split())


# Whoever can write the data folder can do everything to it; the table cannot change that.
OPERATOR = Actor(name="operator", roles=(Role.OWNER,))


class NotPermittedError(RequestError):
    """The actor's roles do not allow this."""

    def __init__(self, permission: Permission) -> None:
        roles = ", ".join(role for role in Role if permission in PERMISSIONS[role])
        super().__init__(
            f"Your roles do not allow {permission}.",
            code="not_permitted",
            status=403,
            hint=f"It takes one of: {roles}.",
        )


def require(actor: Actor, permission: Permission) -> None:
    """Raise NotPermittedError (403, exit 2) unless the actor may do this."""
    if not actor.may(permission):
        raise NotPermittedError(permission)


def roles_of(names: Collection[str]) -> tuple[Role, ...]:
    """Return roles by their names, each once. Raises InputError for an unknown one."""
    unknown = sorted(set(names) - set(Role))
    if unknown:
        raise InputError(
            f"Unknown role: {', '.join(unknown)}.", hint=f"Roles are {', '.join(Role)}."
        )
    return tuple(Role(name) for name in dict.fromkeys(names))
