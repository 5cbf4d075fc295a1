"""What end users accepted and chose, over HTTP. Their ids stand in bodies, never in a URL."""

from typing import Annotated

import msgspec
from msgspec import Meta

from seawall.core.roles import Actor
from seawall.gateway.admin.service import AdminService
from seawall.store import acceptances
from seawall.store.acceptances import MOST, Acceptance, Place
from seawall.store.consents import Choice, choice_of

User = Annotated[str, Meta(max_length=512)]


class UsagePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The usage policy in force; `required`: nobody is served who has not accepted it."""

    version: str
    required: bool
    url: str


class ReadAcceptances(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which acceptances: of one user, of one version, those after a place; empty is any."""

    user: User = ""
    version: Annotated[str, Meta(max_length=100)] = ""
    after: Place | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST)] = MOST


class AcceptancePage(msgspec.Struct, frozen=True, kw_only=True):
    """Acceptances by user and version. `next`: what `after` continues with, null at the end."""

    data: list[Acceptance]
    next: Place | None


class ReadConsent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end user whose choice is read."""

    user: Annotated[str, Meta(min_length=1, max_length=512)]


def usage_policy(service: AdminService, actor: Actor) -> UsagePolicy:
    """Return the usage policy that end users accept."""
    found = service.in_force.usage_policy
    return UsagePolicy(version=found.version, required=found.required, url=found.url)


def read_acceptances(service: AdminService, actor: Actor, body: ReadAcceptances) -> AcceptancePage:
    """Return who accepted which version of the usage policy, and when."""
    data = acceptances.list_acceptances(
        service.store, service.serves, user=body.user, version=body.version, after=body.after,
        limit=body.limit,
    )  # fmt: skip
    more = Place(user=data[-1].user, version=data[-1].policy_version) if data else None
    return AcceptancePage(data=data, next=more if len(data) == body.limit else None)


def read_consent(service: AdminService, actor: Actor, body: ReadConsent) -> Choice:
    """Return what an end user chose; `changed` null: nothing, so the default counts."""
    return choice_of(service.store, service.serves, service.users.handle(body.user))
