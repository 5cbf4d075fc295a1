"""The report in a few sentences, for a reader who decides and reads no table."""

from collections.abc import Iterator

from seawall.core.profile import Profile, unlike_the_cards
from seawall.core.register import Loss, Register, RiskRow
from seawall.govern.gate import GateResult, tested
from seawall.govern.words import money, percent, plain, plural

_SHOWN = 3


def in_short(register: Register, profile: Profile | None, gate: GateResult) -> tuple[str, ...]:
    """Return what the application is, what it may cost, what was shown, and what to decide."""
    return tuple(plain(line) for line in _lines(register, profile, gate))


def _lines(register: Register, profile: Profile | None, gate: GateResult) -> Iterator[str]:
    use = profile.facts.get("purpose.intended_use") if profile is not None else None
    if use is not None and isinstance(use.value, str) and use.value.strip():
        yield f"What it is for, in the words of its owner: {use.value.strip().rstrip('.')}."
    yield _cost(register)
    if profile is not None and (caveat := unlike_the_cards(profile)):
        yield caveat
    largest = _largest(register)
    if largest:
        yield largest
    yield _shown(register)
    lever = _lever(register)
    if lever:
        yield lever
    yield _decide(register, gate)


def _cost(register: Register) -> str:
    """Return the loss of a bad year and of the average one, beside the appetite."""
    loss, currency = register.residual, register.currency
    text = (
        f"One year in twenty may cost more than {money(loss.p95)} {currency}, the average year "
        f"{money(loss.ale)}, with the guards as they are today"
    )
    if register.appetite is None:
        return f"{text}. Nobody said yet how much a year may cost, so nothing says if that is much."
    return (
        f"{text}. The owner accepts {money(register.appetite)}; the chance of a year above that "
        f"is {percent(loss.over_appetite)}."
    )


def _largest(register: Register) -> str:
    """Return the risks that cost most on average, by title, and their share of all."""
    found = sorted(
        (row for row in register.risks if row.applicability == "applies" and _ale(row) > 0.0),
        key=lambda row: (-_ale(row), row.risk),
    )[:_SHOWN]
    if not found:
        return ""
    named = [f"{row.title} ({row.risk}, {money(_ale(row))} a year)" for row in found]
    share = percent(sum(map(_ale, found)) / sum(map(_ale, register.risks)))
    largest = plural(len(found), "risk").removeprefix("1 ")
    return f"The largest {largest}, {share} of the average year: {'; '.join(named)}."


def _ale(row: RiskRow) -> float:
    loss: Loss | None = row.residual or row.inherent
    return loss.ale if loss is not None else 0.0


def _shown(register: Register) -> str:
    """Return how many risks were measured, how many held, and how many rest on assumptions."""
    rows = [row for row in register.risks if row.applicability == "applies"]
    probed = [row for row in rows if tested(row)]
    measured = [row for row in probed if row.ucb95 is not None]
    held = sum(row.ucb95 <= row.tau for row in measured if row.ucb95 is not None)
    without = len(rows) - len(probed)
    text = f"{plural(len(rows), 'risk')} apply; " if len(rows) != 1 else "1 risk applies; "
    if not measured:
        text += "none was measured by attacking the application, so each loss is an assumption"
    else:
        text += f"{len(measured)} were attacked, {held} of them stayed under their tolerance"
    open_ = sum(row.applicability == "unknown" for row in register.risks)
    if without:
        whose = "has no probe that moves its" if without == 1 else "have no probe that moves their"
        text += f"; {without} {whose} numbers"
    if open_:
        text += f"; {open_} more may apply, and count until the profile answers"
    return f"{text}."


def _lever(register: Register) -> str:
    """Return the control that would take most off a bad year, where one is not in place."""
    known = register.levers.controls if register.levers is not None else ()
    missing = [one for one in known if not one.in_place and one.p95_fall > 0.0]
    if not missing:
        return ""
    best = max(missing, key=lambda one: one.p95_fall)
    basis = "measured" if best.basis == "measured" else "assumed until measured"
    return (
        f"The control that would take most off a bad year: {best.title} ({best.control}), about "
        f"{money(best.p95_fall)} for {money(best.cost)} a year ({basis})."
    )


def _decide(register: Register, gate: GateResult) -> str:
    if gate.passes:
        return (
            "To decide: whether to release it. This holds for the state that was measured; when "
            "model, prompt, tools or guards change, it is measured again."
        )
    return (
        f"To decide: {plain(register.title)} should not go out as it is. Do what the gate asks "
        "for below, accept single risks by name and for a time (`seawall accept`), or stop "
        "the use."
    )
