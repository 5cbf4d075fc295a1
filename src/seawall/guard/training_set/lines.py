"""What the judgement of a training file needs of each line: who says what, and the models' say."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from seawall.core.exchange import Part, Stage
from seawall.guard.model.reading import chosen
from seawall.guard.recognizers.refusals import GIVE, HELP
from seawall.guard.training_set import words
from seawall.guard.views import read
from seawall.wire import pointer

# Of a longer text the models read this much: what a line teaches stands near its beginning.
_READ = 4_000
# A refusal stands at the beginning of an answer.
_BEGINNING = 300


class Said(msgspec.Struct, frozen=True):
    """One text of a line: the pointer of its part, and its readings, the cleanest first."""

    where: str
    readings: tuple[str, ...]


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One example. `asked`, `answered`: the models' harm score 0..1; `told`, `vows`: 0..1, how far
    the system's texts and the answers say that the model obeys; `refuses`: an answer declines.
    """

    number: int
    system: tuple[Said, ...]
    user: tuple[Said, ...]
    answers: tuple[Said, ...]
    asked: float = 0.0
    answered: float = 0.0
    told: float = 0.0
    vows: float = 0.0
    refuses: bool = False


def by_line(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Yield the parts of each line of a file, in the file's order."""
    gathered: dict[int, list[Part]] = {}
    for part in parts:
        gathered.setdefault(part.turn, []).append(part)
    yield from gathered.values()


def read_line(parts: Sequence[Part], body: Mapping[str, Any]) -> Line:
    """Return what one line shows; `body`: the file's examples by line number.

    Raises MissingPartError when the models cannot be read.
    """
    said: dict[str, list[Said]] = {"system": [], "user": [], "assistant": []}
    for part in parts:
        role = role_of(part.pointer, body)
        if role is not None and part.image is None:
            texts = tuple(view.text[:_READ] for view in chosen(read(part.text).views))
            said[role].append(Said(part.pointer, texts or ("",)))
    from seawall.guard.model import classifier  # it brings ONNX Runtime

    models = classifier.load()
    asked = [models.judge(text, Stage.INPUT) for text in _texts(said["user"])]
    answered = [models.judge(text, Stage.INPUT) for text in _texts(said["assistant"])]
    told = [models.judge(text, Stage.INPUT) for text in _texts(said["system"])]
    return Line(
        number=parts[0].turn,
        system=tuple(said["system"]),
        user=tuple(said["user"]),
        answers=tuple(said["assistant"]),
        asked=max((one.harm for one in asked), default=0.0),
        answered=max((one.harm for one in answered), default=0.0),
        told=max(
            max((one.jailbreak for one in told), default=0.0),
            max(map(words.obedience, _texts(said["system"])), default=0.0),
        ),
        vows=max(map(words.obedience, _texts(said["assistant"])), default=0.0),
        refuses=any(_refusal().search(text[:_BEGINNING]) for text in _texts(said["assistant"])),
    )


def _texts(said: Iterable[Said]) -> Iterator[str]:
    for one in said:
        yield from (text for text in one.readings if text.strip())


def role_of(where: str, body: Mapping[str, Any]) -> str | None:
    """Return who says a part's text; None for what is not taught: tools, calls, bad answers."""
    if not pointer.editable(where):
        return None
    number, *path = pointer.split(where)
    if path[:1] in (["prompt"], ["completion"]):
        return "user" if path[0] == "prompt" else "assistant"
    if "messages" not in path and path[:1] != ["preferred_output"]:
        return None
    at = path.index("messages") if "messages" in path else 0
    message = pointer.get(body, pointer.join(number, *path[: at + 2]))
    role = message.get("role") if isinstance(message, dict) else None
    return {"system": "system", "developer": "system", "user": "user",
            "assistant": "assistant"}.get(str(role))  # fmt: skip


@cache
def _refusal() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{text})" for text in (HELP | GIVE).values()), re.IGNORECASE)
