"""Images go to the provider without comments, EXIF, XMP and whatever else is not picture."""

import base64

from seawall.core.exchange import Exchange
from seawall.guard.image.errors import UnreadableImageError
from seawall.guard.ocr import strip
from seawall.wire import pointer


def strip_images(exchange: Exchange) -> None:
    """Replace images that carry more than a picture, in the body and in the parts.

    All others stay byte for byte. An image that cannot be taken apart stays too: whether it may
    pass at all, the policy has decided before.
    """
    for part in exchange.parts:
        if part.image is None or not pointer.editable(part.pointer):
            continue
        try:
            bare = strip(part.image)
        except UnreadableImageError:
            continue
        if bare != part.image:
            data = base64.b64encode(bare).decode("ascii")
            pointer.replace(exchange.body, part.pointer, f"data:{part.media_type};base64,{data}")
            part.image = bare
