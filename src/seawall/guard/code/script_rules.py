"""What JavaScript must not do: run text as code, send secrets away, put strangers' text into pages."""

import re
from collections.abc import Sequence

from seawall.guard.code import shell_persists, shell_rules, shell_uploads
from seawall.guard.code.problem import Problem
from seawall.guard.code.script import Script, Token, read, sources
from seawall.guard.code.shell import ShellError
from seawall.guard.code.shell_words import is_system

_EVAL, _EXFIL, _XSS = "js-eval", "js-exfiltration", "js-dom-xss"
_GLOBALS = frozenset({"window", "globalThis", "self", "global", "top", "parent"})
_SENDERS = frozenset(
    {
        "fetch",
        "axios",
        "sendBeacon",
        "XMLHttpRequest",
        "WebSocket",
        "EventSource",
        "got",
        "superagent",
        "needle",
    }
)
_SEND_METHODS = frozenset({"send", "open", "post", "get", "put", "ajax", "request", "getJSON"})
_SENDING_OBJECTS = frozenset(
    {"axios", "$", "jQuery", "http", "https", "xhr", "XMLHttpRequest", "ws", "socket",
     "client", "req", "request", "navigator"}
)  # fmt: skip
_SENDER_CLASSES = frozenset({"XMLHttpRequest", "WebSocket", "EventSource"})
_REMOVES = frozenset(
    {"rm", "rmSync", "rmdir", "rmdirSync", "unlink", "unlinkSync", "rimraf", "rimrafSync",
     "remove", "removeSync", "emptyDir", "emptyDirSync"}
)  # fmt: skip
# So far before a name of a file the call that reads it begins.
_NEAR = 12
_SECRET_KEY = re.compile(
    r"tok(?:en)?|jwt|sess|auth|passw|secret|cred|card|api_?key|wallet|seed|private", re.IGNORECASE
)
_SECRET_FILE = re.compile(
    r"/etc/(?:passwd|shadow)|\.ssh/|\.aws/|\.env$|\.npmrc|\.netrc|id_rsa|wallet\.dat|Login Data",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(r"^\s*(?:https?:|wss?:)?//(?!localhost|127\.0\.0\.1)", re.IGNORECASE)
_CLEANERS = frozenset(
    {"DOMPurify", "sanitize", "sanitizeHtml", "escapeHtml", "escapeHTML", "escape",
     "encodeURIComponent", "encodeURI", "parseInt", "Number", "parseFloat", "createTextNode",
     "setHTML", "purify", "xss", "htmlEscape"}
)  # fmt: skip
_SINK_NAMES = frozenset({"innerHTML", "outerHTML", "srcdoc"})
_SINK_CALLS = frozenset(
    {"insertAdjacentHTML", "write", "writeln", "html", "createContextualFragment", "parseHTML"}
)
_URL_PARTS = frozenset({"hash", "search", "href", "pathname"})
_RUNS = frozenset({"exec", "execSync", "spawn", "spawnSync", "execFile", "execFileSync"})
_KEY_EVENTS = frozenset({"keydown", "keyup", "keypress", "input"})
_CONTEXTS = frozenset({"runInNewContext", "runInThisContext", "runInContext"})
_MOST_NAMES = 500
# Tokens that may be looked at, for each token: tangled code is not judged rather than slowly.
_LOOKS, _LEAST_LOOKS = 12, 20_000


def problems(code: str, offset: int, allowed: Sequence[str] = ()) -> list[Problem]:
    """Return what is wrong with JavaScript, or the scripts of markup. May raise ShellError."""
    found: list[Problem] = []
    for source, start in sources(code, offset):
        found += _Judge(read(source, start), allowed).judged()
    return sorted(found, key=lambda problem: problem.start)


class _Judge:
    """Walks over the tokens once; remembers which names hold secrets or strangers' text."""

    def __init__(self, script: Script, allowed: Sequence[str]) -> None:
        self._script, self._tokens, self._allowed = script, script.tokens, allowed
        self._secret: set[str] = set()
        self._strange: set[str] = set()
        self._senders: set[str] = set()
        self._found: list[Problem] = []
        self._until = -1
        self._looks = _LEAST_LOOKS + _LOOKS * len(script.tokens)

    def judged(self) -> list[Problem]:
        """Return the problems."""
        for at, token in enumerate(self._tokens):
            if token.kind != "word":
                continue
            self._remember(at)
            self._evaluates(at)
            self._runs(at)
            self._removes(at)
            self._writes(at)
            if at > self._until:
                self._sends(at)
        return self._found

    def _add(self, label: str, first: int, last: int, why: str, score: float = 0.9) -> None:
        end = self._tokens[min(last, len(self._tokens) - 1)].end
        self._found.append(
            Problem(label=label, start=self._tokens[first].start, end=end, why=why, score=score)
        )

    def _text(self, at: int) -> str:
        return self._tokens[at].text if 0 <= at < len(self._tokens) else ""

    def _called(self, at: int) -> bool:
        """Return whether the word at a place is called, as a function of its own or of the page."""
        if self._text(at + 1) != "(":
            return False
        return self._text(at - 1) not in (".", "?.", "function") or self._text(at - 2) in _GLOBALS

    def _span(self, first: int, last: int) -> range:
        """Return the places of tokens that will be looked at. Raises ShellError beyond a budget."""
        last = min(last, len(self._tokens))
        self._looks -= max(0, last - first)
        if self._looks < 0:
            raise ShellError("code is too tangled")
        return range(first, last)

    def _statement_end(self, at: int) -> int:
        """Return where the expression that begins here ends: at `;`, a closer or a new line of code."""
        here = at
        while here < len(self._tokens):
            self._span(here, here + 1)
            token = self._tokens[here]
            if token.kind == "sign" and token.text in "([{":
                here = self._script.close(here) + 1
                continue
            if token.kind == "sign" and token.text in (";", ")", "]", "}"):
                return here
            if here > at and token.kind == "word" and self._ends_line(here):
                return here
            here += 1
        return here

    def _ends_line(self, at: int) -> bool:
        """Return whether a word begins a new statement although nothing closed the last."""
        before = self._tokens[at - 1]
        keyword = self._text(at) in (
            "const",
            "let",
            "var",
            "if",
            "for",
            "return",
            "function",
            "document",
            "fetch",
            "window",
            "await",
            "console",
        )
        return keyword and (
            before.kind in ("string", "word", "number", "text") or before.text in (")", "]", "}")
        )

    def _remember(self, at: int) -> None:
        """Note `name = secret` and `name = strangers' text`, and names made of such names."""
        if (
            self._text(at + 1) != "="
            or self._text(at - 1) in (".", "?.")
            or len(self._secret) + len(self._strange) > _MOST_NAMES
        ):
            return
        last = self._statement_end(at + 2)
        name = self._tokens[at].text
        if self._text(at + 2) == "new" and self._text(at + 3) in _SENDER_CLASSES:
            self._senders.add(name)
        span = self._span(at + 2, min(last, at + 60))
        if (
            self._called_in(span, _SENDERS)
            or "=>" in (self._text(i) for i in span)
            or self._text(at + 2) == "function"
        ):
            return
        if self._secrets(span):
            self._secret.add(name)
        if self._strangers(span):
            self._strange.add(name)

    def _called_in(self, span: range, names: frozenset[str]) -> bool:
        return any(self._text(i) in names and self._text(i + 1) == "(" for i in span)

    def _evaluates(self, at: int) -> None:
        word = self._text(at)
        if word in ("eval", "Function", "execScript") and self._called(at):
            last = self._script.close(at + 1)
            span = self._span(at + 2, min(last, len(self._tokens)))
            inside = [self._tokens[i] for i in span if self._text(i) != ","]
            if word == "Function" and self._text(at - 1) != "new" and self._text(last + 1) != "(":
                return
            if not inside or all(t.kind == "string" for t in inside):
                return
            self._add(_EVAL, at, last, f"{word} runs a text as code", 0.8)
        if word in ("setTimeout", "setInterval") and self._called(at):
            first = self._tokens[at + 2] if at + 2 < len(self._tokens) else None
            if first and first.kind in ("string", "text") and self._text(at + 3) in ("+", "{"):
                self._add(_EVAL, at, self._script.close(at + 1), f"{word} runs a text as code", 0.8)
        named = at + 2 < len(self._tokens) and self._tokens[at + 2].kind == "word"
        if word in _CONTEXTS and self._text(at + 1) == "(" and named:
            self._add(_EVAL, at, self._script.close(at + 1), f"{word} runs a text as code", 0.7)

    def _runs(self, at: int) -> None:
        """Judge a literal command by the rules of the shell, and one that strangers can extend."""
        if self._text(at) not in _RUNS or self._text(at + 1) != "(":
            return
        last = self._script.close(at + 1)
        first = self._tokens[at + 2] if at + 2 < len(self._tokens) else None
        if first is None or first.kind not in ("string", "text"):
            return
        said = first.text.strip("\"'") if first.kind == "string" else first.text
        for problem in shell_rules.problems(said, 0, self._allowed):
            if problem.label in (shell_persists.LABEL, shell_uploads.LABEL):
                continue
            self._add(problem.label, at, last, problem.why, problem.score)
        if self._strangers(range(at + 3, min(last, at + 100))) and self._text(at + 3) in ("+", "{"):
            self._add(_EVAL, at, last, "a request becomes part of a command")

    def _removes(self, at: int) -> None:
        """Judge what deletes the system or a home."""
        if self._text(at) not in _REMOVES or self._text(at + 1) != "(":
            return
        first = self._tokens[at + 2] if at + 2 < len(self._tokens) else None
        if first is None or first.kind != "string" or self._text(at + 3) not in (",", ")"):
            home = [self._text(i) for i in range(at + 2, at + 6)] == ["os", ".", "homedir", "("]
            if not home or self._text(at + 7) not in (",", ")"):
                return
        elif not is_system(first.text.strip("\"'")) or first.text[1:2] in (".", "*"):
            return
        self._add(
            "shell-destructive", at, self._script.close(at + 1), "deletes the system or a home"
        )

    def _secrets(self, span: range) -> bool:
        """Return whether the tokens read cookies, stores, the environment or secret files."""
        return any(self._secret_at(i, span) for i in span)

    def _secret_at(self, at: int, span: range) -> bool:
        word, kind = self._text(at), self._tokens[at].kind if at < len(self._tokens) else ""
        if kind == "string":
            if not _SECRET_FILE.search(word.strip("\"'")):
                return False
            before = range(max(0, at - _NEAR), at)
            return any(self._text(i).startswith(("readFile", "createReadStream")) for i in before)
        if kind != "word" or (self._text(at - 1) in (".", "?.") and word != "cookie"):
            return False
        if word == "cookie":
            return self._text(at - 2) == "document"
        if word in ("localStorage", "sessionStorage"):
            if self._text(at + 1) not in (".", "?.", "["):
                return True
            key = next(
                (t.text for t in self._tokens[at + 2 : at + 5] if t.kind == "string"),
                self._text(at + 2),
            )
            return bool(_SECRET_KEY.search(key)) and self._text(at + 2) not in (
                "setItem",
                "removeItem",
                "clear",
            )
        if word == "process":
            return self._text(at + 2) == "env" and self._text(at + 3) not in (".", "?.", "[")
        return word in self._secret and self._text(at + 1) != ":"

    def _strangers(self, span: range) -> bool:
        """Return whether the tokens hold what the address, a message or a request brings along."""
        if self._called_in(span, _CLEANERS) or any(self._text(i) in ("DOMPurify",) for i in span):
            return False
        return any(self._strange_at(i) for i in span if i < len(self._tokens))

    def _strange_at(self, at: int) -> bool:
        if self._tokens[at].kind != "word":
            return False
        word, after = self._text(at), self._text(at + 2)
        if self._text(at - 1) in (".", "?."):
            return word == "referrer" and self._text(at - 2) == "document"
        if word == "location" or (word in ("window", "document") and after == "location"):
            return after in _URL_PARTS or self._text(at + 4) in _URL_PARTS
        if word == "window" or word == "document":
            return after in ("name", "referrer", "URL", "documentURI") and self._text(at + 1) == "."
        if word in ("req", "request", "ctx"):
            return after in ("query", "body", "params", "cookies")
        if word in ("URLSearchParams", "prompt"):
            return self._text(at + 1) == "("
        return word in self._strange and self._text(at + 1) != ":"

    def _writes(self, at: int) -> None:
        word = self._text(at)
        if (
            word in _SINK_NAMES
            and self._text(at + 1) in ("=", "+=")
            and self._text(at - 1) in (".", "?.")
        ):
            last = self._statement_end(at + 2)
            span = self._span(at + 2, last)
        elif (
            word in _SINK_CALLS and self._text(at + 1) == "(" and self._text(at - 1) in (".", "?.")
        ):
            if word in ("write", "writeln") and self._text(at - 2) != "document":
                return
            last = self._script.close(at + 1)
            span = self._span(at + 2, last)
        elif word in ("dangerouslySetInnerHTML", "__html"):
            last = self._statement_end(at + 2)
            span = self._span(at + 2, min(last, at + 60))
        else:
            return
        if self._strangers(span):
            self._add(_XSS, at, last, f"{word} takes what a stranger wrote")

    def _sends(self, at: int) -> None:
        """Judge what leaves: by a call, a picture's address, a change of place."""
        word, before, after = self._text(at), self._text(at - 1), self._text(at + 1)
        if after == "(" and self._sending(at):
            last = self._script.close(at + 1)
            inside = self._span(at + 2, last)
            if self._leaves(inside, word) and self._secrets_outside_headers(inside):
                self._add(_EXFIL, at, last, f"{word} sends secrets to another host")
                self._until = last
        elif (
            word in ("src", "href", "location")
            and after == "="
            and (before in (".", "?.", ";", "}", "{", "") or word == "location")
        ):
            last = self._statement_end(at + 2)
            inside = self._span(at + 2, last)
            if self._leaves(inside, word) and self._secrets(inside):
                self._add(_EXFIL, at, last, "an address carries secrets to another host")
        elif word == "addEventListener" or word in ("onkeydown", "onkeypress", "onkeyup"):
            self._listens(at)

    def _sending(self, at: int) -> bool:
        word, before, owner = self._text(at), self._text(at - 1), self._text(at - 2)
        if word in _SENDERS:
            return True
        if word not in _SEND_METHODS or before not in (".", "?."):
            return False
        if owner in _SENDING_OBJECTS or owner in self._senders:
            return True
        # new WebSocket("...").send(...)
        made = range(max(0, at - _NEAR), at) if owner == ")" else ()
        return any(self._text(i) in _SENDER_CLASSES for i in made)

    def _leaves(self, span: range, word: str) -> bool:
        """Return whether an absolute address stands there; `send` has its address elsewhere."""
        pieces = [self._tokens[i] for i in span if self._tokens[i].kind in ("string", "text")]
        if any(_ABSOLUTE.match(piece.text.strip("\"'")) for piece in pieces):
            return True
        return word == "send" and any(
            _absolute(self._tokens[i]) for i in self._span(max(0, span.start - 400), span.start)
        )

    def _secrets_outside_headers(self, span: range) -> bool:
        """A token in a header is how a page says who it is; in address or body it leaves."""
        here = span.start
        while here < span.stop:
            if self._text(here).strip("\"'").lower() == "headers" and self._text(here + 1) == ":":
                here += 2
                here = self._script.close(here) + 1 if self._text(here) == "{" else here + 1
                continue
            if self._secret_at(here, span):
                return True
            here += 1
        return False

    def _listens(self, at: int) -> None:
        """Judge a listener on keys that sends each of them away."""
        last = (
            self._script.close(at + 1) if self._text(at + 1) == "(" else self._statement_end(at + 2)
        )
        inside = [self._tokens[i] for i in self._span(at + 1, min(last, len(self._tokens)))]
        if self._text(at) == "addEventListener" and not any(
            t.text.strip("\"'") in _KEY_EVENTS - {"input"} for t in inside[:3]
        ):
            return
        keys = any(t.text in ("key", "keyCode", "which", "charCode") for t in inside)
        calls = any(t.text in _SENDERS or t.text == "src" for t in inside)
        if keys and calls and any(_absolute(t) for t in inside):
            self._add(_EXFIL, at, last, "every key is sent to another host")


def _absolute(token: Token) -> bool:
    return token.kind in ("string", "text") and bool(_ABSOLUTE.match(token.text.strip("\"'")))
