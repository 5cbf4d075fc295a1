"""What SQL must not do: lose whole tables, touch files and programs, carry an injection."""

import re
from collections.abc import Iterator, Sequence

from seawall.guard.code.problem import Problem
from seawall.guard.code.sql import Statement, Token, statements

_DESTRUCTIVE, _FILE, _TAUTOLOGY = "sql-destructive", "sql-file-access", "sql-injection-tautology"
# Tables that are there to be thrown away.
_PASSING = re.compile(
    r"^[#@]|(?:^|_)(?:te?mp|temporary|staging|stage|stg|tests?|bak|backup|old|new|cache|dummy|sandbox|scratch|example|sample|copy)(?:_|\d*$)",
    re.IGNORECASE,
)
_BACK = re.compile(
    r"\b(?:down|rollback|revert|undo|clean(?:ing)?[ -]?up|tear[ -]?down|reset|recreate)\b",
    re.IGNORECASE,
)
_PROGRAMS = frozenset(
    (
        "XP_CMDSHELL",
        "SP_OACREATE",
        "XP_DIRTREE",
        "XP_REGREAD",
        "XP_REGWRITE",
        "SP_EXECUTE_EXTERNAL_SCRIPT",
    )
)
_FUNCTIONS = frozenset(
    ("LOAD_FILE", "PG_READ_FILE", "PG_READ_BINARY_FILE", "PG_LS_DIR", "LO_IMPORT", "LO_EXPORT",
     "SYS_EXEC", "SYS_EVAL", "UTL_HTTP", "UTL_FILE", "DBMS_SCHEDULER", "WRITEFILE", "READFILE",
     "LOAD_EXTENSION", "OPENROWSET", "DBMS_XMLQUERY")
)  # fmt: skip
_CALLING = frozenset(
    ("SELECT", "CALL", "EXEC", "EXECUTE", "DECLARE", "BEGIN", "INSERT", "PERFORM", "VALUES", "COPY", "SET", "GRANT")
)  # fmt: skip
# Where a database in a file becomes a page or a job.
_SERVED = re.compile(r"\.(?:php\d?|phtml|jspx?|aspx?|cgi)\b|^['\"]?/etc/|/cron", re.IGNORECASE)
_SECRET_TABLES = re.compile(
    r"^(?:PG_SHADOW|PG_AUTHID|SQL_LOGINS|SYSLOGINS|DBA_USERS)$", re.IGNORECASE
)
_DELAYS = frozenset(("SLEEP", "BENCHMARK", "PG_SLEEP", "WAITFOR"))
# A value that leaves its quotes and makes the condition true, or goes on with another query.
_INJECTED = re.compile(
    r"['\"]\s{0,5}\)?\s{0,5}(?:OR|\|\|)\s{1,5}(?:NOT\s{1,3})?(['\"]?)([\w]{1,20})\1?\s{0,5}(?:=|LIKE)\s{0,5}\1?\2\b"
    r"|['\"]\s{0,5}\)?\s{0,5}OR\s{1,5}(?:TRUE|1)\s{0,5}(?:--|#|/\*)"
    r"|['\"]\s{0,5}\)?\s{0,5};\s{0,5}(?:DROP|DELETE|UPDATE|INSERT|EXEC|SHUTDOWN|TRUNCATE)\s[^\n]{0,200}--"
    r"|(?:['\"]|\b-?\d{1,6})\s{0,5}\)?\s{0,5}UNION\s{1,5}(?:ALL\s{1,5})?SELECT\s[^\n]{0,300}(?:--|#|information_schema|@@version|/\*)"
    r"|['\"]\s{0,5}(?:AND|OR)\s{1,5}[^\n]{0,40}\b(?:SLEEP|PG_SLEEP|BENCHMARK)\s{0,3}\("
    r"|['\"]\s{0,5};?\s{0,5}WAITFOR\s{1,5}DELAY|\b(?:EXTRACTVALUE|UPDATEXML)\s{0,3}\([^\n]{0,40}CONCAT",
    re.IGNORECASE,
)


def problems(code: str, offset: int = 0) -> list[Problem]:
    """Return what is wrong with SQL code at `offset` of a text."""
    found: list[Problem] = []
    parsed = list(statements(code, offset))
    made = {name for one in parsed for name in _created(one)}
    altered: set[str] = set()
    for one in parsed:
        found += _destroys(one, made, altered)
        found += _reaches_out(one)
        found += _always_true(one)
        if one.tokens[0].text == "ALTER":
            altered.add(_name(one.tokens, 2))
    for match in _INJECTED.finditer(code):
        at = (offset + match.start(), offset + match.end())
        found.append(
            Problem(label=_TAUTOLOGY, start=at[0], end=at[1], why="a value leaves its quotes")
        )
    return sorted(found, key=lambda problem: problem.start)


def _problem(label: str, one: Statement, why: str, score: float = 0.9) -> Problem:
    return Problem(label=label, start=one.start, end=one.end, why=why, score=score)


def _name(tokens: Sequence[Token], at: int) -> str:
    """Return the last part of the dotted name at a place, in small letters."""
    while at < len(tokens) and tokens[at].text in (
        "IF",
        "NOT",
        "EXISTS",
        "ONLY",
        "TABLE",
        "IGNORE",
        "LOW_PRIORITY",
        "QUICK",
    ):
        at += 1
    name = tokens[at].text if at < len(tokens) else ""
    while at + 2 < len(tokens) and tokens[at + 1].text == ".":
        at += 2
        name = tokens[at].text
    return name.lower()


