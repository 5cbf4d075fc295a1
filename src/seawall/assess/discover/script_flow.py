"""Where what a model wrote ends up in JavaScript: run, rendered, logged."""

from collections.abc import Iterator, Sequence
from typing import Any

from seawall.assess.discover.script_tokens import Token
from seawall.assess.discover.signals import Signal

_GENERATES = frozenset(
    "create generateText streamText generateObject streamObject generateContent chat invoke complete "
    "sendMessage generateContentStream stream parse".split()
)
_CHAINS = frozenset("completions responses messages models chat chain agent model llm".split())
_ALONE = frozenset("generateText streamText generateObject streamObject generateContent".split())
_RUNS = {
    "eval": "eval", "Function": "Function", "exec": "a shell", "execSync": "a shell",
    "spawn": "a process", "spawnSync": "a process", "execFile": "a process",
    "runInNewContext": "a script", "runInThisContext": "a script", "query": "SQL",
}  # fmt: skip
_SETS = frozenset(("innerHTML", "outerHTML", "srcdoc"))
_SHOWS = frozenset(("dangerouslySetInnerHTML", "insertAdjacentHTML"))
# A server's answer is HTML unless it is an object: Express, Fastify, Node.
_ANSWERS, _SENDS = frozenset("res response reply".split()), frozenset("send end write".split())
_CLEANS = frozenset(("sanitize", "escape", "escapeHtml", "encodeURIComponent", "length"))
_LOGS = frozenset("log info debug warn error".split())
_PROMPTS = frozenset("prompt prompts messages question completion answer".split())
_STATEMENT = 400


def flow(tokens: Sequence[Token], path: str, *, calls: bool) -> Iterator[Signal]:
    """Give the places where output is run, rendered or logged.

    Without a model library in the file only markup that is set from a variable counts, weakly.
    """
    held: set[str] = set()
    for first, last in _statements(tokens):
        words = tokens[first:last]
        if calls and _holds(words, held):
            held.update(_targets(words))
        yield from _sinks(words, held, path, calls=calls)


def _statements(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Give ranges up to a semicolon, or to a line that starts a new statement."""
    start = 0
    for i, token in enumerate(tokens):
        new_line = i > start and token.line > tokens[i - 1].line and token.text in _STARTS
        if new_line or i - start > _STATEMENT:
            yield start, i
            start = i
        if token.kind == "sign" and token.text == ";":
            yield start, i + 1
            start = i + 1
    if start < len(tokens):
        yield start, len(tokens)


_STARTS = frozenset(
    "const let var return if for while function async export class document console".split()
)


def _holds(words: Sequence[Token], held: set[str]) -> bool:
    """Return whether a statement calls a model or uses what one wrote."""
    for i, token in enumerate(words):
        if token.kind not in ("name", "inside"):
            continue
        if token.text in held and not _cleaned(words, i):
            return True
        called = i + 1 < len(words) and words[i + 1].text == "("
        if called and token.text in _ALONE:
            return True
        if called and token.text in _GENERATES and i > 1 and words[i - 2].text in _CHAINS:
            return True
    return False


def _cleaned(words: Sequence[Token], i: int) -> bool:
    if words[i].kind == "inside":  # a template's names come without their signs
        return i > 0 and words[i - 1].text in _CLEANS
    before = i > 1 and words[i - 1].text == "(" and words[i - 2].text in _CLEANS
    after = i + 2 < len(words) and words[i + 1].text == "." and words[i + 2].text in _CLEANS
    return before or after


def _targets(words: Sequence[Token]) -> Iterator[str]:
    """Give the names on the left of the first `=`."""
    for i, token in enumerate(words):
        if token.text == "=" and token.kind == "sign":
            for left in words[:i]:
                if left.kind == "name" and left.text not in (
                    "const",
                    "let",
                    "var",
                    "await",
                    "this",
                ):
                    yield left.text
            return


def _sinks(words: Sequence[Token], held: set[str], path: str, *, calls: bool) -> Iterator[Signal]:
    for i, token in enumerate(words):
        if token.kind != "name":
            continue
        after = words[i + 1].text if i + 1 < len(words) else ""
        rest = words[i + 1 : i + 40]
        if token.text in _RUNS and after == "(" and _uses(rest, held):
            into = _RUNS[token.text]
            yield _signal("output-run", f"what a model wrote goes into {into}", token, path,
                          ("interface.renders", "executed"))  # fmt: skip
        elif (token.text in _SETS and after in ("=", "+")) or token.text in _SHOWS:
            sure = _uses(rest, held)
            if sure or (not calls and any(word.kind in ("name", "inside") for word in rest)):
                yield _signal("output-rendered", f"markup is set by {token.text}", token, path,
                              ("interface.renders", "html"), weak=not sure)  # fmt: skip
        elif _sends_text(words, i) and _uses(rest, held):
            sure = any(word.kind == "text" and "<" in word.text for word in rest)
            yield _signal("output-rendered", "what a model wrote is sent as a page", token, path,
                          ("interface.renders", "html"), weak=not sure)  # fmt: skip
        elif token.text in _LOGS and after == "(" and _logs(words, i, held):
            yield _signal("prompt-log", "prompts or answers go to a log", token, path,
                          ("logging", None), weak=True)  # fmt: skip


def _sends_text(words: Sequence[Token], i: int) -> bool:
    """Return whether `res.send(` and the like send something else than an object."""
    if words[i].text not in _SENDS or i < 2 or i + 2 >= len(words) or words[i + 1].text != "(":
        return False
    return words[i - 2].text in _ANSWERS and words[i + 2].text not in ("{", "[", ")")


def _logs(words: Sequence[Token], i: int, held: set[str]) -> bool:
    logger = i > 1 and words[i - 2].text in ("console", "logger", "log", "winston", "pino")
    return logger and _uses(words[i + 1 : i + 40], held | _PROMPTS)


def _uses(words: Sequence[Token], held: set[str] | frozenset[str]) -> bool:
    for i, token in enumerate(words):
        if token.kind == "sign" and token.text == ";":
            return False
        if token.kind in ("name", "inside") and token.text in held and not _cleaned(words, i):
            return True
    return False


def _signal(
    kind: str, what: str, token: Token, path: str, fact: tuple[str, Any], *, weak: bool = False
) -> Signal:
    return Signal(kind=kind, what=what, path=path, line=token.line, says=(fact,), weak=weak)
