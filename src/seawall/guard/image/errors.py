"""What an image that cannot be read is answered with."""

from seawall.core.errors import InputError


class UnreadableImageError(InputError):
    """The image is damaged, too large or of a format that is not read. Quotes nothing of it."""

    code = "unreadable_image"
