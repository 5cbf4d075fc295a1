"""The register of people who opted out of training, over HTTP. Nobody in it is ever shown."""

from typing import Annotated

import msgspec
from msgspec import Meta

from seawall.core.roles import Actor
from seawall.gateway.admin.service import AdminService
from seawall.guard.training_set.subjects import Identifier, identifier
from seawall.store.opt_outs import Counted

_MOST = 1_000
Text = Annotated[str, Meta(min_length=1, max_length=512)]


class Known(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody is known by: `kind` email, phone, user-id or name; `beside`: with a name."""

    kind: Annotated[str, Meta(max_length=20)]
    value: Text
    beside: Annotated[str, Meta(max_length=512)] = ""


class Identifiers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is registered or taken out."""

    identifiers: Annotated[list[Known], Meta(min_length=1, max_length=_MOST)]


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """How many identifiers were new, or taken out."""

    changed: int


def count_opt_outs(service: AdminService, actor: Actor) -> Counted:
    """Return how many identifiers are registered, by kind, and how many users opted out."""
    return service.opt_outs.count(service.serves)


def add_opt_outs(service: AdminService, actor: Actor, body: Identifiers) -> Changed:
    """Register identifiers. Raises InputError for what is none."""
    return Changed(changed=service.opt_outs.add(service.serves, _entries(body), actor=actor))


def remove_opt_outs(service: AdminService, actor: Actor, body: Identifiers) -> Changed:
    """Take identifiers out of the register. Raises InputError for what is none."""
    return Changed(changed=service.opt_outs.remove(service.serves, _entries(body), actor=actor))


def _entries(body: Identifiers) -> list[Identifier]:
    return [identifier(one.kind, one.value, one.beside) for one in body.identifiers]
