"""Bodies of the admin API. The OpenAPI document is made from them. Times are Unix seconds."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from seawall.core.retention import Retention
from seawall.core.roles import Permission, Role
from seawall.gateway.books import SubjectUsage
from seawall.policy.resources import Limits
from seawall.store.approvals import Approval
from seawall.store.captures import CaptureRecord
from seawall.store.directory import Member, Team
from seawall.store.key_record import SCOPES, KeyRecord
from seawall.store.kills import Kill
from seawall.store.sealed import SecretRecord

Text = Annotated[str, Meta(max_length=200)]
KillKind = Literal["key", "function", "model"]
Seconds = Annotated[int, Meta(ge=1, le=315_360_000)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of what clients send: unknown fields are refused."""


class CreateKey(_Strict, frozen=True, kw_only=True):
    """A new key. `roles` belong to the scope `admin`; empty lists allow everything."""

    function: Text = ""
    name: Text = ""
    scopes: tuple[Text, ...] = SCOPES
    expires_in: Seconds | None = None
    team: Text = ""
    models: tuple[Text, ...] = ()
    tools: tuple[Text, ...] = ()
    roles: tuple[Role, ...] = ()


class RotateKey(_Strict, frozen=True, kw_only=True):
    """How many seconds the old key goes on."""

    overlap: Annotated[int, Meta(ge=0, le=31_536_000)] = 86_400


class PutTeam(_Strict, frozen=True, kw_only=True):
    """A team's name for people."""

    name: Text = ""


class PutMember(_Strict, frozen=True, kw_only=True):
    """A member's team and roles."""

    team: Text = ""
    roles: tuple[Role, ...] = ()


class PutSecret(_Strict, frozen=True, kw_only=True):
    """A secret's value; it is never shown again."""

    value: Annotated[str, Meta(min_length=1, max_length=65_536)]


class SwitchOff(_Strict, frozen=True, kw_only=True):
    """A key (by id), function or model to switch off; `expires_in` null: until it is lifted."""

    kind: KillKind
    name: Text
    reason: Annotated[str, Meta(min_length=1, max_length=500)]
    expires_in: Seconds | None = None


class SwitchOn(_Strict, frozen=True, kw_only=True):
    """What to switch on again."""

    kind: KillKind
    name: Text


class Kills(msgspec.Struct, frozen=True, kw_only=True):
    """Kill switches, expired ones too, oldest first."""

    data: list[Kill]


class SetConsent(_Strict, frozen=True, kw_only=True):
    """What an end user chose; `retention`: the longest class they allow."""

    user: Annotated[str, Meta(min_length=1, max_length=512)]
    opt_out: bool
    retention: Retention = Retention.LONG


class EraseUser(_Strict, frozen=True, kw_only=True):
    """The end user of whom something is destroyed."""

    user: Annotated[str, Meta(min_length=1, max_length=512)]


class Captures(msgspec.Struct, frozen=True, kw_only=True):
    """What is captured, newest first (1000 at most), without content."""

    data: list[CaptureRecord]


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests' content is gone."""

    erased: int


class Approvals(msgspec.Struct, frozen=True, kw_only=True):
    """Tool calls that wait for a person or were decided, oldest first."""

    data: list[Approval]


class CheckPolicy(_Strict, frozen=True, kw_only=True):
    """The text of a policy file (YAML)."""

    text: Annotated[str, Meta(max_length=1_000_000)]


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key, shown this once."""

    key_id: str
    key: str


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """Every key, revoked and expired ones too."""

    data: list[KeyRecord]


class Teams(msgspec.Struct, frozen=True, kw_only=True):
    """Every team."""

    data: list[Team]


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """Every member."""

    data: list[Member]


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """Names of secrets, never a value."""

    data: list[SecretRecord]


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """The permission table."""

    roles: dict[Role, list[Permission]]


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """What this gateway serves."""

    organisation: str
    application: str
    functions: list[str]
    models: list[str]


class PolicyInForce(msgspec.Struct, frozen=True, kw_only=True):
    """The policy that this gateway enforces; `error`: why the last change was refused."""

    version: int
    sha256: str
    source: str
    error: str = ""
    policy: dict[str, Any]


class PolicyChecked(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a policy's text is valid; `message` names line and field."""

    ok: bool
    message: str = ""
    hint: str = ""


class AuditHead(msgspec.Struct, frozen=True, kw_only=True):
    """The signed head: last record, its hash (hex), when it was signed (Unix ns)."""

    seq: int
    hash: str
    time: int
    healthy: bool


class FunctionUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Cost of a function since midnight UTC, in the policy's currency, and its limits."""

    cost_today: float
    limits: Limits


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What every function used on a UTC day; `used`: every scope, of the day and its month."""

    day: str
    currency: str
    functions: dict[str, FunctionUsage]
    used: list[SubjectUsage]


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """What is gone."""

    removed: str
