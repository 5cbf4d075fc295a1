"""Where a register is not about the application as its profile says it is now."""

from collections.abc import Iterator, Sequence

from seawall.assess.applicability import judge
from seawall.assess.scenario import severity_of
from seawall.catalog.load import Catalog
from seawall.core.profile import Profile
from seawall.core.register import AttackRun, Register, Remark
from seawall.core.trials import Mode

_WORDS: dict[bool | None, str] = {True: "applies", None: "unknown", False: "does not apply"}


def drift(register: Register, profile: Profile, catalog: Catalog) -> list[Remark]:
    """Return what a new assessment of the profile would decide otherwise, each in a sentence.

    A register of another application, or evidence of another model, is a difference too.
    """
    return list(_drift(register, profile, catalog))


def _drift(register: Register, profile: Profile, catalog: Catalog) -> Iterator[Remark]:
    if register.application != profile.application:
        yield _remark(
            register.application,
            f"The register is about {register.application}, the profile about "
            f"{profile.application}: give both of the same application.",
        )
        return
    rows = {row.risk: row for row in register.risks}
    for key, risk in catalog.risks.items():
        row = rows.get(key)
        now = judge(risk.applies_when, profile)
        word, severity = _WORDS[now.applies], severity_of(risk, profile)[0]
        if row is None:
            yield _remark(key, f"{key} ({risk.title}) is not in the register: assess again.")
        elif row.applicability != word:
            yield _remark(
                key,
                f"{key} ({risk.title}) is “{row.applicability}” in the register and “{word}” now: "
                f"{_lower(now.sentence)} Assess again.",
            )
        elif now.applies is not False and row.severity != severity:
            yield _remark(
                key,
                f"{key} ({risk.title}) is {row.severity} in the register and {severity} now: "
                "assess again.",
            )
    yield from _models(register, profile)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _models(register: Register, profile: Profile) -> Iterator[Remark]:
    """Evidence is about the models it was made with, and ends with them."""
    named: Sequence[str] = profile.value("model.ids") or ()
    if not register.pitfalls or not named:
        return
    tested = register.model.split(",")
    missing = [name for name in named if not _among(name, tested)]
    if missing:
        yield _remark(
            "model.ids",
            f"The attacks were made on {register.model}, and the profile names "
            f"{', '.join(missing)}: attack again with it.",
        )


def _among(name: str, others: Sequence[str]) -> bool:
    """Say whether a model is one of others, whatever stands before a name: provider or label.

    What follows a colon may be a version, so `llama3:8b` is not `qwen:8b`.
    """
    one = _bare(name)
    return any(
        one == other
        or one.endswith((f":{other}", f" {other}"))
        or other.endswith((f":{one}", f" {one}"))
        for other in map(_bare, others)
        if other
    )


def _bare(name: str) -> str:
    return name.strip().casefold().rpartition("/")[2]


def _remark(subject: str, sentence: str) -> Remark:
    return Remark(subject=subject, sentence=sentence)


def attacked(profile: Profile, runs: Sequence[AttackRun]) -> list[Remark]:
    """Return what speaks against attempts being about the application of the profile."""
    found = []
    named: Sequence[str] = profile.value("model.ids") or ()
    others = sorted({run.model for run in runs if run.model and not _among(run.model, named)})
    if named and others:
        found.append(
            _remark(
                "model.ids",
                f"the attacks asked for {', '.join(others)}, and the profile names "
                f"{', '.join(named)}: they count as evidence about it only if it is the same.",
            )
        )
    if any(run.simulated for run in runs):
        found.append(
            _remark(
                "simulated",
                "a bundled, simulated model answered attacks: the numbers show what the guards "
                "stop, not how often a real model gives in.",
            )
        )
    for mode, words in ((Mode.OFF, "without"), (Mode.ON, "through")):
        targets = sorted({run.target for run in runs if run.mode is mode})
        if len(targets) > 1:
            found.append(
                _remark(
                    "target",
                    f"the attacks {words} the gateway went to several targets "
                    f"({', '.join(targets)}), and count together as one application.",
                )
            )
    return found


def unserved(profile: Profile, served: Sequence[str], policy: str) -> list[Remark]:
    """Return the models of the profile that no upstream of the gateway's policy serves."""
    return [
        _remark(
            name,
            f"{name} is named in the profile, and no upstream of {policy} serves it: its traffic "
            "cannot pass the gateway.",
        )
        for name in profile.value("model.ids") or ()
        if not _among(name, served)
    ]
