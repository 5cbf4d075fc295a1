"""JavaScript and TypeScript: model calls, tools, prompts and where output goes, by tokens."""

import re
from collections.abc import Iterator
from typing import Any

from seawall.assess.discover.libraries import SCRIPT, SCRIPT_MODELS, longest
from seawall.assess.discover.local_models import local_model, names_weights
from seawall.assess.discover.models import LOCAL, OWN, hosting_of, is_model
from seawall.assess.discover.prompts import prompt_signals
from seawall.assess.discover.python_calls import address_signals, name_signals
from seawall.assess.discover.script_flow import flow
from seawall.assess.discover.script_tokens import tokens
from seawall.assess.discover.searches import search_signals
from seawall.assess.discover.signals import Signal
from seawall.assess.discover.tools import hosted_tool, tool_signals

_NEAR = 60
_SERVES = ("from", "import")
CALLS = (
    "chat.completions.create", "chat.completions.parse", "chat.completions.stream",
    "responses.create", "responses.parse", "responses.stream", "messages.create",
    "messages.stream", "generateContent", "generateContentStream", "chat.sendMessage", "generateText",
    "streamText", "generateObject", "streamObject", "InvokeModelCommand", "ConverseCommand",
    "ConverseStreamCommand", "chat.complete", "chat.stream", "ollama.chat", "ollama.generate",
    "textGeneration", "chatCompletion", "llama.loadModel",
)  # fmt: skip
_BUILDS = re.compile(r"(?:Azure)?Chat(?:OpenAI|Anthropic|Ollama|Bedrock|VertexAI|Mistral|Groq)\Z")
_SIDE: dict[str, tuple[str, str, tuple[tuple[str, Any], ...]]] = {
    "images.generate": ("output", "pictures", (("interface.modalities_out", "image"),)),
    "audio.speech.create": ("output", "speech", (("interface.modalities_out", "audio"),)),
    "audio.transcriptions.create": ("input", "speech", (("interface.modalities_in", "audio"),)),
    "fineTuning.jobs.create": ("fine-tuning", "a tuning job", (("model.tuned", True),)),
    "beta.threads.create": ("memory", "threads at the provider", (("memory.persistent", True),)),
    "vectorStores.create": ("retrieval", "a store at the provider", (("rag.used", True),)),
    "asRetriever": ("retrieval", "a retriever", (("rag.used", True),)),
    "similaritySearch": ("retrieval", "a search by likeness", (("rag.used", True),)),
}  # fmt: skip
_TOOL_CALLS = ("server.tool", "server.registerTool", "mcp.tool", "registerTool")
_MODEL_KEYS = ("model", "modelId", "modelName", "deployment")
_PROMPT_KEYS = ("system", "instructions", "systemPrompt", "systemInstruction")


class _File:
    """A file's tokens with what it imports."""

    def __init__(self, source: str, path: str) -> None:
        self.path = path
        self.tokens = tokens(source)
        self.imports: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        for i, token in enumerate(self.tokens):
            if token.kind == "text" and self._imported(i):
                self.imports.setdefault(token.text, token.line)
            if self.word(i) in ("const", "let", "var") and self.word(i + 2) == "=":
                value = self.tokens[i + 3] if i + 3 < len(self.tokens) else None
                if value is not None and value.kind == "text":
                    self.texts[self.word(i + 1)] = value.text
        self.local = any(t.kind == "text" and LOCAL.match(t.text) for t in self.tokens)
        self.models = {
            name: line for name, line in self.imports.items() if longest(SCRIPT_MODELS, name, "/")
        }

    def word(self, i: int) -> str:
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def _imported(self, i: int) -> bool:
        if self.word(i - 1) in ("from", "import") and self.tokens[i - 1].kind == "name":
            return True
        return self.word(i - 1) == "(" and self.word(i - 2) in ("require", "import")

    def chain(self, i: int) -> str:
        """Return the dotted name that ends at token `i`."""
        names = [self.word(i)]
        while (
            self.word(i - 1) in (".", "?.") and len(names) < 8 and self.tokens[i - 2].kind == "name"
        ):
            i -= 2
            names.append(self.word(i))
        return ".".join(reversed(names))

    def text_after(self, i: int, key: str, within: int = _NEAR) -> str:
        """Return the text of `key: "text"` (or of a constant) soon after token `i`, or ""."""
        for j in range(i, min(i + within, len(self.tokens) - 2)):
            if self.tokens[j].text == key and self.word(j + 1) == ":":
                return self.value(j + 2)
        return ""

    def value(self, i: int) -> str:
        if not 0 <= i < len(self.tokens):
            return ""
        token = self.tokens[i]
        return token.text if token.kind == "text" else self.texts.get(token.text, "")


