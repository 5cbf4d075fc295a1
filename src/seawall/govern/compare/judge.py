"""Compare two dates: what got worse or better, what is new, what is gone."""

import math
from collections.abc import Iterator

from seawall.core.errors import InputError
from seawall.core.register import Loss, Register, RiskRow, Status
from seawall.core.trials import Mode, ProbeResult
from seawall.govern.compare.model import (
    About,
    Comparison,
    ControlChange,
    Direction,
    LossChange,
    Rate,
    RateChange,
    RiskChange,
    Side,
)
from seawall.govern.status.model import State
from seawall.govern.words import percent

# A loss moves by a few percent with other draws; less than a tenth says nothing.
BAND = 0.10
ALL = "all risks"
_STATUS: dict[Status, int] = {
    "failed": 0,
    "not shown": 1,
    "not tested": 1,
    "unverified": 2,
    "attested": 3,
    "tested": 4,
}
_STATE: dict[State, int] = {
    "tested-fail": 0,
    "expired": 1,
    "not shown": 1,
    "not tested": 1,
    "attested": 2,
    "tested-pass": 3,
}


def compare(before: Side, after: Side) -> Comparison:
    """Return what changed from one date to the other. Raises InputError for two applications."""
    names = {side.application for side in (before, after) if side.application}
    if len(names) > 1:
        raise InputError(
            f"{before.name} is about {before.application}, {after.name} about {after.application}.",
            hint="Compare two dates of one application.",
        )
    first, last = before.register, after.register
    both = first is not None and last is not None
    return Comparison(
        before=_about(before),
        after=_about(after),
        notes=tuple(_notes(before, after)),
        risks=tuple(_risks(first, last)) if first and last else (),
        controls=tuple(_controls(before, after)) if both else (),
        rates=tuple(_rates(before, after)),
        losses=tuple(_losses(first, last)) if first and last else (),
    )


def _about(side: Side) -> About:
    return About(
        name=side.name, application=side.application, created=side.created, model=side.model
    )


def _notes(before: Side, after: Side) -> Iterator[str]:
    if before.created > after.created:
        yield "The first is later than the second: worse and better are as seen from the first."
    if before.model != after.model:
        yield f"The models differ ({before.model} and {after.model}): rates may differ by that."
    first, last = before.register, after.register
    if first is None or last is None:
        yield "A stored run holds attacks only: risks, controls and losses are not compared."
        return
    if first.currency != last.currency:
        yield (
            f"The losses are in {first.currency} and {last.currency} and are not compared: "
            "no exchange rate is assumed."
        )
    if first.appetite != last.appetite:
        yield f"The appetite is {_appetite(last)}, it was {_appetite(first)}."
    if (first.seed, first.draws) != (last.seed, last.draws):
        yield "Seed or draws differ, so losses differ by chance too."


def _appetite(register: Register) -> str:
    if register.appetite is None:
        return "not named"
    return f"{register.appetite:,.0f} {register.currency}"


def _risks(first: Register, last: Register) -> Iterator[RiskChange]:
    old = {row.risk: row for row in first.risks}
    new = {row.risk: row for row in last.risks}
    for key in sorted({*old, *new}):
        was, now = _open(old.get(key)), _open(new.get(key))
        row = now or was
        if row is None:
            continue
        signals = list(_signals(was, now)) if was and now else []
        yield RiskChange(
            risk=key,
            title=row.title,
            direction=_direction(was, now, [sign for sign, _ in signals]),
            before=_stood(was, old.get(key)),
            after=_stood(now, new.get(key)),
            changes=tuple(sentence for _, sentence in signals),
        )


def _open(row: RiskRow | None) -> RiskRow | None:
    """Return a risk's row where it applies or may apply."""
    return None if row is None or row.applicability == "does not apply" else row


def _stood(open_: RiskRow | None, row: RiskRow | None) -> str:
    if open_ is None:
        return "not in the register" if row is None else "does not apply"
    bound = "" if open_.ucb95 is None else f", UCB95 {percent(open_.ucb95)}"
    may = "may apply, " if open_.applicability == "unknown" else ""
    return f"{may}{open_.severity}, {open_.status}{bound}"


def _direction(was: object, now: object, signs: list[int]) -> Direction:
    """Return the direction: one thing that got worse outweighs all that got better."""
    if was is None:
        return "new"
    if now is None:
        return "gone"
    if any(sign < 0 for sign in signs):
        return "worse"
    return "better" if any(sign > 0 for sign in signs) else "same"


def _signals(was: RiskRow, now: RiskRow) -> Iterator[tuple[int, str]]:
    """Return what changed of a risk: below zero is worse, above better, zero only a change."""
    if was.applicability != now.applicability:
        yield 0, f"It is “{now.applicability}”, it was “{was.applicability}”."
    if was.severity != now.severity:
        sign = -1 if now.severity > was.severity else 1
        yield sign, f"The severity is {now.severity}, it was {was.severity}."
    if was.status != now.status:
        moved = _STATUS[now.status] - _STATUS[was.status]
        sign = 0 if moved == 0 else 1 if moved > 0 else -1
        yield sign, f"It is {now.status}, it was {was.status}."
    yield from _bounds(was, now)
    if was.tau != now.tau:
        yield 0, f"The tolerance is {percent(now.tau)}, it was {percent(was.tau)}."
    one, two = was.residual, now.residual
    if one and two and one.currency == two.currency and (sign := _moved(one.p95, two.p95)):
        more = "more" if sign < 0 else "less"
        yield (
            sign,
            f"P95 of the yearly loss is {two.p95:,.0f} {two.currency}, it was {one.p95:,.0f}: "
            f"over a tenth {more}.",
        )


