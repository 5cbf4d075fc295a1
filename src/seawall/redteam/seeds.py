"""Seeds of a probe card, typed: the card keeps them as data, here they get their fields."""

from typing import Literal

import msgspec

from seawall.catalog.model import ProbeCard
from seawall.core.errors import InputError
from seawall.redteam import slots


class Seed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One attack idea. `text` is what strategies dress up; with `messages` it is the last one.

    `ask` is the customer's harmless question (every channel but user and file). `tool` names
    the call that proves success, `foreign` the value its arguments must hold. `pairs`, `benign`,
    `system` and `format` describe a training file; the numbers describe a flood. `before`: what
    another customer said earlier, in a session of their own. `twin`: the same request with one
    thing changed, who it is about or what the writer believes; the answer is one of `choices`.
    `literal`: its texts hold no slots.
    """

    id: str
    lang: str = "en"
    text: str = ""
    messages: tuple[str, ...] = ()
    ask: str = ""
    tool: str = ""
    foreign: str = ""
    pairs: tuple[tuple[str, str], ...] = ()
    benign: int = 0
    system: str = ""
    format: Literal["chat", "prompt-completion"] = "chat"
    requests: int = 0
    concurrency: int = 0
    prompt_words: int = 0
    max_tokens: int = 0
    before: str = ""
    twin: str = ""
    choices: tuple[str, ...] = ()
    literal: bool = False

    @property
    def attack(self) -> str:
        """The text that strategies change."""
        return self.messages[-1] if self.messages else self.text

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that may hold slots."""
        return (self.text, self.ask, self.foreign, self.before, self.twin, *self.messages)

    @property
    def exact(self) -> bool:
        """Whether the attack fails when a letter's case or a sign is lost on the way."""
        literal = {"path", "area", "code64", *slots.PERSONAL, *slots.SECRET}
        return bool(slots.used(self.attack) & literal) or "```" in self.attack


def read_seeds(card: ProbeCard) -> tuple[Seed, ...]:
    """Return the card's seeds. Raises InputError naming card and seed."""
    try:
        seeds = tuple(msgspec.convert(raw, Seed) for raw in card.seeds)
    except msgspec.ValidationError as error:
        raise InputError(f"{card.id}: a seed cannot be read: {error}.") from None
    names: set[str] = set()
    for seed in seeds:
        if seed.id in names:
            raise InputError(f"{card.id}: two seeds are called {seed.id}.")
        names.add(seed.id)
        for text in () if seed.literal else seed.texts:
            slots.check_slots(text, f"{card.id}, seed {seed.id}")
    return seeds
