"""Every way a text can be read: raw, cleaned, decoded, nested; linear in the text."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

import msgspec

from seawall.guard.contract import View
from seawall.guard.reading import (
    between,
    broken,
    ciphers,
    clean,
    decode,
    drawn,
    flow,
    glue,
    invisible,
    leet,
    leet_ciphers,
    letters,
    numbers,
    order,
    printable,
    rot47,
    scrambled,
    spelt,
    strings,
    vocabulary,
    words,
)
from seawall.guard.reading.gates import Signs, compile_gates, plain_signs, signs

MAX_DEPTH = 3
# A text that is encoded as a whole is decoded so many times.
MAX_WRAPPED = 12
_WRAPPED = re.compile(r"\s*[A-Za-z0-9+/_\-]{24}[A-Za-z0-9+/_\-\s]*+={0,2}\s*")
MAX_VIEWS = 128
# Readings may hold this many characters more than GROWTH times the raw text.
ALLOWANCE, GROWTH = 64_000, 16
_KEPT_CHARACTERS = 20_000
_STACKED = ("normalised", "folded", "joined")
# Without these, and in ASCII, a text is as clean as it can be.
_DISGUISED = frozenset(("controls", "strings", "spaced", "gapped", "markup"))
_DRAWN = frozenset(drawn.GATES)
_FLOW = frozenset(flow.GATES)
_GLUE = frozenset(("quotes", "assigned", "parts", "numbered"))
# A chance find inside a decoded reading is likelier than a cipher used twice.
_ONCE = ("rot", "reversed", "atbash", "word-order", "glued", "leet", "parted", "rejoined",
         "radio", "places", "taught", "pig", "scrambled")  # fmt: skip


# So much of a longer text tells of most that they are not plain.
_FIRST = 600
# Words are found in steps where apostrophes stand.
_APOSTROPHES = 300
# What the last glance saw, until that text is read.
_GLANCED: dict[str, Signs] = {}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All views of a text, raw first. `complete` is false when a limit cut some off."""

    views: tuple[View, ...]
    complete: bool


def prepare(*, numbers: bool = False) -> None:
    """Build the tables of common words: no text waits for them.

    `numbers`: those for NumPy too, which long texts are then read with.
    """
    if numbers:
        words.use_table()
    for table in (
        vocabulary.sizes_by_head,
        broken.grams,
        ciphers.prepare,
        scrambled.by_letters,
        compile_gates,
    ):
        table()


def _cleaned(view: View, seen: Callable[[str], Signs], work: drawn.Work) -> Iterator[View]:
    """Yield the readings that undo disguise, each on top of the cleanest so far."""
    first = seen(view.text)
    foreign = first.others
    if not foreign and first.gates.isdisjoint(_DISGUISED):
        return
    normal = clean.normalised(view, foreign, first.gates)
    if foreign:
        hidden = (
            clean.hidden(view, foreign),
            invisible.bits(view, foreign),
            spelt.bytes_of_signs(view, foreign),
        )
        yield from filter(None, (normal, *hidden, clean.upside_down(view, foreign)))
        # Blank dots and the like are gone in the normal text: what was drawn is out of line.
        yield from drawn.drawn(view, first.gates, work) if normal else ()
    elif normal:
        yield normal
    view = normal or view
    folded = clean.folded(view, seen(view.text).others) if normal or foreign else None
    if folded is not None:
        yield folded
        view = folded
    gates = seen(view.text).gates
    if "strings" in gates:
        yield from filter(None, (strings.strings(view),))
    if "spaced" in gates:
        yield from filter(None, (letters.spaced(view),))
    if "gapped" in gates:
        yield from filter(None, (between.lettered(view),))
    if foreign:
        yield from filter(None, (between.unsigned(view, seen(view.text).others),))
    if "markup" in gates:
        yield from filter(None, (clean.without_markup(view),))


def _decoded(view: View, seen: Signs, work: drawn.Work) -> Iterator[View]:
    """Yield the readings that undo encodings, ciphers, splitting and broken words."""
    unknown, gates = seen.unknown, seen.gates
    if not gates and not unknown:
        return
    if gates & decode.GATED:
        yield from decode.runs(view, gates)
    if "escapes" in gates:
        yield from decode.escapes(view)
    if "quoted-printable" in gates:
        yield from filter(None, (printable.printable(view),))
    if unknown:
        yield from ciphers.ciphers(view, seen.words, seen.places)
    if spelt.may_be(gates, unknown):
        yield from spelt.spelt(view, gates, unknown)
    if "rot47" in gates:
        yield from rot47.rot47(view)
    if "word-order" in gates:
        yield from filter(None, (order.word_order(view),))
    if gates & _DRAWN:
        yield from drawn.drawn(view, gates, work)
    if gates & _FLOW:
        yield from flow.flowing(view, gates)
    if "numbers" in gates:
        yield from numbers.numbered(view)
    if gates & _GLUE:
        yield from glue.glued(view, gates)
    plain = None
    if "leet" in gates:
        plain = leet.leet(view)
        if plain is None:
            yield from leet_ciphers.leet_ciphers(view)
    mended = (
        plain,
        letters.parted(view, unknown, gates),
        broken.rejoined(view, seen),
        scrambled.scrambled(view, seen),
    )
    yield from filter(None, mended)


