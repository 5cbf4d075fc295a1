"""What OpenAI's vector stores, batches and fine-tuning jobs hold, on both ways."""

from typing import Any

from seawall.wire import checks
from seawall.wire.shapes import (
    Reader,
    Shape,
    array,
    dropped,
    either,
    fixed,
    ident,
    labels,
    number,
    obj,
    one_of,
    switch,
    text,
    whole,
)

_COUNTS = obj(dict.fromkeys(("cancelled", "completed", "failed", "in_progress", "total"), whole))
_NAME = 256


def _expires(anchor: str, unit: str) -> Shape:
    return obj({"anchor": one_of(anchor), unit: whole}, ("anchor", unit))


_STATIC = obj({"max_chunk_size_tokens": whole, "chunk_overlap_tokens": whole})
_CHUNKS = obj({"type": one_of("auto", "static", "other"), "static": _STATIC}, ("type",))


def _filter(value: Any, at: str, reader: Reader) -> Any:
    """Read a filter of a search: comparisons, joined by `and` and `or`, 8 levels deep at most."""
    if at.count("/") > 2 * 8 + 1:
        checks.refuse(at, "is nested too deeply")
    if checks.obj(value, at).get("type") in ("and", "or"):
        both = {"type": one_of("and", "or"), "filters": array(_filter, most=64)}
        return obj(both, ("filters",))(value, at, reader)
    plain: tuple[tuple[type, Shape], ...] = (
        (str, text(512)), (bool, switch), (int, number), (float, number),
    )  # fmt: skip
    kinds = one_of("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin", "contains", "contains_any",
                   "ncontains", "ncontains_any")  # fmt: skip
    wanted = either(*plain, (list, array(either(*plain), most=64)))
    shape = obj({"type": kinds, "key": text(64), "value": wanted}, ("type", "key", "value"))
    return shape(value, at, reader)


STORE_MAKE = obj(
    {
        "name": text(_NAME), "description": text(4_096), "metadata": labels,
        "file_ids": array(ident("file"), most=500), "chunking_strategy": _CHUNKS,
        "expires_after": _expires("last_active_at", "days"),
    }
)  # fmt: skip
STORE_CHANGE = obj(
    {"name": text(_NAME), "metadata": labels, "expires_after": _expires("last_active_at", "days")}
)
STORE = obj(
    {
        "id": ident("vector_store"), "object": fixed("vector_store"), "created_at": whole,
        "name": text(_NAME), "status": one_of("expired", "in_progress", "completed"),
        "usage_bytes": whole, "file_counts": _COUNTS, "metadata": labels, "last_active_at": whole,
        "expires_after": _expires("last_active_at", "days"), "expires_at": whole,
    },
    ("id",),
)  # fmt: skip
SEARCH = obj(
    {
        "query": either((str, text(32_000)), (list, array(text(32_000), most=32))),
        "filters": _filter, "max_num_results": whole, "rewrite_query": switch,
        "ranking_options": obj({"ranker": one_of("none", "auto", "default-2024-11-15"),
                                "score_threshold": number}),
    },
    ("query",),
)  # fmt: skip
_CONTENT = obj({"type": fixed("text"), "text": text(foreign=True)}, ("text",))
FOUND = obj(
    {
        "object": fixed("vector_store.search_results.page"),
        "search_query": either((list, array(text(foreign=True))), (str, text(foreign=True))),
        "data": array(
            obj(
                {
                    "file_id": ident("file"), "filename": text(512, foreign=True), "score": number,
                    "attributes": labels, "content": array(_CONTENT),
                },
                ("content",),
            ),
            most=100,
        ),
        "has_more": switch, "next_page": dropped,
    },
    ("data",),
)  # fmt: skip
STORE_FILE_MAKE = obj(
    {"file_id": ident("file"), "attributes": labels, "chunking_strategy": _CHUNKS}, ("file_id",)
)
STORE_FILE_CHANGE = obj({"attributes": labels}, ("attributes",))
STORE_FILE = obj(
    {
        "id": ident("file"), "object": fixed("vector_store.file"), "created_at": whole,
        "status": one_of("in_progress", "completed", "cancelled", "failed"), "usage_bytes": whole,
        "vector_store_id": ident("vector_store"), "attributes": labels,
        "chunking_strategy": _CHUNKS,
        "last_error": obj({"code": one_of("server_error", "unsupported_file", "invalid_file",
                                          other="server_error"),
                           "message": fixed("The provider reports an error.")}),
    }
)  # fmt: skip
STORE_FILES = obj({"object": fixed("list"), "data": array(STORE_FILE), "has_more": switch},
                  ("data",))  # fmt: skip
