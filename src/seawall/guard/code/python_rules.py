"""What Python code must not do: the rules of the shell, secrets that leave, text run as code."""

import ast
import base64
import binascii
import shlex
from collections.abc import Sequence

from seawall.guard.code import python_tables as names
from seawall.guard.code import shell_rules
from seawall.guard.code.problem import Problem
from seawall.guard.code.python_reading import Piece, pieces
from seawall.guard.code.python_scope import Names, Value, joined, pieced
from seawall.guard.code.shell import ShellError
from seawall.guard.code.shell_words import is_secret, is_system

_MOST_DEPTH = 3
_SECRET, _STRANGE, _FETCHED, _DECODED = "secret", "strange", "fetched", "decoded"
_SOCKET, _CLIENT, _SYSTEM, _QUERY = "socket", "client", "system", "query"
_RECEIVED, _CODE, _LIBRARY = "received", "code", "library"
_EVAL, _EXFIL, _DOWNLOAD = "py-eval", "py-exfiltration", "remote-code-download"
_RUN_OPTIONS = ("stdin", "stdout", "stderr")
_NOTHING = Value()


def problems(code: str, offset: int = 0, allowed: Sequence[str] = ()) -> list[Problem]:
    """Return what is wrong with Python code at `offset`. Raises ShellError if it nests too deep."""
    judge = _Judge(allowed)
    try:
        judge.read(code, offset, 0)
    except RecursionError:
        raise ShellError("code nests too deeply") from None
    return sorted(judge.found, key=lambda problem: problem.start)


