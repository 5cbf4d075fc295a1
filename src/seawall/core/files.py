"""Writing files so that nobody ever reads a half one."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: str | bytes, *, mode: int | None = None) -> None:
    """Write beside the file and move into place. Text is UTF-8. Raises OSError.

    `mode`: the file's permissions; None leaves them to the process's mask.

    Survives a crash of this process, not of the machine: see store.locks.replace_file for that.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.new")
    try:
        if mode is not None:
            temporary.touch(mode=mode)
        temporary.write_bytes(data)
        temporary.replace(path)
    except OSError as error:
        raise _about(path, error) from None


def stream_atomically(path: Path, parts: Iterable[bytes]) -> None:
    """Write parts one after the other, as `write_atomically` does; an error leaves the old file.

    Raises OSError, and whatever the parts raise.
    """
    temporary = path.with_name(f".{path.name}.new")
    try:
        with temporary.open("wb") as file:
            file.writelines(parts)
        temporary.replace(path)
    except OSError as error:
        raise _about(path, error) from None
    finally:
        with suppress(OSError):
            temporary.unlink()


def _about(path: Path, error: OSError) -> OSError:
    """Return the error with the file that was meant, not the one beside it."""
    return OSError(error.errno, error.strerror, str(path))
