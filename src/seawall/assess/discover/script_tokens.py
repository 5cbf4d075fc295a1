"""Tokens of JavaScript and TypeScript: enough to find calls, names and texts, in linear time."""

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_TOKENS = 400_000
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\f\v\u00a0\ufeff]+)|(?P<newline>\n)"
    r"|(?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?)"
    r"|(?P<name>[A-Za-z_$][\w$]*)|(?P<number>\d[\w.]*)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"?|'(?:[^'\\\n]|\\.)*'?)"
    r"|(?P<template>`(?:[^`\\]|\\.)*`?)|(?P<sign>=>|\?\.|\.\.\.|[^\s\w])",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
# After these a slash starts an expression, not a division.
_BEFORE_REGEX = frozenset("( , = : [ ! & | ? { } ; + - * % < > ~ ^ =>".split())
_WORDS_BEFORE_REGEX = frozenset(
    "return typeof case in of delete void throw new else do await".split()
)
_LONGEST_REGEX, _FAILURES = 1_000, 500


class Token(NamedTuple):
    """A token: name, text (its content), number or sign; line from 1."""

    kind: str
    text: str
    line: int


def tokens(source: str) -> list[Token]:
    """Return the tokens without space and comments, at most MAX_TOKENS.

    A template's content is its text, `${...}` included, and its expressions are tokens after it.
    """
    return list(_tokens(source, 1))


def _tokens(source: str, line: int) -> Iterator[Token]:
    at, count, failed, last = 0, 0, 0, Token("sign", ";", 1)
    while at < len(source) and count < MAX_TOKENS:
        if source[at] == "/" and failed < _FAILURES and _starts_regex(last):
            if end := _regex_end(source, at):
                at, last = end, Token("number", "regex", line)
                continue
            failed += 1
        match = _TOKEN.match(source, at)
        if match is None:
            at += 1
            continue
        kind, raw = match.lastgroup or "sign", match.group()
        at = match.end()
        if kind not in ("space", "newline", "comment"):
            last = _made(kind, raw, line)
            count += 1
            yield last
            if kind == "template":
                yield from _inside(raw, line)
        line += raw.count("\n")


def _made(kind: str, raw: str, line: int) -> Token:
    if kind not in ("text", "template"):
        return Token(kind, raw, line)
    body = raw[1:-1] if len(raw) > 1 and raw[-1] == raw[0] else raw[1:]
    return Token("text", _ESCAPE.sub(lambda m: _ESCAPES.get(m[1], m[1]), body), line)


def _inside(raw: str, line: int) -> Iterator[Token]:
    """Give the names used in a template's `${...}`, which is how a value gets into it."""
    for match in re.finditer(r"\$\{([^}`]{1,300})\}", raw):
        here = line + raw.count("\n", 0, match.start())
        for name in re.finditer(r"[A-Za-z_$][\w$]*", match[1]):
            yield Token("inside", name.group(), here)


def _starts_regex(last: Token) -> bool:
    if last.kind == "sign":
        return last.text in _BEFORE_REGEX
    return last.kind == "name" and last.text in _WORDS_BEFORE_REGEX


def _regex_end(source: str, at: int) -> int:
    """Return where the expression that starts with the slash at `at` ends, 0 where none does."""
    inside, i = False, at + 1
    if source[i : i + 1] in ("*", "/", ""):
        return 0
    for i in range(at + 1, min(len(source), at + _LONGEST_REGEX)):
        char, escaped = source[i], source[i - 1] == "\\" and source[i - 2] != "\\"
        if char == "\n":
            return 0
        if escaped:
            continue
        if char == "/" and not inside:
            while source[i + 1 : i + 2].isalpha():
                i += 1
            return i + 1
        inside = char == "[" or (inside and char != "]")
    return 0
