"""Models that lie on disk: their files, paths to them in code, settings and commands."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from seawall.assess.discover.models import OWN
from seawall.assess.discover.prompts import prompt_signals
from seawall.assess.discover.signals import Signal

# A file of weights -> whether it generates for sure; others may be a classifier's.
WEIGHTS = {".gguf": True, ".ggml": True, ".safetensors": False, ".onnx": False, ".tflite": False}
_POINTER = b"version https://git-lfs"
_STARTS = {".gguf": b"GGUF", ".ggml": b""}
_LONGEST = 80
_MOST = 50
# Of a model in pieces each names the others; the folder's name says which model it is.
_PIECE = re.compile(r"(?:^|[-_.])\d{5}-of-\d{5}$|^(?:adapter_)?(?:pytorch_)?model(?:[-_.]|$)")
_SUFFIX = re.compile(r"\.(?:gguf|ggml)\b", re.IGNORECASE)
_LONGEST_PATH = 200
_WRITES = re.compile(
    r"For(?:CausalLM|ConditionalGeneration|Seq2SeqLM|ImageTextToText|Vision2Seq)$|LMHeadModel$"
)
_COMMANDS = re.compile(
    r"\b(?:ollama[ \t]+(?:run|pull|create)|vllm[ \t]+serve|mlx_lm\.(?:server|generate)\b.{0,200}?--model"
    r"|(?:vllm\.entrypoints|llama_cpp\.server|text-generation-launcher|sglang\.launch_server"
    r"|llama-(?:server|cli))\b.{0,300}?[ \t\"',](?:-m|--model(?:-id|-path)?))[ \t=\"',]+([\w./:~@-]{2,200})"
)
_FROM = re.compile(r"^[ \t]*(FROM|ADAPTER|SYSTEM)[ \t]+(.+)$", re.MULTILINE | re.IGNORECASE)
_PROSE = (".md", ".txt", ".html", ".xml")


def is_path(text: str) -> bool:
    """Say whether a text names a place on disk, not a model of a hub or provider."""
    if not 1 < len(text) <= 300 or any(char.isspace() for char in text) or "://" in text:
        return False
    begins = text.startswith(("./", "../", "/", "~/", "models/", "model/", "checkpoints/"))
    return begins or Path(text).suffix.lower() in WEIGHTS


def names_weights(text: str) -> bool:
    """Say whether a whole text is the name of a file that holds a model which generates."""
    match = _SUFFIX.search(text, max(0, len(text) - 5)) if len(text) <= 300 else None
    return match is not None and _path_before(text, match.start()) == text[: match.start()] != ""


def name_of(path: str) -> str:
    """Return what a model on disk is called: the end of its path, no folder of a person."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if not parts:
        return ""
    stem, dot, suffix = parts[-1].rpartition(".")
    if len(parts) > 1 and f"{dot}{suffix}".lower() in WEIGHTS and _PIECE.search(stem):
        return parts[-2][:_LONGEST]
    return parts[-1][:_LONGEST]


def local_model(path: str, place: str, line: int = 1, *, sure: bool = True) -> Iterator[Signal]:
    """Give a model that is named by its path. Not `sure`: it may be one that writes nothing."""
    name = name_of(path)
    if not name:
        return
    says: tuple[tuple[str, Any], ...] = (("model.ids", name),)
    says += (("model.hosting", OWN),) if sure else ()
    yield Signal(
        kind="model-name", what=f"{name}, a model on disk", path=place, line=line, says=says,
        weak=not sure,
    )  # fmt: skip


def weights(file: Path, path: str) -> Iterator[Signal]:
    """Give a file of weights in the repository, or the pointer that stands for it. OSError."""
    suffix = Path(path).suffix.lower()
    with file.open("rb") as opened:
        head = opened.read(len(_POINTER))
    if head == _POINTER or head.startswith(_STARTS.get(suffix, b"")):
        yield from local_model(path, path, sure=WEIGHTS[suffix])


def texts(text: str, path: str) -> Iterator[Signal]:
    """Give the models on disk that a file which is no code names. Raises ValueError."""
    name = path.rpartition("/")[2]
    if name.casefold().startswith("modelfile"):
        yield from _modelfile(text, path)
        return
    if name == "config.json":
        yield from _config(text, path)
    elif name == "adapter_config.json":
        yield Signal(kind="fine-tuning", what="an adapter that was trained", path=path,
                     says=(("model.tuned", True),))  # fmt: skip
    if path.endswith(_PROSE):
        return
    joined = text.replace("\\\n", "  ")
    for match in islice(_COMMANDS.finditer(joined), _MOST):
        yield from _served(match[1], path, joined.count("\n", 0, match.start()) + 1)
    for match in islice(_SUFFIX.finditer(text), _MOST):
        if before := _path_before(text, match.start()):
            line = text.count("\n", 0, match.start()) + 1
            yield from local_model(before + match[0], path, line)


def _path_before(text: str, end: int) -> str:
    """Return the letters of a path that end there; a search for them would read each again."""
    start = end
    while start > max(0, end - _LONGEST_PATH) and (
        text[start - 1].isalnum() or text[start - 1] in "_.~/@+-"
    ):
        start -= 1
    return text[start:end] if text[end - 1 : end] not in (".", "/", "~", "") else ""


def _served(model: str, path: str, line: int) -> Iterator[Signal]:
    yield Signal(kind="model-call", what="a command serves a model", path=path, line=line,
                 says=(("model.hosting", OWN),))  # fmt: skip
    if is_path(model):
        yield from local_model(model, path, line)
    elif not model.startswith("-"):
        yield Signal(kind="model-name", what=model[:_LONGEST], path=path, line=line,
                     says=(("model.ids", model[:_LONGEST]),))  # fmt: skip


def _modelfile(text: str, path: str) -> Iterator[Signal]:
    """Give what a Modelfile of Ollama makes: a model of its own name, base, adapter, prompt."""
    for match in islice(_FROM.finditer(text), _MOST):
        word, value = match[1].upper(), match[2].strip().strip("\"'")
        line = text.count("\n", 0, match.start()) + 1
        if word == "FROM":
            yield from _served(value.split()[0][:200], path, line)
        elif word == "ADAPTER":
            yield Signal(kind="fine-tuning", what="an adapter that was trained", path=path,
                         line=line, says=(("model.tuned", True),))  # fmt: skip
        else:
            yield from prompt_signals(_block(text, match.start(2)), path, line)


def _block(text: str, start: int) -> str:
    """Return a Modelfile's text: to the end of its line, or between three quotes."""
    rest = text[start:]
    if rest.startswith('"""'):
        return rest[3:].partition('"""')[0]
    return rest.partition("\n")[0].strip('" ')


def _config(text: str, path: str) -> Iterator[Signal]:
    """Give the model whose architecture stands in its folder's config.json, if it writes."""
    if '"architectures"' not in text:
        return
    raw = json.loads(text)
    kinds = raw.get("architectures") if isinstance(raw, dict) else None
    written = [one for one in kinds if isinstance(one, str)] if isinstance(kinds, list) else []
    if any(_WRITES.search(one) for one in written):
        folder = path.rpartition("/")[0]
        yield from local_model(folder or path, path)
