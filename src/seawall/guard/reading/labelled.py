"""Encodings that nothing but their name tells: "base58: ...", b85decode("...")."""

import base64
import re
from collections.abc import Callable
from string import ascii_lowercase, ascii_uppercase, digits

from seawall.guard.reading.codecs import BASE58, number_of, text_of

_NAME = r"\b(?:base|b|a|z|ascii)[ _\-]?(?P<name>32[ _\-]?hex|45|58|62|85)"
RUN = re.compile(
    rf"(?i){_NAME}(?![0-9])[^\n]{{0,60}}?(?:[:=(\"'`]|\s)[\s\"'`(]{{0,4}}(?P<run>[!-~]{{20,}})"
)
GATE = r"(?:base|ascii|b|a|z)[ _\-]?(?:32.?hex|45|58|62|85)"
_EDGES = "\"'`()[]<>,;."
_62 = digits + ascii_uppercase + ascii_lowercase
_45 = digits + ascii_uppercase + " $%*+-./:"
_Z85 = digits + ascii_lowercase + ascii_uppercase + ".-:+=^!/*?&<>()[]{}@%$#"
# Of a longer number nothing is read: what it says takes more than linear time.
_LONGEST_NUMBER = 1_000


def decoded(raw: str) -> str | None:
    """Return what a run says by the encoding that is named before it; None for no plain text."""
    match = RUN.fullmatch(raw)
    if match is None:
        return None
    run = match["run"].strip(_EDGES)
    for decode in _DECODERS[match["name"][:2]]:
        try:
            text = text_of(decode(run))
        except (ValueError, IndexError, OverflowError):
            continue
        if text is not None and text.isprintable():
            return text
    return None


def _number(alphabet: str) -> Callable[[str], bytes]:
    def decode(run: str) -> bytes:
        number = number_of(run[:_LONGEST_NUMBER], alphabet)
        return number.to_bytes((number.bit_length() + 7) // 8, "big")

    return decode


def _base45(run: str) -> bytes:
    found = bytearray()
    for at in range(0, len(run), 3):
        places = [_45.index(sign) for sign in run[at : at + 3]]
        number = sum(place * 45**power for power, place in enumerate(places))
        found += number.to_bytes(len(places) - 1, "big")
    return bytes(found)


def _z85(run: str) -> bytes:
    standard = (
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"
    )
    return base64.b85decode(run.translate(str.maketrans(_Z85, standard)))


_DECODERS: dict[str, tuple[Callable[[str], bytes], ...]] = {
    "32": (lambda run: base64.b32hexdecode(run.upper() + "=" * (-len(run) % 8)),),
    "45": (_base45,),
    "58": (_number(BASE58),),
    "62": (_number(_62),),
    "85": (base64.b85decode, base64.a85decode, _z85),
}
