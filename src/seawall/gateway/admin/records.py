"""The audit log over HTTP, as `seawall audit export` and `seawall audit key` read it."""

from contextlib import closing
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from seawall import __version__
from seawall.core.errors import InputError, RequestError
from seawall.core.roles import Actor
from seawall.gateway.admin.service import AdminService
from seawall.store import chain, export
from seawall.store.chain_keys import published_keys
from seawall.store.ocsf import Previous, previous_of

MOST = 1000


class ExportAudit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which records: those after `after`, at most `limit`, of `user` only where one is named.

    `chain`: whose records, the page's `chain` on every page after the first; where none is named,
    the log of the replica that answers. `previous`: what the page before returned; an export with
    `record_integrity` binds to it.
    """

    format: Literal["jsonl", "ocsf"] = "jsonl"
    chain: Annotated[str, Meta(max_length=64)] = ""
    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    limit: Annotated[int, Meta(ge=1, le=MOST)] = 500
    user: Annotated[str, Meta(max_length=512)] = ""
    record_integrity: bool = False
    previous: Previous | None = None


class AuditPage(msgspec.Struct, frozen=True, kw_only=True):
    """Records of `chain`, oldest first. `next`: what `after` continues with, null at its end.

    `chains`: every log that can be asked for; replicas that share PostgreSQL write one each.
    """

    chain: str
    chains: list[str]
    data: list[dict[str, Any]]
    next: int | None
    previous: Previous | None = None


class ChainKey(msgspec.Struct, frozen=True, kw_only=True):
    """A chain and the key that verifies it (PEM); null where its replica left none yet."""

    chain: str
    public_key: str | None


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """The key (PEM) that verifies the log of the replica that answers, and the chain's name.

    `keys`: those of every chain in the store; who may write there could put another chain in.
    """

    public_key: str
    fingerprint: str
    keys: list[ChainKey]


def export_audit(service: AdminService, actor: Actor, body: ExportAudit) -> AuditPage:
    """Return a page of audit records, as they are or as OCSF events. Raises InputError."""
    ocsf = body.format == "ocsf"
    if body.record_integrity and (not ocsf or body.user):
        raise InputError("record_integrity takes the format ocsf and every record, so no user.")
    if body.previous is not None and not body.record_integrity:
        raise InputError("previous belongs to an export with record_integrity.")
    of, every = _chosen(service, body)
    name = export.name_of(service.users, body.user) if body.user else ""
    found = (
        export.events(
            service.store, after=body.after, user=name, integrity=body.record_integrity,
            previous=body.previous, version=__version__, of=of,
        )
        if ocsf
        else export.jsonl(service.store, after=body.after, user=name, of=of)
    )  # fmt: skip
    with closing(found):
        data = list(islice(found, body.limit))
    last = data[-1] if data else {}
    seq = last["metadata"]["sequence"] if ocsf and last else last.get("seq")
    return AuditPage(
        chain=of,
        chains=every,
        data=data,
        next=seq if len(data) == body.limit else None,
        previous=previous_of(last) if body.record_integrity and last else body.previous,
    )


def _chosen(service: AdminService, body: ExportAudit) -> tuple[str, list[str]]:
    """Return the chain to read, whichever replica answers, and all there are.

    Raises RequestError. Each chain counts its own records, so a later page names one.
    """
    own, every = export.chain_id(service.store), export.chains(service.store)
    if not body.chain and body.after and len(every) > 1:
        raise RequestError(
            f"Replicas keep {len(every)} chains here; after {body.after} of which one?",
            code="chain_missing",
            param="/chain",
            hint="Send the chain of the page before back as `chain`.",
        )
    if body.chain and body.chain not in every:
        raise RequestError(
            f"The chain {body.chain!r} is not in the store of this replica, whose chain is {own}.",
            code="other_chain",
            status=409,
            param="/chain",
            hint=f"Ask the gateway that wrote it, or name one of these: {', '.join(every)}.",
        )
    return body.chain or own, every


def audit_key(service: AdminService, actor: Actor) -> PublicKey:
    """Return the public keys that verify the logs; keep copies elsewhere. Raises InputError."""
    public = chain.load_public(service.store.folder / chain.PUBLIC_FILE)
    own, text = chain.fingerprint(public), chain.public_pem(public).decode()
    known = published_keys(service.store) | {own: text}
    keys = [
        ChainKey(chain=name, public_key=known.get(name)) for name in export.chains(service.store)
    ]
    return PublicKey(public_key=text, fingerprint=own, keys=keys)
