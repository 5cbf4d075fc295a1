"""Calls of models and of their services in Python, by where the called name comes from."""

import ast
import re
from collections.abc import Iterator
from typing import Any

from seawall.assess.discover.libraries import PYTHON, PYTHON_MODELS, longest
from seawall.assess.discover.local_models import is_path, local_model, names_weights
from seawall.assess.discover.models import (
    CLOUD,
    LOCAL,
    OWN,
    VENDOR,
    address_of,
    hosting_of,
    is_model,
    moving,
)
from seawall.assess.discover.python_names import Names
from seawall.assess.discover.searches import search_signals
from seawall.assess.discover.signals import Signal

# The end of a call's dotted name -> facts beside the model's place.
_GENERATES = (
    ".chat.completions.create", ".chat.completions.parse", ".chat.completions.stream",
    ".responses.create", ".responses.parse", ".responses.stream", ".completions.create",
    ".ChatCompletion.create", ".ChatCompletion.acreate", ".messages.create", ".messages.stream",
    ".messages.parse", ".generate_content", ".generate_content_async", ".generate_content_stream",
    ".models.generate_content", ".send_message", ".chat.complete", ".chat.stream",
    ".chat.complete_async", ".invoke_model", ".invoke_model_with_response_stream", ".converse",
    ".converse_stream", ".chat_completion", ".text_generation", ".create_chat_completion",
    "ollama.chat", "ollama.generate", "Client().chat", "Client().generate", "ClientV2().chat",
    "litellm.completion", "litellm.acompletion", "litellm.responses", "litellm.aresponses",
    "replicate.run", ".complete", "transformers.pipeline", "LLM().generate", "LLM().chat",
    "claude_agent_sdk.query", "Runner.run", "Runner.run_sync", "Runner.run_streamed",
)  # fmt: skip
_CONSTRUCTS = re.compile(
    r"(?:^|\.)(?:Chat(?:OpenAI|Anthropic|Ollama|Bedrock(?:Converse)?|VertexAI|GoogleGenerativeAI"
    r"|MistralAI|Cohere|Groq|LiteLLM|HuggingFace|Fireworks|Together)|AzureChatOpenAI|init_chat_model"
    r"|OllamaLLM|LlamaCpp|HuggingFacePipeline|LiteLLMModel|InferenceClientModel|TransformersModel"
    r"|(?:OpenAI|Anthropic|Gemini|Bedrock|Mistral)(?:Model|ChatModel|Generator|ChatGenerator))\Z"
    r"|llama_index\.llms\.|^crewai\.LLM\Z|^dspy\.LM\Z|^(?:pydantic_ai|agents)\.Agent\Z"
)
_SIDE: dict[str, tuple[str, str, tuple[tuple[str, Any], ...]]] = {
    ".images.generate": ("output", "pictures", (("interface.modalities_out", "image"),)),
    ".images.edit": ("output", "pictures", (("interface.modalities_out", "image"),)),
    ".audio.speech.create": ("output", "speech", (("interface.modalities_out", "audio"),)),
    ".videos.create": ("output", "video", (("interface.modalities_out", "video"),)),
    ".audio.transcriptions.create": ("input", "speech", (("interface.modalities_in", "audio"),)),
    ".audio.translations.create": ("input", "speech", (("interface.modalities_in", "audio"),)),
    ".fine_tuning.jobs.create": ("fine-tuning", "a tuning job", (("model.tuned", True),)),
    ".beta.threads.create": ("memory", "threads at the provider", (("memory.persistent", True),)),
    ".conversations.create": ("memory", "kept at the provider", (("memory.persistent", True),)),
    ".vector_stores.create": ("retrieval", "a store at the provider", (("rag.used", True),)),
    ".as_retriever": ("retrieval", "a retriever", (("rag.used", True),)),
    ".similarity_search": ("retrieval", "a search by likeness", (("rag.used", True),)),
    ".as_query_engine": ("retrieval", "a query engine", (("rag.used", True),)),
    "VectorStoreIndex.from_documents": ("retrieval", "an index", (("rag.used", True),)),
    "SFTTrainer": ("fine-tuning", "SFTTrainer", (("model.tuned", True),)),
    "transformers.Trainer": ("fine-tuning", "Trainer", (("model.tuned", True),)),
    "RedisChatMessageHistory": ("memory", "history in Redis", (("memory.persistent", True),)),
    "PostgresChatMessageHistory": ("memory", "history in PostgreSQL", (("memory.persistent", True),)),
    "SQLChatMessageHistory": ("memory", "history in SQL", (("memory.persistent", True),)),
    "FileChatMessageHistory": ("memory", "history in files", (("memory.persistent", True),)),
    "SQLiteSession": ("memory", "sessions in SQLite", (("memory.persistent", True),)),
    "WebBaseLoader": ("outside-source", "web pages", (
        ("rag.sources_trust", True), ("interface.modalities_in", "web_page"))),
    "RecursiveUrlLoader": ("outside-source", "web pages", (
        ("rag.sources_trust", True), ("interface.modalities_in", "web_page"))),
    "SitemapLoader": ("outside-source", "web pages", (
        ("rag.sources_trust", True), ("interface.modalities_in", "web_page"))),
    "GmailLoader": ("outside-source", "mail", (
        ("rag.sources_trust", True), ("interface.modalities_in", "email"))),
    "SlackDirectoryLoader": ("outside-source", "Slack", (("rag.sources_trust", True),)),
    "JiraLoader": ("outside-source", "Jira", (("rag.sources_trust", True),)),
    "langgraph.types.interrupt": ("approval", "a person is asked", (("tools.approval", None),)),
}  # fmt: skip
_MODEL_KEYS = (
    "model",
    "model_name",
    "model_id",
    "modelId",
    "deployment_name",
    "azure_deployment",
    "engine",
)
# What loads a model that writes, by the end of its origin.
_LOADS = re.compile(
    r"(?:ForCausalLM|ForConditionalGeneration|ForSeq2SeqLM|ForImageTextToText|ForVision2Seq"
    r"|LMHeadModel|FastLanguageModel)\.from_pretrained\Z|^(?:llama_cpp\.Llama|gpt4all\.GPT4All"
    r"|vllm\.(?:LLM|AsyncEngineArgs|EngineArgs)|mlx_lm\.load)\Z"
)
_PATH_KEYS = (*_MODEL_KEYS, "model_path", "pretrained_model_name_or_path", "model_file")
_CLOUD_CLIENTS = ("Azure", "Bedrock", "Vertex")


