"""Where what a model wrote ends up in Python: run, rendered, logged. One file at a time."""

import ast
from collections.abc import Iterator
from typing import Any

from seawall.assess.discover.python_calls import generates
from seawall.assess.discover.python_names import Names
from seawall.assess.discover.signals import Signal

Function = ast.FunctionDef | ast.AsyncFunctionDef
_RUN = ("interface.renders", "executed")
_HTML, _MARKDOWN = ("interface.renders", "html"), ("interface.renders", "markdown")
_RUNS = {
    "eval": "eval", "exec": "exec", "compile": "compile", "os.system": "a shell",
    "os.popen": "a shell", "subprocess.run": "a process", "subprocess.call": "a process",
    "subprocess.Popen": "a process", "subprocess.check_output": "a process",
    "subprocess.check_call": "a process", "subprocess.getoutput": "a shell",
    "asyncio.create_subprocess_shell": "a shell", "asyncio.create_subprocess_exec": "a process",
}  # fmt: skip
_RENDERS = {
    "markupsafe.Markup": _HTML, "flask.Markup": _HTML, "flask.render_template_string": _HTML,
    "django.utils.safestring.mark_safe": _HTML, "fastapi.responses.HTMLResponse": _HTML,
    "starlette.responses.HTMLResponse": _HTML, "IPython.display.HTML": _HTML,
    "streamlit.html": _HTML, "streamlit.components.v1.html": _HTML, "markdown.markdown": _MARKDOWN,
    "mistune.html": _MARKDOWN, "markdown2.markdown": _MARKDOWN, "streamlit.markdown": _MARKDOWN,
    "streamlit.write": _MARKDOWN, "rich.markdown.Markdown": _MARKDOWN,
}  # fmt: skip
_CLEANS = ("html.escape", "markupsafe.escape", "bleach.clean", "nh3.clean", "shlex.quote", "len",
           "int", "float", "bool", "isinstance", "hash", "ast.literal_eval")  # fmt: skip
_SQL = ("execute", "executemany", "executescript", "raw", "read_sql", "read_sql_query")
_LOG = ("debug", "info", "warning", "error", "exception", "critical", "log")
_PROMPTS = frozenset("prompt prompts messages user_message user_input question completion "
                     "response answer reply conversation transcript".split())  # fmt: skip
_PASSES = 3


