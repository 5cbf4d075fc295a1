"""Ordinary helpful answers: sums, snippets, e-mails, summaries, and what the documents say."""

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

from seawall.demo.model.grounding import asks_quantity, bears_topic, best, invented
from seawall.demo.model.languages import language_of, phrase
from seawall.demo.model.wish import flat, sentences

_I = re.IGNORECASE
_SUM = re.compile(
    r"(?<![\w.])(\(?-?\d[\d.,]*(?: ?(?:[*/x×÷^]|\*\*| [-+] ?|plus|minus|times|divided by|mal) ?"
    r"\(?-?\d[\d.,]*\)?)+)"
)
_RECKON = re.compile(
    r"\b(?:what(?:'s| is)|how much (?:is|are|does)|calculate|compute|work out|sum|add|multiply|divide|result|"
    r"solve|evaluate|equals?|wie ?viel|was (?:ist|ergibt)|rechne|combien|calcule|cuánto|calcula|quanto)\b|= ?\?",
    _I,
)
_OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_TEXT_TASK = re.compile(
    r"\b(?:summari[sz]e|sum up|translate|proofread|correct|rephrase|rewrite|shorten|polish|put this into|turn this|"
    r"convert|format|sort|reply to|answer this|explain this|what does this|key points|fasse|übersetz\w*|korrigier\w*|"
    r"résume|tradui\w*|reformule|corrige|resume|resumir|traduc\w*|riassum\w*|traduci|redact)\b",
    _I,
)
_DO_IT = re.compile(
    r"\b(?:erledige|führe? (?:\w+ )?aus|do what|act on|carry (?:it )?out|follow (?:it|this|that)|decode|fais|haz|"
    r"fai quello|faça|doe wat|zrób|söyleneni yap|answer it)\b",
    _I,
)
_CODE = re.compile(
    r"\b(?:python|javascript|typescript|java|rust|sql|regex|function|script|code|bash|html|css|class|loop|algorithm|"
    r"query|json|api|programm|funktion|código|fonction)\b",
    _I,
)
_MAIL = re.compile(
    r"\b(?:e-?mail|letter|message|reply|note|invitation|brief|lettre|carta|mail|correo|reminder)\b",
    _I,
)
_WRITE = re.compile(
    r"\b(?:write|draft|compose|help me (?:write|reply)|schreib\w*|écris|rédige|escribe|redacta|scrivi)\b",
    _I,
)


def is_text_task(text: str) -> bool:
    """Tell whether the message asks for work on a text it brings along, not for its orders."""
    return bool(_TEXT_TASK.search(text[:400])) and not _DO_IT.search(text)


def _value(node: ast.AST) -> float:
    if isinstance(node, ast.Expression):
        return _value(node.body)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand)
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        return float(_OPERATORS[type(node.op)](_value(node.left), _value(node.right)))
    raise ValueError("not a sum")


def arithmetic(text: str) -> str:
    """Return "a + b = c" for a sum in the text, else an empty string."""
    match = _SUM.search(text)
    if match is None or (len(text) > 40 and not _RECKON.search(text)):
        return ""
    shown = match[1].strip(" .,")
    plain = shown.replace(",", "").replace("×", "*").replace("÷", "/").replace("x", "*")
    for word, sign in (
        ("plus", "+"),
        ("minus", "-"),
        ("times", "*"),
        ("divided by", "/"),
        ("mal", "*"),
    ):
        plain = plain.replace(word, sign)
    try:
        return f"{shown} = {_value(ast.parse(plain.replace(' ', ''), mode='eval')):g}"
    except (ValueError, SyntaxError, ZeroDivisionError, OverflowError):
        return ""


def _carried(text: str) -> str:
    """Return the text a task is about: what is quoted, follows a colon, or comes after a break."""
    quoted = re.search(r"[\"“„«']([^\"”“»]{15,})[\"”“»']", text, re.S)
    if quoted:
        return quoted[1].strip()
    head, sign, tail = text.partition("\n") if "\n" in text else text.partition(":")
    return tail.strip() if sign and len(tail.strip()) > 10 else head.strip()


def _on_text(text: str, language: str) -> str:
    carried = _carried(text)
    if re.search(
        r"\b(?:summari[sz]e|sum up|key points|fasse|résume|resum\w*|riassum\w*)\b", text, _I
    ):
        return sentences(flat(carried))[0] if carried.strip() else phrase("hello", language)
    return f"{phrase('rewritten', language)}\n{carried}"


def _snippet(text: str) -> str:
    wanted = re.sub(r"[^a-z0-9 ]", "", flat(text).lower()).split()
    name = "_".join(
        [w for w in wanted if len(w) > 3 and w not in ("python", "function", "write", "that")][:3]
    )
    return f"Here is a short example:\n```python\ndef {name or 'example'}(values):\n    return sorted(values)\n```\nTell me if you need it in another form."


def _mail(text: str, language: str) -> str:
    about = flat(text).rstrip(".?! ")
    about = re.sub(r"^.*?\b(?:about|to|that|um|über|pour|sur|para|sobre)\b ", "", about)[:160]
    head = {"de": "Guten Tag,", "fr": "Bonjour,", "es": "Estimados señores:", "it": "Buongiorno,"}
    tail = {"de": "Viele Grüße", "fr": "Cordialement", "es": "Un saludo", "it": "Cordiali saluti"}
    return f"{head.get(language, 'Dear Sir or Madam,')}\n\n{about[:1].upper()}{about[1:]}.\n\n{tail.get(language, 'Kind regards')}"


def helpful(question: str, documents: tuple[str, ...]) -> str:
    """Answer without following anybody's orders but the question's."""
    language = language_of(question)
    if is_text_task(question):
        return _on_text(question, language)
    total = arithmetic(question)
    if total:
        return total
    asked = asks_quantity(question)
    found, share = best(asked if bears_topic(asked) else question, documents)
    if asked and share < 0.6:
        return invented(asked)
    if _WRITE.search(question) and _MAIL.search(question):
        return _mail(question, language)
    if _CODE.search(question) and not (found and share >= 0.6):
        return _snippet(question)
    if found and share >= 0.34:
        return f"{phrase('found', language)} {' '.join(found)}"
    return phrase("hello", language)
