"""One cheap pass that says which readings could change a text at all."""

from functools import cache, cached_property
from itertools import chain, compress, count, filterfalse
from typing import Any

import msgspec
import re2

from seawall.guard.prefilter import Prefilter, relaxed
from seawall.guard.reading import between, disguised, drawn, flow, labelled, numbers, spelt
from seawall.guard.reading.vocabulary import words
from seawall.guard.reading.words import common_alone, others, words_in

# Each gate opens on everything its reader could act on, and on some texts it can't.
_PARTS = "part|piece|chunk|fragment|segment|string|word|token|teil|stück|partie|morceau|parte|trozo"
_B64 = r"[A-Za-z0-9+/_\-]"
# Letters of Europe's languages are none of the signs that ROT47 makes; \w knows ASCII alone.
_EUROPE = r"\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{24f}\x{400}-\x{481}"
_LETTER, _ODD = rf"[\w{_EUROPE}]", rf"[^\w\s.,;:!?'\"()\-{_EUROPE}]"
# What may stand between letters, and letters that \w and \b do not know; dashes are none.
_GAP, _OTHER = r"[ \x{a0}.\-_*|·•/,+\n]", r"[^\x00-\x7f\x{a0}\x{2000}-\x{206f}·]"
_ANY = rf"(?:\w|{_OTHER})"
_SPACED = rf"\b\w{_GAP}\w{_GAP}{{1,6}}\w\b|\b\w_\w_\w"
GATES = {
    # Spelled out: twelve in a row, a capital or a digit among them; repeats would be relaxed.
    "base64": "|".join(_B64 * n + "[A-Z0-9]" + _B64 * (11 - n) for n in range(12)),
    "base64-pieces": r"[a-z][A-Z]\S{0,6}[\s=]|[a-z][A-Z]\S{7}",
    "base32": r"[A-Z2-7]{16,}|[a-z2-7]{16,}",
    # Six octets in a row, or the second line of a dump.
    "hex": r"\\x[0-9a-f]{2}\\|0x[0-9a-f]{2}[ ,\n]*0x|\b(?:0x)?[0-9a-f]{12}|"
    r"\b(?:[0-9a-f]{2}[ :\-,\r\n]{1,2}){5}[0-9a-f]{2}\b|\n[ \t>]*[0-9a-f]{4,}:?[ \t]{1,4}[0-9a-f]{2}",
    "binary": r"[01]{7}",
    "morse": r"[.\-·•−–—_]{1,7}[ /|\n]+[.\-·•−–—_]{1,7}[ /|\n]+[.\-·•−–—_]",
    "codes": r"\d{2,4}[ ,;]{1,2}\d{2,4}[ ,;]{1,2}\d{2,4}|chr\(|0o[0-7]{2,3}[ ,;]{1,2}0o",
    "hex-signs": r"\\x\{|&h[0-9a-f]|\bx[0-9a-f]{2}[ ,]|\\[0-9a-f]{2}|[$#][0-9a-f]{2}[$#]|"
    r"\b[0-9a-f]{2}h[ ,]",
    "uuencode": r"begin [0-7]{3} ",
    "labelled": labelled.GATE,
    "octal": r"\\[0-7]{2,3}\\",
    "code-points": r"U\+[0-9a-f]{4}",
    "quoted-printable": r"=[0-9a-f]{2}[a-z=]|[a-z]=[0-9a-f]{2}\b|=[ \t]*\r?\n\S",
    "ascii85": r"<~",
    "disguised": disguised.GATE,
    "escapes": r"%u?[0-9a-f]{2}|&[#a-z]|\\u|\\n\{[a-z]|\\(?:x00|0)[^0-9]|\w\\[nrt]\w",
    "quotes": r"[\"'`”][\s+&|.,;\\\-]{0,12}[\"'`“]",
    "assigned": r"(?:=|:|\bis)\s{0,3}[\"'“]",
    "parts": r"(?:" + _PARTS + r"|pezzo|deel|część|bölüm)\s*(?:no\.?\s*)?#?\s*(?:\d|[A-H]\b|one)",
    "numbered": r"(?:^|\n)\W{0,6}(?:\d{1,3}|[a-h])\s?[:.)=\]\-]",
    # The text speaks of putting together.
    "join": r"\b(?:join|concat|combin|together|append|merg|assembl|glue|stitch|put (?:them|it) |in order|"
    r"zusammen|verbind|füge|ensemble|assembl|concatén|jun(?:ta|te)|un(?:e|ir)\b|combina|concatena|"
    r"unisci|samen|połącz|birleştir)",
    "strings": r"[\"']\s{0,8}:\s{0,8}(?:[\"'\[{\d\-]|true|false|null|none)|^\s{0,80}(?:\[\s{0,80})?\"",
    "leet": r"[A-Za-z][0-9@$|!+(€£¡<{]+[A-Za-z]|[0-9@$|!+€£¡][A-Za-z]|[A-Za-z][0-9]",
    "markup": r"[A-Za-z][<*~`\\]",
    "spaced": rf"{_SPACED}|{_GAP}(?:{_OTHER}{_GAP}{_ANY}|{_ANY}{_GAP}{_OTHER}){_GAP}{{1,6}}{_ANY}{_GAP}",
    "humps": r"[a-z][A-Z]",
    "compounds": r"[A-Za-z][_\-.+/|][A-Za-z]{1,40}[_\-.+/|][A-Za-z]",
    "rot47": rf"{_ODD}{_LETTER}{{0,3}}{_ODD}|[:?]@|@[:?]",
    "word-order": r"revers|backward|last to first|right to left|from the end|rückwärts|umgekehrt|"
    r"à l'envers|au rev|al rev|al contrario|ao contr|achterstevoren|wstecz|\bters",
    "controls": r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]",
    **spelt.GATES,
    **drawn.GATES,
    **between.GATES,
    **flow.GATES,
    **numbers.GATES,
}
# Sets that cost less apart than together, in any order: Hyperscan reads each in a way of its own.
# Whatever stands in none of them is the last.
_APART = (
    ("base64",),
    ("base64-pieces", "humps", "compounds"),
    ("spaced", "lesson"),
    ("hex",),
    ("binary", "codes", "places", "base32", "code-points"),
    ("markup", "controls", "morse"),
    ("radio", "join", "parts", "word-order", "pig-latin", "leet"),
    ("octal", "quoted-printable", "escapes", "ascii85", "numbered", "strings", "quotes", "assigned",
     "rot47"),
)  # fmt: skip
# The first sets in one expression cost RE2 a third of that. With the others, which name many words,
# it would keep megabytes of states, or run out of them and be slow.
_AT_ONCE = 6
# What these come to in ASCII text: their classes alone name other characters.
_IN_ASCII = {
    **{name: "".join(filter(str.isascii, GATES[name]))
       for name in ("quotes", "leet", "assigned", "morse", "lesson")},
    "spaced": "".join(filter(str.isascii, _SPACED.replace(r"\x{a0}", ""))),
    "rot47": GATES["rot47"].replace(_EUROPE, ""),
}  # fmt: skip
_PASSES = (*_APART, tuple(n for n in GATES if n not in chain.from_iterable(_APART)))
_NAMES = tuple(chain.from_iterable(_PASSES))
_EXACT = frozenset(("base64", "base64-pieces", "base32", "leet", "markup", "humps", "compounds",
                    "pig-latin"))  # fmt: skip


