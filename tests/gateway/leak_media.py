"""Pictures and sound in the leak matrix."""

import base64
import json
from collections.abc import Callable
from typing import Any

from leak_forms import File
from leak_places import PLAIN, SHOWN, Body
from leak_surfaces import Answers, Requests
from leak_walk import MARK, Place, Walk
from openai.types import (
    ImagesResponse,
    image_create_variation_params,
    image_edit_params,
    image_generate_params,
)
from openai.types.audio import (
    Transcription,
    TranscriptionDiarized,
    TranscriptionVerbose,
    Translation,
    TranslationVerbose,
    speech_create_params,
    transcription_create_params,
    translation_create_params,
)

PICTURE = File(base64.b64decode(PLAIN))
SOUND = File(b"ID3" + bytes(400), "a.mp3", "audio/mpeg")


def _file(plain: File) -> list[Place]:
    """Return the places of a file: its name, its type, and what it holds."""
    return [
        Place("", " (name)", "text", File(plain.data, f"{MARK}.png", plain.kind)),
        Place("", " (type)", "choice", File(plain.data, plain.name, f"image/{MARK}")),
        Place("", " (no such file)", "text", File(MARK.encode(), plain.name, plain.kind)),
    ]


_SHOWN = Place("", " (picture)", "image", File(base64.b64decode(SHOWN)))
_IMAGES = Walk(
    samples={
        ("ImageGenerateParamsNonStreaming", "model"): "small",
        ("ImageEditParamsNonStreaming", "model"): "small",
        ("ImageCreateVariationParams", "model"): "small",
        ("ImageEditParamsNonStreaming", "image"): PICTURE,
        ("ImageCreateVariationParams", "image"): PICTURE,
    },
    own={
        ("", "image"): [*_file(PICTURE), _SHOWN],
        ("", "mask"): [*_file(PICTURE), _SHOWN],
        ("", "markup"): [*_file(PICTURE), _SHOWN],
    },
)
_AUDIO = Walk(
    samples={("", "model"): "small", ("", "voice"): "alloy", ("", "file"): SOUND},
    own={("", "file"): _file(SOUND)},
)


def requests() -> list[Requests]:
    """Return the surfaces whose requests hold pictures or sound."""
    images, audio = "/v1/images/", "/v1/audio/"
    transcription = transcription_create_params.TranscriptionCreateParamsNonStreaming
    return [
        Requests("images/generations", images + "generations",
                 image_generate_params.ImageGenerateParamsNonStreaming, _IMAGES),
        Requests("images/edits", images + "edits",
                 image_edit_params.ImageEditParamsNonStreaming, _IMAGES),
        Requests("images/variations", images + "variations",
                 image_create_variation_params.ImageCreateVariationParams, _IMAGES),
        Requests("audio/speech", audio + "speech", speech_create_params.SpeechCreateParams, _AUDIO),
        Requests("audio/transcriptions", audio + "transcriptions", transcription, _AUDIO),
        Requests("audio/translations", audio + "translations",
                 translation_create_params.TranslationCreateParams, _AUDIO),
    ]  # fmt: skip


def _transcribe(kind: str, **more: Any) -> Callable[[str], Body]:
    return lambda text: {"model": "small", "prompt": text, "file": SOUND, **more}


def answers() -> list[Answers]:
    """Return the answers that hold pictures or transcripts."""
    images = Walk(
        samples={
            ("ImagesResponse", "data"): [{"b64_json": PLAIN}],
            ("Image", "b64_json"): PLAIN,
        },
        own={
            ("Image", "b64_json"): [
                Place("", "", "choice", MARK), Place("", " (picture)", "image", SHOWN),
                Place("", " (file)", "choice", base64.b64encode(MARK.encode()).decode()),
            ],
            ("Image", "url"): [
                Place("", "", "choice", MARK), Place("", " (link)", "text", f"https://x.test/{MARK}"),
            ],
        },
    )  # fmt: skip
    found = [
        Answers("images", "/v1/images/generations", ImagesResponse, images,
                lambda text: {"model": "small", "prompt": text}, _as_it_is, (), "ImagesResponse")
    ]  # fmt: skip
    words = Walk(samples={("TranscriptionVerbose", "text"): "Hi", ("", "words"): [],
                          ("", "segments"): []})  # fmt: skip
    for kind, name, asked in (
        (Transcription, "transcriptions", ("json", "text")),
        (TranscriptionVerbose, "transcriptions", ("verbose_json", "srt", "vtt")),
        (TranscriptionDiarized, "transcriptions", ("diarized_json",)),
        (Translation, "translations", ("json",)),
        (TranslationVerbose, "translations", ("verbose_json",)),
    ):
        for wanted in asked:
            found.append(
                Answers(f"audio/{name} {wanted}", f"/v1/audio/{name}", kind, words,
                        _transcribe(name, response_format=wanted), _as_it_is, (), kind.__name__)
            )  # fmt: skip
    found.append(
        Answers("audio/transcriptions stream", "/v1/audio/transcriptions", Transcription, words,
                _transcribe("transcriptions", stream=True), _as_it_is, (), "Transcription")
    )  # fmt: skip
    return found


def usual(path: str, raw: bytes) -> object | None:
    """Return a harmless answer; None for other paths."""
    if "/images/" in path:
        return {"created": 1, "data": [{"b64_json": PLAIN}]}
    if path.endswith("/speech"):
        return Sound
    if "/audio/" in path:
        return {"text": "Hi", "duration": 1.0, "language": "english", "segments": []}
    return None


def _as_it_is(value: Any) -> bytes:
    return json.dumps(value).encode()


class Sound:
    """What a provider says when it speaks."""

    body = b"ID3" + bytes(40)
    content_type = "audio/mpeg"
