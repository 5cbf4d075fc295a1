"""Fine-tuning files and jobs: every line is read strictly, inspected, and written anew."""

import math
from typing import Any

import msgspec

from seawall.core import ids
from seawall.core.errors import RequestError
from seawall.core.exchange import Exchange, Part, Role, Stage, Surface, Trust
from seawall.wire import checks, openai_chat, pointer, strict_json, tool_schema

MAX_LINES = 200_000
_LINE_FIELDS = frozenset(
    {"messages", "tools", "parallel_tool_calls", "input", "preferred_output",
     "non_preferred_output", "prompt", "completion"}
)  # fmt: skip
_JOB_HINT = "This gateway passes only fields that cannot carry data elsewhere."


def parse_file(data: bytes, *, max_line_bytes: int = 1024 * 1024) -> dict[int, dict[str, Any]]:
    """Return the JSON objects of a JSONL file by line number (from 1); blank lines are skipped.

    Raises RequestError that names the line.
    """
    lines: dict[int, dict[str, Any]] = {}
    for number, raw in enumerate(data.split(b"\n"), start=1):
        if not raw.strip():
            continue
        if len(lines) >= MAX_LINES:
            raise RequestError(f"The file has more than {MAX_LINES} lines.", code="file_too_large")
        try:
            value = strict_json.loads(raw.strip(b"\r"), max_bytes=max_line_bytes)
        except RequestError as error:
            raise RequestError(
                f"Line {number} of the file: {error.message}", code=error.code, hint=error.hint
            ) from None
        if not isinstance(value, dict):
            raise RequestError(f"Line {number} of the file is not an object.", code="invalid_file")
        lines[number] = value
    if not lines:
        raise RequestError("The file holds no examples.", code="invalid_file")
    return lines


def _file_part(part: Part, line: int) -> Part:
    at = part.pointer
    key = at.startswith(pointer.KEY_PREFIX)
    at = at.removeprefix(pointer.KEY_PREFIX)
    prefix = pointer.KEY_PREFIX if key else ""
    return msgspec.structs.replace(
        part,
        pointer=f"{prefix}/{line}{at}",
        stage=Stage.FILE,
        role=Role.FILE,
        trust=Trust.UNTRUSTED,
        turn=line,
    )


def _messages(value: Any, at: str, name: str) -> list[Part]:
    """Read a list of chat messages; `weight` is training's own field and stays."""
    weights: list[tuple[dict[str, Any], int]] = []
    for index, message in enumerate(checks.array(value, at, low=1)):
        if isinstance(message, dict) and "weight" in message:
            checks.integer(0, 1)(message["weight"], f"{at}/{index}/weight")
            weights.append((message, message.pop("weight")))
    parts = openai_chat.message_parts(value, at)
    for message, weight in weights:
        message["weight"] = weight
    return [msgspec.structs.replace(part, name=part.name or name) for part in parts]


def _line_parts(value: dict[str, Any]) -> list[Part]:
    checks.known(value, "", _LINE_FIELDS)
    if not value.keys() & {"messages", "input", "prompt"}:
        checks.refuse("/messages", "is required")
    parts: list[Part] = []
    if "messages" in value:
        parts += _messages(value["messages"], "/messages", "example")
    for key in ("preferred_output", "non_preferred_output"):
        if key in value:
            parts += _messages(value[key], f"/{key}", key)
    if "input" in value:
        body = checks.obj(value["input"], "/input")
        checks.known(body, "/input", ("messages", "tools", "parallel_tool_calls"))
        parts += _messages(checks.need(body, "/input", "messages"), "/input/messages", "example")
        if "tools" in body:
            parts += tool_schema.parse_tools(body["tools"], "/input/tools")[1]
    if "tools" in value:
        parts += tool_schema.parse_tools(value["tools"], "/tools")[1]
    for key in ("prompt", "completion"):
        if key in value:
            text = checks.string(value[key], f"/{key}")
            parts.append(
                Part(pointer=f"/{key}", role=Role.FILE, trust=Trust.UNTRUSTED,
                     stage=Stage.FILE, text=text)
            )  # fmt: skip
    return parts


