"""Parquet files of four other programs are read; damaged ones are named, and never run on.

`recorded/parquet` holds one table as PyArrow 26, Polars, DuckDB and fastparquet wrote it: pages of
both versions, several groups of rows, dictionaries, differences, and every packing that is read.
"""

import gzip
import json
import sys
import tracemalloc
from pathlib import Path
from random import Random

import pytest

from seawall.cli.main import run as seawall
from seawall.core.errors import InputError, MissingPartError
from seawall.redteam import parquet
from seawall.redteam.datasets import Dataset, card
from seawall.redteam.parquet import ParquetFile, values
from seawall.redteam.parquet.bits import DamagedError, differences, runs, unpacked
from seawall.redteam.parquet.packing import unpack

FILES = Path(__file__).parent / "recorded" / "parquet"
WANTED = json.loads((FILES / "expected.json").read_text(encoding="utf-8"))
READ = ("arrow-snappy", "arrow-gzip-v2", "arrow-plain", "arrow-lz4", "arrow-delta", "polars",
        "duckdb", "fastparquet")  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_every_value_as_its_writer_had_it(name) -> None:
    file = ParquetFile((FILES / f"{name}.parquet").read_bytes())
    assert file.rows == len(WANTED["prompt"])
    for column, wanted in WANTED.items():
        found = [one.decode() if isinstance(one, bytes) else one for one in file.values(column)]
        assert found == wanted, column


@pytest.mark.parametrize("name", READ)
def test_as_a_data_set(name) -> None:
    made = card(Dataset(path=FILES / f"{name}.parquet", expect="proof"))
    there = [(number, text) for number, text in enumerate(WANTED["prompt"], 1) if text]
    assert [seed["text"] for seed in made.seeds] == [text for _, text in there]
    assert [seed["id"] for seed in made.seeds] == [f"row-{number}" for number, _ in there]
    assert {seed["foreign"] for seed in made.seeds} <= set(WANTED["proof"])
    numbers = card(Dataset(path=FILES / f"{name}.parquet", column="number")).seeds
    there = [n for n in WANTED["number"] if n is not None]
    assert [float(one["text"]) for one in numbers] == there, "fastparquet has made them floats"


def test_the_command_attacks_with_it(tmp_path, capsys) -> None:
    words = ["attack", "--target", "lab", "--harmless", "0", "--no-calibrate", "--json", "--n", "3"]
    assert seawall([*words, "--dataset", str(FILES / "polars.parquet"), "--expect", "proof"]) == 0
    assert list(json.loads(capsys.readouterr().out)["results"]) == ["PRB-DATA-POLARS"]


@pytest.mark.parametrize("column", ["turns", "day", "price"])
def test_what_is_no_text_is_no_prompt(column) -> None:
    with pytest.raises(InputError, match="no texts or numbers"):
        card(Dataset(path=FILES / "arrow-snappy.parquet", column=column))
    with pytest.raises(InputError, match=r"no column 'none'.*turns"):
        card(Dataset(path=FILES / "arrow-snappy.parquet", column="none"))


