"""What is kept on disk between starts, and when it is not trusted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from seawall.core.kept import cache_folder, kept


def _always(_: bytes) -> bool:
    return True


def _counted(content: bytes | None = b"made") -> tuple[list[int], Callable[[], bytes | None]]:
    calls: list[int] = []

    def make() -> bytes | None:
        calls.append(1)
        return content

    return calls, make


def test_made_once_and_read_the_next_time(tmp_path: Path) -> None:
    calls, make = _counted()
    folder = tmp_path / "cache"
    assert kept("a", make, usable=_always, folder=folder) == b"made"
    assert kept("a", make, usable=_always, folder=folder) == b"made"
    assert len(calls) == 1
    assert (folder / "a").stat().st_mode & 0o077 == 0
    assert sorted(entry.name for entry in folder.iterdir()) == ["a"]


def test_a_damaged_or_unusable_file_is_made_anew(tmp_path: Path) -> None:
    calls, make = _counted()
    folder = tmp_path / "cache"
    kept("a", make, usable=_always, folder=folder)
    data = (folder / "a").read_bytes()
    (folder / "a").write_bytes(data[:-1] + b"X")
    assert kept("a", make, usable=_always, folder=folder) == b"made"
    assert (folder / "a").read_bytes() == data
    kept("a", make, usable=lambda content: False, folder=folder)
    assert len(calls) == 3


@pytest.mark.parametrize("where", ["folder", "file"])
def test_what_others_can_write_is_not_used(tmp_path: Path, where: str) -> None:
    calls, make = _counted()
    folder = tmp_path / "cache"
    kept("a", make, usable=_always, folder=folder)
    (folder if where == "folder" else folder / "a").chmod(0o777)
    kept("a", make, usable=_always, folder=folder)
    assert len(calls) == 2


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    calls, make = _counted()
    folder = tmp_path / "cache"
    kept("a", make, usable=_always, folder=folder)
    (folder / "a").rename(tmp_path / "elsewhere")
    (folder / "a").symlink_to(tmp_path / "elsewhere")
    kept("a", make, usable=_always, folder=folder)
    assert len(calls) == 2


def test_without_a_place_to_write_it_is_made_every_time(tmp_path: Path) -> None:
    calls, make = _counted()
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    for _ in range(2):
        assert kept("a", make, usable=_always, folder=blocked / "cache") == b"made"
    assert len(calls) == 2


def test_nothing_is_kept_when_there_is_nothing_to_keep(tmp_path: Path) -> None:
    _, make = _counted(None)
    assert kept("a", make, usable=_always, folder=tmp_path / "cache") is None
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("env", "folder"),
    [
        ({"SEAWALL_CACHE": "/var/tmp/x", "HOME": "/home/ada"}, "/var/tmp/x"),
        ({"SEAWALL_CACHE": "", "HOME": "/home/ada"}, None),
        ({"XDG_CACHE_HOME": "/c", "HOME": "/home/ada"}, "/c/seawall"),
        ({"HOME": "/home/ada"}, "/home/ada/.cache/seawall"),
        ({}, None),
    ],
)
def test_the_folder(env: dict[str, str], folder: str | None) -> None:
    assert cache_folder(env) == (Path(folder) if folder else None)