def read_script(source: str, path: str) -> Iterator[Signal]:
    """Give the signals of one file."""
    file = _File(source, path)
    yield from _imports(file)
    for i, token in enumerate(file.tokens):
        if token.kind == "text" and file.word(i - 1) not in _SERVES and len(token.text) <= 300:
            yield from address_signals(token.text, path, token.line)
            yield from name_signals(token.text, path, token.line)
            if names_weights(token.text):
                yield from local_model(token.text, path, token.line)
        if token.kind == "text":
            yield from search_signals(token.text, path, token.line)
        if token.kind == "name" and file.word(i + 1) in ("(", "<"):
            yield from _call(file, i)
        if token.kind in ("name", "text") and file.word(i + 1) == ":":
            yield from _property(file, i)
        if token.kind == "name" and file.word(i + 1) == "=":
            yield from _made(file, i)
        if token.text == "=>" and file.word(i + 1) == "tool":
            yield from _made(file, _bound(file, i), i - 1)
    yield from flow(file.tokens, path, calls=bool(file.models))


def _imports(file: _File) -> Iterator[Signal]:
    for name, line in file.imports.items():
        known = longest(SCRIPT, name, "/")
        if known:
            library = SCRIPT[known]
            yield Signal(kind=library.kind, what=library.what, path=file.path, line=line,
                         says=library.says, weak=library.weak)  # fmt: skip


def _call(file: _File, i: int) -> Iterator[Signal]:
    token, chain = file.tokens[i], file.chain(i)
    for end, (kind, what, says) in _SIDE.items():
        if chain == end or chain.endswith(f".{end}"):
            yield Signal(
                kind=kind, what=what, path=file.path, line=token.line, says=says, weak=True
            )
    called = any(chain == end or chain.endswith(f".{end}") for end in CALLS)
    if (called or _BUILDS.search(chain)) and file.models:
        hosting = _hosting(file, i)
        yield Signal(
            kind="model-call", what=f"{_package(file)} is called", path=file.path, line=token.line,
            says=(("model.hosting", hosting),) if hosting else (),
        )  # fmt: skip
    if chain.endswith(_TOOL_CALLS) and file.tokens[min(i + 2, len(file.tokens) - 1)].kind == "text":
        name = file.word(i + 2)
        keys = _keys(file, i + 3)
        yield from tool_signals(name[:80], file.value(i + 4), keys, file.path, token.line)


def _package(file: _File) -> str:
    return longest(SCRIPT_MODELS, min(file.models, key=lambda name: file.models[name]), "/")


def _hosting(file: _File, i: int) -> str:
    """Return where the called model runs: by its name, by an address, by the file's packages."""
    named = hosting_of(file.text_after(i, "model"))
    if named:
        return named
    if file.local:
        return OWN
    places = [SCRIPT_MODELS[longest(SCRIPT_MODELS, name, "/")] for name in file.models]
    return next((place for place in places if place), "")


def _property(file: _File, i: int) -> Iterator[Signal]:
    token, key = file.tokens[i], file.word(i)
    value = file.value(i + 2)
    if key in _MODEL_KEYS and file.models and hosting_of(value) and not is_model(value):
        yield from name_signals(value, file.path, token.line, sure=True)
    elif key == "role" and value in ("system", "developer"):
        yield from prompt_signals(file.text_after(i, "content", 8), file.path, token.line)
    elif key in _PROMPT_KEYS and file.models and value:
        yield from prompt_signals(value, file.path, token.line)
    elif key == "name" and value:
        yield from _schema(file, i, value)
    elif key == "type" and value and file.models:
        yield from hosted_tool(value, file.path, token.line)
    elif file.word(i + 2) == "tool":
        yield from _made(file, i)


def _made(file: _File, i: int, before: int | None = None) -> Iterator[Signal]:
    """Give `name: tool({...})` and `name = tool({...})`; `before` is one before the `=`."""
    j = i if before is None else before
    if i >= 0 and file.word(j + 2) == "tool" and file.word(j + 3) == "(" and file.models:
        text = file.text_after(j + 4, "description", 12)
        name, line = file.word(i)[:80], file.tokens[i].line
        yield from tool_signals(name, text, _keys(file, j + 4), file.path, line)


def _bound(file: _File, i: int) -> int:
    """Return the name in `const name = (...) =>`, where the arrow is token `i`; -1 for none."""
    for j in range(i, max(0, i - 2 * _NEAR), -1):
        if file.word(j) == "=" and file.word(j - 2) in ("const", "let", "var"):
            return j - 1
    return -1


def _schema(file: _File, i: int, name: str) -> Iterator[Signal]:
    """Give a tool where `name: "..."` is followed by its parameters before the object ends."""
    depth = 0
    for j in range(i, min(i + 3 * _NEAR, len(file.tokens))):
        word = file.word(j)
        depth += (word in "{[(") - (word in "}])") if len(word) == 1 else 0
        if depth < 0:
            return
        schema = word in ("parameters", "input_schema", "inputSchema")
        if schema and depth == 0 and file.word(j + 1) == ":" and len(name) <= 80:
            text = file.text_after(i, "description", j - i)
            yield from tool_signals(name, text, _keys(file, j), file.path, file.tokens[i].line)
            return


def _keys(file: _File, i: int) -> list[str]:
    """Return names that stand before a colon soon after token `i`: a schema's fields."""
    end = min(i + _NEAR, len(file.tokens) - 1)
    return [
        file.word(j)
        for j in range(i, end)
        if file.tokens[j].kind in ("name", "text") and file.word(j + 1) == ":"
    ][:20]
