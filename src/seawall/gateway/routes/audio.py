"""POST /v1/audio/speech, transcriptions and translations: what is said is inspected."""

from collections.abc import Mapping
from typing import Any, Literal

from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer
from seawall.gateway.call import Call
from seawall.gateway.form import read_form
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.gateway.routes.direct import Direct
from seawall.wire.openai_audio import OpenAISpeech, OpenAITranscripts

SCOPE = "audio"
# What OpenAI takes: 25 MB, and the other fields.
MOST_SOUND = 26 * 1024 * 1024


class Speech(Direct):
    """Texts to sound."""

    surface = "audio"
    methods = ("POST",)

    async def read(self, call: Call, headers: Mapping[str, str], receive: bodies.Receive) -> bytes:
        """Authenticate, then read the body. Raises RequestError, ClientGoneError."""
        self._p.authenticate(call, headers, SCOPE)
        return await self._p.read_body(receive)

    async def run(self, call: Call, body: bytes, respond: Responder) -> Answer:
        """Return the sound. Raises SeawallError."""
        return await self.go(call, body, OpenAISpeech())


class Transcripts(Direct):
    """Recordings to texts."""

    surface = "audio"
    methods = ("POST",)

    def __init__(self, parts: Parts, kind: Literal["transcriptions", "translations"]) -> None:
        super().__init__(parts)
        self._kind: Literal["transcriptions", "translations"] = kind

    async def read(
        self, call: Call, headers: Mapping[str, str], receive: bodies.Receive
    ) -> OpenAITranscripts:
        """Authenticate, then read the form. Raises RequestError, ClientGoneError."""
        self._p.authenticate(call, headers, SCOPE)
        form = await read_form(self._p.settings, headers, receive, limit=MOST_SOUND)
        return OpenAITranscripts(self._kind, form)

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Return the transcript. Raises SeawallError."""
        return await self.go(call, b"", body)
