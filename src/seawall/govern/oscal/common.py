"""What both OSCAL documents share: ids that depend on content only, texts on one line."""

import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from seawall.core.errors import InputError
from seawall.core.register import Register
from seawall.govern.oscal.model import Document, Metadata, Prop, Resource, Rlink, check
from seawall.govern.status.model import ControlState
from seawall.govern.words import plain

NS = "urn:seawall:oscal"
VERSION = "1.1.2"
# Names the ids; any fixed value will do.
_SPACE = uuid.UUID("5ea3a11e-0000-4000-8000-000000000002")
_LOOSE = re.compile(r"[^A-Za-z0-9._-]+")
SOURCE = "The control catalogue of Seawall"


def made_id(*parts: str) -> str:
    """Return the UUID (version 5) of what `parts` name: equal names, equal ids."""
    return str(uuid.uuid5(_SPACE, msgspec.json.encode(parts).decode()))


def line(text: str, otherwise: str = "not stated") -> str:
    """Return a text on one line, never empty."""
    return " ".join(plain(text).split()) or otherwise


def token(text: str) -> str:
    """Return an id as OSCAL allows it: "MEASURE 2.7" becomes "MEASURE-2.7"."""
    found = _LOOSE.sub("-", text.strip()).strip("-") or "none"
    return found if found[0].isalpha() or found[0] == "_" else f"_{found}"


def moment(text: str) -> str:
    """Return an ISO time or day with its zone; what has none is UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    aware = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    return aware.astimezone(UTC).isoformat(timespec="seconds")


def check_register(register: Register, concerned: Sequence[ControlState]) -> None:
    """Raise InputError for a register that no control concerns, or whose time is none."""
    if not concerned:
        raise InputError(f"No control concerns {register.application}: is the register empty?")
    try:
        moment(register.created)
    except ValueError:
        raise InputError(f"The register's time is none: {register.created!r}.") from None


def prop(name: str, value: object) -> Prop:
    """Return a property of ours."""
    return Prop(name=name, ns=NS, value=line(str(value)))


def resource(key: str, title: str, description: str, href: str = "") -> Resource:
    """Return a resource; `key` names it."""
    return Resource(
        uuid=made_id("resource", key),
        title=line(title),
        description=line(description),
        rlinks=(Rlink(href=href),) if href else (),
    )


def catalogue() -> Resource:
    """Return the resource that stands for our own catalogue of controls."""
    return resource(
        "catalogue", SOURCE, "`seawall catalog show ID` prints a control with its evidence."
    )


def metadata(title: str, created: str, version: str) -> Metadata:
    """Return what a document says of itself."""
    return Metadata(
        title=line(title),
        last_modified=moment(created),
        version=line(version),
        oscal_version="1.1.2",
        props=(prop("made-by", "Seawall"),),
    )


def encoded(document: Document) -> bytes:
    """Return the file, checked against the strict types. Equal inputs give equal bytes.

    Raises ValueError for what the types refuse, which would be a defect of ours.
    """
    raw = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    problems = check(raw)
    if problems:
        raise ValueError(f"the OSCAL document is not valid: {'; '.join(problems[:3])}")
    return raw
