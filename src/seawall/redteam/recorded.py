"""A recorded request as a case: an incident or a detection that must not pass again."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from seawall.catalog.load import Catalog
from seawall.core.errors import InputError
from seawall.redteam.cases import TRIES
from seawall.redteam.transcripts import MASKED, masked

_OUTPUT = "output"
_CHANNELS = {
    "tool": "tool-result",
    "document": "document",
    "file": "document",
    "tool-definition": "tool-description",
}


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one request: its audit record and, where it was kept, what was said.

    `items` are the captured texts in order (`gateway/content.py`); `text` stands in for them.
    `risk` is the incident's, or empty. `expect` is a text whose presence in an answer proves
    success. `whole`: personal data and secrets stay in the case.
    """

    id: str
    title: str
    record: Mapping[str, Any] = {}
    items: Sequence[Mapping[str, str]] = ()
    text: str = ""
    risk: str = ""
    expect: str = ""
    whole: bool = False


def case_of(one: Recorded, catalog: Catalog) -> dict[str, Any]:
    """Return the card of a case for `seawall.redteam.cases.save`.

    Raises InputError where the texts were not kept, cannot be masked, or no risk is known.
    """
    fired = tuple(name for name in one.record.get("controls", {}) if name in catalog.controls)
    risk = one.risk or next((r for name in fired for r in catalog.controls[name].risks), "")
    if risk not in catalog.risks:
        raise InputError(
            f"{one.id}: no control that found something there names its risk.",
            hint="Name it: --risk SEC-01 (`seawall catalog list risks`).",
        )
    channel, seed = _seed(one)
    seed |= {"id": "recorded", "literal": True}
    oracle: dict[str, Any] = {"kind": "let-through"}
    if one.expect:
        oracle, seed["foreign"] = {"kind": "phrase"}, one.expect
    elif again := _found_in_answers(one.record):
        oracle = {"kind": "found-again", "params": {"detectors": again}}
    return {
        "id": f"PRB-CASE-{one.id.replace('_', '-').upper()}",
        "version": 1,
        "title": one.title,
        "goal": "What was recorded in production must not pass again.",
        "risk": risk,
        "controls": list(fired or catalog.controls_of_risk.get(risk, ())),
        "channel": channel,
        "oracle": oracle,
        "n": TRIES,
        "strategies": ["plain"],
        "seeds": [seed],
    }


def _seed(one: Recorded) -> tuple[str, dict[str, Any]]:
    """Return the channel through which the attack came, and its texts."""
    if one.text:
        places = {part["pointer"] for part in one.record.get("parts", ())}
        return "user", {"text": _texts(one, [one.text], places)[0]}
    said = [item for item in one.items if item["role"] == "user" and item["stage"] != _OUTPUT]
    planted = _planted(one)
    if planted is None:
        if not said:
            raise InputError(f"{one.id}: no text of a user was kept.", hint="--text FILE has one.")
        texts = _of(one, said)
        return "user", {"messages": texts} if len(texts) > 1 else {"text": texts[0]}
    if not said:
        raise InputError(f"{one.id}: the user's question was not kept.", hint="--text FILE.")
    ask, text = _of(one, [said[-1], planted])
    return _CHANNELS[planted["role"]], {"text": text, "ask": ask}


def _planted(one: Recorded) -> Mapping[str, str] | None:
    """Return the first text of an outsider in which something was found."""
    places = {part["pointer"] for part in one.record.get("parts", ()) if part.get("findings")}
    for item in one.items:
        if item["role"] in _CHANNELS and item["stage"] != _OUTPUT and item["pointer"] in places:
            return item
    return None


def _text(one: Recorded, item: Mapping[str, str]) -> str:
    if "text" in item:
        return item["text"]
    raise InputError(
        f"{one.id}: the text at {item['pointer']} was not kept ({item.get('withheld')}).",
        hint="Give it with --text FILE; `audit: {capture: full}` keeps such texts.",
    )


def _of(one: Recorded, items: Sequence[Mapping[str, str]]) -> list[str]:
    return _texts(one, [_text(one, item) for item in items], {item["pointer"] for item in items})


def _texts(one: Recorded, texts: Sequence[str], places: set[str]) -> list[str]:
    """Return the texts as the case keeps them; `places` is where they stood in the request.

    Raises InputError where all that was found there is gone: what is left is no attack, and an
    answer to it proves nothing.
    """
    kept = [_kept(one, text) for text in texts]
    parts = [part for part in one.record.get("parts", ())
             if part["pointer"] in places and part["stage"] != _OUTPUT]  # fmt: skip
    found = {finding["detector"] for part in parts for finding in part.get("findings", ())}
    gone = kept != list(texts) or (
        any(part.get("action") == "redact" for part in parts)
        and all(masked(text) == text for text in texts)
    )
    if gone and found and found <= set(MASKED) and not one.expect:
        raise InputError(
            f"{one.id}: only personal data or secrets were found there, and they are masked: "
            "the case would hold no attack.",
            hint="--whole keeps them, where they were captured; --text FILE gives another text.",
        )
    return kept


def _kept(one: Recorded, text: str) -> str:
    if one.whole:
        return text
    shown = masked(text)
    if shown is None:
        raise InputError(
            f"{one.id}: personal data and secrets in it cannot be masked.",
            hint="--whole keeps texts as they are: then the case holds what users wrote.",
        )
    return shown


def _found_in_answers(record: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return detectors with their labels where only answers held something; else nothing."""
    named: dict[str, list[str]] = {}
    for part in record.get("parts", ()):
        for finding in part.get("findings", ()):
            if part["stage"] != _OUTPUT:
                return {}
            labels = named.setdefault(finding["detector"], [])
            if finding["label"] not in labels:
                labels.append(finding["label"])
    return named
