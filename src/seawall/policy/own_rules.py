"""A user's own patterns and allow-lists: sections `rules` and `allow` of a policy or rules file."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from seawall.core.exchange import Stage

OWN_DETECTOR = "custom"
"""The detector that runs own rules; a guard rule that names it says what happens."""

_Label = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
_Text = Annotated[str, Meta(min_length=1, max_length=2_000)]
_Fraction = Annotated[float, Meta(ge=0, le=1)]


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base: unknown keys are refused."""


class OwnRule(_Strict, frozen=True, kw_only=True):
    """One pattern. What it matches is a finding of the detector `custom`, called `label`.

    `expression`: RE2; a group named `value` narrows the finding to it. `keywords`: one of them
    stands within 60 characters. `checksum` holds for the letters and digits of the value.
    `label` empty means the id, `stages` empty every stage that a guard names. `found`, `clean`:
    texts that must (not) be found; they are tried at every start.
    """

    id: _Label
    expression: _Text
    title: str = ""
    keywords: tuple[_Text, ...] = ()
    checksum: Literal["", "luhn", "mod97", "iban", "verhoeff"] = ""
    case_sensitive: bool = False
    label: _Label | Literal[""] = ""
    score: _Fraction = 1.0
    stages: tuple[Stage, ...] = ()
    found: tuple[_Text, ...] = ()
    clean: tuple[_Text, ...] = ()

    @property
    def finding_label(self) -> str:
        """Return what a finding is called."""
        return self.label or self.id


class AllowList(_Strict, frozen=True, kw_only=True):
    """Texts that the named detectors may meet: a finding that covers just one of them is dropped.

    `values` are exact. `expressions` (RE2) match the whole text. `hashes`: SHA-256 of the UTF-8
    text in hex, for what must not stand in a file. `labels` empty means every label.
    """

    detectors: Annotated[tuple[_Label, ...], Meta(min_length=1)]
    labels: tuple[str, ...] = ()
    values: tuple[_Text, ...] = ()
    expressions: tuple[_Text, ...] = ()
    hashes: tuple[Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")], ...] = ()


class OwnGuard(_Strict, frozen=True, kw_only=True):
    """What a rules file says is done with findings of its rules. Fields as in a policy's guard."""

    action: Literal["flag", "redact", "ask", "block"]
    stages: Annotated[tuple[Stage, ...], Meta(min_length=1)]
    labels: tuple[str, ...] = ()
    threshold: _Fraction = 0.5
    control: Annotated[str, Meta(min_length=1)] = "guard"


class OwnRules(_Strict, frozen=True, kw_only=True):
    """A rules file: patterns, allow-lists, and what is done. Without `guards` a finding blocks."""

    version: Literal[1] = 1
    rules: tuple[OwnRule, ...] = ()
    allow: tuple[AllowList, ...] = ()
    guards: tuple[OwnGuard, ...] = ()