class _Judge:
    """Reads statements in order, once; remembers what names hold and which modules they are."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self.found: list[Problem] = []
        self._allowed = allowed
        self._scope = Names()
        self._loops, self._depth, self._offset = 0, 0, 0
        self._piece: Piece | None = None
        self._fixed: tuple[int, int] | None = None

    def read(self, code: str, offset: int, depth: int) -> None:
        """Judge code; what is run by it as a text is code again."""
        self._depth, self._offset = depth, offset
        for piece in pieces(code):
            self._piece = piece
            self._statements(piece.tree.body)

    def _add(self, label: str, node: ast.AST, why: str, score: float = 0.9) -> None:
        start, end = self._fixed or self._placed(node)
        self.found.append(Problem(label=label, start=start, end=end, why=why, score=score))

    def _placed(self, node: ast.AST) -> tuple[int, int]:
        if self._piece is None:
            return self._offset, self._offset
        start, end = self._piece.place(node)
        return self._offset + start, self._offset + end

    # Statements

    def _statements(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self._statement(statement)

    def _statement(self, node: ast.AST) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self._scope.imported(node)
            case ast.Assign(targets=targets, value=value):
                self._assign(targets, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assign([target], value)
            case ast.AugAssign(target=target, value=value):
                self._scope.bind(target, joined(self._value(target), self._value(value)))
            case ast.For(target=target, iter=many) | ast.AsyncFor(target=target, iter=many):
                self._scope.bind(target, Value(self._value(many).kinds))
                self._statements([*node.body, *node.orelse])
            case ast.While(test=test):
                self._value(test)
                self._loops += 1
                self._statements([*node.body, *node.orelse])
                self._loops -= 1
            case ast.withitem(context_expr=opened, optional_vars=name):
                held = self._value(opened)
                if name is not None:
                    self._scope.bind(name, Value(held.kinds))
            case ast.Expr(value=ast.Call(func=function) as call):
                # Who goes on by what it returns assigns it.
                if self._loops and self._scope.dotted(function) == "os.fork":
                    self._add("shell-destructive", call, "starts itself again without an end")
                self._value(call)
            case ast.expr():
                self._value(node)
            case _:
                for child in ast.iter_child_nodes(node):
                    self._statement(child)

    def _assign(self, targets: Sequence[ast.expr], value: ast.expr) -> None:
        known = self._value(value)
        dotted = "" if isinstance(value, ast.Constant) else self._scope.dotted(value)
        for target in targets:
            self._scope.assigned(target, known, dotted)

    # Expressions

    def _value(self, node: ast.AST) -> Value:
        match node:
            case ast.Constant():
                return Value(text=self._scope.text(node))
            case ast.Name(id=name):
                return self._scope.values.get(name, _NOTHING)
            case ast.Call():
                return self._call(node)
            case ast.Attribute(value=owner, attr=attr):
                return Value(self._attribute(node, owner, attr).kinds)
            case ast.Subscript(value=owner, slice=key):
                self._value(key)
                inner = self._value(owner)
                # One variable of the environment is how a program is configured.
                return _NOTHING if self._scope.dotted(owner) == "os.environ" else Value(inner.kinds)
            case ast.BinOp(left=left, right=right, op=ast.Div()):
                return _path(self._value(left), self._value(right))
            case ast.BinOp(left=left, right=right, op=op):
                first, second = self._value(left), self._value(right)
                built = (
                    self._built(first.text, right) if isinstance(op, (ast.Add, ast.Mod)) else False
                )
                whole = joined(first, second, text=isinstance(op, ast.Add))
                return Value(whole.kinds | {_QUERY}, None) if built else whole
            case ast.JoinedStr(values=parts):
                values = [self._value(part) for part in parts]
                said = "".join(value.text or "" for value in values)
                kinds = frozenset[str]().union(*(value.kinds for value in values))
                varies = any(isinstance(part, ast.FormattedValue) for part in parts)
                query = varies and names.SQL.search(said) and not self._constants(parts)
                return Value(kinds | {_QUERY} if query else kinds, None if varies else said)
            case ast.NamedExpr(target=target, value=value):
                known = self._value(value)
                self._scope.bind(target, known)
                return known
        kinds = frozenset[str]()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.comprehension):
                inner = self._value(child.iter)
                self._scope.bind(child.target, Value(inner.kinds))
                kinds |= inner.kinds
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.expr, ast.keyword)):
                kinds |= self._value(child).kinds
        return Value(kinds)

    def _built(self, said: str | None, other: ast.expr) -> bool:
        varies = self._scope.text(other) is None and not self._constants([other])
        return bool(said and varies and names.SQL.search(said))

    @staticmethod
    def _constants(parts: Sequence[ast.expr]) -> bool:
        """Return whether all names in expressions are CONSTANTS."""
        return all(
            inner.id.isupper()
            for part in parts
            for inner in ast.walk(part)
            if isinstance(inner, ast.Name)
        )

    def _attribute(self, node: ast.AST, owner: ast.expr, attr: str) -> Value:
        dotted = self._scope.dotted(node)
        if dotted in self._scope.values:
            return self._scope.values[dotted]
        if dotted == "os.environ":
            return Value(frozenset((_SECRET,)))
        if self._scope.dotted(owner) in names.REQUESTS and attr in names.REQUEST_PARTS:
            return Value(frozenset((_STRANGE,)))
        own = isinstance(owner, ast.Attribute) and owner.attr.startswith("__")
        if (attr == "__globals__" and own) or (
            attr == "__subclasses__" and isinstance(owner, ast.Subscript)
        ):
            self._add(_EVAL, node, "reaches what runs programs through an object's own parts", 0.8)
        return self._value(owner)

    # Calls

    def _call(self, node: ast.Call) -> Value:
        dotted = self._scope.dotted(node.func)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        owner = _NOTHING
        if isinstance(node.func, ast.Attribute):
            owner = self._attribute(node.func, node.func.value, node.func.attr)
        elif not isinstance(node.func, ast.Name):
            self._value(node.func)
        arguments = [self._value(one) for one in node.args]
        options = {one.arg or "": self._value(one.value) for one in node.keywords}
        every = [*arguments, *options.values()]
        kinds = frozenset[str]().union(*(value.kinds for value in every))
        first = arguments[0] if arguments else _NOTHING
        text = first.text or ""
        if dotted in names.EVALUATES:
            self._evaluates(node, dotted, first)
        runs = dotted in names.RUNS or (method == "system" and _LIBRARY in owner.kinds)
        if (runs or dotted in names.EVALUATES) and pieced(node.func):
            self._add(_EVAL, node, "the name of what it calls is put together from pieces", 0.8)
        if runs:
            self._runs(node, dotted, first, kinds, options)
        if dotted in names.UNPACKS and kinds & {_STRANGE, _FETCHED} and "Loader" not in options:
            self._add("unsafe-deserialisation", node, "what others sent is unpacked into objects")
        if method in names.EXECUTES and _QUERY in first.kinds:
            self._add("sql-injection", node, "a statement of SQL is put together from pieces", 0.8)
        self._sends(node, dotted, method, owner, arguments, options)
        self._destroys(node, dotted, method, owner, first)
        return self._result(node, dotted, method, owner, kinds, every, text)

    def _result(
        self,
        node: ast.Call,
        dotted: str,
        method: str,
        owner: Value,
        kinds: frozenset[str],
        every: list[Value],
        text: str,
    ) -> Value:
        """Return what a call gives; `kinds`: of all its arguments, `text`: of the first."""
        if dotted in names.CLEANS:
            return _NOTHING
        if dotted in names.SOCKETS:
            return Value(frozenset((_SOCKET, _CLIENT)))
        if dotted in names.LIBRARIES:
            return Value(frozenset((_LIBRARY,)))
        if dotted in names.CLIENTS:
            return Value(frozenset((_CLIENT,)))
        if dotted in names.FETCHES:
            return Value(frozenset((_FETCHED,)))
        if dotted in names.DECODES:
            return Value(kinds | {_DECODED}, _decoded(dotted, text))
        if dotted in names.COMPILES:
            return Value(kinds | {_CODE}, text or None)
        if dotted in ("os.environ.get", "os.getenv"):
            return _NOTHING
        if dotted in names.HOMES:
            return Value(text="~")
        if dotted in ("os.path.expanduser", "os.path.abspath", "os.path.expandvars", "str", "repr"):
            return Value(kinds, text or None)
        if dotted == "os.path.join":
            return Value(kinds, "/".join(value.text or "*" for value in every))
        if dotted in names.OPENS:
            return self._opened(node, dotted, kinds, text)
        if dotted in names.WALKS or method in names.WALK_METHODS:
            holds = _whole(text) or _whole(owner.text or "") or _SYSTEM in owner.kinds
            return Value(kinds | {_SYSTEM} if holds else kinds)
        if _SOCKET in owner.kinds and method in ("recv", "recvfrom", "makefile", "read"):
            return Value(kinds | {_RECEIVED})
        if method in ("decode", "encode", "strip"):
            return Value(kinds | owner.kinds, owner.text)
        if method == "format" and owner.text is not None:
            built = names.SQL.search(owner.text) and not self._constants(node.args)
            return Value(kinds | {_QUERY} if built else kinds)
        return Value(kinds | owner.kinds)

    def _opened(self, node: ast.Call, dotted: str, kinds: frozenset[str], text: str) -> Value:
        if is_secret(text):
            self._add("credential-read", node, "credentials are read", 0.8)
        path = dotted.endswith("Path")
        secret = bool(text) and is_secret(text, sent=True) and not (path and is_system(text))
        return Value(kinds | {_SECRET} if secret else kinds, text if path else None)

    def _evaluates(self, node: ast.Call, dotted: str, first: Value) -> None:
        if _FETCHED in first.kinds or _RECEIVED in first.kinds:
            self._add(_DOWNLOAD, node, "a download is run as code")
            return
        if _STRANGE in first.kinds:
            self._add("code-injection", node, "text of a user is run as code")
            return
        if _DECODED in first.kinds:
            self._add(_EVAL, node, f"{dotted} runs what was encoded", 0.8)
        if first.text is not None and self._depth < _MOST_DEPTH:
            self._inside(node, first.text)

    def _inside(self, node: ast.AST, code: str) -> None:
        """Judge a text that is run as code; what is found stands where it is run."""
        kept = (self._fixed, self._depth, self._offset, self._piece)
        self._fixed = self._fixed or self._placed(node)
        self.read(code, 0, self._depth + 1)
        self._fixed, self._depth, self._offset, self._piece = kept

    def _runs(
        self,
        node: ast.Call,
        dotted: str,
        first: Value,
        kinds: frozenset[str],
        options: dict[str, Value],
    ) -> None:
        """Judge a command by the rules of the shell, and one that others extend."""
        wired = any(_SOCKET in options[name].kinds for name in _RUN_OPTIONS if name in options)
        shelled = dotted == "pty.spawn" and any(
            _SOCKET in v.kinds for v in self._scope.values.values()
        )
        if wired or shelled or _RECEIVED in kinds:
            self._add("reverse-shell", node, "a program is wired to the network")
            return
        replaced = dotted.startswith(("os.exec", "os.spawn", "os.posix"))
        said = None if replaced else first.text
        command = self._listed(node) if said is None else said
        for problem in shell_rules.problems(command, 0, self._allowed) if command else ():
            self._add(problem.label, node, problem.why, problem.score)
        shell = dotted in names.SHELL or any(
            one.arg == "shell" and getattr(one.value, "value", False) for one in node.keywords
        )
        if shell and _STRANGE in first.kinds:
            self._add("command-injection", node, "text of a user becomes part of a command")
        if _FETCHED in first.kinds:
            self._add(_DOWNLOAD, node, "a download is run as a command")

    def _listed(self, node: ast.Call) -> str:
        words: Sequence[ast.expr] = node.args
        if node.args and isinstance(node.args[0], (ast.List, ast.Tuple)):
            words = node.args[0].elts
        elif len(node.args) > 1 and isinstance(node.args[1], (ast.List, ast.Tuple)):
            words = node.args[1].elts
        said = [self._scope.text(word) for word in words]
        return shlex.join("*" if word is None else word for word in said) if any(said) else ""

    def _sends(
        self, node: ast.Call, dotted: str, method: str, owner: Value,
        arguments: Sequence[Value], options: dict[str, Value],
    ) -> None:  # fmt: skip
        to_client = method in names.SEND_METHODS and _CLIENT in owner.kinds
        if dotted not in names.SENDS and not to_client:
            return
        sent = [*arguments, *(v for name, v in options.items() if name not in names.IDENTIFIES)]
        texts = [value.text for value in sent if value.text]
        if any(names.LOCAL.match(text) for text in texts):
            return
        filed = method.startswith(("upload", "put")) and any(is_secret(t, sent=True) for t in texts)
        if filed or any(_SECRET in value.kinds for value in sent):
            self._add(_EXFIL, node, "a secret file or the environment is sent to another host")

    def _destroys(
        self, node: ast.Call, dotted: str, method: str, owner: Value, first: Value
    ) -> None:
        whole = is_system(first.text or "") or _SYSTEM in first.kinds
        removed = dotted in names.REMOVES and _SYSTEM in first.kinds
        if (dotted == "shutil.rmtree" and whole) or removed:
            self._add("shell-destructive", node, "deletes the system, a home or a whole folder")
        elif method in names.REMOVE_METHODS and _SYSTEM in owner.kinds:
            self._add("shell-destructive", node, "deletes all that stands in a home or the system")
        elif dotted == "os.dup2" and _SOCKET in self._kinds_of(node):
            self._add("reverse-shell", node, "input and output are wired to the network")

    def _kinds_of(self, node: ast.Call) -> frozenset[str]:
        """Return the kinds of the names in a call's arguments."""
        used = {
            inner.id for one in node.args for inner in ast.walk(one) if isinstance(inner, ast.Name)
        }
        known = (self._scope.values[name].kinds for name in used & self._scope.values.keys())
        return frozenset[str]().union(*known)


def _path(folder: Value, name: Value) -> Value:
    """Return the path of a name in a folder."""
    text = f"{folder.text or '*'}/{name.text or '*'}"
    kinds = folder.kinds | name.kinds
    return Value(kinds | {_SECRET} if is_secret(text, sent=True) else kinds, text)


def _whole(text: str) -> bool:
    """Return whether a walk through this comes by a home or the system, wherever it begins."""
    return is_system(text) and not text.startswith(".")


def _decoded(dotted: str, text: str) -> str | None:
    """Return what a constant says once it is decoded, where it is base64 or hex."""
    try:
        if dotted.endswith(("b64decode", "a2b_base64", "decodebytes")):
            return base64.b64decode(text + "=" * (-len(text) % 4)).decode()
        if dotted.endswith(("unhexlify", "fromhex")):
            return bytes.fromhex(text).decode()
    except (binascii.Error, ValueError):
        return None
    return None
