"""Texts to check: `{"id", "text", "stage", "image", "context"}`, over HTTP and in JSON Lines."""

from typing import Any

import msgspec

from seawall.core.exchange import Stage
from seawall.wire import checks, images, strict_json

MOST_ITEMS = 64
_MOST_TEXTS = 256
_FIELDS = ("id", "text", "stage", "image", "context")
_STAGES = tuple(stage.value for stage in Stage)


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One text, image, or both. `context`: what surrounds it, see `Guard.check`."""

    id: str | float | None = None
    text: str = ""
    stage: Stage = Stage.INPUT
    image: bytes | None = None
    context: dict[str, Any] | None = None


def item(value: Any, at: str) -> Item:
    """Return the item that stands at pointer `at`; null counts as absent. Raises RequestError."""
    checks.known(checks.obj(value, at), at, _FIELDS)
    if "text" not in value and "image" not in value:
        checks.refuse(f"{at}/text", "is required where there is no image")
    image = value.get("image")
    return Item(
        id=_identity(value.get("id"), f"{at}/id"),
        text=checks.string(value.get("text", ""), f"{at}/text"),
        stage=_stage(value.get("stage", Stage.INPUT.value), f"{at}/stage"),
        image=None if image is None else images.decode_bare(image, f"{at}/image"),
        context=_context(value["context"], f"{at}/context") if "context" in value else None,
    )


def _stage(value: Any, at: str) -> Stage:
    try:
        return Stage(checks.string(value, at, high=40))
    except ValueError:
        checks.refuse(at, f"must be one of {', '.join(_STAGES)}")


def _identity(value: Any, at: str) -> str | float | None:
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    return checks.string(value, at, high=256)


def _context(value: Any, at: str) -> dict[str, Any]:
    checks.known(checks.obj(value, at), at, ("system", "user", "documents", "tools"))
    for key in ("system", "user"):
        checks.string(value.get(key, ""), f"{at}/{key}")
    for key in ("documents", "tools"):
        for index, text in enumerate(
            checks.array(value.get(key, []), f"{at}/{key}", high=_MOST_TEXTS)
        ):
            checks.string(text, f"{at}/{key}/{index}")
    return dict(value)


def parse(body: bytes, *, max_bytes: int) -> tuple[list[Item], bool]:
    """Return the items of a body and whether it held a list, `{"items": [...]}`.

    Raises RequestError (400, or 413) that names the JSON pointer.
    """
    value = checks.obj(strict_json.loads(body, max_bytes=max_bytes), "")
    if "items" not in value:
        return [item(value, "")], False
    checks.known(value, "", ("items",))
    found = checks.array(value.get("items"), "/items", low=1, high=MOST_ITEMS)
    return [item(one, f"/items/{index}") for index, one in enumerate(found)], True
