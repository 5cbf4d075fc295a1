"""Private folders and files: 0700, 0600, atomic replacement, one-holder locks (POSIX)."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seawall.core.errors import InputError, SeawallError

OURS = ("seawall.db", "audit.", "pepper", "policy.", "replica.", "master.key", "open.lock")


class DataInUseError(SeawallError):
    """Another process writes to the same data folder."""

    code = "data_in_use"
    exit_code = 3
    status = 503


def private_folder(folder: Path) -> None:
    """Create `folder` with mode 0700; tighten one that is empty or holds only our files.

    A folder with other people's files in it keeps its mode: ours are 0600 in any case.
    Raises InputError when it cannot be created or is not a folder.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(folder.stat().st_mode) & 0o077 and _only_ours(folder):
            folder.chmod(0o700)
    except OSError as error:
        raise InputError(
            f"The data folder {folder} cannot be used: {error.strerror or error}.",
            hint="Name a folder that you own with --data.",
        ) from None


def _only_ours(folder: Path) -> bool:
    return folder.stat().st_uid == os.geteuid() and all(
        entry.name.startswith(OURS) for entry in folder.iterdir()
    )


def private_file(path: Path) -> None:
    """Create an empty file of mode 0600 if there is none, and tighten one of ours that is wider."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise InputError(f"{path} cannot be opened for writing: {error.strerror}.") from None


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put `content` at `path` so that a crash leaves the old or the new file. Raises OSError."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)  # of a crash, or somebody's who waits for what comes in
    descriptor = os.open(
        temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, mode
    )
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
    sync_folder(path.parent)


@contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """Hold the exclusive lock of `path`, waiting for it. The lock ends with the process."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class HeldLock:
    """An exclusive lock that is refused, not waited for. The kernel drops it with the process."""

    def __init__(self, path: Path) -> None:
        """Take the lock of `path`. Raises DataInUseError naming the holder's process id."""
        self._descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._descriptor, 32, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise DataInUseError(
                f"Another Seawall process ({holder or 'unknown'}) already writes to {path.parent}.",
                hint="Stop it first, or give this one its own folder with --data.",
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
