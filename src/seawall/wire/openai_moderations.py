"""OpenAI's moderations: a request to the texts in it, and our harm categories by OpenAI's names."""

from collections.abc import Mapping
from typing import Any

from seawall.wire import checks, images, strict_json
from seawall.wire.guard_check import MOST_ITEMS, Item

MODEL = "seawall-guard"
FLAGGED = 0.5
CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit",
    "illicit/violent", "self-harm", "self-harm/intent", "self-harm/instructions", "sexual",
    "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip
# Those that OpenAI's answer may name for an image.
_SEEN_IN_IMAGES = frozenset(CATEGORIES[6:10]) | {"violence", "violence/graphic"}
# What has no counterpart there counts as illicit: nothing harmful is reported clean.
NAMES: dict[str, tuple[str, ...]] = {
    "violent-crimes": ("violence", "illicit/violent"),
    "non-violent-crimes": ("illicit",),
    "sex-related-crimes": ("sexual", "illicit/violent"),
    "child-exploitation": ("sexual/minors", "sexual"),
    "defamation": ("harassment",),
    "specialized-advice": ("illicit",),
    "privacy": ("illicit",),
    "intellectual-property": ("illicit",),
    "indiscriminate-weapons": ("illicit/violent",),
    "hate": ("hate",),
    "suicide-self-harm": ("self-harm",),
    "sexual-content": ("sexual",),
    "elections": ("illicit",),
    "code-interpreter-abuse": ("illicit",),
    "phishing": ("illicit",),
    "malware": ("illicit",),
    "cracking": ("illicit",),
    "fraud": ("illicit",),
    "impersonation": ("illicit",),
    "disinformation": ("illicit",),
    "drugs": ("illicit",),
    "harassment": ("harassment",),
}


def parse_request(body: bytes, *, max_bytes: int) -> list[list[tuple[str, Item]]]:
    """Return what each result is about: (pointer, item) pairs.

    A string is one result, an array of strings one each, an array of content parts one in all.
    Raises RequestError (400, or 413) that names the JSON pointer.
    """
    value = checks.obj(strict_json.loads(body, max_bytes=max_bytes), "")
    checks.known(value, "", ("input", "model"))
    checks.string(value.get("model", ""), "/model", high=256)
    given = checks.need(value, "", "input")
    if isinstance(given, str):
        return [[("/input", Item(text=given))]]
    found = checks.array(given, "/input", low=1, high=MOST_ITEMS)
    if isinstance(found[0], str):
        return [
            [(f"/input/{index}", Item(text=checks.string(text, f"/input/{index}")))]
            for index, text in enumerate(found)
        ]
    parts = ((f"/input/{index}", part) for index, part in enumerate(found))
    return [[(at, _content(part, at)) for at, part in parts]]


def _content(value: Any, at: str) -> Item:
    kind = checks.need(checks.obj(value, at), at, "type")
    checks.one_of("text", "image_url")(kind, f"{at}/type")
    checks.known(value, at, ("type", kind))
    held = checks.need(value, at, kind)
    if kind == "text":
        return Item(text=checks.string(held, f"{at}/text"))
    checks.known(checks.obj(held, f"{at}/image_url"), f"{at}/image_url", ("url",))
    where = f"{at}/image_url/url"
    url = checks.string(checks.need(held, f"{at}/image_url", "url"), where)
    return Item(image=images.decode(url, where)[0])


def result(judged: list[tuple[str, Mapping[str, float]]]) -> dict[str, Any]:
    """Return one result for what was judged: (kind, scores by our categories) pairs.

    `kind`: text, image, or nothing for an image in which no text was read.
    """
    scores = dict.fromkeys(CATEGORIES, 0.0)
    for _, harm in judged:
        for ours, score in harm.items():
            for name in NAMES[ours]:
                scores[name] = max(scores[name], score)
    kinds = {kind for kind, _ in judged}
    flags = {name: score >= FLAGGED for name, score in scores.items()}
    return {
        "flagged": any(flags.values()),
        "categories": flags,
        "category_scores": scores,
        "category_applied_input_types": {
            name: _types(name, "text" in kinds, "image" in kinds) for name in CATEGORIES
        },
    }


def _types(name: str, texts: bool, pictures: bool) -> list[str]:
    """Return what a category was judged by; the text in an image is text where OpenAI says so."""
    seen = pictures and name in _SEEN_IN_IMAGES
    return ["text"] * (texts or (pictures and not seen)) + ["image"] * seen


def answer(request_id: str, results: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the answer's body."""
    return {"id": f"modr-{request_id}", "model": MODEL, "results": results}
