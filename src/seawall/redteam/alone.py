"""One process writes to a file of rows: a second one would send its attempts again."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seawall.core.errors import InputError


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold `path` for this process; a killed one lets go. A hidden file beside it is the lock.

    Raises InputError where another process holds it, and OSError.
    """
    lock = path.with_name(f".{path.name}.lock")
    descriptor = _held(lock)
    while descriptor is None:
        descriptor = _held(lock)
    if descriptor < 0:
        raise InputError(
            f"{path}: another attack is writing to it.",
            hint="Wait until it has ended, or name another file.",
        )
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _held(lock: Path) -> int | None:
    """Return the lock's descriptor, -1 where another has it, None where it was just removed."""
    descriptor = os.open(lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), lock.stat()):
            return descriptor
    except BlockingIOError:
        os.close(descriptor)
        return -1
    except FileNotFoundError:
        pass
    os.close(descriptor)
    return None
