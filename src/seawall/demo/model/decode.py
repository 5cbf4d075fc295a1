"""The model's own reading of hidden and encoded text; shares nothing with the guard's views."""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache, partial

from seawall.demo.model.assemble import assembled
from seawall.demo.model.codecs import decode_runs, printable
from seawall.demo.model.leaves import leaves
from seawall.demo.model.spelled import spelled
from seawall.demo.model.words import is_code, readable, split_run, vocabulary

MAX_TEXT = 24_000
MAX_READINGS = 24
_JSON = json.JSONDecoder()
_LATIN = "abcdefghijklmnopqrstuvwxyz"
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
# Letters of other scripts by the Latin letter they look like.
_ALIKE = (
    "AАΑᎪꓮ BВΒᏴꓐ CСϹᏟꓚ DᎠꓓ EЕΕᎬꓰ FϜꓝ GԌᏀꓖ HНΗᎻꓧ IІΙӀꓲ JЈᎫꓙ KКΚᏦꓗ LᏞꓡ MМΜᎷꓟ NΝꓠ OОΟՕꓳ PРΡᏢꓑ QԚ RᎡꓣ "
    "SЅՏᏚꓢ TТΤᎢꓔ UՍꓴ VѴᏙꓦ WԜᎳꓪ XХΧꓫ YҮΥꓬ ZΖᏃꓜ aаɑαᴀ bЬƄʙ cсϲᴄ dԁɗᴅ eеҽєᴇ fғƒſ gɡցԍɢ hһհʜ iіıɩιɪ "
    "jјϳᴊ kκкᴋ lӏⅼʟ mмᴍ nոпɴη oоοօσᴏ pрρᴘ qԛզ rгʀ sѕꜱ tтτᴛ uսυᴜ vѵνᴠ wԝաᴡ xхχ yуүγʏ zᴢʐ"
)
_FOLD = {ord(ch): group[0] for group in _ALIKE.split() for ch in group[1:]}
_LEET = {"0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "6": "g",
         "@": "a", "$": "s", "!": "i", "|": "l", "+": "t", "2": "z", "€": "e"}  # fmt: skip
_FLIPPED = str.maketrans("ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ¿¡", "acefghijkmrtvwy?!")
_PROGRAM = re.compile(r"\b(?:import \w+|print\(|open\(|def \w+\()")
_MIRRORED = str.maketrans(_LATIN + _LATIN.upper(), _LATIN[::-1] + _LATIN[::-1].upper())
_SHIFTED = [
    str.maketrans(_LATIN + _LATIN.upper(), turned + turned.upper())
    for turned in (_LATIN[shift:] + _LATIN[:shift] for shift in range(26))
]
_DOTTED = re.compile(r"(?<!\w)\w(?:([.\-_*·•|~/,])\w(?:\1\w)+)(?!\w)")
_SEGMENT = re.compile(r"[^\n]+")
_QUOTED = re.compile(r"[\"“”„«»`']([^\"“”„«»`'\n]{12,})[\"“”„«»`']")


def _tags(text: str) -> str:
    """Show text written in tag characters (U+E0020..7E), in its place."""
    if text.isascii() or not any(0xE0020 <= ord(ch) <= 0xE007E for ch in text):
        return ""
    return "".join(chr(ord(ch) - 0xE0000) if 0xE0020 <= ord(ch) <= 0xE007E else ch for ch in text)


def _invisible_bits(text: str) -> str:
    """Read bytes written in invisible characters: two symbols as bits, or variation selectors."""
    if text.isascii():
        return ""
    selectors = [
        ord(ch) - 0xFE00 if ord(ch) < 0xFE10 else ord(ch) - 0xE0100 + 16
        for ch in text
        if 0xFE00 <= ord(ch) <= 0xFE0F or 0xE0100 <= ord(ch) <= 0xE01EF
    ]
    if len(selectors) >= 4:
        return printable(bytes(code for code in selectors if code < 256))
    for run in re.findall("[\u200b\u200c\u200d\u2060\u2062\u2063\ufeff]{24,}", text):
        symbols = sorted(set(run))
        for zero in symbols[:3]:
            bits = "".join("0" if ch == zero else "1" for ch in run if ch in symbols[:3])
            size = len(bits) // 8 * 8
            plain = printable(bytes(int(bits[i : i + 8], 2) for i in range(0, size, 8)))
            if plain:
                return plain
    return ""


def visible(text: str) -> str:
    """Return the text as a reader sees it: no invisible characters, no lookalikes, NFKC."""
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_FLIPPED)
    if plain.isascii():
        return plain
    return re.sub(r"\w+", _fold_word, plain)


