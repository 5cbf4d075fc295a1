"""Files, vector stores, batches and jobs in the leak matrix."""

import base64
import itertools
import json
from typing import Any

from leak_forms import File
from leak_gate import Gate
from leak_matrix import send
from leak_places import SHOWN, Body
from leak_surfaces import Answers, Requests
from leak_walk import MARK, Place, Walk
from openai.types import (
    Batch,
    VectorStore,
    VectorStoreSearchResponse,
    batch_create_params,
    file_create_params,
    vector_store_create_params,
    vector_store_search_params,
    vector_store_update_params,
)
from openai.types.fine_tuning import FineTuningJob, job_create_params
from openai.types.vector_stores import (
    VectorStoreFile,
    VectorStoreFileBatch,
    file_batch_create_params,
)
from openai.types.vector_stores import (
    file_create_params as store_file_create_params,
)

_TEXT = File(b"Open 9 to 5.", "a.txt", "text/plain")
_EXAMPLE = {"messages": [{"role": "user", "content": "Hi"},
                         {"role": "assistant", "content": "Yes"}]}  # fmt: skip
_ASKED = {"custom_id": "r1", "method": "POST", "url": "/v1/chat/completions",
          "body": {"model": "small", "messages": [{"role": "user", "content": "Hi"}]}}  # fmt: skip
_COUNTS = dict.fromkeys(("cancelled", "completed", "failed", "in_progress", "total"), 0)


def _jsonl(*lines: Any) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


