"""What a credential's format is, and every format that is told by its own signs."""

import msgspec


class SecretFormat(msgspec.Struct, frozen=True, kw_only=True):
    """One credential's form. `entropy`: least Shannon entropy in bits a character of the value."""

    label: str
    expression: str
    entropy: float = 2.5
    score: float = 0.98


def form(label: str, expression: str, entropy: float = 2.5) -> SecretFormat:
    """Return a format; the expression is RE2 and case-sensitive."""
    return SecretFormat(label=label, expression=expression, entropy=entropy)
