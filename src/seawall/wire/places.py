"""Pointers of the form inside, and where the client wrote what stands there."""

from collections.abc import Mapping
from typing import NoReturn

from seawall.core.errors import RequestError


def client(pointer: str, places: Mapping[str, str]) -> str:
    """Return the client's pointer of the nearest field that `places` knows.

    `places` maps pointers of the form inside to the client's; what follows the longest known
    prefix stays. A pointer without a known prefix is returned as it is.
    """
    head = pointer
    while head and head not in places:
        head = head.rpartition("/")[0]
    return places[head] + pointer[len(head) :] if head in places else pointer


def told(error: RequestError, places: Mapping[str, str]) -> tuple[str, str]:
    """Return an error's sentence and its pointer, both with the client's pointer."""
    param = client(error.param, places)
    message = error.message
    if error.param and message.startswith(error.param):
        message = param + message[len(error.param) :]
    return message, param


def moved(error: RequestError, places: Mapping[str, str]) -> NoReturn:
    """Raise `error` again, with its pointer, in the sentence too, as the client's."""
    message, param = told(error, places)
    raise RequestError(
        message, code=error.code, status=error.status, param=param, hint=error.hint
    ) from None
