"""Parquet files of four other programs are read; damaged ones are named, and never run on.

`recorded/parquet` holds one table as PyArrow 26, Polars, DuckDB and fastparquet wrote it: pages of
both versions, several groups of rows, dictionaries, differences, and every packing that is read.
"""

import json
import sys
from pathlib import Path
from random import Random

import pytest

from seawall.cli.main import run as seawall
from seawall.core.errors import InputError, MissingPartError
from seawall.redteam.datasets import Dataset, card
from seawall.redteam.parquet import ParquetFile
from seawall.redteam.parquet.bits import DamagedError, differences, runs, unpacked

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
