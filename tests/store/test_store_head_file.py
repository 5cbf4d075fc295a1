"""The signed head's file: overwritten in place, and never half."""

import os
import threading
from pathlib import Path

import pytest

from seawall.store import head_file
from seawall.store.head_file import SECTOR, HeadFile, read_head


def test_a_head_is_overwritten_in_place_and_ends_in_blanks(tmp_path: Path) -> None:
    file = HeadFile(tmp_path / "audit.head")
    file.write(b'{"seq":1}\n')
    first = (tmp_path / "audit.head").stat()
    file.write(b'{"seq":22}\n')
    file.write(b'{"seq":3}\n')
    found = tmp_path / "audit.head"
    assert found.read_bytes().split() == [b'{"seq":3}']
    assert (found.stat().st_ino, found.stat().st_size) == (first.st_ino, SECTOR)
    assert found.stat().st_mode & 0o777 == 0o600
    file.close()
    file.write(b'{"seq":4}\n')
    assert read_head(found).split() == [b'{"seq":4}']
    file.close()


def test_an_older_head_is_replaced_once(tmp_path: Path) -> None:
    path = tmp_path / "audit.head"
    path.write_bytes(b'{"seq":1}\n')
    file = HeadFile(path)
    file.write(b'{"seq":2}\n')
    assert path.stat().st_size == SECTOR
    assert read_head(path).split() == [b'{"seq":2}']
    file.close()


@pytest.mark.parametrize("change", ["removed", "renamed", "replaced", "linked", "symlinked"])
def test_a_file_that_is_not_ours_any_more_is_replaced(tmp_path: Path, change: str) -> None:
    path, other = tmp_path / "audit.head", tmp_path / "other"
    file = HeadFile(path)
    file.write(b"1\n")
    file.write(b"2\n")
    if change == "removed":
        path.unlink()
    elif change == "renamed":
        path.rename(other)
    elif change == "replaced":
        other.write_bytes(b"9".ljust(SECTOR))
        other.rename(path)
    elif change == "linked":
        os.link(path, other)
    else:
        path.rename(other)
        path.symlink_to(other)
    before = other.read_bytes() if other.exists() else None
    file.write(b"3\n")
    assert read_head(path).split() == [b"3"]
    assert not path.is_symlink()
    if before is not None:
        assert other.read_bytes() == before
    file.close()


def test_a_reader_never_sees_half_a_head(tmp_path: Path) -> None:
    path = tmp_path / "audit.head"
    file = HeadFile(path)
    heads = {bytes([letter]) * 400 for letter in b"ab"}
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            for head in heads:
                file.write(head)

    file.write(b"a" * 400)
    writer = threading.Thread(target=write)
    writer.start()
    found = {read_head(path).strip() for _ in range(2000)}
    ended.set()
    writer.join()
    file.close()
    assert found <= heads


def test_what_is_longer_than_a_sector_is_written_too(tmp_path: Path) -> None:
    path = tmp_path / "audit.head"
    file = HeadFile(path)
    for letter in (b"a", b"b"):
        file.write(letter * 1000)
        assert read_head(path).strip() == letter * 1000
    file.close()


@pytest.mark.parametrize("call", ["short", "pwrite", "flush"])
def test_half_a_head_is_replaced_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "audit.head"
    file = HeadFile(path)
    file.write(b"1\n")

    def torn(descriptor: int, content: bytes, offset: int) -> int:
        count = write(descriptor, content[:100], offset)
        if call == "pwrite":
            raise OSError(28, "full")
        return count

    def broken(descriptor: int) -> None:
        raise OSError(5, "broken")

    write = os.pwrite
    if call == "flush":
        monkeypatch.setattr(head_file, "_flush", broken)
    else:
        monkeypatch.setattr(os, "pwrite", torn)
    before = path.stat().st_ino
    file.write(b"2" * 300)
    file.flush()
    assert read_head(path).strip() == b"2" * 300
    assert (path.stat().st_size, path.stat().st_ino == before) == (SECTOR, False)
    file.close()


def test_a_head_that_can_be_written_nowhere_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "full")

    file = HeadFile(tmp_path / "audit.head")
    file.write(b"1\n")
    monkeypatch.setattr(os, "pwrite", full)
    monkeypatch.setattr(head_file, "replace_file", full)
    with pytest.raises(OSError, match="full"):
        file.write(b"2\n")
    assert read_head(file.path).strip() == b"1"
    file.close()
