"""What trained models make of a text, whichever of them read it."""

import msgspec

from seawall.core.exchange import Stage

# What a user, or the operator, wrote himself: here models are asked for harm, too.
TRUSTED = frozenset({Stage.INPUT, Stage.HISTORY, Stage.FILE, Stage.SYSTEM})
Range = tuple[int, int]


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """Scores 0..1 and the range each stands for, empty where little speaks for it.

    `harm`: by category; empty if not asked for. `asked`: more than one model was; `read`: the
    transformer was.
    """

    injection: float = 0.0
    jailbreak: float = 0.0
    attack_at: Range = (0, 0)
    harm: float = 0.0
    harm_at: Range = (0, 0)
    categories: dict[str, float] = {}
    asked: bool = True
    read: bool = False


def moved(judged: Judgement, by: int) -> Judgement:
    """Return a judgement whose ranges begin `by` characters later."""
    attack, harm = judged.attack_at, judged.harm_at
    return msgspec.structs.replace(
        judged,
        attack_at=(attack[0] + by, attack[1] + by),
        harm_at=(harm[0] + by, harm[1] + by),
    )