def calls(tree: ast.AST, names: Names, path: str) -> Iterator[Signal]:
    """Give the signals of a file's calls."""
    routes = _routes(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _call(node, names, path)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in routes:
            yield from address_signals(node.value, path, node.lineno)
            yield from name_signals(node.value, path, node.lineno)
            if names_weights(node.value):
                yield from local_model(node.value, path, node.lineno)
            yield from search_signals(node.value, path, node.lineno)


def name_signals(name: str, path: str, line: int, *, sure: bool = False) -> Iterator[Signal]:
    """Give a model's name; one that is not publicly known counts where it is `sure`."""
    if not (sure or is_model(name)) or len(name) > 100 or any(c.isspace() for c in name):
        return
    place = hosting_of(name)
    moves = " (its version moves)" if moving(name) else ""
    says = (("model.ids", name), *((("model.hosting", place),) if place else ()))
    yield Signal(kind="model-name", what=f"{name}{moves}", path=path, line=line, says=says,
                 weak=not sure)  # fmt: skip


def address_signals(text: str, path: str, line: int) -> Iterator[Signal]:
    """Give the address of a model that is called without a library."""
    place = address_of(text)
    if place is not None:
        yield Signal(kind="model-call", what="a model's address", path=path, line=line,
                     says=(("model.hosting", place),) if place else ())  # fmt: skip


def _routes(tree: ast.AST) -> set[ast.AST]:
    """Return the addresses that the file serves itself, and its documentation."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            last = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else getattr(node.func, "id", "")
            )
            if last in ("Route", "route", "add_route", "add_post", "Mount"):
                found.update(node.args[:1])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                found.update(getattr(decorator, "args", [])[:1])
        elif isinstance(node, ast.Expr):
            found.add(node.value)
    return found


def generates(node: ast.AST, names: Names) -> bool:
    """Return whether a call gives what a model wrote."""
    if not isinstance(node, ast.Call):
        return False
    origin = names.origin(node.func)
    if origin.endswith(_GENERATES):
        return _library(origin, names) != "" or any(origin.endswith(end) for end in _SURE)
    return origin.endswith((".invoke", ".ainvoke", ".predict", ".query", ".kickoff")) and bool(
        names.model_libraries - {"mcp", "fastmcp", "huggingface_hub"}
    )


_SURE = (*_GENERATES[:6], ".invoke_model", ".converse", ".converse_stream", ".messages.create")


def _library(origin: str, names: Names) -> str:
    """Return the model library of a called name; of the file where the client was passed in."""
    known = longest(PYTHON_MODELS, origin.replace("()", ""), ".")
    if known:
        return known
    used = sorted(names.model_libraries)
    return used[0] if used else ""


def _call(node: ast.Call, names: Names, path: str) -> Iterator[Signal]:
    origin = names.origin(node.func)
    for end, (kind, what, says) in _SIDE.items():
        if origin.endswith(end):
            yield Signal(kind=kind, what=what, path=path, line=node.lineno, says=says)
    used = generates(node, names) and not origin.endswith((".invoke", ".ainvoke", ".query"))
    built = not used and bool(_CONSTRUCTS.search(origin) or _loaded(node, origin, names))
    built = built and bool(names.model_libraries)
    if used or built:
        yield _model_call(node, origin, names, path)
    if used or built or names.model_libraries:
        yield from _model_names(node, names, path, sure=used or built)
    yield from _loads(node, origin, path, names)
    yield from _hints(node, path)


def _loaded(node: ast.Call, origin: str, names: Names) -> bool:
    """Say whether a call loads a model that writes; of a hub's one that is trained, nobody asks."""
    if not _LOADS.search(origin):
        return False
    trains = any(PYTHON[known].kind == "fine-tuning" for name in names.imports
                 if (known := longest(PYTHON, name, ".")))  # fmt: skip
    return not trains or is_path(_named_model(node, names))


def _model_call(node: ast.Call, origin: str, names: Names, path: str) -> Signal:
    library = _library(origin, names)
    hosting = PYTHON_MODELS.get(library, "")
    if any(word in origin for word in _CLOUD_CLIENTS):
        hosting = CLOUD
    elif "Ollama" in origin or "LlamaCpp" in origin or "HuggingFacePipeline" in origin:
        hosting = OWN
    named = _named_model(node, names)
    hosting = (
        hosting_of(named) or hosting if library in ("litellm", "langchain", "dspy", "") else hosting
    )
    if not hosting and named:
        hosting = OWN if is_path(named) else hosting_of(named) or VENDOR
    says = (("model.hosting", hosting),) if hosting else ()
    return Signal(kind="model-call", what=f"{library or 'a model'} is called", path=path,
                  line=node.lineno, says=says)  # fmt: skip


def _named_model(node: ast.Call, names: Names) -> str:
    for keyword in node.keywords:
        if keyword.arg in _PATH_KEYS:
            return names.text(keyword.value) or ""
    first = names.text(node.args[0]) if node.args else None
    sure = first and (is_model(first) or hosting_of(first))
    return first or "" if sure or _LOADS.search(names.origin(node.func)) else ""


def _model_names(node: ast.Call, names: Names, path: str, *, sure: bool) -> Iterator[Signal]:
    name = _named_model(node, names)
    if name and sure and is_path(name):
        yield from local_model(name, path, node.lineno)
    elif name and sure and not is_model(name):
        yield from name_signals(name, path, node.lineno, sure=True)
    for keyword in node.keywords:
        url = (
            names.text(keyword.value)
            if keyword.arg in ("base_url", "api_base", "openai_api_base")
            else None
        )
        if url and LOCAL.match(url) and ":4000" not in url:
            yield Signal(kind="model-call", what="a model at a local address", path=path,
                         line=node.lineno, says=(("model.hosting", OWN),))  # fmt: skip


def _loads(node: ast.Call, origin: str, path: str, names: Names) -> Iterator[Signal]:
    """Give what is fetched from a hub without a revision, or with code of its publisher."""
    keys = {keyword.arg: keyword.value for keyword in node.keywords}
    hub = origin.endswith((".from_pretrained", "datasets.load_dataset", ".load_dataset"))
    name = names.text(node.args[0]) if node.args else None
    if hub and name and "/" in name and not name.startswith((".", "/")):
        revision = names.text(keys.get("revision")) or ""
        fixed = len(revision) >= 40
        kind = "model-name" if fixed else "unpinned"
        state = "pinned_and_hashed" if fixed else "unpinned"
        yield Signal(kind=kind, what=f"{name[:80]} from a hub", path=path, line=node.lineno,
                     says=(("supply.components", state),))  # fmt: skip
    trusted = keys.get("trust_remote_code")
    if isinstance(trusted, ast.Constant) and trusted.value is True:
        yield Signal(kind="remote-code", what="trust_remote_code", path=path, line=node.lineno)
    if origin in ("torch.load", "joblib.load", "pickle.load", "pickle.loads", "dill.load"):
        safe = keys.get("weights_only")
        if not (isinstance(safe, ast.Constant) and safe.value is True):
            yield Signal(kind="pickle", what=f"{origin} runs what the file says", path=path,
                         line=node.lineno, weak=True)  # fmt: skip


def _hints(node: ast.Call, path: str) -> Iterator[Signal]:
    keys = {keyword.arg: keyword.value for keyword in node.keywords}
    handoffs = keys.get("handoffs")
    if isinstance(handoffs, ast.List) and handoffs.elts:
        yield Signal(kind="agents", what="hand-offs", path=path, line=node.lineno,
                     says=(("agents.multi", True),))  # fmt: skip
    if "previous_response_id" in keys:
        yield Signal(kind="memory", what="kept at the provider", path=path, line=node.lineno,
                     says=(("memory.persistent", True),))  # fmt: skip
    asked = keys.get("needs_approval")
    if isinstance(asked, ast.Constant) and asked.value is True:
        yield Signal(kind="approval", what="a tool waits for a person", path=path,
                     line=node.lineno, says=(("tools.approval", "high_impact"),))  # fmt: skip