class Flow:
    """Which names of a file hold a model's output, and where such a value goes."""

    def __init__(self, tree: ast.Module, names: Names, path: str, tools: frozenset[str]) -> None:
        """`tools`: functions whose arguments a model chooses."""
        self._names, self._path, self._tools = names, path, tools
        self._returns: set[str] = set()
        self._fields: set[str] = set()
        self._pages: set[str] = set()
        self._found: dict[tuple[int, str], Signal] = {}
        self._tree = tree

    def signals(self) -> Iterator[Signal]:
        """Give the places where a model's output is run, rendered or logged, by line."""
        functions = [n for n in ast.walk(self._tree) if isinstance(n, Function)]
        for _ in range(_PASSES):
            before = len(self._returns), len(self._fields)
            for function in functions:
                self._scope(function)
            self._body(self._tree.body, set(), "")
            if before == (len(self._returns), len(self._fields)):
                break
        yield from (self._found[key] for key in sorted(self._found))

    def _shown(self, function: Function) -> bool:
        """Say whether a web framework sends what a function returns as HTML, unescaped."""
        keywords = [
            k for d in function.decorator_list if isinstance(d, ast.Call) for k in d.keywords
        ]
        return any(
            k.arg == "response_class" and _RENDERS.get(self._names.origin(k.value)) == _HTML
            for k in keywords
        )

    def _scope(self, function: Function) -> None:
        if self._shown(function):
            self._pages.add(function.name)
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        chosen = function.name in self._tools
        held = {
            a.arg for a in arguments if chosen and a.arg not in ("self", "cls", "ctx", "context")
        }
        self._body(function.body, held, function.name)

    def _body(self, body: list[ast.stmt], held: set[str], function: str) -> None:
        for statement in body:
            if isinstance(statement, Function | ast.ClassDef):
                if isinstance(statement, ast.ClassDef):
                    self._body(
                        [s for s in statement.body if not isinstance(s, Function)], held, function
                    )
                continue
            self._statement(statement, held, function)
            for name in ("body", "orelse", "finalbody"):
                self._body(getattr(statement, name, []), held, function)
            for handler in getattr(statement, "handlers", []):
                self._body(handler.body, held, function)
            for case in getattr(statement, "cases", []):
                self._body(case.body, held, function)

    def _statement(self, statement: ast.stmt, held: set[str], function: str) -> None:
        for part in _expressions(statement):
            for node in ast.walk(part):
                if isinstance(node, ast.Call):
                    self._sink(node, held)
        value: Any = getattr(statement, "value", None)
        if isinstance(statement, ast.Return) and value is not None and self._tainted(value, held):
            self._returns.add(function)
            if function in self._pages:
                self._add(
                    statement, "output-rendered", "what a model wrote is shown as html", _HTML
                )
        elif isinstance(statement, ast.For | ast.AsyncFor) and self._tainted(statement.iter, held):
            self._hold(statement.target, held)
        elif isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                if item.optional_vars is not None and self._tainted(item.context_expr, held):
                    self._hold(item.optional_vars, held)
        elif isinstance(statement, ast.Assign) and self._tainted(statement.value, held):
            for target in statement.targets:
                self._hold(target, held)
        elif (
            isinstance(statement, ast.AnnAssign | ast.AugAssign)
            and value is not None
            and self._tainted(value, held)
        ):
            self._hold(statement.target, held)

    def _hold(self, target: ast.AST, held: set[str]) -> None:
        while isinstance(target, ast.Subscript):
            target = target.value
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and node.id not in ("self", "cls"):
                held.add(node.id)
            elif isinstance(node, ast.Attribute):
                self._fields.add(node.attr)

    def _tainted(self, node: ast.AST, held: set[str]) -> bool:
        """Return whether a part of the expression comes from a model; what is cleaned does not."""
        stack = [node]
        while stack:
            part = stack.pop()
            if isinstance(part, ast.Name) and part.id in held:
                return True
            own = isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name)
            if own and part.attr in self._fields and part.value.id == "self":  # type: ignore[attr-defined]
                return True
            if isinstance(part, ast.Call):
                if self._names.origin(part.func) in _CLEANS:
                    continue
                if generates(part, self._names) or self._called(part) in self._returns:
                    return True
            if isinstance(part, ast.Lambda | ast.Compare):
                continue
            stack.extend(ast.iter_child_nodes(part))
        return False

    @staticmethod
    def _called(node: ast.Call) -> str:
        function = node.func
        if isinstance(function, ast.Attribute):
            own = isinstance(function.value, ast.Name) and function.value.id in ("self", "cls")
            return function.attr if own else ""
        return function.id if isinstance(function, ast.Name) else ""

    def _sink(self, node: ast.Call, held: set[str]) -> None:
        origin = self._names.origin(node.func)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        first = node.args[:1] or [
            k.value for k in node.keywords if k.arg in ("args", "content", "sql")
        ]
        into = _RUNS.get(origin) or ("SQL" if method in _SQL else "")
        fact = _RENDERS.get(origin)
        if not (into or fact or method in _LOG):
            return
        if into and any(self._tainted(argument, held) for argument in first):
            self._add(node, "output-run", f"what a model wrote goes into {into}", _RUN)
        elif fact and any(self._tainted(argument, held) for argument in first):
            unsafe = any(k.arg == "unsafe_allow_html" and _true(k.value) for k in node.keywords)
            fact = _HTML if unsafe else fact
            self._add(node, "output-rendered", f"what a model wrote is shown as {fact[1]}", fact)
        elif method in _LOG and "log" in origin.casefold() and self._logs(node, held):
            self._add(node, "prompt-log", "prompts or answers go to a log", ("logging", None))

    def _logs(self, node: ast.Call, held: set[str]) -> bool:
        for argument in node.args:
            if self._tainted(argument, held):
                return True
            if any(isinstance(n, ast.Name) and n.id in _PROMPTS for n in ast.walk(argument)):
                return True
        return False

    def _add(self, node: ast.Call | ast.stmt, kind: str, what: str, fact: tuple[str, Any]) -> None:
        signal = Signal(
            kind=kind, what=what, path=self._path, line=node.lineno, says=(fact,),
            weak=kind == "prompt-log",
        )  # fmt: skip
        self._found[node.lineno, kind] = signal


def _true(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    """Give a statement's own expressions, without those of the statements inside it."""
    for node in ast.iter_child_nodes(statement):
        if isinstance(node, ast.expr):
            yield node
        elif isinstance(node, ast.withitem):
            yield node.context_expr