def test_what_packing_is_missing_and_what_to_do(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(MissingPartError, match="Install the package zstandard"):
        card(Dataset(path=FILES / "arrow-zstd.parquet"))
    with pytest.raises(InputError, match="Brotli; snappy, gzip, zstd and lz4 are read"):
        card(Dataset(path=FILES / "arrow-brotli.parquet"))


@pytest.mark.parametrize("seed", range(400))
def test_damaged_files_are_named(seed) -> None:
    draw = Random(seed)
    data = bytearray((FILES / f"{draw.choice(READ)}.parquet").read_bytes())
    for _ in range(draw.choice((1, 2, 8))):
        data[draw.randrange(len(data))] = draw.randrange(256)
    if seed % 4 == 0:
        data = data[: draw.randrange(len(data))] + data[-draw.randrange(1, 200) :]
    try:
        file = ParquetFile(bytes(data))
        found = [len(list(file.values(name))) for name in ("prompt", "number", "flag")]
    except (DamagedError, KeyError):
        return
    assert set(found) == {file.rows}, "what can still be read has all its rows"


def test_files_that_are_none(tmp_path) -> None:
    for name, data, said in (
        ("short", b"PAR1", "does not begin and end"),
        ("hidden", b"PAR1" + b"0" * 20 + b"PARE", "encrypted"),
        ("cut", b"PAR1" + b"0" * 20 + (999).to_bytes(4, "little") + b"PAR1", "its end is missing"),
    ):
        path = tmp_path / f"{name}.parquet"
        path.write_bytes(data)
        with pytest.raises(InputError, match=said):
            card(Dataset(path=path))


def test_numbers_of_the_formats_own_examples() -> None:
    # Encodings.md of Apache Parquet: 0 to 7 in three bits; 1 to 5 and 7, 5, 3, 1, 2, 3, 4, 5.
    assert list(unpacked(bytes([0b10001000, 0b11000110, 0b11111010]), 3, 8)) == list(range(8))
    assert list(runs(bytes([0b00000011, 0b10001000, 0b11000110, 0b11111010]), 3, 8)) == list(
        range(8)
    )
    assert list(runs(bytes([100 << 1 & 127 | 128, 100 >> 6, 4]), 3, 100)) == [4] * 100
    head = bytes([128, 1, 4, 5, 2])  # 128 a block, 4 parts, 5 numbers, the first is 1
    found, at = differences(head + bytes([2, 0, 0, 0, 0]), 0, 5)
    assert (list(found), at) == ([1, 2, 3, 4, 5], 10)
    head = bytes([128, 1, 4, 8, 14])  # the first is 7, the least step -2
    steps = bytes([3, 2, 0, 0, 0, 0b11000000, 0b00111111]) + b"\0" * 6
    assert list(differences(head + steps, 0, 8)[0]) == [7, 5, 3, 1, 2, 3, 4, 5]


def _whole(footer: bytes, pages: bytes = b"") -> bytes:
    return b"PAR1" + pages + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def _number(value: int) -> bytes:
    """Return a number of Thrift, zigzag."""
    value <<= 1
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _made(pages: bytes, rows: int, groups: int = 1, kind: int = 6) -> bytes:
    """Return a file of one column `prompt`, whose every group of rows is these pages."""
    each = rows // groups
    meta = b"\x15" + _number(kind) + b"\x19\x15\x00\x19\x18\x06prompt\x15\x04"
    meta += b"\x16" + _number(each) + b"\x16\x00\x16\x00\x26" + _number(4) + b"\x00"
    group = b"\x19\x1c\x3c" + meta + b"\x00\x00"
    root = b"\x48\x01r\x15\x02\x00"
    column = b"\x15" + _number(kind) + b"\x25\x00\x18\x06prompt\x00"
    many = bytes([0xFC]) + bytes([groups & 127 | 128, groups >> 7 & 127 | 128, groups >> 14])
    footer = b"\x15\x02\x19\x2c" + root + column + b"\x16" + _number(rows)
    return _whole(footer + b"\x19" + many + group * groups + b"\x00", pages)


def _page(head: bytes, data: bytes, size: int, kind: int) -> bytes:
    sizes = b"\x15" + _number(size) + b"\x15" + _number(len(data))
    return b"\x15" + _number(kind) + sizes + head + b"\x00" + data


def _dictionary(words: int, data: bytes, size: int) -> bytes:
    return _page(b"\x4c\x15" + _number(words) + b"\x15\x00\x00", data, size, 2)


def _places(rows: int) -> bytes:
    run = (rows << 1).to_bytes(3, "little")
    head = bytes([run[0] & 127 | 128, rows >> 6 & 127 | 128, rows >> 13])
    data = b"\x01" + head + b"\x00"
    inner = b"\x2c\x15" + _number(rows) + b"\x15\x10\x15\x06\x15\x06\x00"
    return _page(inner, gzip.compress(data), len(data), 0)


def test_a_made_file_is_read() -> None:
    word = (5).to_bytes(4, "little") + b"tides"
    packed = gzip.compress(word)
    file = ParquetFile(_made(_dictionary(1, packed, 9) + _places(40_000), 80_000, groups=2))
    assert set(file.values("prompt")) == {b"tides"}


def test_a_small_file_that_repeats_a_long_text_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(parquet, "LARGEST_COLUMN", 10_000_000)
    word = (90_000).to_bytes(4, "little") + b"a" * 90_000
    pages = _dictionary(1, gzip.compress(word), len(word)) + _places(40_000)
    with pytest.raises(DamagedError, match="comes to too much"):
        for _ in ParquetFile(_made(pages, 40_000)).values("prompt"):
            pass


def test_a_small_file_whose_groups_unpack_one_page_again_and_again_is_refused(
    monkeypatch,
) -> None:
    monkeypatch.setattr(parquet, "LARGEST_COLUMN", 10_000_000)
    word = (1).to_bytes(4, "little") + b"a" + b"\0" * 1_000_000
    pages = _dictionary(1, gzip.compress(word), len(word)) + _places(1)
    with pytest.raises(DamagedError, match="comes to too much"):
        list(ParquetFile(_made(pages, 16_400, groups=16_400)).values("prompt"))


def test_a_dictionary_has_no_more_words_than_rows() -> None:
    pages = _dictionary(8_000_000, gzip.compress(b"\0" * 1_000_000), 1_000_000) + _places(1)
    with pytest.raises(DamagedError, match="more values than rows"):
        list(ParquetFile(_made(pages, 16_400, groups=16_400, kind=0)).values("prompt"))


def test_lists_in_lists_have_an_end() -> None:
    with pytest.raises(DamagedError, match="nested too deeply"):
        ParquetFile(_whole(b"\x19" * 5_000))
    with pytest.raises(DamagedError, match="ends too early"):
        ParquetFile(_whole(b"\x19\xf5" + b"\xff" * 8 + b"\x00" + b"\x01" * 50))


def test_a_first_number_beyond_64_bits_wraps_around() -> None:
    assert list(differences(bytes([128, 1, 4, 1]) + b"\xfe" + b"\xff" * 8 + b"\x7f", 0, 5)[0]) == [
        -1
    ]


@pytest.mark.parametrize("size", [-1, -2, 9])
def test_nothing_is_unpacked_beyond_the_size_that_is_told(size) -> None:
    packed = {2: gzip.compress(b"\0" * 5_000_000), 7: b"\x1fa\1\0" + b"\xff" * 99_999 + b"\0"}
    tracemalloc.start()
    for codec, data in packed.items():
        with pytest.raises(DamagedError, match="another size"):
            unpack(codec, data, size)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 1_000_000


def test_texts_that_begin_as_all_before_them_come_to_an_end(monkeypatch) -> None:
    monkeypatch.setattr(values, "LARGEST_PAGE", 1_000)
    # 129 lengths of 0, 1, 2 .. and 129 of 1: each text is the one before and a letter.
    zeros = b"\0" * 4
    shared = bytes([128, 1, 4, 129, 1, 0, 2]) + zeros
    rests = bytes([128, 1, 4, 129, 1, 2, 0]) + zeros
    with pytest.raises(DamagedError, match="comes to too much"):
        values.decoded(shared + rests + b"a" * 129, 7, 6, 129, None)
