"""The routes of pictures and sound."""

from seawall.gateway.endpoint import RouteHandler
from seawall.gateway.parts import Parts
from seawall.gateway.routes.audio import Speech, Transcripts
from seawall.gateway.routes.images import Images


def media_routes(parts: Parts) -> dict[str, RouteHandler]:
    """Return path -> route."""
    return {
        "/v1/images/generations": Images(parts, "generations"),
        "/v1/images/edits": Images(parts, "edits"),
        "/v1/images/variations": Images(parts, "variations"),
        "/v1/audio/speech": Speech(parts),
        "/v1/audio/transcriptions": Transcripts(parts, "transcriptions"),
        "/v1/audio/translations": Transcripts(parts, "translations"),
    }
