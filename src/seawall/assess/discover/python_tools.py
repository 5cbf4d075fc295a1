"""Tools, prompts and kinds of input in Python files."""

import ast
from collections.abc import Iterator
from typing import Any

from seawall.assess.discover.prompts import prompt_signals
from seawall.assess.discover.python_names import Names
from seawall.assess.discover.signals import Signal
from seawall.assess.discover.tools import hosted_tool, tool_signals

_DECORATORS = (
    "tool",
    "function_tool",
    "kernel_function",
    "tool_plain",
    "ai_function",
    "register_for_llm",
)
_CLASSES = (
    "Tool",
    "StructuredTool",
    "FunctionTool",
    "StructuredTool.from_function",
    "FunctionTool.from_defaults",
)
_PROMPT_KEYS = (
    "system",
    "instructions",
    "system_prompt",
    "system_message",
    "system_instruction",
    "backstory",
)
_RUNNERS = ("PythonREPLTool", "PythonREPL", "PythonAstREPLTool", "ShellTool", "BashProcess",
            "CodeInterpreterTool", "LocalPythonExecutor", "CodeAgent")  # fmt: skip
_MAX_PROPERTIES = 50


def decorated(tree: ast.AST, names: Names) -> dict[str, Any]:
    """Return the functions that are offered to a model as tools, by name of the function."""
    found: dict[str, Any] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                last = (
                    called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
                )
                if last in _DECORATORS and names.model_libraries:
                    found[node.name] = (node, decorator)
    return found


def tools(tree: ast.AST, names: Names, path: str) -> Iterator[Signal]:
    """Give the tools of a file: decorated functions, schemas, tool objects."""
    for node, decorator in decorated(tree, names).values():
        name = _decorator_name(decorator) or node.name
        arguments = [*node.args.args, *node.args.kwonlyargs]
        keys = [a.arg for a in arguments if a.arg not in ("self", "cls", "ctx", "context")]
        text = ast.get_docstring(node) or ""
        yield from tool_signals(name, text, keys, path, node.lineno)
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            yield from _schema(node, names, path)
        elif isinstance(node, ast.Call):
            yield from _object(node, names, path)


def _decorator_name(decorator: ast.AST) -> str:
    if not isinstance(decorator, ast.Call):
        return ""
    values = [k.value for k in decorator.keywords if k.arg in ("name", "name_override")]
    for value in [*values, *decorator.args[:1]]:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            return value.value[:80]
    return ""


def _items(node: ast.AST | None) -> dict[str, ast.expr]:
    if not isinstance(node, ast.Dict):
        return {}
    pairs = zip(node.keys, node.values, strict=True)
    return {
        key.value: value
        for key, value in pairs
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def _schema(node: ast.Dict, names: Names, path: str) -> Iterator[Signal]:
    items = _items(node)
    kind = names.text(items.get("type")) or ""
    parameters = items.get("parameters") or items.get("input_schema") or items.get("inputSchema")
    name = names.text(items.get("name"))
    if name and parameters is not None and len(name) <= 80:
        properties = list(_items(_items(parameters).get("properties")))[:_MAX_PROPERTIES]
        text = names.text(items.get("description")) or ""
        yield from tool_signals(name, text, properties, path, node.lineno)
    elif kind:
        yield from hosted_tool(kind, path, node.lineno)
    role, content = names.text(items.get("role")), items.get("content")
    if role in ("system", "developer") and content is not None:
        yield from prompt_signals(names.text(content) or "", path, content.lineno)
    if kind in ("image_url", "input_image", "image"):
        yield Signal(kind="input", what="pictures in a prompt", path=path, line=node.lineno,
                     says=(("interface.modalities_in", "image"),), weak=True)  # fmt: skip
    if names.text(items.get("require_approval")) == "never":
        yield Signal(kind="approval", what="require_approval is never", path=path,
                     line=node.lineno, says=(("tools.approval", "none"),))  # fmt: skip


def _object(node: ast.Call, names: Names, path: str) -> Iterator[Signal]:
    origin = names.origin(node.func)
    last = origin.rpartition(".")[2]
    keys = {keyword.arg: keyword.value for keyword in node.keywords}
    if names.model_libraries and (last in _CLASSES or origin.endswith(_CLASSES[3:])):
        name = names.text(keys.get("name")) or getattr(keys.get("func"), "id", "")
        if name:
            yield from tool_signals(
                name[:80], names.text(keys.get("description")) or "", [], path, node.lineno
            )
    if last in _RUNNERS:
        yield Signal(
            kind="tool", what=f"{last} runs code", path=path, line=node.lineno,
            says=(("tools.list", last), ("tools.writes_or_spends", "run_code"),
                  ("interface.renders", "executed")),
        )  # fmt: skip
    for key in _PROMPT_KEYS:
        if key in keys and (names.model_libraries or key == "system_prompt"):
            text = names.text(keys[key]) or ""
            yield from prompt_signals(text, path, keys[key].lineno)
    if last == "SystemMessage":
        given = keys.get("content") or (node.args[0] if node.args else None)
        yield from prompt_signals(names.text(given) or "", path, node.lineno)


def uploads(tree: ast.AST, names: Names, path: str) -> Iterator[Signal]:
    """Give where users hand in files."""
    for name, line in names.imports.items():
        if name.rpartition(".")[2] in ("UploadFile", "FileUpload"):
            yield Signal(kind="input", what="users hand in files", path=path, line=line,
                         says=(("interface.modalities_in", "file"),), weak=True)  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and names.origin(node) == "flask.request.files":
            yield Signal(kind="input", what="users hand in files", path=path, line=node.lineno,
                         says=(("interface.modalities_in", "file"),), weak=True)  # fmt: skip