def _fold_word(match: re.Match[str]) -> str:
    """Fold lookalikes only where a word then turns Latin: Russian or Greek words stay."""
    word = match.group()
    if word.isascii():
        return word
    folded = "".join(
        ch for ch in unicodedata.normalize("NFD", word) if ch.isascii() or ord(ch) > 0x36F
    )
    folded = folded.translate(_FOLD)
    mixed = any(ch.isascii() and ch.isalpha() for ch in word)
    foreign = any(ord(ch) in _FOLD for ch in word)
    known = folded.casefold() in vocabulary()
    return folded if foreign and folded.isascii() and (mixed or known or len(word) < 3) else word


def _caesar(text: str, shift: int) -> str:
    return text.translate(_SHIFTED[shift])


def _shift(text: str) -> str:
    return "".join(chr(33 + (ord(ch) + 14) % 94) if 33 <= ord(ch) <= 126 else ch for ch in text)


_PIG = re.compile(r"\b(\w+?)([b-df-hj-np-tv-z]*)(?:ay|yay|way)\b", re.IGNORECASE)
_SCRAMBLES: tuple[Callable[[str], str], ...] = (
    partial(_caesar, shift=13),
    lambda text: text[::-1],
    lambda text: " ".join(reversed(text.split())),
    lambda text: re.sub(r"\S+", lambda match: match.group()[::-1], text),
    lambda text: text.translate(_MIRRORED),
    _shift,
    *(partial(_caesar, shift=shift) for shift in range(1, 26)),
    lambda text: _PIG.sub(r"\2\1", text),
)
# So many characters tell which scramble a long text is in.
_TELLING = 240
_LEAST_TURNED = 4


def _best_scramble(segment: str, letters: int) -> str:
    """Return the scramble of a segment that reads best; a sample of a long one decides."""
    sample = segment if len(segment) <= _TELLING else segment[:_TELLING].rpartition(" ")[0]
    least = 0.8 * (letters if sample is segment else sum(map(str.isalpha, sample)))
    best, undo = 0.0, None
    for scramble in _SCRAMBLES:
        text = scramble(sample)
        score = readable(text)
        if score > best and sum(map(str.isalpha, text)) >= least:
            best, undo = score, scramble
    return segment if undo is None else undo(segment)


@lru_cache(maxsize=8192)
def _unscramble(segment: str) -> str:
    """Return the most readable of the scrambles when the segment itself is not readable."""
    letters = sum(map(str.isalpha, segment))
    before = readable(segment)
    if letters < 10 or before > 0.34:
        return segment
    best = _best_scramble(segment, letters)
    score = readable(best)
    if score >= 0.38 and score > before + 0.2:
        return best
    turned = _caesar(segment, 13)
    return turned if _PROGRAM.search(turned) and not _PROGRAM.search(segment) else segment


def unscrambled(text: str) -> list[str]:
    """Undo rot-n, Atbash, reversal and rot47 for the whole text, a line, a quotation or a tail."""
    found = []
    whole = _unscramble(text)
    if whole != text:
        found.append(whole)
    blocks = "\n\n".join(_unscramble(block) for block in text.split("\n\n"))
    if blocks not in (text, whole):
        found.append(blocks)
    turned = _words_turned(text)
    if turned not in (text, whole):
        found.append(turned)
    lines = _SEGMENT.sub(lambda match: _line(match.group()), text)
    if lines not in (text, whole):
        found.append(lines)
    return found


def _words_turned(text: str) -> str:
    """Turn each word of a stretch whose words are known only backwards; their order stays."""
    words, known = list(re.finditer(r"\S+", text)), vocabulary()
    cores = [re.sub(r"\W+", "", match.group().casefold()) for match in words]
    back = [at for at, one in enumerate(cores) if one not in known and one[::-1] in known]
    if len(back) < _LEAST_TURNED:
        return text
    first, last = words[back[0]], words[back[-1]]
    # Words next to the stretch that no vocabulary holds belong to it: names, what is to be said.
    start = max((m.end() for m, one in zip(words, cores, strict=True)
                 if one in known and m.end() <= first.start()), default=0)  # fmt: skip
    end = min((m.start() for m, one in zip(words, cores, strict=True)
               if one in known and one[::-1] not in known and m.start() >= last.end()),
              default=len(text))  # fmt: skip
    stretch = re.sub(r"\S+", lambda match: match.group()[::-1], text[start:end])
    return text[:start] + stretch + text[end:]


