"""POST /v1/images/generations, edits and variations: prompts and pictures are inspected."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from seawall.gateway import body as bodies
from seawall.gateway.answers import Answer, BlockedError
from seawall.gateway.call import Call
from seawall.gateway.form import read_form
from seawall.gateway.parts import Parts
from seawall.gateway.responder import Responder
from seawall.gateway.routes.direct import Direct
from seawall.guard.image.errors import UnreadableImageError
from seawall.guard.ocr import strip
from seawall.wire.direct import DirectFormat
from seawall.wire.openai_images import Kind, OpenAIImages

SCOPE = "images"
_MOST_FILES = 18


class Images(Direct):
    """One of the three routes for pictures."""

    surface = "images"
    methods = ("POST",)

    def __init__(self, parts: Parts, kind: Kind) -> None:
        super().__init__(parts)
        self._kind: Kind = kind

    async def read(
        self, call: Call, headers: Mapping[str, str], receive: bodies.Receive
    ) -> tuple[bytes, OpenAIImages]:
        """Authenticate, then read JSON or a form. Raises RequestError, ClientGoneError."""
        self._p.authenticate(call, headers, SCOPE)
        if self._kind == "generations":
            return await self._p.read_body(receive), OpenAIImages(self._kind)
        settings = self._p.settings
        form = await read_form(
            settings, headers, receive, limit=settings.max_file, files=_MOST_FILES
        )
        return b"", OpenAIImages(self._kind, form)

    async def run(self, call: Call, body: Any, respond: Responder) -> Answer:
        """Return the pictures. Raises SeawallError."""
        return await self.go(call, *body)

    async def prepare(self, form: DirectFormat) -> None:
        """Take what stands beside the pictures out of them. Raises BlockedError."""
        if not isinstance(form, OpenAIImages):
            raise TypeError("this route sends pictures")
        try:
            await self._p.runner.in_pool(partial(form.bare, stripped))
        except TimeoutError:
            raise BlockedError("The pictures could not be prepared in time.") from None


def stripped(data: bytes) -> bytes:
    """Return a picture without what stands beside it; one that cannot be taken apart stays.

    Whether such a picture may pass at all, the policy has decided before.
    """
    try:
        return strip(data)
    except UnreadableImageError:
        return data
