"""The conversation as sources of values: who wrote each text, and where a value stands in it."""

import functools
import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec
import re2

from seawall.core.exchange import Exchange, Part, Role, Trust
from seawall.policy.provenance import text as texts
from seawall.policy.provenance.infer import BY_POLICY, ToolProfile
from seawall.policy.provenance.keys import is_scalar, within_field
from seawall.policy.provenance.lineage import INSTRUCTION, SUSPECT, Known, file_at, said_files
from seawall.policy.provenance.lines import (
    ESCAPE,
    parted,
    requoted,
    unescaped,
    untagged,
    unwrapped,
)
from seawall.policy.provenance.records import Message, messages_of
from seawall.policy.provenance.spans import (
    TAKES_OVER,
    Span,
    in_field,
    level_at,
    sentence,
    sentences,
    slot_spans,
    spans,
)
from seawall.policy.provenance.traced import File
from seawall.policy.provenance.words import READ

Origin = Literal["user", "operator", "trusted", "untrusted", "definition", "model"]
ORDER: tuple[Origin, ...] = ("user", "operator", "trusted", "untrusted", "definition", "model")
_MAX_HITS, _MAX_WORDS = 20, 12
_GRAM = 4
_TURNED_MIN, _SAID = 5, 4
# Five words in a row that no bracket, quote or line ends: somebody wrote them.
_PROSE: Any = re2.compile(r"(?:\pL[\pL'’-]*[ ,;:!?'.‘]{1,2}[\d ]*){4}\pL")
_SPACED = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?(?![\d])")
_NUMBER_HERE = re.compile(r"\d+(?:[.,']\d+)*")


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A value stands in `source` from `start` to `end` of its folded text; `level` of spans."""

    source: "Source"
    start: int
    end: int
    how: str = "as it stands"
    level: int = 0


class Source:
    """One text of the conversation. Readings are made when they are first asked for."""

    def __init__(
        self,
        part: Part,
        origin: Origin,
        tools: frozenset[str],
        doings: frozenset[str] = frozenset(),
        slots: frozenset[str] = frozenset(),
    ) -> None:
        self._doings = doings
        self._slots = slots
        self.part = part
        self.origin = origin
        self.raw = unescaped(part.text) if origin == "untrusted" else part.text
        folded = texts.fold(self.raw)
        self.text = parted(
            unwrapped(untagged(requoted(folded))) if origin == "untrusted" else folded
        )
        self.pointed = self.named = part.role is Role.DOCUMENT
        self.chained = self.led = self.sent = self.titled = self.opened = self.calm = False
        self.arguments = ""
        self.marked: tuple[tuple[int, int], ...] = ()
        self.files: tuple[Known, ...] = ()
        self._tools = tools

    @functools.cached_property
    def _sentences(self) -> dict[tuple[int, int], tuple[int, int]]:
        return {}

    @functools.cached_property
    def _levels(self) -> dict[tuple[int, int], int]:
        return {}

    @functools.cached_property
    def _fields(self) -> dict[tuple[int, int], bool]:
        return {}

    @functools.cached_property
    def spans(self) -> tuple[Span, ...]:
        """Instruction spans; text of trusted people has none."""
        if self.origin != "untrusted":
            return ()
        extra = tuple(Span(start, end, TAKES_OVER) for start, end in self.marked)
        return (
            extra + spans(self.text, self._tools, self._doings) + slot_spans(self.text, self._slots)
        )

    @functools.cached_property
    def dates(self) -> dict[tuple[int, int], int]:
        """Dates with their places."""
        return texts.dates(self.text)

    @functools.cached_property
    def compact(self) -> str:
        """Its letters and digits only."""
        return texts.compact(self.text)

    @functools.cached_property
    def decoded(self) -> tuple[tuple[int, int, str], ...]:
        """What stands encoded in it, folded."""
        strange = self.origin == "untrusted"
        if strange and not texts.may_hide(self.raw, self.text):
            return ()
        plain = tuple((a, b, texts.fold(one)) for a, b, one in texts.decoded(self.raw))
        if not strange:
            return plain
        return plain + tuple(texts.turned_text(self.text, lambda: self.words))

    @functools.cached_property
    def messages(self) -> tuple[Message, ...]:
        """The messages of a plain text, with their authors."""
        return messages_of(self.text)

    @functools.cached_property
    def grams(self) -> frozenset[tuple[str, ...]]:
        """Runs of four words."""
        return grams(self.text)

    @functools.cached_property
    def instruction_grams(self) -> frozenset[tuple[str, ...]]:
        """Runs of four words of its instruction spans."""
        found: frozenset[tuple[str, ...]] = frozenset()
        for span in self.spans:
            found |= grams(self.text[span.start : span.end])
        return found

    @functools.cached_property
    def words(self) -> frozenset[str]:
        """Its words."""
        return frozenset(texts.words(self.text))

    @functools.cached_property
    def holds_prose(self) -> bool:
        """Say whether a value or line is a sentence, or holds something encoded."""
        return _PROSE.search(self.text) is not None or bool(self.decoded)

    @functools.cached_property
    def roots(self) -> frozenset[str]:
        """What the forms of the words in its sentences share; keys and short values are none."""
        said = [texts.words(self.text[low:high]) for low, high in sentences(self.text)]
        return frozenset(texts.root(word) for one in said if len(one) >= _SAID for word in one)

    @functools.cached_property
    def all_roots(self) -> frozenset[str]:
        """What the forms of its words share."""
        return frozenset(texts.root(word) for word in self.words)

    @functools.cached_property
    def stems(self) -> frozenset[str]:
        """The starts of its words."""
        return frozenset(texts.stem(word) for word in self.words)

    def level(self, start: int, end: int) -> int:
        """Return how much the range is an instruction (0 to 3)."""
        if self.origin != "untrusted":
            return 0
        if (found := self._levels.get((start, end))) is None:
            bounds = self.sentence(start, end)
            found = level_at(self.text, start, end, self.spans, self._doings, bounds)
            self._levels[start, end] = found
        return 0 if self.calm and found == 1 else found

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Return the bounds of the sentence around a range."""
        if (found := self._sentences.get((start, end))) is None:
            found = within_field(self.text, start, sentence(self.text, start, end))
            self._sentences[start, end] = found
        return found

    def in_field(self, start: int, end: int) -> bool:
        """Say whether a range is the value of a field, not a word of prose."""
        if (found := self._fields.get((start, end))) is None:
            bounds = self.sentence(start, end)
            found = is_scalar(self.text, start, end) or in_field(self.text, start, end, bounds)
            self._fields[start, end] = found
        return found

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return the range in the part's own text (the whole part where folding moved it)."""
        if len(self.text) == len(self.part.text):
            return start, end
        return 0, len(self.part.text)

    @functools.cached_property
    def _said_files(self) -> tuple[Known, ...]:
        """Records of the text as it came, at their places in `raw`: an escape ends no string."""
        found = said_files(self.part.text)
        if not found or self.raw is self.part.text:
            return found
        escapes = [match.start() for match in ESCAPE.finditer(self.part.text)]
        return tuple(
            msgspec.structs.replace(
                one, start=_unescaped(one.start, escapes), end=_unescaped(one.end, escapes)
            )
            for one in found
        )

    @property
    def of_file(self) -> bool:
        """Whether it is known, or it says itself, from which file some of it was retrieved."""
        if self.part.role not in (Role.TOOL, Role.DOCUMENT):
            return False
        return bool(self.files or self._said_files or self.part.role is Role.DOCUMENT)

    def file_at(self, start: int, end: int) -> File | None:
        """Return the retrieved file that a range stands in; None where nobody can say."""
        if self.part.role not in (Role.TOOL, Role.DOCUMENT):
            return None
        size = len(self.text)
        said = self._said_files
        found = file_at(self.files, said if len(self.raw) == size else (), start, end, size)
        if found is None and len(self.raw) != size:
            found = file_at((), said, 0, size, size)
        if found is None and self.part.role is Role.DOCUMENT and self.part.name:
            return File(name=self.part.name)
        return found

    def of_files(self, known: Sequence[Known]) -> None:
        """Note from which files the text was retrieved; a suspect one's text is not trusted."""
        self.files = tuple(known)
        if any(one.level >= SUSPECT for one in known) and self.origin in ("trusted", "model"):
            self.origin = "untrusted"
        self.marked += tuple((x.start, x.end) for x in known if x.level >= INSTRUCTION)

    def record(self, start: int, end: int) -> str:
        """Return the record (object, list item, paragraph) around a range."""
        return self.text[slice(*self.around(start, end))]

    def around(self, start: int, end: int) -> tuple[int, int]:
        """Return the bounds of the record around a range."""
        low, high = max(0, start - 500), min(len(self.text), end + 500)
        left = max(self.text.rfind(mark, low, start) for mark in ("\n\n", "\n- ", "{", "\n\n- "))
        rights = [self.text.find(mark, end, high) for mark in ("\n\n", "\n- ", "}")]
        right = min((place for place in rights if place >= 0), default=high)
        return max(left, low), right


