"""The whole matrix, and its page in the docs."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import leak_cuts
import leak_hosted
import leak_kept
import leak_matrix
import leak_media
import leak_surfaces
from anthropic_support import said
from anthropic_support import text as block
from gateway_support import message
from leak_gate import gate_of
from leak_matrix import Row

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "leak-matrix.md"
_HEAD = """# Leak matrix

What becomes of a text at each place of a request or an answer, where the policy takes that text
out everywhere. Written by `scripts/build_leak_matrix.py`, which walks the types of OpenAI's and
Anthropic's official Python clients, puts a marker at every place, and sends it through the gateway.
A test does the same: a place where the marker arrives fails it, and so does a new field of a new
client version, because this page does not have it yet. The policy allows the tools that a provider
runs itself (`tools.hosted`); one that does not refuses them.

- **inspected**: taken out, or the request or answer is blocked. `*` is a key or field of any name,
  *(unknown field)* one that the types do not have.
- **refused**: the request is answered with an error that names the field; an answer becomes 502.
- **dropped**: it does not go on.

A line that ends in `…` stands for everything below. Enumerations, numbers and switches are tried
too: text in them is refused, or dropped where an answer has it.
"""


async def run(folder: Path) -> list[Row]:
    """Return every row of the matrix."""
    rows: list[Row] = []
    async with gate_of(folder) as gate:
        gate.usual = usual
        refused: dict[str, set[str]] = {}
        kept = leak_kept.Kept()
        await kept.prepare(gate)
        asked = (*leak_surfaces.requests(kept.ids), *leak_media.requests(), *kept.requests())
        for surface in asked:
            # What is refused when it is read never reaches a choice of the provider.
            known = refused.get(surface.path, set())
            found = await leak_matrix.requests(gate, surface, known)
            refused.setdefault(surface.path, {r.label for r in found if r.outcome == "refused"})
            rows += found
        gone: dict[str, set[str]] = {}
        hosted = leak_surfaces.hosted_answers(kept.ids)
        given = (*leak_surfaces.answers(), *hosted, *leak_media.answers(), *kept.answers())
        for answers in given:
            # What is dropped or refused when an answer is read never reaches a client's format.
            known = gone.get(answers.source, set())
            found = await leak_matrix.answers(gate, answers, len(rows), known)
            gone.setdefault(answers.source, {r.label for r in found if _word(r) != "inspected"})
            rows += found
        rows += await leak_cuts.cuts(gate, len(rows))
    return rows


def usual(path: str, raw: bytes) -> object:
    """Return a harmless answer of the provider."""
    if (found := leak_kept.usual(path) or leak_media.usual(path, raw)) is not None:
        return found
    if path.endswith("/embeddings"):
        return {"data": [{"index": 0, "embedding": [1.0]}]}
    if path.endswith("/responses"):
        return leak_hosted.usual()
    return said(block("ok")) if path.endswith("/messages") else message("ok")


_TOKEN = re.compile(r"\.(?![^<]*>)")
_WHOLE = re.compile(r"^<(chat\.completion(\.chunk)?|assistant|list|response)>")
chunks = leak_surfaces.delta_chunks
_INSPECTED = ("redacted", "blocked", "stopped")


def page(rows: Sequence[Row]) -> str:
    """Return the page of the rows."""
    asked: dict[str, list[Row]] = defaultdict(list)
    answered: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.way == "request":
            asked[row.surface].append(row)
        elif row.source != "cuts":
            answered[row.source][row.surface].append(row)
    cuts = sorted({row.label.partition(" ")[0] for row in rows if row.source == "cuts"})
    parts = [_HEAD, "## Requests"]
    for name, group in asked.items():
        parts += [f"### {name}", *_lists(group, asked.get(name.removesuffix(_TO), group))]
    parts.append("## Answers of providers")
    for source, by_client in answered.items():
        clients = ", ".join(by_client)
        parts += [f"### {source}", f"As clients of {clients} get it."]
        first, *others = by_client.values()
        parts += _lists(first, first)
        for other in others:
            if not _kept(other) <= _kept(first):
                parts += [f"For {other[0].surface}:", *_lists(other, first)]
    parts.append(_CUTS.format(fields=", ".join(f"`{cut}`" for cut in cuts)))
    return "\n\n".join(parts)


_TO = " to Anthropic"
_CUTS = """## Streams, cut everywhere

The marker is also split over two events at each of its letters, and sent letter by letter, in
{fields}, to clients of every format. No eight letters of it in a row arrive.
"""


def _kept(rows: Sequence[Row]) -> set[tuple[str, str, str]]:
    return {(row.label, row.kind, _word(row)) for row in rows}


def _word(row: Row) -> str:
    return "inspected" if row.outcome in _INSPECTED else row.outcome


def _lists(rows: Sequence[Row], first: Sequence[Row]) -> list[str]:
    """Return a line for each outcome; where `first` is another group, only what differs from it."""
    known = _kept(first) if first is not rows else set()
    found = []
    for word in ("inspected", "refused", "dropped"):
        labels = [
            _short(row, rows)
            for row in rows
            if _word(row) == word and _says_more(row) and (row.label, row.kind, word) not in known
        ]
        if labels:
            named = ", ".join(f"`{label}`" for label in dict.fromkeys(labels))
            found.append(f"**{word}**: {named}")
    if known and not found:
        return ["As above."]
    if not known:
        found.append(f"{len(rows)} places in all.")
    return found


def _says_more(row: Row) -> bool:
    """Say whether a row is listed: that enumerations and unknown fields are refused goes unsaid."""
    plain = row.kind in ("choice", "number") or row.label.endswith("(unknown field)")
    return not plain or row.outcome in _INSPECTED


def _short(row: Row, rows: Sequence[Row]) -> str:
    """Return a label, cut where everything below has the same outcome; inspected ones are whole."""
    if row.outcome in _INSPECTED:
        return _plain(row.label)
    tokens = _TOKEN.split(row.label)
    for length in range(1, len(tokens)):
        head = ".".join(tokens[:length])
        below = [other for other in rows if (other.label + ".").startswith(head + ".")]
        if head and all(_word(other) == _word(row) for other in below):
            return _plain(head) + ".…"
    return _plain(row.label)


def _plain(label: str) -> str:
    """Return a label without the name of the answer as a whole."""
    return _WHOLE.sub("", label).removeprefix(".")
