"""Files of JSON lines that a killed run may have left with a torn end."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from seawall.core.errors import InputError
from seawall.core.notjson import NOT_JSON

T = TypeVar("T")


def decoded(
    lines: Iterable[tuple[int, bytes]], kind: type[T], path: Path, wrong: str
) -> Iterator[tuple[int, T]]:
    """Yield each numbered line's object; a torn last line is left out.

    Raises InputError "PATH:NUMBER: WRONG." for another line that holds no such object.
    """
    decoder = msgspec.json.Decoder(kind)
    for number, line in lines:
        try:
            one = decoder.decode(line)
        except NOT_JSON:
            if line.endswith(b"\n"):
                raise InputError(f"{path}:{number}: {wrong}.") from None
            return
        yield number, one