def _unescaped(place: int, escapes: Sequence[int]) -> int:
    return place - (len("\\u0000") - 1) * bisect_left(escapes, place)


def grams(folded: str) -> frozenset[tuple[str, ...]]:
    """Return the runs of four words of a folded text."""
    words = texts.words(folded)
    return frozenset(tuple(words[at : at + _GRAM]) for at in range(len(words) - _GRAM + 1))


def _whole(needle: str, text: str) -> Iterator[int]:
    """Yield where `needle` stands as whole words."""
    at = text.find(needle)
    while at >= 0:
        end = at + len(needle)
        left = at == 0 or not (text[at - 1].isalnum() and needle[0].isalnum())
        right = end == len(text) or not (text[end].isalnum() and needle[-1].isalnum())
        if left and right:
            yield at
        at = text.find(needle, at + 1)


def found(source: Source, value: str) -> Iterator[Hit]:
    """Yield where a folded string value stands in a source, as it stands there."""
    for at in itertools.islice(_whole(value, source.text), _MAX_HITS):
        end = at + len(value)
        yield Hit(source=source, start=at, end=end, level=source.level(at, end))


def find(source: Source, value: str) -> list[Hit]:
    """Return where a folded string value stands in a source, as it stands there."""
    return list(found(source, value)) if value in source.text else []