class Signs(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What a text shows at a glance: open gates, and the words that are not common (`unknown`).

    `words`: where there are such, all the text's words in lower case, in order. `others`: the
    text's different characters beyond ASCII.
    """

    gates: frozenset[str]
    others: frozenset[str]
    words: list[str]
    unknown: frozenset[str]

    @cached_property
    def places(self) -> list[int]:
        """Return where the words that are not common stand among the words."""
        return list(compress(count(), map(self.unknown.__contains__, self.words)))


@cache
def _set() -> Prefilter:
    places = {name: index for index, name in enumerate(_NAMES)}
    return Prefilter(
        [(GATES[name], name in _EXACT) for name in _NAMES],
        passes=[[places[name] for name in together] for together in _PASSES],
        in_ascii=[(_in_ascii(name), name in _EXACT) for name in _NAMES],
    )


def _in_ascii(name: str) -> str:
    return _IN_ASCII.get(name, GATES[name])


# What RE2 may keep; natural and odd texts alike reach a tenth of it.
_MOST_BYTES = 8 << 20


@cache
def at_once() -> Any:
    """Return one expression that finds what opens a gate of the first sets in a text in ASCII.

    It reads a long text once and ends where the first gate opens, but does not tell which.
    """
    options = re2.Options()
    options.log_errors, options.never_capture, options.max_mem = False, True, _MOST_BYTES
    names = chain.from_iterable(_APART[:_AT_ONCE])
    each = (f"(?{'' if name in _EXACT else 'i'}:{relaxed(_in_ascii(name))})" for name in names)
    return re2.compile("|".join(each), options)


_SEEN_AT_ONCE = frozenset(range(len([*chain.from_iterable(_APART[:_AT_ONCE])])))


def compile_gates() -> None:
    """Compile what opens the gates."""
    _set()
    at_once()


def plain_signs(text: str) -> Signs | None:
    """Return what `signs` returns for a text in ASCII that opens no gate and has common words alone.

    None for every other one.
    """
    # The words first: what is in no vocabulary cannot make states of the expression.
    if not common_alone(text) or at_once().search(text.encode()):
        return None
    if _set().candidates(text, _SEEN_AT_ONCE):
        return None
    return Signs(gates=frozenset(), others=frozenset(), words=[], unknown=frozenset())


def signs(text: str) -> Signs:
    """Return what the text shows at a glance; one pass over it."""
    foreign = others(text)
    found = words_in(text, foreign)
    gates = frozenset([_NAMES[index] for index in _set().candidates(text)])
    unknown = frozenset(filterfalse(words().__contains__, found))
    return Signs(gates=gates, others=foreign, words=found if unknown else [], unknown=unknown)
