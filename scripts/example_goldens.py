"""What the example applications give: discover, assess, gate, as text a person can review.

`python scripts/example_goldens.py` writes them anew; read the difference before you commit it.
"""

from datetime import UTC, date, datetime
from pathlib import Path

from seawall.assess.applicability import shown
from seawall.assess.discover.facts import conflicts
from seawall.assess.discover.run import discover
from seawall.assess.drift import drift
from seawall.assess.profile import load_profile
from seawall.assess.questions import open_questions
from seawall.assess.register import build_register
from seawall.catalog.load import load_catalog
from seawall.cli._release import unaddressed, uncovered
from seawall.core.profile import Profile
from seawall.core.register import Register, Remark
from seawall.govern.release.judge import Release, judge_release
from seawall.govern.release.output import markdown
from seawall.govern.release.steps import steps

EXAMPLES = Path(__file__).parents[1] / "examples"
APPLICATIONS = ("support-bot", "hr-screening", "coding-agent")
DAY = date(2026, 11, 28)
CATALOG = load_catalog()


def goldens(name: str) -> dict[str, str]:
    """Return the texts of one example by file name."""
    folder = EXAMPLES / name
    profile = load_profile(folder / "profile.yaml")
    register = _register(profile)
    return {
        "discover.txt": _discover(folder, profile),
        "assess.txt": _assess(profile, register),
        "gate.md": _gate(folder, profile, register),
    }


def _register(profile: Profile) -> Register:
    now = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)
    return build_register(
        profile, CATALOG, [], 0.0, seed=1, draws=1000, now=now, model_label="not named"
    )


def _discover(folder: Path, profile: Profile) -> str:
    found = discover(folder / "code", CATALOG.questions, today=DAY.isoformat())
    lines = ["Facts"]
    for key, fact in found.facts.items():
        value = "not settled" if fact.value is None else _words(fact.value)
        lines += [f"  {key}: {value}", *(f"    {ground}" for ground in fact.grounds)]
    lines += ["", "Signals", *(f"  {s.place} {s.kind}: {s.what}" for s in found.signals)]
    lines += ["", "Answers that the code does not bear out"]
    lines += [f"  {item.sentence}" for item in conflicts(profile, found.facts)] or ["  none"]
    lines += ["", "Not read", *([f"  {s.path}: {s.what}" for s in found.unread] or ["  none"])]
    return "\n".join(lines) + "\n"


def _words(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else shown(value)


def _assess(profile: Profile, register: Register) -> str:
    lines = []
    for word in ("applies", "unknown", "does not apply"):
        rows = [row for row in register.risks if row.applicability == word]
        lines.append(f"{word} ({len(rows)})")
        for row in rows:
            severity = "" if word == "does not apply" else f" {row.severity}"
            lines.append(f"  {row.risk}{severity} {row.title}: {row.trace}")
            lines += [f"    {row.question}"] if row.question else []
        lines.append("")
    lines.append("Packs")
    for pack in register.packs:
        lines.append(f"  {pack.pack} {pack.title} ({pack.applicability}): {pack.trace}")
        lines += [f"    {remark.subject} {remark.sentence}" for remark in pack.shows]
    lines += ["", "Open questions"]
    for question in sorted(open_questions(profile, CATALOG, register), key=lambda q: q.question):
        lines.append(f"  {question.question} {question.ask}")
        lines.append(f"    settles: {', '.join(question.settles) or 'nothing by itself'}")
        lines.append(f"    changes: {', '.join(question.changes) or 'nothing else'}")
    return "\n".join(lines) + "\n"


def _gate(folder: Path, profile: Profile, register: Register) -> str:
    found = discover(folder / "code", CATALOG.questions, today=DAY.isoformat())
    remarks = drift(register, profile, CATALOG) + [
        Remark(subject=item.fact, sentence=item.sentence)
        for item in conflicts(profile, found.facts)
        if item.kind == "differs"
    ]
    ways = uncovered(profile, None, folder / "code", DAY)
    release = Release(
        register=register, drift=remarks, uncovered=ways, looked=("repository",),
        unaddressed=unaddressed(folder / "code", DAY),
    )  # fmt: skip
    result = judge_release(release, CATALOG, today=DAY)
    return markdown(result, profile.application, steps(result, register))


def main() -> None:
    """Write the texts of all examples."""
    for name in APPLICATIONS:
        for file, text in goldens(name).items():
            target = EXAMPLES / name / "golden" / file
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
