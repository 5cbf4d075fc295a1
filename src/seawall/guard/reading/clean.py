"""Readings that undo disguise of single characters: invisible ones, variants, look-alikes."""

import re
import unicodedata
from collections.abc import Iterator, Set
from functools import lru_cache
from itertools import filterfalse, pairwise
from string import ascii_letters

from seawall.guard.contract import View
from seawall.guard.reading.homoglyphs import HOMOGLYPHS
from seawall.guard.reading.mapped import Builder, Piece, child_kind, passages, run, whole
from seawall.guard.reading.vocabulary import known

_TAG_FIRST, _TAG_LAST = 0xE0020, 0xE007E
_SELECTORS = (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
# Letters by category, but shown as nothing.
_BLANKS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180e")
_OTHER = re.compile(r"[^\x00-\x7f]+")
_HIDDEN = re.compile("[\U000e0020-\U000e007e\U000e0100-\U000e01ef\ufe00-\ufe0f]+")
# A token that is not ASCII throughout.
_OTHER_TOKEN = re.compile(r"(?<!\S)[^\s\x80-\U0010ffff]*+[^\x00-\x7f\s]\S*")
_PUNCTUATION = ".,;:!?\"'()[]{}<>«»-"
# Terminal colours and BEL, BS, DEL: not shown, but they part words. VT begins a line.
_CONTROL = re.compile("\x1b\\[[0-9;]{0,20}[A-Za-z]|\x0b|[\x00-\x08\x0c\x0e-\x1f\x7f]+")


@lru_cache(maxsize=8192)
def _normal_character(character: str) -> str:
    code = ord(character)
    if _TAG_FIRST <= code <= _TAG_LAST:
        return chr(code - 0xE0000)
    category = unicodedata.category(character)
    if category in ("Zl", "Zp") or character == "\x85":
        return "\n"
    if category in ("Cf", "Cc") or character in _BLANKS:
        return ""
    if any(code in block for block in _SELECTORS):
        return ""
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(character))
    return unicodedata.normalize("NFKC", character)


def normalised(view: View, signs: Set[str], gates: Set[str]) -> View | None:
    """NFKC, spaces to spaces, invisible characters out, tag characters to ASCII.

    `signs`: the text's characters beyond ASCII; `gates`: what it shows at a glance.
    """
    source, controls = view.text, "controls" in gates
    if not controls and [*map(_normal_character, signs)] == [*signs]:
        return None
    builder, last = Builder(), 0
    matters = controls or _LONG_NUMBER.search(source) is not None
    pattern = re.compile(f"{_OTHER.pattern}|{_CONTROL.pattern}") if controls else _OTHER
    for match in pattern.finditer(source):
        if match.group() < "\x80":
            builder.copy(source, last, match.start())
            builder.put("\n" if match.group() == "\x0b" else "", *match.span())
            last = match.end()
            continue
        for index in range(*match.span()):
            text = _normal_character(source[index])
            if text != source[index]:
                matters = matters or _matters(source, index)
                builder.copy(source, last, index)
                builder.put(text, index, index + 1)
                last = index + 1
    if not matters:
        return None
    builder.copy(source, last, len(source))
    text, offsets = builder.finish(len(source))
    return whole(view, child_kind(view, "normalised"), text, offsets)


_ROW = 18
# So many digits of another script may be a card's or an account's; years and prices are shorter.
_LONG_NUMBER = re.compile(r"(?:(?![0-9])\d[ .\-\u00a0\u200b-\u200f]?){8}")


def _matters(source: str, index: int) -> bool:
    """Return whether a change can show anything: wide commas between wide words cannot."""
    category = unicodedata.category(source[index])
    if category == "Nd":
        return unicodedata.normalize("NFKC", source[index]).isascii()
    if category[0] not in "PZ" or category in ("Zl", "Zp"):
        return True
    if source[index] == "…":
        return False
    if category == "Zs":
        # Codes in a row may be parted by wide or fixed spaces; one between words shows nothing.
        row = source[max(0, index - _ROW) : index]
        return " " not in row and sum(unicodedata.category(c) == "Zs" for c in row) > 1
    around = source[max(0, index - 1) : index] + source[index + 1 : index + 2]
    return any(c.isascii() and c.isalnum() for c in around)


def _smuggled(characters: str) -> str:
    """Return what a run of tag characters, or of bytes as variation selectors, spells."""
    codes = [ord(character) for character in characters]
    if all(_TAG_FIRST <= code <= _TAG_LAST for code in codes):
        return "".join(chr(code - 0xE0000) for code in codes)
    data = bytes(
        code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16
        for code in codes
        if not _TAG_FIRST <= code <= _TAG_LAST
    )
    text = data.decode("utf-8", "ignore")
    return text if text.isprintable() or "\n" in text else ""