class _Collector:
    """Gathers views breadth first within the limits; drops texts already seen."""

    def __init__(self, raw: View) -> None:
        self.views = [raw]
        self.complete = True
        self._seen = {raw.text}
        self._room = ALLOWANCE + GROWTH * len(raw.text)

    def add(self, view: View) -> bool:
        """Keep the view if it is new and there is room; return whether it was kept."""
        if view.kind == "cut":
            self.complete = False
            return False
        if not view.text.strip() or view.text in self._seen:
            return False
        if len(self.views) >= MAX_VIEWS or len(view.text) > self._room:
            self.complete = False
            return False
        self._room -= len(view.text)
        self._seen.add(view.text)
        self.views.append(view)
        return True


def glance(text: str) -> bool:
    """Return whether a text shows nothing that could be read in another way than it stands.

    Linear in the text, and quick. What was seen is kept for a moment: `read` need not look again.
    """
    if not text.isascii() or not _few(text, "'", _APOSTROPHES):
        return False
    first = text[: text.rfind(" ", 0, _FIRST)] if len(text) > _FIRST else ""
    if plain_signs(first) is None:
        return False
    seen = plain_signs(text)
    if seen is None:
        return False
    _GLANCED.clear()
    _GLANCED[text] = seen
    return True


def _few(text: str, sign: str, most: int) -> bool:
    at = -1
    for _ in range(most + 1):
        at = text.find(sign, at + 1)
        if at < 0:
            return True
    return False


def read(text: str) -> Reading:
    """Return all readings of a text. Findings map back by View.raw_span.

    The last few of moderate size are kept: several stages and the scores ask for the same.
    """
    return _read_lately(text) if len(text) <= _KEPT_CHARACTERS else _read(text)


@lru_cache(maxsize=32)
def _read_lately(text: str) -> Reading:
    return _read(text)


def _read(text: str) -> Reading:
    collector = _Collector(View(kind="raw", text=text))
    glanced = _GLANCED.pop(text, None)
    known = {} if glanced is None else {text: glanced}

    def seen(part: str) -> Signs:
        if part not in known:
            known[part] = signs(part)
        return known[part]

    work = drawn.Work()
    level, undone = list(collector.views), set[int]()
    for _ in range(MAX_DEPTH):
        fresh: list[View] = []
        for view in level:
            fresh += [child for child in _cleaned(view, seen, work) if collector.add(child)]
        # A cleaned reading is cleaned again at the next depth, but decoded once.
        for view in [v for v in _sources(level, fresh) if id(v) not in undone]:
            undone.add(id(view))
            found = _decoded(view, seen(view.text), work)
            fresh += [child for child in found if _worth(child) and collector.add(child)]
        level = [view for view in fresh if view.kind.rpartition("+")[2] not in _STACKED]
        if not level:
            break
    _unwrap(collector, level, seen)
    return Reading(views=tuple(collector.views), complete=collector.complete)


def _unwrap(collector: _Collector, level: list[View], seen: Callable[[str], Signs]) -> None:
    """Go on decoding what is nothing but an encoded text, which becomes shorter every time."""
    for _ in range(MAX_WRAPPED - MAX_DEPTH):
        wrapped = [view for view in level if _WRAPPED.fullmatch(view.text)]
        if not wrapped:
            return
        found = (child for view in wrapped for child in decode.runs(view, seen(view.text).gates))
        level = [child for child in found if collector.add(child)]


def _sources(level: list[View], cleaned: list[View]) -> list[View]:
    """Return what to decode: the cleaned readings too, and a raw text only if not replaced.

    What is encoded in a raw text is still encoded once invisible characters are gone.
    """
    normal = any(view.kind == "normalised" for view in cleaned)
    return [*(v for v in level if not (normal and v.kind == "raw")), *cleaned]


def _worth(view: View) -> bool:
    """Return whether a reading of a reading is more than a chance find."""
    steps = view.kind.split("+")
    # Soft line breaks mean nothing among words in another order.
    if steps[-1] == "quoted-printable" and "word-order" in steps:
        return False
    # Two shifts in a row are one shift, which was tried.
    if len(steps) > 1 and all(step.startswith("rot") and step != "rot47" for step in steps[-2:]):
        return False
    return not any(step.startswith(_ONCE) and step in steps[:-1] for step in steps[-1:])


def views(text: str) -> tuple[View, ...]:
    """Return the readings only; see `read` for whether they are complete."""
    return read(text).views
