"""What names hold and which modules they are, in Python code that is read in order."""

import ast
from typing import NamedTuple

# Longer chains of names are calls on calls, which name nothing; each is looked at this far.
_MOST_PARTS = 12
_NAMESPACES = ("__builtins__", "globals", "vars", "builtins.__dict__")


class Value(NamedTuple):
    """What is known of an expression: where it comes from, and its text where that is constant."""

    kinds: frozenset[str] = frozenset()
    text: str | None = None


class Names:
    """Remembers assignments and imports."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self._named: dict[str, str] = {}

    def imported(self, node: ast.Import | ast.ImportFrom) -> None:
        """Remember what an import brings, under the name it gets."""
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                self._named[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            return
        for alias in node.names:
            whole = alias.name if alias.asname else alias.name.partition(".")[0]
            self._named[alias.asname or whole] = whole

    def assigned(self, target: ast.expr, value: Value, dotted: str) -> None:
        """Remember what a name gets; `dotted`: the full name of that, if it names something."""
        self.bind(target, value)
        if isinstance(target, ast.Name):
            if dotted:
                self._named[target.id] = dotted
            else:
                self._named.pop(target.id, None)

    def bind(self, target: ast.expr, value: Value) -> None:
        """Remember what a name, or names side by side, hold."""
        if isinstance(target, ast.Name):
            self.values[target.id] = value
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
            self.values[f"{target.value.id}.{target.attr}"] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            for one in target.elts:
                self.bind(one, Value(value.kinds))
        elif isinstance(target, ast.Starred):
            self.bind(target.value, value)

    def dotted(self, node: ast.AST, most: int = _MOST_PARTS) -> str:
        """Return the full name of what an expression names, "" if it names nothing."""
        if most == 0:
            return ""
        match node:
            case ast.Name(id=name):
                return self._named.get(name, name)
            case ast.Attribute(value=owner, attr=attr):
                inner = self.dotted(owner, most - 1)
                return f"{inner}.{attr}" if inner else ""
            case ast.Call(func=ast.Name(id="getattr"), args=[owner, attr, *_]):
                inner, text = self.dotted(owner, most - 1), self.text(attr)
                return f"{inner}.{text}" if inner and text else ""
            case ast.Call(func=function, args=[first, *_]) if self.dotted(function, most - 1) in (
                "__import__", "importlib.import_module", "importlib.__import__"
            ):  # fmt: skip
                return self.text(first) or ""
            case ast.Subscript(value=owner, slice=key):
                named = owner.func if isinstance(owner, ast.Call) else owner
                built_in = self.dotted(named, most - 1) in _NAMESPACES
                return self.text(key) or "" if built_in else ""
        return ""

    def text(self, node: ast.AST) -> str | None:
        """Return the constant text of an expression, pieces put together."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Constant(value=bytes(data)):
                return data.decode("utf-8", "replace")
            case ast.Name(id=name) if name in self.values:
                return self.values[name].text
            case ast.BinOp(op=ast.Add(), left=left, right=right):
                first, second = self.text(left), self.text(right)
                return None if first is None or second is None else first + second
        return None


def joined(first: Value, second: Value, *, text: bool = True) -> Value:
    """Return what two expressions are together; `text`: their texts follow each other."""
    whole = text and first.text is not None and second.text is not None
    return Value(first.kinds | second.kinds, f"{first.text}{second.text}" if whole else None)


def pieced(function: ast.expr) -> bool:
    """Return whether a name that is called is put together from texts."""
    return any(
        isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Add)
        for inner in ast.walk(function)
    )