def hidden(view: View, signs: Set[str]) -> View | None:
    """Return alone what invisible characters spell: tag characters, variation selectors."""
    if not _HIDDEN.search("".join(signs)):
        return None
    builder, last = Builder(), 0
    pieces = [(m.span(), _smuggled(m.group())) for m in _HIDDEN.finditer(view.text)]
    # Tags between letters ("a<tag>b<tag>") are one message; a selector behind an emoji is none.
    for span, text in pieces:
        if text and (len(text) > 1 or len(pieces) > 4):
            builder.put(text, *span)
            last = span[1]
    if not builder.changed:
        return None
    text, offsets = builder.finish(last)
    kind = child_kind(view, "hidden")
    return whole(view, kind, text, offsets) if len(text) >= 4 else None


@lru_cache(maxsize=8192)
def _plain(character: str) -> str:
    """Return the Latin letter a character looks like, without its marks; itself if none."""
    first = unicodedata.normalize("NFD", character)[0]
    category = unicodedata.category(first)
    if category in ("Mn", "Me"):
        return "" if category == "Me" or unicodedata.combining(first) else character
    found = HOMOGLYPHS.get(character)
    if found is not None:
        return found
    found = HOMOGLYPHS.get(first)
    return found if found is not None else first if first.isascii() else character


class _Plain(dict[int, str]):
    """What `_plain` says of each character, looked up once."""

    _MOST = 8192

    def __missing__(self, code: int) -> str:
        plain = _plain(chr(code))
        if len(self) < self._MOST:
            self[code] = plain
        return plain


_PLAIN = _Plain()


def _alien(character: str) -> bool:
    """Return whether a look-alike belongs to another script: no accent, quotation mark, price."""
    first = unicodedata.normalize("NFD", character)[0]
    latin = "\u00c0" <= character <= "\u017f"
    return not (first.isascii() or latin or unicodedata.category(character)[0] == "P")


_ALIEN = frozenset(filter(_alien, HOMOGLYPHS))
_CLASS = "".join(map(re.escape, sorted(_ALIEN)))
# Letters of two scripts side by side.
_MIXED = re.compile(f"[A-Za-z][{_CLASS}]|[{_CLASS}][A-Za-z]")
_SIGNS = frozenset(c for c in _ALIEN if unicodedata.category(c) == "So")


def _disguised(token: str) -> bool:
    """Return whether a token mixes scripts, or is a common word once it is read as Latin."""
    if _MIXED.search(token) or not _SIGNS.isdisjoint(token):
        return True
    plain = token.translate(_PLAIN).strip(_PUNCTUATION).lower()
    return plain.isascii() and known(plain)


# Shorter words are words of some language with and without an accent.
_LEAST_HIDDEN = 4
_STACKED = re.compile("[\u0300-\u036f\u20d0-\u20ff]")


@lru_cache(maxsize=16_384)
def _accented(token: str) -> int:
    """Return 1 for a word that is common only without its accents, 2 for stacked marks, else 0."""
    if _STACKED.search(token):
        return 2
    word = token.strip(_PUNCTUATION).lower()
    if known(word):
        return 0
    plain = word.translate(_PLAIN)
    # Letters of another script do not come out as ASCII, or are look-alikes.
    if len(plain) < _LEAST_HIDDEN or plain == word or not known(plain) or not plain.isascii():
        return 0
    return int(_ALIEN.isdisjoint(word))


@lru_cache(maxsize=8192)
def _foldable(character: str) -> bool:
    """Return whether a character is a letter, a mark or a look-alike; no mere punctuation."""
    return character in _ALIEN or unicodedata.category(character)[0] in "LM"


def _to_fold(tokens: list[str], foreign: frozenset[str]) -> tuple[bool, frozenset[str]]:
    """Return whether all tokens that are not ASCII are to be folded, and else which."""
    others = [token for token in tokens if not foreign.isdisjoint(token)] if foreign else []
    disguised = [token for token in others if _disguised(token)]
    accents = sum(map(_accented, tokens)) > 1
    if accents or (disguised and 2 * len(disguised) >= len(others)):
        return True, frozenset()
    mixed = any(map(_MIXED.search, disguised))
    return False, frozenset(disguised if mixed else ())


def folded(view: View, signs: Set[str]) -> View | None:
    """Look-alike letters to Latin, marks taken off.

    Words of another script stay, unless at least half of them turn out to be Latin words.
    """
    if not any(map(_foldable, signs)):
        return None
    source = view.text
    tokens = [*filterfalse(str.isascii, source.split())]
    everywhere, chosen = _to_fold(tokens, _ALIEN & signs)
    if not everywhere and not chosen:
        return None
    builder, last = Builder(), 0
    for match in _OTHER_TOKEN.finditer(source):
        if not everywhere and match.group() not in chosen:
            continue
        for index in range(*match.span()):
            plain = source[index] if source[index] < "\x80" else _plain(source[index])
            if plain != source[index]:
                builder.copy(source, last, index)
                builder.put(plain, index, index + 1)
                last = index + 1
    if not builder.changed:
        return None
    builder.copy(source, last, len(source))
    text, offsets = builder.finish(len(source))
    return whole(view, child_kind(view, "folded"), text, offsets)


