"""What a detector is, and what it is given."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, runtime_checkable

import msgspec
from msgspec import Meta

from seawall.core.exchange import Exchange, Part, Stage
from seawall.core.verdicts import Verdict
from seawall.policy.depth import Depth

if TYPE_CHECKING:  # it brings numpy, which only some detectors need
    from seawall.guard.registered.index import Index


class Example(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text that must be found, or must stay clean. Tests and the self-test run them.

    `system`, `user`, `documents`, `tools`: the exchange around it, for detectors that compare.
    `registered`, `answer_schema`: what a rule would give, or a request ask for.
    """

    text: str
    stage: Stage | None = None
    label: str = ""
    system: str = ""
    user: str = ""
    documents: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    registered: tuple[str, ...] = ()
    answer_schema: dict[str, Any] | None = None


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A detector's card: `guard/detectors/<id>.yaml` beside its code.

    `costly`: it takes milliseconds: it runs last, and not where it could change nothing any more.
    `depths`: a rule may ask less of its trained models (`depth: quick`), which is not costly.
    `compares`: what it says depends on the exchange around the part.
    `by_hits`: it says nothing where none of its patterns hits, and little more than they do.
    `registers`: its rules name registered texts, others may not. `schemas`: its rules may give an
    answer schema, and it judges answers as a whole. `patterns`: false where it has none: nobody
    need load its models to know.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]+$")]
    title: str
    why: str
    limits: str
    stages: Annotated[tuple[Stage, ...], Meta(min_length=1)]
    labels: Annotated[tuple[str, ...], Meta(min_length=1)]
    risks: Annotated[tuple[str, ...], Meta(min_length=1)]
    found: Annotated[tuple[Example, ...], Meta(min_length=3)]
    clean: Annotated[tuple[Example, ...], Meta(min_length=3)]
    views: Literal["raw", "normalised", "all"] = "all"
    costly: bool = False
    depths: tuple[Depth, ...] = ()
    compares: bool = False
    by_hits: bool = False
    registers: bool = False
    schemas: bool = False
    patterns: bool = True


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One reading of a text. `offsets[i]` is the raw offset of character i; len = len(text) + 1.

    `kind` is raw, normalised, or the decoding that produced it (base64, hex, rot13, ...; nested
    readings join with "+"). A reading without offsets stands as a whole for raw[start:end].
    `atoms` are raw ranges (sorted, apart) that only make sense whole, such as an encoded run: a
    finding that touches one covers it.
    """

    kind: str
    text: str
    offsets: tuple[int, ...] | None = None
    start: int = 0
    end: int = 0
    atoms: tuple[tuple[int, int], ...] = ()

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Map a character range of this view to a range of the raw text."""
        if self.offsets is None:
            return (self.start, self.end) if self.kind not in ("raw",) else (start, end)
        low, high = self.offsets[start], max(self.offsets[end], self.offsets[start])
        touched = self.atoms[
            bisect_right(self.atoms, low, key=itemgetter(1)) : bisect_left(
                self.atoms, max(high, low + 1), key=itemgetter(0)
            )
        ]
        if touched:
            low, high = min(low, touched[0][0]), max(high, touched[-1][1])
        return low, high


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed pattern match: rule name, view index, character range in that view."""

    rule: str
    view: int
    start: int
    end: int


class Subject(msgspec.Struct, kw_only=True):
    """What a detector looks at: the part, its views, and the confirmed hits of its own patterns."""

    part: Part
    views: tuple[View, ...]
    hits: tuple[Hit, ...] = ()

    def hits_by_view(self) -> dict[int, list[Hit]]:
        """Return the hits of each view that has some, by its index."""
        found: dict[int, list[Hit]] = {}
        for hit in self.hits:
            found.setdefault(hit.view, []).append(hit)
        return found


class Context(msgspec.Struct, kw_only=True):
    """What surrounds the part: the exchange, and what the detector's rules give it.

    `least`: no rule counts a finding below this score: a detector may leave such findings out.
    `depth`: how deep trained models shall read.
    """

    exchange: Exchange | None = None
    allow_hosts: tuple[str, ...] = ()
    registered: "tuple[Index, ...]" = ()
    answer_schema: dict[str, Any] | None = None
    least: float = 0.0
    depth: Depth = "full"


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the shared pattern pass: a name and an RE2-compatible expression."""

    name: str
    expression: str
    case_sensitive: bool = False


class Detector(Protocol):
    """One rule or model. Pure: same subject and context, same verdict; no state between calls.

    Raising is allowed: the engine turns any exception into UNKNOWN with its class as the reason.
    """

    id: str

    def patterns(self) -> tuple[Pattern, ...]:
        """Return the expressions this detector wants in the shared pass (may be empty)."""
        ...

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge one part."""
        ...


@runtime_checkable
class Prepared(Protocol):
    """A detector whose first text would wait for tables, expressions or code."""

    def prepare(self, depths: Collection[Depth]) -> None:
        """Make ready what texts need, once for the process.

        `depths`: how deep its rules read. Raises InputError, IntegrityError, MissingPartError.
        """
        ...


@runtime_checkable
class Learnt(Protocol):
    """A detector with trained models, which read as deep as its rules want."""

    def load(self, depth: Depth) -> None:
        """Read the models of a depth. Raises MissingPartError."""
        ...

    def ready(self, text: str, stage: Stage, depth: Depth) -> bool:
        """Return whether `detect` says at once what models below the full depth make of a text: it
        was read here, in a time that grows with its length alone.
        """
        ...
