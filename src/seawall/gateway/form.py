"""Read a multipart body, in memory, with its size, its time and its number of parts limited."""

from collections.abc import Mapping

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from seawall.core.errors import RequestError
from seawall.gateway import body as bodies
from seawall.gateway.settings import Settings
from seawall.wire.form import Form, Upload, nest


async def read_form(
    settings: Settings,
    headers: Mapping[str, str],
    receive: bodies.Receive,
    *,
    limit: int,
    files: int = 1,
    fields: int = 64,
    field_bytes: int = 128 * 1024,
) -> Form:
    """Return the form. Its files never touch the disk.

    `limit`: the most bytes of the whole body. Raises RequestError 400, 408 or 413, and
    ClientGoneError.
    """
    if not headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise RequestError("The body must be multipart/form-data.", code="invalid_file")
    stream = bodies.chunks(
        receive, limit=limit, seconds=settings.file_seconds, discard=limit + settings.max_discard
    )
    parser = MultiPartParser(
        Headers(dict(headers)), stream, max_files=files, max_fields=fields,
        max_part_size=field_bytes,
    )  # fmt: skip
    parser.spool_max_size = limit + field_bytes
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, UnicodeDecodeError):
        raise RequestError("The multipart body cannot be read.", code="invalid_file") from None
    try:
        pairs = [(name, item) for name, item in form.multi_items() if isinstance(item, str)]
        uploads = [
            Upload(
                field=name,
                name=item.filename or "",
                media_type=(item.content_type or "").partition(";")[0].strip().lower(),
                data=await item.read(),
            )
            for name, item in form.multi_items()
            if isinstance(item, UploadFile)
        ]
        return Form(values=nest(pairs), uploads=uploads)
    finally:
        await form.close()