def _bounds(was: RiskRow, now: RiskRow) -> Iterator[tuple[int, str]]:
    """Return how the upper bound moved; it is worse or better only across the tolerance."""
    if was.ucb95 == now.ucb95:
        return
    if now.ucb95 is None or was.ucb95 is None:
        said = "not measured any more" if now.ucb95 is None else "measured now"
        yield (-1 if now.ucb95 is None else 0), f"It is {said}."
        return
    held, holds = was.ucb95 <= was.tau, now.ucb95 <= now.tau
    sign = 0 if held == holds else 1 if holds else -1
    yield sign, f"UCB95 is {percent(now.ucb95)}, it was {percent(was.ucb95)}."


def _moved(before: float, after: float) -> int:
    """Return -1 for a loss over a tenth higher, 1 for one over a tenth lower, else 0."""
    if after > before * (1.0 + BAND):
        return -1
    return 1 if after < before * (1.0 - BAND) else 0


def _controls(before: Side, after: Side) -> Iterator[ControlChange]:
    old = {one.control: one for one in before.states}
    new = {one.control: one for one in after.states}
    for key in sorted({*old, *new}):
        was = one if (one := old.get(key)) and one.state != "not applicable" else None
        now = two if (two := new.get(key)) and two.state != "not applicable" else None
        shown = now or was
        if shown is None:
            continue
        signs = [_STATE[now.state] - _STATE[was.state]] if was and now else []
        yield ControlChange(
            control=key,
            title=shown.title,
            direction=_direction(was, now, signs),
            before=was.state if was else "not applicable",
            after=now.state if now else "not applicable",
            reason=two.reason if (two := new.get(key)) else "The catalogue has it no more.",
        )


def _rates(before: Side, after: Side) -> Iterator[RateChange]:
    titles = {**before.titles, **after.titles}
    for probe, mode in sorted({*before.rates, *after.rates}):
        was, now = before.rates.get((probe, mode)), after.rates.get((probe, mode))
        yield _rate_change(probe, titles.get(probe, probe), mode, was, now)


def _rate_change(
    probe: str, title: str, mode: Mode, was: ProbeResult | None, now: ProbeResult | None
) -> RateChange:
    first, last = _rate(was), _rate(now)
    if first is None or last is None:
        one_sided: Direction = "new" if was is None else "gone" if now is None else "not comparable"
        return RateChange(
            probe=probe, title=title, mode=mode, direction=one_sided, before=first, after=last
        )
    low, high = difference(first, last)
    return RateChange(
        probe=probe,
        title=title,
        mode=mode,
        direction="worse" if low > 0.0 else "better" if high < 0.0 else "same",
        before=first,
        after=last,
        difference=last.asr - first.asr,
        low=low,
        high=high,
    )


def _rate(result: ProbeResult | None) -> Rate | None:
    """Return the rate of a result; None where nothing could be scored."""
    if result is None or not result.n:
        return None
    return Rate(n=result.n, asr=result.asr, low=result.low, high=result.high)


def difference(first: Rate, last: Rate) -> tuple[float, float]:
    """Return the 95% interval of last minus first, from the interval of each (Newcombe's method).

    The distances from each rate to its own limits are added as squares, as for independent errors.
    """
    middle = last.asr - first.asr
    below = math.hypot(last.asr - last.low, first.high - first.asr)
    above = math.hypot(last.high - last.asr, first.asr - first.low)
    return max(-1.0, middle - below), min(1.0, middle + above)


def _losses(first: Register, last: Register) -> Iterator[LossChange]:
    for kind in ("inherent", "residual"):
        yield from _loss(ALL, f"All risks, {kind}", getattr(first, kind), getattr(last, kind))
    old = {row.risk: row for row in first.risks}
    for row in last.risks:
        was = old.get(row.risk)
        if was is not None and was.residual and row.residual:
            yield from _loss(row.risk, row.title, was.residual, row.residual, ("ale", "p95"))


_MEASURES = {
    "ale": "Mean year (ALE)",
    "p50": "Middle year (P50)",
    "p90": "One year in ten is worse (P90)",
    "p95": "One year in twenty is worse (P95)",
    "es95": "Mean of that worst twentieth (ES95)",
    "over_appetite": "Chance of a year above the appetite",
}


def _loss(
    subject: str, title: str, was: Loss, now: Loss, measures: tuple[str, ...] = tuple(_MEASURES)
) -> Iterator[LossChange]:
    for name in measures:
        before, after = getattr(was, name), getattr(now, name)
        money = name != "over_appetite"
        comparable = was.currency == now.currency
        sign = _moved(before, after) if money else _points(before, after)
        direction: Direction = "worse" if sign < 0 else "better" if sign > 0 else "same"
        unit = f"{now.currency} a year" if comparable else f"{was.currency}, {now.currency} a year"
        yield LossChange(
            subject=subject,
            title=title,
            measure=_MEASURES[name],
            unit=unit if money else "probability",
            direction=direction if comparable else "not comparable",
            before=before,
            after=after,
        )


def _points(before: float, after: float) -> int:
    """Return -1 for a chance over five points higher, 1 for one that much lower, else 0."""
    return 0 if abs(after - before) <= 0.05 else -1 if after > before else 1