# Marks that part letters inside a word: tags, comments, emphasis, escapes.
_TAGS = r"<!--[^>]{0,200}-->|</?[A-Za-z][^<>\n]{0,200}>"
_MARKS = rf"(?:{_TAGS}|[*~`]|\\(?![nrtux])){{1,8}}"
_PARTING = rf"(?:{_MARKS}[A-Za-z ]{{1,5}}){{3,}}"
_LETTERS_BEFORE = 4
_MARKUP = re.compile(
    rf"[A-Za-z]{{0,{_LETTERS_BEFORE}}}{_PARTING}(?:</[^<>\n]{{1,200}}>|[*~`]{{1,3}})?[A-Za-z]{{0,8}}"
)
_PARTED = re.compile(_PARTING)
_MARK = re.compile(rf"{_TAGS}|[*~`\\]+")
_SIGN = re.compile(r"[<*~`\\]")
# How far behind a mark of one sign the next begins in _PARTING.
_NEAR = 6
# One word with marks in it, however long its pieces.
_CUT = re.compile(rf"(?<![A-Za-z])[A-Za-z]{{1,20}}+(?:{_MARKS}[A-Za-z]{{1,20}}+)+")
_INSIDE = re.compile(rf"{_MARKS}[A-Za-z]")
_LEAST_CUT = 6


def without_markup(view: View) -> View | None:
    """Mark-up inside words taken out: <b>i</b><b>g</b>, ig**no**re, ig<b>nore</b>."""
    # From sign to sign: the whole expressions would be tried at every letter.
    text = view.text
    signs = [sign.start() for sign in _SIGN.finditer(text)]
    found = [(*m.span(), _MARK.sub("", m.group())) for m in _parted(text, signs)]
    inside = any(at and text[at - 1].isalpha() and _INSIDE.match(text, at) for at in signs)
    pieces = _apart(found, _cut_words(text) if inside else [])
    return passages(view, child_kind(view, "markup"), pieces) if pieces else None


def _parted(text: str, signs: list[int]) -> Iterator[re.Match[str]]:
    """Yield what _MARKUP finds; `signs`: where marks may begin."""
    last = 0
    for at, following in pairwise(signs):
        # Only a tag has more signs than letters to the next mark.
        if at < last or (following - at > _NEAR and text[at] != "<"):
            continue
        if _PARTED.match(text, at):
            before = text[max(last, at - _LETTERS_BEFORE) : at]
            start = at - len(before) + len(before.rstrip(ascii_letters))
            match = _MARKUP.match(text, start)
            if match is not None:
                yield match
                last = match.end()


def _cut_words(text: str) -> list[Piece]:
    """Return words that marks cut: common without the marks, pieces of words with them."""
    found: list[Piece] = []
    for match in _CUT.finditer(text):
        parts = _MARK.sub(" ", match.group()).lower().split()
        word = "".join(parts)
        if known(word) and (len(word) >= _LEAST_CUT or not all(map(known, parts))):
            found.append((*match.span(), _MARK.sub("", match.group())))
    sizes = [len(word) for _, _, word in found]
    return found if len(sizes) > 1 or max(sizes, default=0) >= _LEAST_CUT else []


def _apart(first: list[Piece], more: list[Piece]) -> list[Piece]:
    """Return pieces in order, without those of `more` that touch one of the others."""
    found: list[Piece] = []
    for piece, kept in sorted([*((p, True) for p in first), *((p, False) for p in more)]):
        if found and piece[0] < found[-1][1]:
            if not kept:
                continue
            found.pop()
        found.append(piece)
    return found


_UPRIGHT = "abcdefghijklmnopqrstuvwxyz.,!?'"
_TURNED = str.maketrans("ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz˙‘¡¿,ıן", _UPRIGHT + "il")
_TURNED_LETTERS = frozenset("ɐǝɹʇʌʍʎɥɯʞɔɟɾᴉ")
_SURELY_TURNED = re.compile(f"[{''.join(_TURNED_LETTERS)}]")
_LEAST_TURNED = 3


def upside_down(view: View, signs: Set[str]) -> View | None:
    """Text written with turned letters, from its end."""
    if _TURNED_LETTERS.isdisjoint(signs) or len(_SURELY_TURNED.findall(view.text)) < _LEAST_TURNED:
        return None
    text = view.text.lower().translate(_TURNED)[::-1]
    return run(view, child_kind(view, "upside-down"), text, 0, len(view.text))