def _created(one: Statement) -> Iterator[str]:
    words = one.words()
    if words[0] == "CREATE":
        for index, word in enumerate(words[:6]):
            if word in ("TABLE", "DATABASE", "SCHEMA"):
                yield _name(one.tokens, index + 1)
    if words[0] == "ALTER" and "RENAME" in words:
        yield _name(one.tokens, 2)
    if words[0] == "SELECT" and "INTO" in words:
        yield _name(one.tokens, words.index("INTO") + 1)


def _verb(one: Statement) -> int:
    """Return the place of the statement's verb: behind WITH ... AS (...), BEGIN, EXPLAIN."""
    words, depth = one.words(), 0
    if words[0] in ("BEGIN", "EXPLAIN", "ANALYZE", "THEN", "ELSE", "END"):
        return next(
            (i for i, w in enumerate(words[:4]) if w in ("DELETE", "UPDATE", "DROP", "TRUNCATE")), 0
        )
    if words[0] != "WITH":
        return 0
    for index, word in enumerate(words):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word in ("DELETE", "UPDATE", "SELECT", "INSERT", "MERGE"):
            return index
    return 0


def _destroys(one: Statement, made: set[str], altered: set[str]) -> Iterator[Problem]:
    at = _verb(one)
    tokens = one.tokens[at:]
    words = [token.text if token.kind == "word" else "" for token in tokens]
    first, second = words[0], words[1] if len(words) > 1 else ""
    if first == "DROP" and second in ("TABLE", "DATABASE", "SCHEMA", "TABLESPACE"):
        name = _name(tokens, 2)
        if name in made or _PASSING.search(name) or _BACK.search(one.comment) or len(tokens) < 3:
            return
        yield _problem(_DESTRUCTIVE, one, f"drops a {second.lower()}")
    elif first == "TRUNCATE":
        name = _name(tokens, 1)
        if (
            len(tokens) > 1
            and not _PASSING.search(name)
            and "(" not in tokens[1].text
            and name not in made
        ):
            yield _problem(_DESTRUCTIVE, one, "empties a table")
    elif first == "DELETE" and second == "FROM":
        narrowed = {"WHERE", "LIMIT", "USING", "JOIN"} & set(words) and not _true_where(tokens)
        name = _name(tokens, 2)
        if not narrowed and name and not _PASSING.search(name) and name not in made:
            yield _problem(_DESTRUCTIVE, one, "deletes every row")
    elif first == "UPDATE" and "SET" in words[:12]:
        narrowed = {"WHERE", "LIMIT", "FROM", "JOIN"} & set(words) and not _true_where(tokens)
        name = _name(tokens, 1)
        if not narrowed and name not in altered and name not in made and not _PASSING.search(name):
            yield _problem(_DESTRUCTIVE, one, "changes every row", 0.7)


def _true_where(tokens: Sequence[Token]) -> bool:
    """Return whether WHERE says no more than that something is true."""
    texts = [token.text for token in tokens]
    if "WHERE" not in texts:
        return False
    rest = texts[texts.index("WHERE") + 1 :]
    return rest in (["TRUE"], ["1"]) or (len(rest) == 3 and rest[1] == "=" and rest[0] == rest[2])


def _reaches_out(one: Statement) -> Iterator[Problem]:
    tokens = one.tokens
    words = [token.text if token.kind == "word" else "" for token in tokens]
    # Vim and Node have a readfile() too; to take a right away calls nothing.
    called = not _CALLING.isdisjoint(words) and words[0] != "REVOKE"
    for index, word in enumerate(words):
        after = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if word in _PROGRAMS:
            yield _problem(_FILE, one, f"{word.lower()} reaches the system")
            return
        if (word in _FUNCTIONS and after in ("(", ".") and called) or (
            word == "INTO" and after in ("OUTFILE", "DUMPFILE")
        ):
            yield _problem(_FILE, one, "reads or writes files, or calls out")
            return
        if (
            word == "PROGRAM"
            and words[0] == "COPY"
            and tokens[index + 1 :][:1]
            and tokens[index + 1].kind == "string"
        ):
            yield _problem(_FILE, one, "runs a program")
            return
        if word == "DATABASE" and words[0] == "ATTACH" and _SERVED.search(after):
            yield _problem(_FILE, one, "writes a file that a server runs")
            return
        if word == "SONAME" and words[0] == "CREATE":
            yield _problem(_FILE, one, "loads a library")
            return
        if word == "USER" and index > 1 and words[index - 2] == "MYSQL" and words[0] == "SELECT":
            yield _problem("sql-credential-read", one, "reads the server's passwords")
            return
        if _SECRET_TABLES.match(word) and words[0] in ("SELECT", "WITH", "COPY"):
            yield _problem("sql-credential-read", one, "reads the server's passwords")
            return


def _always_true(one: Statement) -> Iterator[Problem]:
    """Yield OR 1 = 1, OR 'a' = 'a', OR TRUE in a condition of the statement itself."""
    tokens = one.tokens
    for index, token in enumerate(tokens):
        if token.text != "OR" or token.kind != "word":
            continue
        rest = tokens[index + 1 : index + 5]
        same = (
            len(rest) >= 3
            and rest[1].text == "="
            and rest[0].kind == rest[2].kind
            and rest[0].kind in ("string", "number")
            and rest[0].text == rest[2].text
        )
        bare = rest and rest[0].text == "TRUE" and (len(rest) < 2 or rest[1].text in (")", "AND"))
        if same or bare:
            yield Problem(
                label=_TAUTOLOGY,
                start=token.start,
                end=rest[2 if same else 0].end,
                why="is always true",
            )
