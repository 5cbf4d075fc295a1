"""What a document's card asks for, and the document that is made of it."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from seawall.core import yamlfile
from seawall.core.errors import InputError

FOLDER = Path(__file__).parents[1] / "data" / "documents"


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of cards: unknown fields are refused."""


class SectionCard(_Strict, frozen=True, kw_only=True):
    """One section. `facts` are answers to show; `risks` and `law` are beginnings of ids.

    `controls`: those that act on the shown risks (all without `risks`); `rates`: what attacks
    measured; `untested`: what nobody tried. `todo` are what a person has to write or decide.
    """

    title: str
    text: str = ""
    facts: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    law: tuple[str, ...] = ()
    controls: bool = False
    rates: bool = False
    untested: bool = False
    todo: tuple[str, ...] = ()


class DocumentCard(_Strict, frozen=True, kw_only=True):
    """One kind of document: what it is called, who reads it, its sections."""

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z-]*$")]
    title: str
    reader: str
    intro: str
    sections: Annotated[tuple[SectionCard, ...], Meta(min_length=1)]


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """A clause as it stands towards the application. `bearing`: applies, or may apply."""

    clause: str
    title: str
    duty: str
    bearing: str
    since: str
    proof: str


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Rows under a head; `empty` is said where there are none."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One section, ready to print."""

    title: str
    text: str
    tables: tuple[Table, ...]
    todo: tuple[str, ...]


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A draft. `open` are questions of the profile that nobody answered and a section needs."""

    kind: str
    title: str
    reader: str
    intro: str
    application: str
    subject: str
    created: str
    model: str
    parts: tuple[Part, ...]
    open: tuple[str, ...]

    @property
    def todo(self) -> int:
        """Return how much is left to people: what to write, and questions without an answer."""
        return len(self.open) + sum(len(part.todo) for part in self.parts)


@lru_cache(maxsize=2)
def load_documents(folder: Path = FOLDER) -> dict[str, DocumentCard]:
    """Return the cards by id. Raises InputError naming file and line."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        card = yamlfile.load(path, DocumentCard)
        if card.id != path.stem:
            raise InputError(f"{path.name}: its id is {card.id}, not the file's name.")
        found[card.id] = card
    return found
