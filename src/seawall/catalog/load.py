"""Read the catalogue: cards as YAML, one file each, and the links between them both ways."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from seawall.catalog.model import (
    Case,
    Clause,
    Control,
    Framework,
    LabRun,
    Pack,
    ProbeCard,
    Question,
    Risk,
)
from seawall.core import yamlfile
from seawall.core.errors import InputError

LAB = "lab.json"
DATA = Path(__file__).parent / "data"
T = TypeVar("T")


def load_cards(folder: Path, kind: type[T]) -> dict[str, T]:
    """Read every `<ID>.yaml` of a folder, by id and sorted. Raises InputError naming file, line."""
    cards: dict[str, T] = {}
    for path in sorted(folder.glob("*.yaml")):
        card = yamlfile.load(path, kind)
        if card.id != path.stem:  # type: ignore[attr-defined]
            raise InputError(
                f"{path}: the card's id is {card.id!r}, its file is named {path.stem!r}.",  # type: ignore[attr-defined]
                hint="Name the file by the card's id.",
            )
        cards[path.stem] = card
    return cards


def _reverse(
    cards: Mapping[str, T], links: Callable[[T], Iterable[str]]
) -> dict[str, tuple[str, ...]]:
    """Turn links of cards into target -> ids that name it, sorted."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for key, card in cards.items():
        for target in links(card):
            found[target].add(key)
    return {target: tuple(sorted(sources)) for target, sources in sorted(found.items())}


class Catalog:
    """All cards of one folder. A kind is read when it is first asked for.

    Links are written once, from the side that changes; the `*_of_*` maps are their reverse.
    """

    def __init__(self, root: Path = DATA) -> None:
        self.root = root

    @cached_property
    def risks(self) -> dict[str, Risk]:
        """Risks by id."""
        return load_cards(self.root / "risks", Risk)

    @cached_property
    def controls(self) -> dict[str, Control]:
        """Controls by id."""
        return load_cards(self.root / "controls", Control)

    @cached_property
    def probes(self) -> dict[str, ProbeCard]:
        """Probe cards by id."""
        return load_cards(self.root / "probes", ProbeCard)

    @cached_property
    def clauses(self) -> dict[str, Clause]:
        """Legal clauses by id."""
        return load_cards(self.root / "clauses", Clause)

    @cached_property
    def cases(self) -> dict[str, Case]:
        """Real incidents by id."""
        return load_cards(self.root / "cases", Case)

    @cached_property
    def more_probes(self) -> dict[str, ProbeCard]:
        """Probes that only `seawall attack` runs: no demo and no risk's status waits for them."""
        return load_cards(self.root / "more_probes", ProbeCard)

    @cached_property
    def all_probes(self) -> dict[str, ProbeCard]:
        """Every probe by id."""
        return {**self.probes, **self.more_probes}

    @cached_property
    def packs(self) -> dict[str, Pack]:
        """Packs of sectors and topics by id."""
        return load_cards(self.root / "packs", Pack)

    @cached_property
    def packs_of_risk(self) -> dict[str, tuple[str, ...]]:
        """Risk -> packs that say how it shows."""
        return _reverse(self.packs, lambda pack: pack.shows)

    @cached_property
    def frameworks(self) -> dict[str, Framework]:
        """Pinned framework indexes by id."""
        return load_cards(self.root / "frameworks", Framework)

    @cached_property
    def questions(self) -> dict[str, Question]:
        """Profile questions by fact, in the order of their ids."""
        cards = load_cards(self.root / "questions", Question)
        return {card.fact: card for card in cards.values()}

    @cached_property
    def controls_of_risk(self) -> dict[str, tuple[str, ...]]:
        """Risk -> controls that act on it."""
        return _reverse(self.controls, lambda control: control.risks)

    @cached_property
    def probes_of_risk(self) -> dict[str, tuple[str, ...]]:
        """Risk -> probes that try it."""
        return _reverse(self.probes, lambda probe: (probe.risk,))

    @cached_property
    def further_of_risk(self) -> dict[str, tuple[str, ...]]:
        """Risk -> further probes that try it."""
        return _reverse(self.more_probes, lambda probe: (probe.risk,))

    @cached_property
    def further_of_control(self) -> dict[str, tuple[str, ...]]:
        """Control -> further probes that test it."""
        return _reverse(self.more_probes, lambda probe: probe.controls)

    @cached_property
    def probes_of_control(self) -> dict[str, tuple[str, ...]]:
        """Control -> probes that test it."""
        return _reverse(self.probes, lambda probe: probe.controls)

    @cached_property
    def lab(self) -> LabRun:
        """The published lab run; empty where the folder holds none. Raises InputError."""
        path = self.root / LAB
        if not path.exists():
            return LabRun(measured="", misses={})
        try:
            return msgspec.json.decode(path.read_bytes(), type=LabRun)
        except msgspec.DecodeError as error:
            raise InputError(f"{path}: not a lab run: {error}.") from None

    @cached_property
    def limits_of_control(self) -> dict[str, tuple[str, ...]]:
        """Control -> its known limits: what passed in the lab although the control was there."""
        told: dict[str, list[str]] = {}
        for probe, (passed, scored) in self.lab.misses.items():
            card = self.all_probes.get(probe)
            if card is None:
                continue
            for control in card.controls:
                text = f"{card.title} ({probe}): {passed} of {scored} passed on {self.lab.measured}"
                told.setdefault(control, []).append(text)
        return {control: tuple(texts) for control, texts in sorted(told.items())}

    @cached_property
    def controls_of_detector(self) -> dict[str, tuple[str, ...]]:
        """Detector -> controls that use it."""
        return _reverse(self.controls, lambda control: control.detectors)

    @cached_property
    def controls_of_clause(self) -> dict[str, tuple[str, ...]]:
        """Clause -> controls that serve it."""
        return _reverse(self.controls, lambda control: control.clauses)

    @cached_property
    def risks_of_clause(self) -> dict[str, tuple[str, ...]]:
        """Clause -> risks that endanger it."""
        return _reverse(self.risks, lambda risk: risk.clauses)

    @cached_property
    def risks_of_case(self) -> dict[str, tuple[str, ...]]:
        """Case -> risks that it shows."""
        return _reverse(self.risks, lambda risk: risk.cases)

    @cached_property
    def risks_of_question(self) -> dict[str, tuple[str, ...]]:
        """Question id -> risks that ask it."""
        return _reverse(self.risks, lambda risk: risk.asks)

    @cached_property
    def risks_of_reference(self) -> dict[str, tuple[str, ...]]:
        """`framework:id` -> risks that refer to it."""
        return _reverse(self.risks, lambda risk: (f"{ref.fw}:{ref.id}" for ref in risk.references))

    def find(self, key: str) -> tuple[str, Any]:
        """Return (kind, card) of an id; frameworks and facts count too. Raises InputError."""
        kinds = ("risks", "controls", "probes", "more_probes", "clauses", "cases", "frameworks")
        for kind in (*kinds, "packs", "questions"):
            cards = getattr(self, kind)
            if key in cards:
                return kind, cards[key]
        for card in self.questions.values():
            if card.id == key:
                return "questions", card
        raise InputError(
            f"The catalogue has no card {key!r}.", hint="`seawall catalog list` shows every id."
        )


@lru_cache(maxsize=4)
def load_catalog(root: Path = DATA) -> Catalog:
    """Return the catalogue of package data (or of another folder), read once."""
    return Catalog(root)