def file_exchange(lines: dict[int, dict[str, Any]], *, request_id: str = "") -> Exchange:
    """Return the Exchange of a fine-tuning file; pointers start with the line number.

    Raises RequestError that names the line and the field.
    """
    parts: list[Part] = []
    for number, line in lines.items():
        try:
            found = _line_parts(line)
        except RequestError as error:
            raise RequestError(
                f"Line {number} of the file: {error.message}",
                code=error.code,
                param=error.param,
                hint=error.hint,
            ) from None
        parts += [_file_part(part, number) for part in found]
    return Exchange(
        request_id=request_id or ids.request_id(),
        surface=Surface.FILES,
        model="",
        body={str(number): line for number, line in lines.items()},
        parts=parts,
    )


def render_file(exchange: Exchange) -> bytes:
    """Serialise the inspected examples again as JSONL."""
    return b"".join(strict_json.dumps(line) + b"\n" for line in exchange.body.values())


def _hyperparameters(value: Any, at: str) -> None:
    for key, item in checks.obj(value, at).items():
        where = f"{at}/{key[:40]}"
        if key not in ("batch_size", "learning_rate_multiplier", "n_epochs", "beta"):
            checks.refuse(where, "is not a known field", code="unknown_field")
        if item != "auto":
            checks.number(0, 10_000)(item, where)


def _method(value: Any, at: str) -> None:
    checks.known(checks.obj(value, at), at, ("type", "supervised", "dpo"))
    checks.one_of("supervised", "dpo")(checks.need(value, at, "type"), f"{at}/type")
    for key in ("supervised", "dpo"):
        if key in value:
            checks.known(checks.obj(value[key], f"{at}/{key}"), f"{at}/{key}", ("hyperparameters",))
            _hyperparameters(value[key].get("hyperparameters", {}), f"{at}/{key}/hyperparameters")


JOB_PASSED = frozenset({"hyperparameters", "metadata", "method", "model", "seed", "suffix",
                        "training_file", "validation_file"})  # fmt: skip
JOB_REFUSED = frozenset({"integrations"})


def parse_job(body: bytes) -> dict[str, Any]:
    """Return the checked body of POST /v1/fine_tuning/jobs. Raises RequestError."""
    value = checks.obj(strict_json.loads(body, max_bytes=64 * 1024), "")
    checks.known(value, "", JOB_PASSED | JOB_REFUSED)
    for key in sorted(JOB_REFUSED & value.keys()):
        checks.unsupported(f"/{key}", _JOB_HINT)
    checks.string(checks.need(value, "", "model"), "/model", high=256)
    checks.identifier(checks.need(value, "", "training_file"), "/training_file")
    if "validation_file" in value:
        checks.identifier(value["validation_file"], "/validation_file")
    if "suffix" in value and checks.name(value["suffix"], "/suffix"):
        checks.string(value["suffix"], "/suffix", high=64)
    if "seed" in value:
        checks.integer(0, 2**31 - 1)(value["seed"], "/seed")
    if "hyperparameters" in value:
        _hyperparameters(value["hyperparameters"], "/hyperparameters")
    if "method" in value:
        _method(value["method"], "/method")
    return value


_USUAL_EPOCHS, _MOST_AUTO, _FEW_LINES = 3, 25, 100


def most_epochs(job: dict[str, Any], lines: int) -> int:
    """Return the most epochs of a checked job; where the provider chooses, by its known rule.

    It trains a small file more often, until it has seen a hundred lines. Of two places that give
    a number nobody knows which one it takes.
    """
    method = job.get("method", {})
    places = [job] if "hyperparameters" in job or not method else []
    places += [method.get(key, {}) for key in {method.get("type"), *method} - {None, "type"}]
    given = [one.get("hyperparameters", {}).get("n_epochs", "auto") for one in places]
    chosen = max(_USUAL_EPOCHS, min(_MOST_AUTO, math.ceil(_FEW_LINES / max(1, lines))))
    return max(1, *(chosen if one == "auto" else math.ceil(one) for one in given))
