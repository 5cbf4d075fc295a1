"""Transcripts: read, judged piece by piece and as a whole, and written in the client's form."""

import math
from collections.abc import Callable
from typing import Any

from seawall.core.errors import RequestError
from seawall.core.exchange import Part
from seawall.wire import sse, strict_json
from seawall.wire.direct import Reading, Rendered, Units, answered, bad, count, found, usage_of
from seawall.wire.usage import Usage

ASKED = {"json": "json", "text": "json", "verbose_json": "verbose_json", "srt": "verbose_json",
         "vtt": "verbose_json", "diarized_json": "diarized_json"}  # fmt: skip
"""What the provider is asked for: subtitles are written here, from what was judged."""
_NAME = "transcript"
_MOST_PIECES = 100_000
_MOST_SECONDS = 10_000_000
_TIMES = ("start", "end", "avg_logprob", "compression_ratio", "no_speech_prob", "temperature")
_MAX = 64 * 1024 * 1024
Json = dict[str, Any]


def read(raw: bytes, wanted: str, *, stream: bool) -> Reading:
    """Return a transcript. Raises UpstreamError.

    `segments` and `words` repeat the text: where something is taken out of the text or of one of
    them, they are left out.
    """
    try:
        given = strict_json.loads(raw, max_bytes=_MAX)
    except RequestError as error:
        raise bad(error.code) from None
    if not isinstance(given, dict) or not isinstance(given.get("text"), str):
        raise bad("it holds no transcript")
    value: Json = {"text": given["text"]}
    for key, names in (("segments", ("text", "speaker")), ("words", ("word",))):
        if key in given and ASKED[wanted] != "json":
            value[key] = _pieces(given[key], names)
    if ASKED[wanted] != "json":
        value["duration"] = _number(given.get("duration"))
        language = given.get("language")
        plain = isinstance(language, str) and language.isalpha() and len(language) <= 20
        value["language"] = language if plain else ""
    usage, seconds = given.get("usage"), _number(given.get("duration"))
    if isinstance(usage, dict) and usage.get("type") == "duration":
        seconds = _number(usage.get("seconds"))
    if seconds > _MOST_SECONDS:
        raise bad("no recording is as long as it says")
    value["usage"] = _usage(usage)
    written = len(value["text"].encode("utf-8", "surrogatepass")) // 3 + 1
    return Reading(
        value=value,
        looks=(_as_document, _as_answer),
        render=_writer(wanted, stream),
        spare=frozenset({"key:/segments", "key:/words"}),
        usage=usage_of(usage) or Usage(prompt_tokens=0, completion_tokens=written),
        units=Units(minutes=seconds / 60) if seconds else None,
    )


def _number(value: Any) -> float:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and math.isfinite(value) and value >= 0 else 0.0


def _usage(value: Any) -> Json | None:
    if not isinstance(value, dict):
        return None
    if value.get("type") == "duration":
        return {"type": "duration", "seconds": _number(value.get("seconds"))}
    names = ("input_tokens", "output_tokens", "total_tokens")
    return {"type": "tokens", **{name: count(value, name) for name in names}}


def _pieces(value: Any, names: tuple[str, ...]) -> list[Json]:
    """Return segments or words: their texts and times only."""
    if not isinstance(value, list) or len(value) > _MOST_PIECES:
        raise bad("its pieces are not a list")
    found = []
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise bad("a piece is not an object")
        piece: Json = {name: item[name] for name in names if name in item}
        if not piece or not all(isinstance(text, str) for text in piece.values()):
            raise bad("a piece holds no text")
        piece |= {key: _signed(item[key]) for key in _TIMES if key in item}
        if names[0] == "text":
            piece |= {"id": index} if "speaker" not in piece else {"id": f"seg_{index}"}
        found.append(piece)
    return found


def _signed(value: Any) -> float:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and math.isfinite(value) else 0.0


def _joined(value: Json, key: str) -> str:
    name = "word" if key == "words" else "text"
    texts = []
    for piece in value[key]:
        speaker = f"{piece['speaker']}: " if "speaker" in piece else ""
        texts.append(f"{speaker}{piece[name].strip()}")
    return " ".join(texts)


def _looks(value: Json, part: Callable[[str, str], Part]) -> list[Part]:
    parts = [part("/text", value["text"])]
    for key in ("segments", "words"):
        if value.get(key):
            parts.append(part(f"key:/{key}", _joined(value, key)))
    if value.get("language"):
        parts.append(part("/language", value["language"]))
    return parts


def _as_document(value: Json) -> list[Part]:
    return _looks(value, lambda at, text: found(at, text, _NAME))


def _as_answer(value: Json) -> list[Part]:
    return _looks(value, answered)


def _writer(wanted: str, stream: bool) -> Callable[[Json, Json], Rendered]:
    def render(value: Json, seawall: Json) -> Rendered:
        if stream:
            return Rendered(raw=_events(value, seawall), media_type="text/event-stream")
        if wanted == "text":
            return Rendered(raw=f"{value['text']}\n".encode(), media_type="text/plain")
        if wanted in ("srt", "vtt"):
            text = _subtitles(value, vtt=wanted == "vtt")
            kind = "text/vtt" if wanted == "vtt" else "application/x-subrip"
            return Rendered(raw=text.encode(), media_type=kind)
        kept = {key: item for key, item in value.items() if item is not None}
        if wanted == "diarized_json":
            kept["task"] = "transcribe"
            kept["segments"] = [
                {**piece, "type": "transcript.text.segment"} for piece in value.get("segments", ())
            ]
        elif "segments" in kept:
            empty = {"seek": 0, "tokens": []}
            kept["segments"] = [{**empty, **piece} for piece in kept["segments"]]
        return Rendered(body={**kept, "seawall": seawall})

    return render


def _events(value: Json, seawall: Json) -> bytes:
    """Return the transcript as events: it was judged whole, so it comes in one piece."""
    done: Json = {"type": "transcript.text.done", "text": value["text"], "seawall": seawall}
    if (value["usage"] or {}).get("type") == "tokens":
        done["usage"] = value["usage"]
    pieces = [{"type": "transcript.text.delta", "delta": value["text"]}, done]
    return b"".join([*(sse.event(strict_json.dumps(piece)) for piece in pieces), sse.DONE])


def _subtitles(value: Json, *, vtt: bool) -> str:
    """Return SRT or WebVTT; one subtitle for all where the pieces were left out."""
    whole = [{"start": 0.0, "end": value["duration"], "text": value["text"]}]
    lines = ["WEBVTT", ""] if vtt else []
    for number, piece in enumerate(value.get("segments") or whole, start=1):
        start, end = (_clock(piece.get(key, 0.0), vtt) for key in ("start", "end"))
        text = " ".join(piece["text"].split()).replace("-->", "->")
        lines += [*([] if vtt else [str(number)]), f"{start} --> {end}", text, ""]
    return "\n".join(lines) + "\n"


def _clock(seconds: float, vtt: bool) -> str:
    whole = round(max(0.0, min(seconds, 359_999.0)) * 1000)
    hours, rest = divmod(whole, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    mark = "." if vtt else ","
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{mark}{rest % 1000:03}"
