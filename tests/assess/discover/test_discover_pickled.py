"""Pickles in every form and container: found, or unknown; never silently harmless."""

import io
import pickle
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
from benchmarks.pickle_peers import EVIL, archive, array, harmless, malicious, shapes

from seawall.assess.discover.pickled import SUFFIXES, read_pickle

# Archives that Python refuses to open and other readers may not: nothing is known of them.
UNKNOWN = {"flag_directory.pt", "checksum.pt", "other_name.pt"}
# It reads a file, and runs nothing.
READS = {"numpy:fromfile.pkl"}
# Rare in models, and each can be one step of an attack.
RARE = {"enum:Enum.pkl", "logging:Logger.pkl", "functools:partial.pkl"}


def save(folder: Path, data: bytes, name: str) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", sorted({*malicious()} - READS))
def test_what_runs_code_is_dangerous_in_every_form(tmp_path: Path, name: str) -> None:
    found = read_pickle(save(tmp_path, malicious()[name], name))
    assert found is not None
    assert found.unknown if name in UNKNOWN else found.dangerous


@pytest.mark.parametrize("name", sorted({*harmless()} - RARE))
def test_what_builds_values_is_not(tmp_path: Path, name: str) -> None:
    found = read_pickle(save(tmp_path, harmless()[name], name))
    assert found is not None and (found.dangerous, found.unknown) == ((), "")


def test_every_container_has_a_suffix_that_discovery_reads() -> None:
    assert {Path(name).suffix for name in shapes()} <= SUFFIXES


def numbers(descr: str) -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (1,), }}".encode().ljust(117)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + header + b"\n" + b"\x80\x02\x00\x00" * 2


def test_arrays_of_numbers_are_no_pickles(tmp_path: Path) -> None:
    assert read_pickle(save(tmp_path, numbers("<f8"), "a.npy")) is None
    found = read_pickle(save(tmp_path, archive(numbers("<f8"), "a.npy"), "a.npz"))
    assert found is not None and (found.dangerous, found.unknown) == ((), "")


def test_a_member_of_numbers_that_begins_like_a_pickle_is_none(tmp_path: Path) -> None:
    found = read_pickle(save(tmp_path, archive(b"\x80\x02" + b"\xfe" * 60, "m/data/0"), "m.pt"))
    assert found is not None and (found.dangerous, found.unknown) == ((), "")


@pytest.mark.parametrize(
    "data",
    [b"", b"no pickle", zlib.compress(EVIL)[:9], b"\x1f\x8b" + b"x" * 20, b"BZh9" + b"x" * 20],
)
def test_a_file_named_as_a_pickle_that_cannot_be_read_is_unknown(
    tmp_path: Path, data: bytes
) -> None:
    found = read_pickle(save(tmp_path, data, "m.pkl"))
    assert found is not None and found.unknown and not found.dangerous


def test_packed_twice_and_archives_in_archives(tmp_path: Path) -> None:
    inner = archive(archive(EVIL), "m/data.pkl")
    found = read_pickle(save(tmp_path, inner, "m.pt"))
    assert found is not None and found.dangerous
    twice = read_pickle(save(tmp_path, zlib.compress(zlib.compress(EVIL)), "m.pkl"))
    assert twice is not None and twice.dangerous


def test_a_bomb_is_unknown(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("m/data.pkl", pickle.dumps(bytes(30_000_000), 4))
    found = read_pickle(save(tmp_path, buffer.getvalue(), "m.pt"))
    assert found is not None and "too large" in found.unknown


def test_an_array_of_objects_is_read(tmp_path: Path) -> None:
    found = read_pickle(save(tmp_path, array(EVIL), "o.npy"))
    assert found is not None and found.dangerous == ("os.system",)