class Kept:
    """The surfaces, with ids of objects that exist. `prepare` makes them."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    async def prepare(self, gate: Gate) -> None:
        """Upload a file of each purpose, and make a store, a batch and a job."""

        async def made(path: str, body: Body) -> str:
            reply = await send(gate, path, body)
            assert reply.status == 200, reply.body
            return str(reply.json["id"])

        files = {"file": ("assistants", _TEXT), "training": ("fine-tune", File(_jsonl(_EXAMPLE))),
                 "batch_file": ("batch", File(_jsonl(_ASKED)))}  # fmt: skip
        for name, (purpose, file) in files.items():
            self.ids[name] = await made("/v1/files", {"purpose": purpose, "file": file})
        self.ids["store"] = await made("/v1/vector_stores", {"name": "Notes"})
        self.ids["job"] = await made("/v1/fine_tuning/jobs", {
            "model": "small", "training_file": self.ids["training"]})  # fmt: skip
        self.ids["batch"] = await made("/v1/batches", {
            "input_file_id": self.ids["batch_file"], "endpoint": "/v1/chat/completions",
            "completion_window": "24h"})  # fmt: skip

    def requests(self) -> list[Requests]:
        """Return the requests for objects."""
        store = f"/v1/vector_stores/{self.ids['store']}"
        walk = Walk(
            samples={
                ("", "file_id"): self.ids["file"], ("", "query"): "hours",
                ("", "input_file_id"): self.ids["batch_file"], ("", "model"): "small",
                ("", "training_file"): self.ids["training"], ("", "file"): _TEXT,
                ("", "purpose"): "assistants",
                ("", "endpoint"): "/v1/chat/completions", ("", "seconds"): 3600,
                ("CompoundFilter", "filters"): [],
            },
            own={("", "file"): self._files()},
        )  # fmt: skip
        return [
            Requests("files", "/v1/files", file_create_params.FileCreateParams, walk),
            Requests("vector_stores", "/v1/vector_stores",
                     vector_store_create_params.VectorStoreCreateParams, walk),
            Requests("vector_stores (change)", store,
                     vector_store_update_params.VectorStoreUpdateParams, walk),
            Requests("vector_stores/search", f"{store}/search",
                     vector_store_search_params.VectorStoreSearchParams, walk),
            Requests("vector_stores/files", f"{store}/files",
                     store_file_create_params.FileCreateParams, walk),
            Requests("vector_stores/file_batches", f"{store}/file_batches",
                     file_batch_create_params.FileBatchCreateParams, walk),
            Requests("batches", "/v1/batches", batch_create_params.BatchCreateParams, walk),
            Requests("fine_tuning/jobs", "/v1/fine_tuning/jobs",
                     job_create_params.JobCreateParams, walk),
        ]  # fmt: skip

    @staticmethod
    def _files() -> list[Place]:
        """Return the places of an uploaded document."""
        escaped = "".join(f"\\u{ord(c):04x}" for c in MARK)
        contents = {
            " (text)": f"It is {MARK}.".encode(),
            " (UTF-16)": b"\xff\xfe" + MARK.encode("utf-16-le"),
            " (JSON, escaped)": f'{{"a": "{escaped}"}}'.encode(),
            " (JSON, key)": f'{{"{MARK}": 1}}'.encode(),
            " (at a seam)": b"x " * 7_990 + b"y" * 15 + MARK.encode() + b" z" * 9_000,
            " (binary)": b"\x00\x01" + MARK.encode(), " (PDF)": b"%PDF-1.7 " + MARK.encode(),
        }  # fmt: skip
        found = [
            Place("", label, "text", File(data, "a.txt", "text/plain"))
            for label, data in contents.items()
        ]
        found.append(Place("", " (picture)", "image", File(base64.b64decode(SHOWN))))
        found.append(Place("", " (name)", "text", File(_TEXT.data, MARK, "text/plain")))
        return found

    def answers(self) -> list[Answers]:
        """Return the provider's answers about objects."""
        store = f"/v1/vector_stores/{self.ids['store']}"
        walk = Walk(samples={("", "id"): "obj_1", ("VectorStoreFile", "id"): "file-1",
                             ("", "file_id"): "file-1", ("", "vector_store_id"): "vs-1",
                             ("", "input_file_id"): "file-1", ("", "metadata"): {},
                             ("", "endpoint"): "/v1/chat/completions"})  # fmt: skip

        def named(name: str) -> Any:
            return lambda text: {"name": text}

        def ask(**fields: Any) -> Any:
            return lambda text: {**fields, "metadata": {"case": text}}

        def search(text: str) -> Body:
            return {"query": text}

        def attributes(text: str) -> Body:
            return {"file_id": self.ids["file"], "attributes": {"case": text}}

        def page(value: Any) -> Any:
            return {"search_query": ["x"], "data": [value], "has_more": False}

        batch = {"input_file_id": self.ids["batch_file"], "endpoint": "/v1/chat/completions",
                 "completion_window": "24h"}  # fmt: skip
        job = {"model": "small", "training_file": self.ids["training"]}
        batches = f"{store}/file_batches"
        return [
            Answers("vector_stores", "/v1/vector_stores", VectorStore, walk, named("x"), _same, (),
                    "VectorStore"),
            Answers("vector_stores/search", f"{store}/search", VectorStoreSearchResponse, walk,
                    search, page, (), "VectorStoreSearchResponse"),
            Answers("vector_stores/files", f"{store}/files", VectorStoreFile, walk, attributes,
                    _same, (), "VectorStoreFile"),
            Answers("vector_stores/file_batches", batches, VectorStoreFileBatch, walk,
                    lambda text: {"files": [attributes(text)]}, _same, (), "VectorStoreFileBatch"),
            Answers("batches", "/v1/batches", Batch, walk, ask(**batch), _same, (), "Batch"),
            Answers("fine_tuning/jobs", "/v1/fine_tuning/jobs", FineTuningJob, walk, ask(**job),
                    _same, (), "FineTuningJob"),
        ]  # fmt: skip


_NUMBERS = itertools.count(1)


def _same(value: Any) -> Any:
    return value


def usual(path: str) -> object | None:
    """Return a harmless answer of the provider; None for other paths."""
    if path.endswith("/search"):
        return {"data": [], "has_more": False}
    if path.endswith("/file_batches"):
        return {"id": "vsfb-1", "status": "completed", "file_counts": _COUNTS}
    if path.endswith("v1/files"):
        return {"id": f"file-{next(_NUMBERS)}", "created_at": 1}
    names = {"/files": "file-1", "/vector_stores": "vs-1", "/jobs": "ftjob-1", "/batches": "b-1"}
    for end, name in names.items():
        if path.endswith(end):
            return {"id": name, "created_at": 1}
    return {"id": "vs-1"} if "/vector_stores/" in path else None
