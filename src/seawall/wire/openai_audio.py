"""OpenAI's audio: texts to be spoken, and recordings whose transcripts are judged."""

import math
import re
from typing import Any, Literal

import msgspec

from seawall.core import ids
from seawall.core.exchange import Exchange, Part, Surface
from seawall.wire import azure, checks, form, strict_json, transcripts
from seawall.wire.checks import Check
from seawall.wire.direct import (
    Outgoing,
    Reading,
    Rendered,
    Units,
    bad,
    said,
)
from seawall.wire.form import Form
from seawall.wire.formats import ParseOptions

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_VOICE = "must be the name of a voice, or {id}"
_TYPES = {"mp3": "audio/mpeg", "opus": "audio/ogg", "aac": "audio/aac", "flac": "audio/flac",
          "wav": "audio/wav", "pcm": "audio/pcm"}  # fmt: skip
_BYTES_A_SECOND = 1_000  # no recording that is understood is smaller
# The transcript's at most, and the sound's own.
_TOKENS_A_SECOND = 5 + 10
_SPOKEN_TOKENS_A_SECOND, _LETTERS_A_DIGIT = 21, 8
_MARKS = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa", b"\xff\xf1", b"\xff\xf9",
          b"fLaC", b"OggS", b"RIFF", b"\x1aE\xdf\xa3")  # fmt: skip


def _text(high: int) -> Check:
    def check(value: Any, at: str) -> None:
        checks.string(value, at, high=high)

    return check


def _voice(value: Any, at: str) -> None:
    if isinstance(value, dict):
        checks.known(value, at, ("id",))
        value, at = checks.need(value, at, "id"), f"{at}/id"
    checks.name(value, at)


SPEECH: dict[str, Check] = {
    "input": _text(32_000),
    "instructions": _text(32_000),
    "model": _text(256),
    "response_format": checks.one_of(*_TYPES),
    "speed": checks.number(0.25, 4),
    "stream_format": checks.one_of("audio"),
    "voice": _voice,
}


