"""How numbers are said: never rounded into a better claim than was measured."""

import math

from seawall.core.register import AttackRun
from seawall.core.trials import Mode

MISSING = "–"


def percent(share: float | None) -> str:
    """Say a share between 0 and 1. 0% and 100% are only said of exactly 0 and 1."""
    if share is None or not math.isfinite(share):
        return MISSING
    value = share * 100.0
    if value in (0.0, 100.0):
        return f"{value:.0f}%"
    if 0.0 < value < 0.05:
        return "<0.1%"
    if 99.95 <= value < 100.0:
        return f"{value:.2f}%" if value < 99.995 else ">99.9%"
    text = f"{value:.1f}"
    return f"{text.removesuffix('.0')}%"


def interval(low: float, high: float) -> str:
    """Say a 95% interval of shares, "0.1–4.2%"."""
    first, last = percent(low), percent(high)
    if MISSING in (first, last):
        return MISSING
    return f"{first} to {last}" if ">" in first + last else f"{first.removesuffix('%')}–{last}"


def count(number: int) -> str:
    """Say a count with thousands separated: 1,024."""
    return f"{number:,}"


def money(amount: float | None) -> str:
    """Say an amount with three significant figures: 950, 37.1k, 1.53m, 2.1bn."""
    if amount is None or not math.isfinite(amount):
        return MISSING
    sign, size = ("−", -amount) if amount < 0 else ("", amount)
    rounded = float(f"{size:.3g}")
    for limit, unit in ((1e9, "bn"), (1e6, "m"), (1e3, "k")):
        if rounded >= limit:
            return f"{sign}{_figures(rounded / limit)}{unit}"
    return f"{sign}{_figures(rounded)}" if rounded >= 1 or rounded == 0 else f"{sign}<1"


def _figures(value: float) -> str:
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def plural(number: int, one: str, many: str = "") -> str:
    """Say "1 risk", "2 risks"."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def said_of(run: AttackRun) -> str:
    """Say what a file of attempts is about: target, model, mode, day and number."""
    model = f"model {plain(run.model)}" if run.model else "no model named"
    simulated = ", simulated" if run.simulated else ""
    mode = "through the gateway" if run.mode is Mode.ON else "without the gateway"
    return (
        f"{plain(run.target)} ({model}{simulated}), {mode}, {run.day}, "
        f"{plural(run.attempts, 'attempt')}"
    )


def plain(text: str) -> str:
    """Return text without control characters and without marks that turn its direction round."""
    return "".join(char for char in text if _shown(char)).strip()


def _shown(char: str) -> bool:
    point = ord(char)
    if point < 0x20:
        return char in "\n\t"
    hidden = 0x7F <= point <= 0x9F or 0x202A <= point <= 0x202E or 0x2066 <= point <= 0x2069
    return not hidden and not 0xD800 <= point <= 0xDFFF
