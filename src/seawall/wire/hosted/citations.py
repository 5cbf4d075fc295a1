"""Annotations of an answer: links and files that it cites. Others are dropped."""

from typing import Any

import msgspec

from seawall.core.exchange import Part, Role, Stage, Trust
from seawall.wire import checks

Citation = dict[str, Any]
_FIELDS: dict[str, tuple[str, ...]] = {
    "url_citation": ("url", "title", "start_index", "end_index"),
    "file_citation": ("file_id", "filename", "index"),
    "container_file_citation": ("container_id", "file_id", "filename", "start_index", "end_index"),
    "file_path": ("file_id", "index"),
}
_PLACES = ("start_index", "end_index", "index")
_IDS = ("container_id", "file_id")
KEPT = ("url_citation", "file_citation")
"""Those that reach a client: files of a container are not served here."""
_WHOLE = checks.integer(0, 2**31)


def check(value: Any, at: str) -> None:
    """Check the annotations that a client replays; none of them goes on. Raises RequestError."""
    for index, item in enumerate(checks.array(value, at, high=512)):
        where = f"{at}/{index}"
        kind = checks.need(checks.obj(item, where), where, "type")
        checks.one_of(*_FIELDS)(kind, f"{where}/type")
        checks.known(item, where, ("type", *_FIELDS[kind]))
        _checked(item, where)


def _checked(item: Citation, at: str) -> None:
    for key in _FIELDS[item["type"]]:
        if key in _PLACES:
            _WHOLE(checks.need(item, at, key), f"{at}/{key}")
        elif key in _IDS:
            checks.identifier(checks.need(item, at, key), f"{at}/{key}")
        else:
            checks.string(checks.need(item, at, key), f"{at}/{key}")


def read(value: Any, at: str, offset: int) -> list[Citation]:
    """Return a provider's annotations of kinds that are kept. Raises RequestError.

    `offset`: where the text that they are about begins in the answer's whole text.
    """
    found = []
    for index, item in enumerate(checks.array(value or [], at, high=512)):
        kind = checks.obj(item, f"{at}/{index}").get("type")
        if kind not in KEPT:
            continue
        cited = {"type": kind, **{key: item.get(key) for key in _FIELDS[kind]}}
        _checked(cited, f"{at}/{index}")
        if kind == "url_citation" and not leads_to_a_page(cited["url"]):
            continue
        found.append({k: v + offset if k in _PLACES else v for k, v in cited.items()})
    return found


def leads_to_a_page(url: str) -> bool:
    """Say whether an address is one of the web: clients make links of them."""
    return url.lower().startswith(("https://", "http://"))


def fits(item: Citation, said: str, released: str) -> bool:
    """Say whether what a citation is about stands in the released text where it stood."""
    end: int = item["end_index"] if "end_index" in item else item["index"]
    start: int = item.get("start_index", end)
    return 0 <= start <= end <= len(said) and released[:end] == said[:end]


def parts_of(items: list[Citation], at: str) -> list[Part]:
    """Return the parts of citations: the reader sees them as part of the answer."""
    found = []
    for index, item in enumerate(items):
        for key in ("url", "title", "filename"):
            part = Part(
                pointer=f"key:{at}/{index}/{key}", role=Role.ASSISTANT, trust=Trust.UNTRUSTED,
                stage=Stage.OUTPUT, text=item.get(key, ""),
            )  # fmt: skip
            strange = msgspec.structs.replace(part, stage=Stage.TOOL_RESULT)
            found += [part, strange] if part.text else []
    return found
