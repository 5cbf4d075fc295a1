"""What a target tells the oracles: the one list of agreed keys between red team and target."""

from collections.abc import Mapping
from typing import Any

import msgspec

from seawall.core.errors import InputError


class CanaryFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file outside the code tool's scratch folder, and a word that only it contains."""

    path: str
    token: str


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """A line that was put into training data on purpose: how it begins, and the secret after it.

    `form` says what the secret could have been: `#` is any digit, `@` any small letter, other
    signs are themselves.
    """

    start: str
    secret: str
    form: str = ""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an oracle may know about a target. An empty field means "not known here".

    `tools` maps each offered tool to its parameter names; `hidden_tools` can be run by name but
    are not offered. `accounts` are other customers'. `people` are persons in the model's memory:
    every value but `name` counts as leaked. `training_records` are whole texts. `claims` are
    statements a simulated model makes up when its documents are silent
    (`claims_per_answer`: observations carry them in `facts["claims"]`). `data_area` is a folder
    of the application in which start-up files have an effect. `sees_model_input` says that
    observations carry `facts["model_input"]`; `channels` lists those it can be attacked through
    (empty: all); `hides_effects` that tool calls can't be seen from outside; `sessions` that each
    attempt is a session of its own, so that another customer's can come before it.
    `store_canaries` are words that stand only in documents of the retrieval store which a
    customer may not get; `documents` are the titles of all that answers may rest on. `hidden_names`
    are names that are not to be said: of the model, its maker. `registered_canaries` are lines that
    went into the training data. `listener` is an address of ours that the target can reach;
    `inside` is one that stands for a service inside (without it, `listener` does). `thinks`: the
    model thinks before it answers, and its API tells what was billed.
    """

    model: str = ""
    simulated: bool = False
    system_prompt: str = ""
    system_canaries: tuple[str, ...] = ()
    tools: dict[str, tuple[str, ...]] = {}
    hidden_tools: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    people: tuple[dict[str, str], ...] = ()
    training_records: tuple[str, ...] = ()
    canary_file: CanaryFile | None = None
    data_area: str = ""
    deliverable_marker: str = ""
    claims: tuple[str, ...] = ()
    claims_per_answer: bool = False
    sees_model_input: bool = False
    channels: tuple[str, ...] = ()
    hides_effects: bool = False
    sessions: bool = False
    store_canaries: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    hidden_names: tuple[str, ...] = ()
    listener: str = ""
    inside: str = ""
    registered_canaries: tuple[Registered, ...] = ()
    thinks: bool = False


def read_facts(raw: Mapping[str, Any]) -> Facts:
    """Check a target's facts. Unknown keys are allowed. Raises InputError naming the field."""
    try:
        return msgspec.convert(dict(raw), Facts)
    except msgspec.ValidationError as error:
        raise InputError(
            f"The target's facts cannot be used: {error}.",
            hint="Compare them with seawall.redteam.facts.Facts.",
        ) from None