def _line(line: str) -> str:
    plain = _unscramble(line)
    if plain != line:
        return plain
    quoted = _QUOTED.sub(lambda match: match.group().replace(match[1], _unscramble(match[1])), line)
    if quoted != line:
        return quoted
    for sign in (": ", " - ", ". ", "? ", "! "):
        pieces = line.split(sign)
        if len(pieces) > 1:
            joined = sign.join(_unscramble(piece) for piece in pieces)
            if joined != line:
                return joined
    return _strange_run(line)


def _strange_run(line: str) -> str:
    """Unscramble the longest run of words that are mostly unknown."""
    words, known = line.split(" "), vocabulary()
    best, start, total, begin, end = 0.0, 0, 0.0, 0, 0
    for place, word in enumerate(words):
        total += -1.6 if word.casefold().strip(".,:;!?()\"'") in known else 1.0
        if total <= 0:
            total, start = 0.0, place + 1
        elif total > best:
            best, begin, end = total, start, place + 1
    if end - begin < 5:
        return line
    for shift in range(min(4, end - begin - 5) + 1):
        run = " ".join(words[begin + shift : end])
        plain = _unscramble(run)
        if plain != run:
            return " ".join([*words[: begin + shift], plain, *words[end:]])
    return line


def _leet_word(match: re.Match[str]) -> str:
    word = match.group()
    if word.isalpha() or not any(ch in _LEET for ch in word) or not any(map(str.isalpha, word)):
        return word
    for one in "il":
        for six in "gb":
            plain = "".join(
                (one if ch in "1!|" else six if ch == "6" else _LEET.get(ch, ch)[0]) for ch in word
            )
            if plain.casefold() in vocabulary() or plain.rstrip("s").casefold() in vocabulary():
                return plain
    plain = "".join(_LEET.get(ch, ch)[0] for ch in word)
    readable_word = plain.isalpha() and plain.islower() and any(ch.isalpha() for ch in word)
    return plain if readable_word and not is_code(word) else word


def unleet(text: str) -> str:
    """Read digits and signs as letters where that gives words; codes and addresses stay."""
    plain = re.sub(r"[\w@$!|+€]+(?:[-'][\w@$!|+]+)*", _leet_word, text)
    return plain if readable(plain) >= readable(text) + 0.08 else text


def _close_up(match: re.Match[str]) -> str:
    run = match.group()
    words = re.split(r" {2,}|\s*[/|]\s+|\t", run)
    if len(words) > 1:
        return " ".join(re.sub(r"\s", "", word) for word in words)
    return split_run(re.sub(r"\s", "", run))


def unspaced(text: str) -> str:
    """Close up words whose letters are spaced, dotted or dashed."""
    spaced = re.sub(r"(?<!\S)\S(?:(?:[ \t]{1,4}|[ ]*[/|][ ]*)\S(?!\S)){5,}", _close_up, text)
    closed = _DOTTED.sub(lambda match: match.group().replace(match[1], ""), spaced)
    if len(_DOTTED.findall(spaced)) > 2:
        closed = re.sub(r"(?<!\w)(\w)[.\-_*·•|~/,](\w)(?!\w)", r"\1\2", closed)
    return closed


def _values(text: str) -> str:
    """Return the string values of the first JSON object in a text, their escapes undone."""
    start = text.find("{")
    while start >= 0:
        try:
            value, _ = _JSON.raw_decode(text, start)
        except ValueError:
            start = text.find("{", start + 1)
            continue
        found = "\n".join(leaf for leaf in leaves(value) if " " in leaf)
        return found if found not in text else ""
    return ""


def _next(text: str) -> Iterator[str]:
    """Yield what one step of decoding makes of a text."""
    for hidden in (_tags(text), _invisible_bits(text)):
        if hidden:
            yield hidden if len(hidden) >= len(text) else visible(text) + "\n" + hidden
    yield visible(text)
    yield from spelled(text)
    yield _values(text)
    yield assembled(text)
    yield from decode_runs(text)
    yield unspaced(text)
    yield unleet(text)
    yield from unscrambled(text)


@lru_cache(maxsize=4096)
def readings(text: str, depth: int = 3) -> tuple[str, ...]:
    """Return the text and everything it can be decoded to, nested ones too, plain first."""
    found, frontier = {text[:MAX_TEXT]: None}, [text[:MAX_TEXT]]
    for _ in range(depth):
        new: list[str] = []
        for current in frontier:
            for reading in _next(current):
                if reading not in found and reading.strip() and len(found) < MAX_READINGS:
                    found[reading] = None
                    new.append(reading)
        frontier = new
    return tuple(found)
