"""SARIF 2.1.0, the format in which code scanning reads results."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from urllib.parse import quote

import msgspec

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
Level = Literal["note", "warning", "error"]


class SarifRule(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of result: id, title, level, and what it means (`help`)."""

    id: str
    title: str
    level: Level = "warning"
    help: str = ""
    tags: tuple[str, ...] = ()


class SarifResult(msgspec.Struct, frozen=True, kw_only=True):
    """One result at one place; `path` is relative to the repository, `line` counts from 1.

    `suppressed` says who set it aside and why; empty: nobody did. `fingerprint` tells that it is
    the same result in a later log; empty: rule, place and message do.
    """

    rule: str
    message: str
    path: str
    line: int = 1
    suppressed: str = ""
    fingerprint: str = ""


def sarif_log(
    version: str, rules: Mapping[str, SarifRule], results: Sequence[SarifResult]
) -> dict[str, Any]:
    """Return a log with one run. Each result's rule must be in `rules` (KeyError)."""
    order = sorted({result.rule for result in results})
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Seawall",
                        "semanticVersion": version,
                        "rules": [_rule(rules[key]) for key in order],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"ROOT": {"description": {"text": "The repository."}}},
                "results": [_result(result, order, rules) for result in results],
            }
        ],
    }


def _rule(rule: SarifRule) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.replace("/", "-").split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.help or rule.title},
        "defaultConfiguration": {"level": rule.level},
    }
    if rule.tags:
        made["properties"] = {"tags": list(rule.tags)}
    return made


def _result(
    result: SarifResult, order: Sequence[str], rules: Mapping[str, SarifRule]
) -> dict[str, Any]:
    place = {"uri": _uri(result.path), "uriBaseId": "ROOT"}
    same = result.fingerprint or f"{result.path}:{result.message}"
    aside = {"kind": "external", "status": "accepted", "justification": result.suppressed}
    return {
        "ruleId": result.rule,
        "ruleIndex": order.index(result.rule),
        "level": rules[result.rule].level,
        "message": {"text": result.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": place,
                    "region": {"startLine": max(1, result.line)},
                }
            }
        ],
        "partialFingerprints": {"seawall/v1": f"{result.rule}:{same}"},
        **({"suppressions": [aside]} if result.suppressed else {}),
    }


def _uri(path: str) -> str:
    return quote(path.replace("\\", "/"), safe="/.-_~")
