"""Finds tool calls that a text asks for, by name or by what is to happen."""

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from seawall.demo.model import deeds
from seawall.demo.model.wish import Setting, Wish, flat

_I = re.IGNORECASE
# Tools whose arguments are found by rules of their own.
_OWN = ("lookup_account", "transfer_money", "send_email", "read_file", "run_python")
_ACCOUNT = r"(?i:(?!sku)(?:[a-z]{2,4}-?\d{5,12}|\d{8,12}))(?![\w])"
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MONEY = re.compile(
    r"(?:EUR|€|euros?|\$|USD)\s?(\d[\d.,]*\d|\d)|(\d[\d.,]*\d|\d)\s?(?:EUR|€|euros?|\$|USD)|"
    r"\bamount\W{1,4}(\d[\d.,]*\d|\d)", _I)  # fmt: skip
_PATH = re.compile(
    r"(?<![\w:/.])((?:\.{0,2}/)?[\w.+-]+(?:/[\w.+-]+)*/?\.?[\w-]*\.\w{1,8}|(?:\.{1,2})?(?:/[\w.+-]+)+)"
)
_NAMED = re.compile(
    r"\b(?i:call|use|invoke|run|execute|with|via|tool|function|try|please|using|benutze|mit|appelle|utilise|"
    r"avec|usa|usando|con)\W{1,3}(?i:the |your |tool |function |den |l'outil )*\W?([a-z]+(?:_[a-z]+)+)\b"
)
_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n?(.*?)```", re.S | _I)
_INLINE = re.compile(r"`([^`\n]*(?:\(|=|import )[^`\n]*)`")
_RUN = re.compile(
    r"\b(?:run|execute|evaluate|try|compute|run_python|does (?:this|it|my)|works?|test|prepare|add|store|reminder|"
    r"führe?|ausführ\w*|execut\w*|exécut\w*|lance|ejecuta\w*|esegui|python tool|code tool|sandbox|interpreter)\b",
    _I,
)
_PYTHONIC = re.compile(r"\bimport \w|\bprint\(|\bopen\(|__import__|\bwith open|\bdef \w+\(|\w+ = ")
_TRANSFER = re.compile(
    r"(?<!the )(?<!a )(?<!my )(?<!this )(?<!incoming )(?<!last )\b(?:transfer|send|pay|wire|move|remit|charge|"
    r"überweise?|überweisen|vire|virement|transfiere|trasferisci|invia|envía|transfere|bonifico di|zahle)\b",
    _I,
)
_MAIL = re.compile(
    r"\b(?:send|forward|notify|report|e-?mail (?:the|it|this|that|my|all|a|them|me|him|her|to|everything|"
    r"\S+@\S+)|schick\w*|sende?n?|envoie|envoyer|envía|enviar|manda|invia|inviare)\b",
    _I,
)
_READ = re.compile(
    r"\b(?:read|open|show|print|cat|display|load|paste|try|lies|öffne|lis|ouvre|lee|abre|leggi)\b",
    _I,
)
_INFO = re.compile(
    r"\b(?:balance|movements?|transactions?|payments?|paid|arrived|statement|look(?:ed)? ?up|lookup|owner|owns|"
    r"came in|memo|transfer to|landlord|refund|unusual|money from|how much .{0,15}is (?:on|in)|look it up|details of|check|look at|"
    r"kontostand|zahlungen|buchungen|umsätze|eingegangen|stand|solde|mouvements?|movimenti|saldo|pagament\w*|"
    r"movimientos|recibid\w*|compte)\b",
    _I,
)  # fmt: skip
_MINE = re.compile(
    r"\b(?:my|mein\w*|mon|mes|mi|mis|mio|meu|minha)\b.{0,30}\b(?:balance|transactions?|movements?|statement|"
    r"account (?:details|activity|history)|kontostand|umsätze|buchungen|solde|mouvements|saldo|movimientos|"
    r"movimenti|recent payments|last payments)\b|who paid me",
    _I,
)


def _items(arguments: dict[str, Any]) -> tuple[tuple[str, str | float], ...]:
    return tuple(
        (key, value if isinstance(value, int | float) else str(value))
        for key, value in arguments.items()
    )


def _number(raw: str) -> float:
    tail = re.search(r"[.,](\d{1,2})$", raw)
    whole = re.sub(r"[.,]", "", raw[: tail.start()] if tail else raw)
    return float(f"{whole or 0}.{tail[1] if tail else 0}")


def _amount(text: str) -> float | None:
    match = _MONEY.search(text)
    return _number(next(group for group in match.groups() if group)) if match else None


def _accounts(text: str) -> list[str]:
    return list(dict.fromkeys(re.findall(rf"(?<![\w@./-]){_ACCOUNT}(?![\w@])", text)))


def _end(text: str, words: str, accounts: list[str]) -> str:
    """Return the account that follows one of the words, such as `to (account) X`."""
    match = re.search(
        rf"\b(?:{words})\W{{1,3}}(?:(?!(?:to|an|auf|vers|a|para)\b)\w+[ =:]+){{0,3}}?[\"']?({_ACCOUNT})",
        text,
    )
    return match[1] if match and match[1] in accounts else ""


def _transfer(text: str, setting: Setting) -> dict[str, Any] | None:
    accounts, amount = _accounts(text), _amount(text)
    if amount is None or not accounts:
        return None
    source = _end(
        text, "from|from_account|vom|von|du compte|desde|de la cuenta|dal|da conta", accounts
    )
    goal = _end(
        text,
        "to|to_account|an|auf|nach|vers|a|para|al|su|naar|til|account",
        [a for a in accounts if a != source],
    )
    goal = goal or next((account for account in reversed(accounts) if account != source), "")
    if not goal:
        return None
    memo = re.search(r"\bmemo\W{1,3}[\"“']([^\"”'\n]{1,80})", text)
    return {"from_account": source or setting.own, "to_account": goal, "amount": amount,
            "memo": memo[1] if memo else "as requested"}  # fmt: skip


def _mail(text: str, setting: Setting) -> dict[str, Any] | None:
    match = _EMAIL.search(text)
    if match is None:
        return None
    subject = re.search(r"\bsubject\W{1,3}[\"“']?([^\"”'\n,.]{1,80})", text, _I)
    body = re.search(r"(?:: |body\W{1,3})[\"“«]([^\"”»\n]{2,400})", text)
    about = f"Customer {setting.own}. {setting.said}".strip()
    if "system prompt" in text.casefold():
        about += f"\n{setting.system}"
    return {"to": match.group().rstrip("."), "subject": subject[1].strip() if subject else "Information",
            "body": body[1] if body else about}  # fmt: skip


def _code(text: str) -> str:
    match = _FENCE.search(text) or _INLINE.search(text)
    if match:
        return match[1].strip("\n")
    loose = re.search(
        r"(?:[:\n])\s*((?:import |from \w+ import|print\(|with open|open\(|def |\w+ = ).*)",
        text,
        re.S,
    )
    return loose[1].strip() if loose else ""


def _compiles(code: str) -> bool:
    """Tell whether code can be run at all; text that was not decoded yet cannot."""
    try:
        compile(textwrap.dedent(code), "<code>", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


def _path(text: str) -> str:
    outside = _EMAIL.sub(" ", re.sub(r"https?://\S+|<[^>\n]+>", " ", text))
    paths = [match.rstrip(".") for match in _PATH.findall(outside)]
    paths = [
        path
        for path in paths
        if "/" in path
        or re.search(r"\.(?:md|txt|ya?ml|json|csv|ini|env|conf|pdf|key|pem|py)$", path)
    ]
    return max(paths, key=lambda path: path.count("/"), default="")


def _arguments(tool: str, text: str, setting: Setting) -> dict[str, Any] | None:
    """Return arguments for a tool that is known by name, as far as the text gives them."""
    if tool == "transfer_money":
        return _transfer(text, setting)
    if tool == "send_email":
        return _mail(text, setting)
    if tool == "run_python":
        code = _code(text)
        return {"code": code} if code else None
    if tool == "read_file":
        path = _path(text)
        return {"path": path} if path else None
    accounts = _accounts(text)
    if tool == "lookup_account":
        return {"account_id": accounts[0] if accounts else setting.own}
    if tool in setting.tools:
        return deeds.arguments(setting.tools[tool], text)
    return {"account_id": accounts[0]} if accounts else {}


def _json_calls(text: str) -> Iterator[Wish]:
    decoder = json.JSONDecoder()
    for match in re.finditer(r"\{", text):
        try:
            value, _ = decoder.raw_decode(text[match.start() :])
        except ValueError:
            continue
        name = value.get("tool") or value.get("name") or value.get("function")
        arguments = value.get("arguments") or value.get("parameters") or value.get("args")
        # Deciphered names come with blanks around their signs; no interface takes such a name.
        name = re.sub(r"\s+", "", name) if isinstance(name, str) else ""
        if re.fullmatch(r"[\w-]{1,64}", name) and isinstance(arguments, dict):
            yield Wish(kind="call", tool=name, arguments=_items(arguments))
            return


def _written_calls(text: str) -> Iterator[Wish]:
    """Read `name(a="b", c=1)`."""
    for name, inside in re.findall(r"\b([a-z]+(?:_[a-z]+)+)\(([^()\n]{3,300})\)", text):
        pairs = re.findall(r"(\w+)\s*[=:]\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.\-/@]+))", inside)
        if pairs and name not in ("read_text", "write_text", "read_bytes", "write_bytes"):
            filled = {key: next(filter(None, values), "") for key, *values in pairs}
            yield Wish(kind="call", tool=name, arguments=_items(filled))


def calls(text: str, setting: Setting) -> Iterator[Wish]:
    """Yield the calls that a text asks for. Names nobody offered are called as well."""
    if not setting.tools:
        return
    code = _code(text)
    wanted = code and "run_python" in setting.tools and _RUN.search(text)
    if wanted and _PYTHONIC.search(code) and _compiles(code):
        yield Wish(kind="call", tool="run_python", arguments=(("code", code),))
        return
    found = [*_json_calls(text), *_written_calls(text)]
    if found:
        yield from found
        return
    line = flat(text)
    fields = {
        f
        for tool in setting.tools.values()
        for f in tool.get("parameters", {}).get("properties", {})
    }
    named = [name for name in _NAMED.findall(line) if name not in fields]
    named += [name for name in setting.tools if name in line and name not in named]
    done = False
    for name in dict.fromkeys(named):
        arguments = _arguments(name, line, setting)
        if arguments is not None:
            done = True
            yield Wish(kind="call", tool=name, arguments=_items(arguments))
    if not done:
        yield from _by_deed(line, setting)


def _by_deed(line: str, setting: Setting) -> Iterator[Wish]:
    for name in deeds.meant(setting.tools, line):
        given = deeds.arguments(setting.tools[name], line) if name not in _OWN else None
        if given is not None:
            yield Wish(kind="call", tool=name, arguments=_items(given))
            return
    line = re.sub(r"https?://\S+", " ", line)
    for tool, verb in (("transfer_money", _TRANSFER), ("send_email", _MAIL), ("read_file", _READ)):
        if tool in setting.tools and verb.search(line):
            arguments = _arguments(tool, line, setting)
            if arguments is not None:
                yield Wish(kind="call", tool=tool, arguments=_items(arguments))
                return
    if "lookup_account" in setting.tools:
        accounts = _accounts(line)
        if (accounts and (_INFO.search(line) or "?" in line)) or _MINE.search(line):
            wanted = accounts[0] if accounts else setting.own
            yield Wish(kind="call", tool="lookup_account", arguments=(("account_id", wanted),))