def find_rewritten(source: Source, value: str) -> list[Hit]:
    """Return where a value stands with other blanks or grouping, spoken, or encoded."""
    hidden = source.origin == "untrusted"
    return [
        Hit(source=source, start=a, end=b, how=how,
            level=TAKES_OVER if how == "encoded" and hidden else source.level(a, b))
        for a, b, how in itertools.islice(_rewritten(source, value), _MAX_HITS)
    ]  # fmt: skip


def _rewritten(source: Source, value: str) -> Iterator[tuple[int, int, str]]:
    parts = value.split()
    if 1 < len(parts) <= _MAX_WORDS and all(part in source.text for part in parts):
        pattern = r"\s+".join(re.escape(part) for part in parts)
        for match in re.finditer(pattern, source.text):
            yield match.start(), match.end(), "other blanks"
    plain = texts.compact(value)
    if len(plain) >= 6 and any(char.isdigit() for char in plain) and plain in source.compact:
        places = [at for at, char in enumerate(source.text) if char.isalnum() and char != "_"]
        at = source.compact.find(plain)
        if at + len(plain) <= len(places):
            yield places[at], places[at + len(plain) - 1] + 1, "other punctuation"
    for match in texts.dialled(value, source.text):
        yield match.start(), match.end(), "national form"
    mine = source.origin in ("user", "operator") and "@" in value
    if mine and value in texts.spoken(source.text):
        yield 0, len(source.text), "spoken form"
    for start, end, inner in source.decoded:
        if value in inner:
            yield start, end, "encoded"
    if source.origin == "untrusted" and len(value) >= _TURNED_MIN:
        for turned in texts.turned(value):
            at = source.text.find(turned) if turned != value else -1
            if at >= 0:
                yield at, at + len(turned), "encoded"


def find_number(source: Source, value: float) -> list[Hit]:
    """Return where a number stands in a source, in any format."""
    at = texts.number_at(source.text, value)
    if at < 0:
        word = texts.NUMBER_WORDS.get(value)
        found = find(source, word) if word is not None else []
        return [msgspec.structs.replace(hit, how="number") for hit in found]
    spaced = _SPACED.match(source.text, at)
    if spaced and value not in texts.readings(spaced.group()):
        spaced = None
    written = spaced or _NUMBER_HERE.match(source.text, at)
    end = written.end() if written else at + len(str(int(abs(value))))
    return [Hit(source=source, start=at, end=end, how="number", level=source.level(at, end))]


def find_date(source: Source, value: str) -> list[Hit]:
    """Return where a date stands in a source, in any format."""
    hits = []
    for day in texts.dates(value):
        if (at := source.dates.get(day)) is not None:
            hits.append(
                Hit(source=source, start=at, end=at + 4, how="date", level=source.level(at, at + 4))
            )
    return hits


def _origin(part: Part, trusted: Mapping[str, bool]) -> Origin | None:
    if part.image is not None or not part.text:
        return None
    if part.role is Role.TOOL_DEFINITION:  # of a server that the provider asks, a stranger's
        return "untrusted" if part.trust is Trust.UNTRUSTED else "definition"
    if part.role is Role.TOOL and trusted.get(part.name):
        return "trusted"
    if part.trust is Trust.OPERATOR:
        return "trusted" if part.role is Role.TOOL else "operator"
    if part.trust is Trust.USER:
        return "user"
    return "untrusted" if part.trust is Trust.UNTRUSTED else "model"


def sources_of(exchange: Exchange, profiles: Mapping[str, ToolProfile]) -> tuple[Source, ...]:
    """Return the sources of a conversation, in its order.

    A tool counts as trusted by its rule or by inference. A result that speaks to an assistant is
    never trusted, one of a tool without a rule only where it holds no sentences.
    """

    def declared(name: str) -> bool:
        return name in profiles and profiles[name].why == BY_POLICY

    trusted = {name: profile.trusted for name, profile in profiles.items()}
    doings = frozenset(one.doing for one in profiles.values() if one.effect != READ) - {""}
    names = frozenset(name.casefold() for name in profiles if "_" in name or "-" in name)
    slots = frozenset(
        one.casefold() for profile in profiles.values() for one in profile.kinds
        if "_" in one and profile.effect != READ
    )  # fmt: skip
    found = []
    for part in exchange.parts:
        origin = _origin(part, trusted)
        if origin is None:
            continue
        source = Source(part, origin, names, doings, slots)
        own = origin == "trusted" and part.trust is not Trust.OPERATOR
        if (own and not declared(part.name) and source.holds_prose) or (
            own and spans(source.text, names)
        ):
            source.origin = "untrusted"
        found.append(source)
    return tuple(sorted(found, key=lambda source: source.origin == "definition"))
