"""What is nested too deeply is refused like everything else that is no JSON of ours."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from seawall.cli._input import read_json
from seawall.core.errors import InputError, UpstreamError
from seawall.core.exchange import Exchange, Surface
from seawall.core.notjson import is_json
from seawall.wire.openai_embeddings import parse_answer

DEEP = b'{"other":' + b"[" * 100_000 + b"]" * 100_000 + b"}"


class Kept(msgspec.Struct):
    other: Any = None


def test_a_file_nested_too_deeply_is_named(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_bytes(DEEP)
    with pytest.raises(InputError, match=r"deep\.json"):
        read_json(path, Kept)


def test_vectors_nested_too_deeply_are_the_providers_error() -> None:
    exchange = Exchange(
        request_id="r", surface=Surface.EMBEDDINGS, model="m", body={"input": "a"}, parts=[]
    )
    with pytest.raises(UpstreamError, match="no list of embeddings"):
        parse_answer(DEEP, exchange)


@pytest.mark.parametrize(
    ("text", "json"),
    [(' {"a": 1}', True), ("[1]", True), ('"x"', False), ("{a}", False), ("[" * 100_000, False)],
)
def test_what_json_is(text: str, json: bool) -> None:
    assert is_json(text, ("{", "[")) is json