STORE_CONTENT = obj({"object": fixed("vector_store.file_content.page"), "data": array(_CONTENT),
                     "has_more": switch, "next_page": dropped}, ("data",))  # fmt: skip
FILE_BATCH_MAKE = obj(
    {
        "file_ids": array(ident("file"), most=500), "attributes": labels,
        "chunking_strategy": _CHUNKS, "files": array(STORE_FILE_MAKE, most=500),
    }
)  # fmt: skip
FILE_BATCH = obj(
    {
        "id": ident("file_batch"), "object": fixed("vector_store.files_batch"),
        "created_at": whole, "vector_store_id": ident("vector_store"), "file_counts": _COUNTS,
        "status": one_of("in_progress", "completed", "cancelled", "failed"),
    },
    ("id",),
)  # fmt: skip

ENDPOINTS = ("/v1/chat/completions", "/v1/embeddings")
"""Whose requests a batch may hold: those that are forwarded in the form in which they come."""
_BATCH_STATUS = ("validating", "failed", "in_progress", "finalizing", "completed", "expired",
                 "cancelling", "cancelled")  # fmt: skip
_TIMES = ("created_at", "cancelled_at", "cancelling_at", "completed_at", "expired_at",
          "expires_at", "failed_at", "finalizing_at", "in_progress_at")  # fmt: skip
BATCH_MAKE = obj(
    {
        "input_file_id": ident("file"), "endpoint": one_of(*ENDPOINTS),
        "completion_window": one_of("24h"), "metadata": labels,
        "output_expires_after": _expires("created_at", "seconds"),
    },
    ("input_file_id", "endpoint", "completion_window"),
)  # fmt: skip
BATCH = obj(
    {
        "id": ident("batch"), "object": fixed("batch"), "endpoint": one_of(*ENDPOINTS),
        "completion_window": one_of("24h", other="24h"), "input_file_id": ident("file"),
        "output_file_id": ident("file"), "error_file_id": ident("file"),
        "status": one_of(*_BATCH_STATUS), **dict.fromkeys(_TIMES, whole), "metadata": labels,
        "request_counts": obj(dict.fromkeys(("total", "completed", "failed"), whole)),
        "errors": dropped,
    },
    ("id",),
)  # fmt: skip

_JOB_STATUS = ("validating_files", "queued", "running", "succeeded", "failed", "cancelled",
               "paused")  # fmt: skip
JOB = obj(
    {
        "id": ident("job"), "object": fixed("fine_tuning.job"), "created_at": whole,
        "finished_at": whole, "fine_tuned_model": text(256), "model": dropped,
        "training_file": ident("file"), "validation_file": ident("file"),
        "trained_tokens": whole, "seed": whole, "estimated_finish": whole,
        "status": one_of(*_JOB_STATUS, other="queued"), "metadata": labels,
        "organization_id": fixed(""), "hyperparameters": fixed({}), "result_files": fixed([]),
        "error": obj({"code": fixed("provider_error"), "param": dropped,
                      "message": fixed("The provider reports an error.")}),
    },
    ("id",),
)  # fmt: skip
_EVENT = obj(
    {
        "id": dropped, "object": fixed("fine_tuning.job.event"), "created_at": whole,
        "level": one_of("info", "warn", "error", other="info"),
        "message": text(foreign=True), "type": one_of("message", "metrics"), "data": dropped,
    }
)  # fmt: skip
EVENTS = obj({"object": fixed("list"), "data": array(_EVENT), "has_more": switch}, ("data",))
NOTHING = obj({})
