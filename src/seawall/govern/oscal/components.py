"""OSCAL component definition: what the gateway and people implement, and of which frameworks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from seawall import __version__
from seawall.catalog.load import Catalog
from seawall.catalog.model import Control
from seawall.core.register import Register
from seawall.govern.oscal import model as oscal
from seawall.govern.oscal.common import (
    catalogue,
    check_register,
    encoded,
    line,
    made_id,
    metadata,
    prop,
    resource,
    token,
)
from seawall.govern.status.model import ControlState


def component_definition(
    register: Register, states: Sequence[ControlState], catalog: Catalog,
    enforced_by: Mapping[str, str],
) -> bytes:  # fmt: skip
    """Return the OSCAL file: the gateway with what it enforces, people with what they vouch for.

    `enforced_by` says for a control what enforces it. Controls that do not concern the
    application are left out. Raises what `check_register` does.
    """
    open_ = [one for one in states if one.state != "not applicable"]
    check_register(register, open_)
    cards = [(catalog.controls[one.control], one) for one in open_]
    technical = [(card, one) for card, one in cards if not card.enforce.attestation]
    people = [(card, one) for card, one in cards if card.enforce.attestation]
    used: dict[str, oscal.Resource] = {"": catalogue()}
    writer = _Writer(register, catalog, enforced_by, used)
    components = [
        writer.component("gateway", "software", "Seawall gateway",
                         f"Stands before the models of {register.title}.", technical),
        writer.component("people", "process-procedure", "Processes of people",
                         f"What people do for {register.title}.", people),
    ]  # fmt: skip
    found = tuple(one for one in components if one is not None)
    document = oscal.ComponentDefinition(
        uuid=made_id("components", msgspec.json.encode(found).decode()),
        metadata=metadata(f"Controls of {register.title}", register.created, register.created),
        components=found,
        back_matter=oscal.BackMatter(resources=tuple(used.values())),
    )
    return encoded(oscal.Document(component_definition=document))


Carded = tuple[Control, ControlState]


class _Writer:
    """Writes components; `used` gathers the frameworks that they refer to."""

    def __init__(
        self, register: Register, catalog: Catalog, enforced_by: Mapping[str, str],
        used: dict[str, oscal.Resource],
    ) -> None:  # fmt: skip
        self.register, self.catalog = register, catalog
        self.enforced_by, self.used = enforced_by, used

    def component(
        self, key: str, kind: str, title: str, description: str, carded: Sequence[Carded]
    ) -> oscal.DefinedComponent | None:
        """Return a component with what it implements; None where that is nothing."""
        if not carded:
            return None
        return oscal.DefinedComponent(
            uuid=made_id("component", self.register.application, key),
            type=kind,  # type: ignore[arg-type]
            title=line(title),
            description=line(description),
            props=(prop("version", __version__),) if key == "gateway" else (),
            control_implementations=(self.own(key, carded), *self.frameworks(key, carded)),
        )

    def own(self, key: str, carded: Sequence[Carded]) -> oscal.Implementation:
        return oscal.Implementation(
            uuid=self.id(key, "own"),
            source=f"#{self.used[''].uuid}",
            description="Controls of Seawall's own catalogue.",
            implemented_requirements=tuple(
                oscal.Requirement(
                    uuid=self.id(key, "own", card.id),
                    control_id=card.id,
                    description=line(self.how(card)),
                    props=(prop("state", one.state),),
                )
                for card, one in carded
            ),
        )

    def how(self, card: Control) -> str:
        if card.enforce.attestation:
            return card.enforce.attestation
        by = self.enforced_by.get(card.id, "")
        return f"{card.why} Enforced by {by}." if by else card.why

    def frameworks(self, key: str, carded: Sequence[Carded]) -> list[oscal.Implementation]:
        """Return what the controls serve of each framework, the control ids beside each entry."""
        served: defaultdict[str, defaultdict[str, list[str]]]
        served = defaultdict(lambda: defaultdict(list))
        for card, _ in carded:
            for reference in card.references:
                served[reference.fw][reference.id].append(card.id)
        return [self.framework(key, fw, served[fw]) for fw in sorted(served)]

    def framework(
        self, key: str, fw: str, entries: Mapping[str, Sequence[str]]
    ) -> oscal.Implementation:
        card = self.catalog.frameworks[fw]
        self.used.setdefault(fw, resource(fw, card.title, f"Pinned at {card.pin}.", card.url))
        return oscal.Implementation(
            uuid=self.id(key, fw),
            source=f"#{self.used[fw].uuid}",
            description=line(f"What the controls serve of {card.title}."),
            implemented_requirements=tuple(
                oscal.Requirement(
                    uuid=self.id(key, fw, entry),
                    control_id=token(entry),
                    description=line(f"Served by {', '.join(entries[entry])}."),
                    props=(prop("label", entry),),
                )
                for entry in sorted(entries)
            ),
        )

    def id(self, *parts: str) -> str:
        return made_id("implementation", self.register.application, *parts)
