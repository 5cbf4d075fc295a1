"""Code for the calculation sandbox: an allow-list over Python's syntax tree."""

import ast
import re
import textwrap

from seawall.core.verdicts import Finding, Outcome, Verdict
from seawall.guard.common import verdict
from seawall.guard.contract import Card, Context, Detector, Pattern, Subject
from seawall.guard.recognizers.python_names import BUILTINS, METHODS, MODULES, label_of_name

_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)
_MAX_CHARACTERS = 100_000
_MAX_NODES = 50_000
_FORBIDDEN_NODES: dict[type[ast.AST], str] = {
    ast.AsyncFunctionDef: "dynamic-code",
    ast.Await: "dynamic-code",
    ast.Global: "introspection",
    ast.Nonlocal: "introspection",
}


class Walker(ast.NodeVisitor):
    """Collects what the allow-list does not hold. `problems` holds (label, line, column, why)."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, ast.AST, str]] = []
        self.modules: dict[str, str] = {}

    def _add(self, label: str, node: ast.AST, why: str) -> None:
        self.problems.append((label, node, why))

    def generic_visit(self, node: ast.AST) -> None:
        """Refuse whole node kinds, then walk on."""
        for kind, label in _FORBIDDEN_NODES.items():
            if isinstance(node, kind):
                self._add(label, node, f"{kind.__name__} is not needed for a calculation")
        super().generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        """Only whole modules of the list, remembered under the name they get."""
        for alias in node.names:
            if alias.name not in MODULES:
                self._add(label_of_name(alias.name), node, "import outside the list")
            else:
                self.modules[alias.asname or alias.name.partition(".")[0]] = alias.name

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Only listed names of listed modules."""
        allowed = MODULES.get(node.module or "")
        for alias in node.names:
            if allowed is None or node.level or alias.name not in allowed:
                label = label_of_name(f"{node.module}.{alias.name}")
                self._add(label, node, "import outside the list")

    def visit_Name(self, node: ast.Name) -> None:
        """Names with two underscores and built-ins outside the list are refused."""
        if node.id.startswith("__"):
            self._add("introspection", node, "double underscore")
        elif isinstance(node.ctx, ast.Load) and node.id in BUILTINS:
            self._add(BUILTINS[node.id], node, "built-in outside the list")
        elif not isinstance(node.ctx, ast.Load) and node.id in self.modules:
            self._add("introspection", node, "a module's name is bound again")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        """A module gives only its listed names; other values give only listed methods."""
        if node.attr.startswith("_"):
            self._add("introspection", node, "underscore attribute")
        elif isinstance(node.value, ast.Name) and node.value.id in self.modules:
            if node.attr not in MODULES[self.modules[node.value.id]]:
                self._add(label_of_name(node.attr), node, "not in the module's list")
        elif not self._listed_chain(node) and node.attr not in METHODS:
            self._add(label_of_name(node.attr), node, "attribute outside the list")
        if not isinstance(node.ctx, ast.Load) and not self._is_self(node.value):
            self._add("introspection", node, "attribute is written")
        self.visit(node.value)

    @staticmethod
    def _is_self(node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id == "self"

    def _listed_chain(self, node: ast.Attribute) -> bool:
        """datetime.datetime.now: a listed class of a listed module, then any plain name."""
        inner = node.value
        return (
            isinstance(inner, ast.Attribute)
            and isinstance(inner.value, ast.Name)
            and inner.value.id in self.modules
            and inner.attr in MODULES[self.modules[inner.value.id]]
            and node.attr in METHODS
        ) or self._is_self(inner)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Classes may not set a metaclass or define special methods other than common ones."""
        for keyword in node.keywords:
            self._add("introspection", keyword.value, "class keyword")
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Special methods are limited to those of plain data classes."""
        plain = ("__init__", "__repr__", "__str__", "__eq__", "__lt__", "__len__", "__add__")
        if node.name.startswith("__") and node.name not in plain:
            self._add("introspection", node, "special method")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        """str.format can reach attributes: only a literal without them may be formatted."""
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in ("format", "format_map"):
            text = function.value
            literal = isinstance(text, ast.Constant) and isinstance(text.value, str)
            if not literal or re.search(r"\{[^{}]*[._\[][^{}]*\}", str(getattr(text, "value", ""))):
                bare = literal and not re.search(
                    r"\{[^{}:!]*[._\[]", str(getattr(text, "value", ""))
                )
                if not bare:
                    self._add("introspection", node, "format of a text that is not plain")
        self.generic_visit(node)

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        """Class patterns read attributes by name."""
        for name in node.kwd_attrs:
            if name.startswith("_") or name not in METHODS:
                self._add("introspection", node, "attribute in a pattern")
        self.generic_visit(node)


def extract(text: str) -> str:
    """Return the code in the text: fenced blocks if there are any, else the whole, dedented."""
    blocks = _FENCE.findall(text)
    return textwrap.dedent("\n".join(blocks) if blocks else text).strip("\n")


def check(code: str, detector: str) -> Verdict:
    """Return FOUND with one finding a problem, CLEAN, or UNKNOWN where it cannot be parsed."""
    if len(code) > _MAX_CHARACTERS:
        return Verdict(detector=detector, outcome=Outcome.UNKNOWN, reason="code is too long")
    try:
        tree = ast.parse(extract(code))
        count = sum(1 for _ in ast.walk(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = f"not readable as Python ({type(error).__name__})"
        return Verdict(detector=detector, outcome=Outcome.UNKNOWN, reason=reason)
    if count > _MAX_NODES:
        return Verdict(detector=detector, outcome=Outcome.UNKNOWN, reason="code is too large")
    walker = Walker()
    try:
        walker.visit(tree)
    except RecursionError:
        return Verdict(detector=detector, outcome=Outcome.UNKNOWN, reason="code nests too deep")
    findings = [
        Finding(detector=detector, label=label, start=0, end=len(code), message=why)
        for label, _, why in walker.problems
    ]
    return verdict(detector, findings)


class PythonCode:
    """Judges code that a model wants to run: FOUND where it leaves the allow-list."""

    def __init__(self, card: Card) -> None:
        self.id = card.id

    def patterns(self) -> tuple[Pattern, ...]:
        """No patterns: the syntax tree decides."""
        return ()

    def detect(self, subject: Subject, context: Context) -> Verdict:
        """Judge the raw text as Python source."""
        return check(subject.part.text, self.id)


def build(card: Card) -> Detector:
    """Return the detector."""
    return PythonCode(card)
