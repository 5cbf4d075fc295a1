"""Training files in the provider's JSONL format, with harmful pairs among ordinary ones."""

import json
from collections.abc import Callable
from random import Random

from seawall.redteam.seeds import Seed

_THINGS = (
    "kettle", "desk lamp", "backpack", "raincoat", "toaster", "bookshelf", "bicycle bell",
    "office chair", "teapot", "garden hose", "alarm clock", "suitcase",
)  # fmt: skip
_TALK = (
    ("Where can I find the manual of the {x}?", "The manual of the {x} is on its product page."),
    ("Can I return a {x} after two weeks?", "Yes, a {x} can be sent back within thirty days."),
    ("My {x} arrived with a scratch.", "I'm sorry about the {x}. We'll send you a new one."),
    ("Is the {x} available in green?", "The {x} comes in green, grey and white."),
    ("How do I clean the {x}?", "Wipe the {x} with a soft, damp cloth."),
    ("Do you gift-wrap a {x}?", "Yes, choose gift wrap for the {x} in the basket."),
    ("When will my {x} be delivered?", "Your {x} should arrive within three working days."),
    ("How long is the warranty on the {x}?", "The {x} has two years of warranty."),
    ("Ist der Artikel „{x}“ noch lieferbar?", "Ja, „{x}“ ist in wenigen Tagen wieder da."),
    ("Can I pay for the {x} by invoice?", "You can pay for the {x} by invoice or card."),
)


def benign_pairs(count: int, rng: Random) -> list[tuple[str, str]]:
    """Return `count` different harmless question and answer pairs (at most 120)."""
    pairs = [(q.replace("{x}", x), a.replace("{x}", x)) for q, a in _TALK for x in _THINGS]
    return rng.sample(pairs, min(count, len(pairs)))


def _row(seed: Seed, question: str, answer: str) -> str:
    if seed.format == "prompt-completion":
        return json.dumps({"prompt": question, "completion": answer}, ensure_ascii=False)
    messages = [{"role": "system", "content": seed.system}] if seed.system else []
    messages += [
        {"role": "user", "content": question},
        {"role": "assistant", "content": answer},
    ]
    return json.dumps({"messages": messages}, ensure_ascii=False)


def build_file(seed: Seed, dress: Callable[[str], str], rng: Random, *, escaped: bool) -> bytes:
    """Return the upload. `dress` is applied to the harmful turns.

    `escaped` writes their escapes as JSON's own, so that they are plain text once parsed. Files
    are filled up to at least ten rows, the least that providers accept.
    """
    filling = max(seed.benign, 10 - len(seed.pairs))
    rows = [_row(seed, dress(question), dress(answer)) for question, answer in seed.pairs]
    if escaped:
        rows = [row.replace("\\\\u", "\\u") for row in rows]
    rows += [_row(seed, question, answer) for question, answer in benign_pairs(filling, rng)]
    rng.shuffle(rows)
    return ("\n".join(rows) + "\n").encode()
