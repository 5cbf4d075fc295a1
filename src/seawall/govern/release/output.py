"""The gate's answer as JUnit, SARIF and Markdown."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.etree import ElementTree

from seawall.core.sarif import SarifResult, SarifRule, sarif_log
from seawall.govern.gate import Condition, GateResult, Reason

Place = tuple[str, int]
_KINDS = {
    "practice": ("A practice that the law bans", "error"),
    "risk": ("A risk above its tolerance", "error"),
    "pitfall": ("A pitfall that was not tried enough", "error"),
    "coverage": ("Traffic that does not pass the guards", "error"),
    "harmless": ("What the guards do to harmless traffic", "error"),
    "evidence": ("Evidence that is too old", "error"),
    "acceptance": ("An acceptance that does not hold", "error"),
    "attestation": ("A control that nobody attests", "error"),
    "profile": ("Register and profile differ", "error"),
    "control": ("A planned control that is not in force", "error"),
    "exception": ("An exception that does not hold", "error"),
    "training": ("People without the training that they need", "error"),
    "regression": ("A saved attack that succeeds again, or was not tried in time", "error"),
    "vendor": ("A vendor that is not approved, or answers otherwise than planned", "error"),
}  # fmt: skip
# What XML 1.0 cannot hold.
_CONTROL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONDITION_KINDS = {
    "Coverage": ("coverage",),
    "No way round the gateway": ("coverage",),
    "Risks under their tolerance": ("risk",),
    "Enough attempts": ("pitfall",),
    "Nothing unknown": ("pitfall",),
    "Harmless traffic": ("harmless",),
    "No prohibited practice": ("practice",),
    "Evidence is fresh": ("evidence",),
    "Acceptances hold": ("acceptance",),
    "Attestations hold": ("attestation",),
    "Register, profile and code agree": ("profile",),
    "Controls are in force": ("control",),
    "Exceptions hold": ("exception",),
    "Training is done": ("training",),
    "Vendors are approved": ("vendor",),
    "Saved cases hold": ("regression",),
}


def junit(result: GateResult, application: str) -> str:
    """Return JUnit XML: a test for each condition, a skipped one for each risk without a probe.

    A condition with nothing to look at is skipped too.
    """
    tests = len(result.conditions) + len(result.not_tested)
    failures = sum(not condition.passes for condition in result.conditions)
    counts = {"tests": str(tests), "failures": str(failures), "errors": "0"}
    root = ElementTree.Element("testsuites", {"name": "seawall gate", **counts})
    idle = sum(condition.known is None for condition in result.conditions)
    skipped = {"skipped": str(len(result.not_tested) + idle)}
    suite = ElementTree.SubElement(
        root, "testsuite", {"name": _xml(f"seawall gate: {application}"), **counts, **skipped}
    )
    for condition in result.conditions:
        case = _case(suite, condition.name, "seawall.gate")
        if not condition.passes:
            message = f"asked for: {condition.required}; found: {condition.measured}"
            failure = ElementTree.SubElement(case, "failure", {"message": _xml(message)})
            failure.text = _xml("\n".join(_sentences(condition, result)))
        elif condition.known is None:
            ElementTree.SubElement(case, "skipped", {"message": _xml(condition.measured)})
    for reason in result.not_tested:
        case = _case(suite, reason.subject, "seawall.not_tested")
        ElementTree.SubElement(case, "skipped", {"message": _xml(reason.sentence)})
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ElementTree.Element, name: str, group: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", {"name": _xml(name), "classname": group})


def _xml(text: str) -> str:
    return _CONTROL.sub("\ufffd", text)


def _sentences(condition: Condition, result: GateResult) -> list[str]:
    kinds = _CONDITION_KINDS.get(condition.name, ())
    return [reason.sentence for reason in result.reasons if reason.kind in kinds]


def sarif(result: GateResult, version: str, place: Callable[[Reason], Place]) -> dict[str, Any]:
    """Return the reasons as a SARIF log, each at the file and line that `place` gives."""
    rules = {
        f"gate/{kind}": SarifRule(id=f"gate/{kind}", title=title, level="error")
        for kind, (title, _) in _KINDS.items()
    }
    results = []
    for reason in result.reasons:
        path, line = place(reason)
        results.append(
            SarifResult(rule=f"gate/{reason.kind}", message=reason.sentence, path=path, line=line)
        )
    return sarif_log(version, rules, results)


_SIGNS = {True: "✅", False: "❌", None: "not known"}


def markdown(result: GateResult, application: str, steps: Sequence[str]) -> str:
    """Return a summary for a pull request or a job's page."""
    verdict = "passes" if result.passes else "does not pass"
    lines = [f"## Seawall: the gate {verdict} for {_md(application)}", ""]
    if steps:
        lines += ["**What would make it pass**", ""]
        lines += [f"{number}. {_md(step)}" for number, step in enumerate(steps, 1)] + [""]
    lines += ["| Condition | Asked for | Found | |", "|---|---|---|---|"]
    lines += [
        f"| {_md(c.name)} | {_md(c.required)} | {_md(c.measured)} | {_SIGNS[c.known]} |"
        for c in result.conditions
    ]
    lines += _section("Reasons", result.reasons, open_=not result.passes)
    lines += _section("Accepted for a time", result.accepted, open_=True)
    lines += _section("Not tested by anybody", result.not_tested, open_=False)
    return "\n".join(lines) + "\n"


def _section(title: str, reasons: Sequence[Reason], *, open_: bool) -> list[str]:
    if not reasons:
        return []
    state = " open" if open_ else ""
    body = [f"- {_md(reason.sentence)}" for reason in reasons]
    head = ["", f"<details{state}><summary>{title} ({len(reasons)})</summary>", ""]
    return [*head, *body, "", "</details>"]


def _md(text: str) -> str:
    """Return a text that cannot start markup; code between backticks stays."""
    pieces = text.split("`")
    for i in range(0, len(pieces), 2):
        escaped = re.sub(r"([\\*_\[\]|#~])", r"\\\1", pieces[i])
        pieces[i] = escaped.replace("&", "&amp;").replace("<", "&lt;").replace("\n", " ")
    if len(pieces) % 2 == 0:
        return "\\`".join(pieces)
    for i in range(1, len(pieces), 2):
        pieces[i] = pieces[i].replace("|", "\\|").replace("\n", " ")
    return "`".join(pieces)