class OpenAISpeech:
    """Texts to be spoken: what is said and how are inspected; the sound is made of nothing else."""

    path = "/audio/speech"

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request. Raises RequestError that names the field."""
        value = checks.obj(strict_json.loads(body, max_bytes=options.max_bytes), "")
        azure.put_model(value, options.deployment)
        checks.known(value, "", SPEECH)
        checks.each(value, "", SPEECH)
        for key in ("input", "model", "voice"):
            checks.need(value, "", key)
        parts = [said(f"/{key}", value[key]) for key in ("input", "instructions") if key in value]
        at, voice = "/voice", value["voice"]
        if isinstance(voice, dict):
            at, voice = "/voice/id", voice["id"]
        parts.append(said(f"key:{at}", voice))
        return Exchange(
            request_id=options.request_id or ids.request_id(), surface=Surface.AUDIO,
            model=value["model"], body=value, parts=parts,
        )  # fmt: skip

    def output_tokens(self, exchange: Exchange) -> int:
        """Return the tokens of the sound at most."""
        return math.ceil(self._seconds(exchange) * _SPOKEN_TOKENS_A_SECOND)

    def units(self, exchange: Exchange) -> Units:
        """Return the minutes of the sound at most."""
        return Units(minutes=self._seconds(exchange) / 60)

    @staticmethod
    def _seconds(exchange: Exchange) -> float:
        """Return how long a text is spoken: ten letters a second at the slowest.

        A digit is a word of several; a sign of Chinese takes as long as its bytes would.
        """
        text: str = exchange.body["input"]
        slow: float = min(exchange.body.get("speed", 1.0), 1.0)
        letters = len(text.encode("utf-8", "surrogatepass"))
        letters += _LETTERS_A_DIGIT * sum(map(str.isdecimal, text))
        return letters / 10 / slow

    def upstream(self, exchange: Exchange, model: str) -> bytes:
        """Return the request for the provider."""
        return strict_json.dumps({**exchange.body, "model": model})

    def read(self, raw: bytes, media_type: str, exchange: Exchange) -> Reading:
        """Return the sound, with the type that was asked for. Raises UpstreamError for no sound."""
        if not raw or not media_type.startswith(("audio/", "application/octet-stream")):
            raise bad("it is no sound")
        wanted = _TYPES[exchange.body.get("response_format", "mp3")]

        def render(value: dict[str, Any], seawall: dict[str, Any]) -> Rendered:
            return Rendered(raw=raw, media_type=wanted)

        return Reading(value={}, looks=(), render=render)


def _language(value: Any, at: str) -> None:
    if not isinstance(value, str) or not _LANGUAGE.fullmatch(value):
        checks.refuse(at, "must be the code of a language")


def _list_of(check: Check, high: int) -> Check:
    def many(value: Any, at: str) -> None:
        for index, item in enumerate(checks.array(value, at, high=high)):
            check(item, f"{at}/{index}")

    return many


def _chunking(value: Any, at: str) -> None:
    if isinstance(value, str):
        checks.one_of("auto")(value, at)
        return
    keys = ("type", "prefix_padding_ms", "silence_duration_ms", "threshold")
    checks.known(checks.obj(value, at), at, keys)
    form.typed(value, keys[1:], ())
    checks.one_of("server_vad")(checks.need(value, at, "type"), f"{at}/type")
    for key, high in (("prefix_padding_ms", 60_000), ("silence_duration_ms", 60_000)):
        checks.integer(0, high)(value.get(key, 0), f"{at}/{key}")
    checks.number(0, 1)(value.get("threshold", 0), f"{at}/threshold")


_FORMATS = ("json", "text", "srt", "verbose_json", "vtt", "diarized_json")
TRANSCRIPTIONS: dict[str, Check] = {
    "chunking_strategy": _chunking,
    "include": checks.refused("Log probabilities repeat what may have been taken out."),
    "keywords": _list_of(_text(256), 1_000),
    "known_speaker_names": _list_of(_text(128), 16),
    "known_speaker_references": checks.refused("Recordings in a field are not let through."),
    "language": _language,
    "languages": _list_of(_language, 64),
    "model": _text(256),
    "prompt": _text(32_000),
    "response_format": checks.one_of(*_FORMATS),
    "stream": checks.boolean,
    "temperature": checks.number(0, 1),
    "timestamp_granularities": _list_of(checks.one_of("word", "segment"), 2),
}
_TRANSLATIONS = frozenset({"model", "prompt", "response_format", "temperature"})
_SAID = ("prompt", "keywords", "known_speaker_names")


class OpenAITranscripts:
    """Recordings to texts: the transcript is judged as a stranger's document and as an answer."""

    def __init__(self, kind: Literal["transcriptions", "translations"], sent: Form) -> None:
        self.path = f"/audio/{kind}"
        self._kind = kind
        self._sent = sent
        self._wanted = "json"
        self._stream = False

    def parse(self, body: bytes, options: ParseOptions) -> Exchange:
        """Return the request. Raises RequestError that names the field.

        Nobody hears the recording here; only files that are sound are taken.
        """
        value = self._sent.values
        azure.put_model(value, options.deployment)
        form.typed(value, ("temperature",), ("stream",))
        known = TRANSCRIPTIONS if self._kind == "transcriptions" else _TRANSLATIONS
        checks.known(value, "", known)
        checks.each(value, "", TRANSCRIPTIONS)
        self._stream = value.pop("stream", False)
        self._wanted = value.get("response_format", "json")
        if self._stream and self._wanted not in ("json", "text"):
            checks.unsupported("/stream", "Only response_format json and text can be streamed.")
        if self._kind == "translations" and self._wanted == "diarized_json":
            checks.refuse("/response_format", "has no speakers in a translation")
        value["response_format"] = transcripts.ASKED[self._wanted]
        self._sent.only(("file",))
        if not self._sent.files("file"):
            checks.refuse("/file", "is required")
        if not is_sound(self._sent.uploads[0].data):
            checks.refuse("/file", "must be flac, mp3, mp4, mpeg, mpga, m4a, ogg, wav or webm")
        return Exchange(
            request_id=options.request_id or ids.request_id(), surface=Surface.AUDIO,
            model=checks.need(value, "", "model"), body=value, parts=_parts(value),
        )  # fmt: skip

    def _seconds(self) -> float:
        return len(self._sent.uploads[0].data) / _BYTES_A_SECOND

    def output_tokens(self, exchange: Exchange) -> int:
        """Return the tokens of the recording and of the longest transcript that it can have."""
        return int(self._seconds() * _TOKENS_A_SECOND) + 1

    def units(self, exchange: Exchange) -> Units:
        """Return the most minutes that the recording can last."""
        return Units(minutes=self._seconds() / 60)

    def upstream(self, exchange: Exchange, model: str) -> Outgoing:
        """Return the form for the provider; the file has a name of ours."""
        upload = self._sent.uploads[0]
        name = "audio." + _ending(upload.name)
        media_type = upload.media_type if upload.media_type.startswith("audio/") else "audio/mpeg"
        if not checks.is_identifier(media_type.replace("/", "-")):
            media_type = "audio/mpeg"
        file = msgspec.structs.replace(upload, field="file", name=name, media_type=media_type)
        return Outgoing(pairs=form.flat({**exchange.body, "model": model}), uploads=[file])

    def read(self, raw: bytes, media_type: str, exchange: Exchange) -> Reading:
        """Return the transcript in the form that the client wants. Raises UpstreamError."""
        return transcripts.read(raw, self._wanted, stream=self._stream)


def _ending(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    known = ("flac", "mp3", "mp4", "mpeg", "mpga", "m4a", "ogg", "wav", "webm")
    return ending if ending in known else "mp3"


def is_sound(data: bytes) -> bool:
    """Say whether a file starts as sound does (mp3, flac, ogg, wav, webm, mp4)."""
    return data.startswith(_MARKS) or data[4:8] == b"ftyp"


def _parts(value: dict[str, Any]) -> list[Part]:
    parts = []
    for key in _SAID:
        item = value.get(key)
        if isinstance(item, str):
            parts.append(said(f"/{key}", item))
        elif isinstance(item, list):
            parts += [said(f"/{key}/{index}", text) for index, text in enumerate(item)]
    return parts
