"""Where the names of a Python file come from: imports, clients, constants."""

import ast
from typing import Any

from seawall.assess.discover.libraries import PYTHON_MODELS, longest

_DEEPEST = 30
# What grows with each line of a file would make the work grow with its square.
_LONGEST, _LONGEST_SUM = 300, 20_000
_PATHS = ("pathlib.Path", "pathlib.PurePath", "os.path.join")
_ENV = ("os.getenv", "os.environ.get", "config", "env", "decouple.config", "environ.get")


class Names:
    """Origins of a file's names. Scopes are not told apart: one name, its last meaning by line."""

    def __init__(self, tree: ast.AST) -> None:
        self.imports: dict[str, int] = {}
        self._origin: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        nodes = [node for node in ast.walk(tree) if isinstance(node, _WANTED)]
        for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
            self._learn(node)

    def _learn(self, node: Any) -> None:
        if isinstance(node, ast.Import):
            for item in node.names:
                self.imports.setdefault(item.name, node.lineno)
                self._origin[item.asname or item.name.partition(".")[0]] = (
                    item.name if item.asname else item.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for item in node.names:
                if not node.level:
                    self.imports.setdefault(f"{module}.{item.name}", node.lineno)
                self._origin[item.asname or item.name] = f"{module}.{item.name}"
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self._bind(node.target, node.value)

    def _bind(self, target: ast.AST | None, value: ast.AST) -> None:
        key = _path(target)
        if not key:
            return
        text = self.text(value)
        if text is not None:
            self._texts[key] = text
        origin = self.origin(value)
        if origin and origin != key and len(origin) <= _LONGEST:
            self._origin[key] = origin

    def origin(self, node: ast.AST | None, depth: int = 0) -> str:
        """Return the dotted origin of an expression, "openai.OpenAI().chat", or ""."""
        if depth > _DEEPEST:
            return ""
        if isinstance(node, ast.Await):
            return self.origin(node.value, depth + 1)
        key = _path(node)
        if key and key in self._origin:
            return self._origin[key]
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Attribute):
            base = self.origin(node.value, depth + 1)
            return f"{base}.{node.attr}" if base else ""
        if isinstance(node, ast.Call):
            base = self.origin(node.func, depth + 1)
            return f"{base}()" if base else ""
        return ""

    def text(self, node: ast.AST | None, depth: int = 0) -> str | None:
        """Return the text of a literal, of a constant's name, of a default, else None."""
        if node is None or depth > _DEEPEST:
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.JoinedStr):
            parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
            return "".join(part for part in parts if isinstance(part, str))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.text(node.left, depth + 1), self.text(node.right, depth + 1)
            if left is None and right is None:
                return None
            return ((left or "") + (right or ""))[:_LONGEST_SUM]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._joined([node.left, node.right], depth)
        if isinstance(node, ast.Call):
            return self._default(node, depth)
        return self._texts.get(_path(node))

    def _joined(self, nodes: list[ast.expr], depth: int) -> str | None:
        """Return the path that known parts make; a part that nobody knows is left out."""
        parts = [part for node in nodes if (part := self.text(node, depth + 1))]
        return "/".join(parts)[:_LONGEST_SUM] or None

    def _default(self, call: ast.Call, depth: int) -> str | None:
        """Return the default of a setting, a path, the text of `"".format()` and `dedent("")`."""
        name = self.origin(call.func)
        if name in _PATHS:
            return self._joined(call.args, depth)
        if name == "str" and call.args:
            return self.text(call.args[0], depth + 1)
        if name in _ENV and len(call.args) > 1:
            return self.text(call.args[1], depth + 1)
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("format", "strip"):
            return self.text(call.func.value, depth + 1)
        if name.endswith("dedent") and call.args:
            return self.text(call.args[0], depth + 1)
        return None

    @property
    def model_libraries(self) -> frozenset[str]:
        """Return the libraries for models that the file imports."""
        found = (longest(PYTHON_MODELS, name, ".") for name in self.imports)
        return frozenset(name for name in found if name)


_WANTED = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)


def _path(node: ast.AST | None) -> str:
    """Return `name` or `self.name` of a target, "" for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""
