"""Lineage of retrieved texts: which uploaded file each stands in, and what was found in that file.

An upload is remembered by keyed hashes of its addresses, codes and sentences, chunk by chunk. A
result of a tool or a document that holds one again is of that file, in every session of the
function that the file belongs to.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seawall.core.errors import MissingPartError
from seawall.core.exchange import Part, Role, Trust
from seawall.core.verdicts import Outcome
from seawall.gateway.call import Call, SeenFile
from seawall.gateway.later import load
from seawall.guard.decision import PartDecision
from seawall.policy.provenance.lineage import NAMED, SUSPECT
from seawall.store.file_marks import FileMarks
from seawall.store.objects import Holder, Objects

ORDERS = frozenset({"injection", "learnt-attack"})
"""Detectors that see orders of strangers: what holds one is not trusted any more."""
Marks = Mapping[str, tuple[int, int]]
"""The (chunk, label) of each mark of a file."""
_MOST_LABELS = 20
_MARKS = "seawall.gateway.steps.lineage_marks"


class Lineage:
    """Remembers judged files, and names them where their text comes back."""

    def __init__(self, marks: FileMarks, objects: Objects) -> None:
        self._marks, self._objects = marks, objects

    async def read(
        self, call: Call, info: dict[str, Any], pieces: Sequence[str]
    ) -> tuple[dict[str, Any], Marks]:
        """Return the verdict on an upload that was judged, and the marks of its texts.

        That is done before the file exists: there is none without its marks, whoever leaves.
        """
        await load(_MARKS)
        from seawall.gateway.steps.lineage_marks import marks_of_pieces

        judged = [part for part in call.parts if _of_upload(part)]
        found = await asyncio.to_thread(marks_of_pieces, pieces, judged, level_of(judged))
        return verdict(judged, info), found

    def keep(self, holder: Holder, file_id: str, marks: Marks) -> int:
        """Remember an uploaded file's marks; return how many there was no room for.

        A file whose marks cannot be kept is forgotten: nobody would know its text again. Raises
        MissingPartError.
        """
        try:
            return self._marks.put(holder, file_id, marks)
        except MissingPartError:
            self._objects.remove(holder, "file", file_id)
            raise

    async def searched(self, call: Call, rows: Iterable[dict[str, Any]]) -> None:
        """Remember what a search has found, row by row, with what was found in it.

        `rows` hold our `file_id` and the texts that were released. Raises MissingPartError.
        """
        await load(_MARKS)
        for index, row in enumerate(rows):
            if isinstance(name := row.get("file_id"), str):
                at = f"/data/{index}/content/"
                judged = [part for part in call.parts if part.pointer.startswith(at)]
                texts = [one["text"] for one in row["content"]]
                await asyncio.to_thread(self._retrieved, holder_of(call), name, texts, judged)

    def _retrieved(
        self, holder: Holder, name: str, texts: Sequence[str], judged: Sequence[PartDecision]
    ) -> None:
        from seawall.gateway.steps.lineage_marks import marks_of_texts

        stored = self._objects.find(holder, "file", name)
        if stored is None:
            return
        before = stored.info.get("verdict", {}).get("level", NAMED)
        level = max(level_of(judged), before)
        marks = marks_of_texts(texts)
        known = self._marks.look(holder, marks)
        mine = {mark for mark, files in known.items() if any(x.object_id == name for x in files)}
        self._marks.put(holder, name, dict.fromkeys(marks - mine, (0, level)))
        if level > before:
            self._marks.raise_to(holder, name, level)
            self._objects.note(stored, {**stored.info, "verdict": verdict(judged, stored.info)})

    async def note(self, call: Call) -> None:
        """Find the files that this request's results and documents stand in. MissingPartError."""
        exchange = call.exchange
        parts = [part for part in exchange.parts if _may_be_of_file(part)] if exchange else []
        if parts and not self._marks.none and await asyncio.to_thread(self._marks.any):
            await load(_MARKS)
            await asyncio.to_thread(self._find, call, parts)

    def _find(self, call: Call, parts: Sequence[Part]) -> None:
        from seawall.gateway.steps.lineage_marks import known_in, placed

        holder, marks = holder_of(call), placed(parts)
        found = self._marks.look(holder, {mark for one in marks.values() for mark in one})
        call.retrieved = known_in(marks, found)
        chunks: dict[str, set[int]] = {}
        for known in call.retrieved.values():
            for one in known:
                chunks.setdefault(one.file.id, set()).add(one.file.chunk or 0)
        for name, own in chunks.items():
            if (stored := self._objects.find(holder, "file", name)) is not None:
                call.files[name] = SeenFile(
                    name=stored.info.get("filename", ""), chunks=own,
                    verdict=stored.info.get("verdict", {}),
                )  # fmt: skip

    async def answered(self, call: Call, texts: Iterable[str]) -> None:
        """Note which of the files an answer repeats: a mark of theirs, or some words in a row."""
        said = [text for text in texts if text]
        if call.files and said and call.exchange is not None:
            from seawall.gateway.steps.lineage_marks import repeated

            again = await asyncio.to_thread(repeated, call.exchange.parts, call.retrieved, said)
            for file in again:
                if file.id in call.files:
                    call.files[file.id].repeated.add(file.chunk or 0)


def level_of(judged: Iterable[PartDecision]) -> int:
    """Return the label of a text: suspect where orders were seen, or where nobody could judge."""
    for part in judged:
        if part.outcome is Outcome.UNKNOWN or any(x.detector in ORDERS for x in part.findings):
            return SUSPECT
    return NAMED


def verdict(judged: Sequence[PartDecision], info: dict[str, Any]) -> dict[str, Any]:
    """Return what a file's object keeps of its judgement; it only ever gets worse.

    `outcome`, the labels of findings, `level` 1 to 2. A file that passed unread is unknown.
    """
    before = info.get("verdict", {})
    unread = bool(info.get("unread"))
    labels = {found.label for part in judged for found in part.findings}
    outcomes = [part.outcome.value for part in judged] + [before.get("outcome", "clean")]
    outcomes += ["unknown"] if unread else []
    return {
        "outcome": next((one for one in ("found", "unknown") if one in outcomes), "clean"),
        "labels": sorted(labels | set(before.get("labels", ())))[:_MOST_LABELS],
        "level": max(level_of(judged), before.get("level", NAMED), SUSPECT if unread else NAMED),
    }


def _may_be_of_file(part: Part) -> bool:
    if part.image is not None or not part.text:
        return False
    return part.role is Role.TOOL or (part.role is Role.DOCUMENT and part.trust is Trust.UNTRUSTED)


def _of_upload(part: PartDecision) -> bool:
    """Say whether a decision is about an upload's content, not about its name."""
    return part.pointer == "key:/file" or part.pointer.startswith(("/pieces/", "key:/seams/"))


def holder_of(call: Call) -> Holder:
    """Return whose the objects of this call are: its function's."""
    if call.key is None:
        raise RuntimeError("authenticate comes first")
    return Holder(application=call.key.application, function=call.key.function)
