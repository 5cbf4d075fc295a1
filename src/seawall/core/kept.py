"""What was computed once is kept on disk for the next start: this user's cache folder.

`SEAWALL_CACHE` names another folder; an empty value keeps nothing. A folder or file that others
can write, or a file that is damaged, is not used.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from seawall.core.files import write_atomically

CACHE_ENV = "SEAWALL_CACHE"
_DIGEST = 32


def cache_folder(env: Mapping[str, str] | None = None) -> Path | None:
    """Return the folder, which need not exist; None when nothing is to be kept."""
    env = os.environ if env is None else env
    if CACHE_ENV in env:
        return Path(env[CACHE_ENV]) if env[CACHE_ENV] else None
    home = env.get("XDG_CACHE_HOME") or (f"{env['HOME']}/.cache" if env.get("HOME") else "")
    return Path(home) / "seawall" if Path(home).is_absolute() else None


def kept(
    name: str,
    make: Callable[[], bytes | None],
    *,
    usable: Callable[[bytes], bool],
    folder: Path | None = None,
) -> bytes | None:
    """Return the kept bytes of that name, or make them and keep them. None if `make` says so.

    A cache that cannot be read or written costs time, never the result: nothing is raised for it.
    """
    folder = cache_folder() if folder is None else folder
    if folder is None:
        return make()
    content = _read(folder / name)
    if content is not None and usable(content):
        return content
    content = make()
    if content is not None:
        _write(folder / name, content)
    return content


def _ours(path: Path) -> bool:
    """Return whether only this user (or root) can have written it."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_uid not in (os.geteuid(), 0):
        return False
    return not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _read(path: Path) -> bytes | None:
    try:
        if not (_ours(path.parent) and _ours(path)):
            return None
        data = path.read_bytes()
    except OSError:
        return None
    digest, content = data[:_DIGEST], data[_DIGEST:]
    return content if hashlib.blake2b(content, digest_size=_DIGEST).digest() == digest else None


def _write(path: Path, content: bytes) -> None:
    digest = hashlib.blake2b(content, digest_size=_DIGEST).digest()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if _ours(path.parent):
            write_atomically(path, digest + content, mode=0o600)
