"""YAML files: read in C where that is safe, with the same errors as the careful reader."""

import enum
from typing import Annotated, Literal

import msgspec
import pytest

from seawall.core import yamlfile
from seawall.core.errors import InputError


def test_plain_files_are_read_as_they_are() -> None:
    text = "a: 1\nb: [x, 2026-01-02, ~]\nc: {d: yes, e: 'no'}\n"
    assert yamlfile.parse(text, "f") == {
        "a": 1, "b": ["x", "2026-01-02", None], "c": {"d": True, "e": "no"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: &x [1]\nb: *x\n", 2, "aliases are not allowed"),
        ("a: 1\nb: 2\na: 3\n", 3, "duplicate key 'a'"),
        ("a: 1\n  b: [\n", 2, "mapping values"),
        ("a: !!python/object/apply:os.system [ls]\n", 1, "could not determine a constructor"),
    ],
)
def test_errors_name_file_and_line(text: str, line: int, said: str) -> None:
    with pytest.raises(InputError, match=rf"^policy\.yaml:{line}: .*{said}"):
        yamlfile.parse(text, "policy.yaml")


def test_deep_nesting_is_an_error_not_a_crash() -> None:
    with pytest.raises(InputError, match="not readable"):
        yamlfile.parse("[" * 100_000, "deep.yaml")
    with pytest.raises(InputError):
        yamlfile.parse("[" * 5_000 + "]" * 5_000, "deep.yaml")


class Shade(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Wall(msgspec.Struct, forbid_unknown_fields=True):
    shade: Shade = Shade.RED
    finish: Literal["matt", "gloss"] = "matt"
    rooms: dict[str, list[Shade]] = {}
    neighbour: "Wall | None" = None


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("shade: green", "blue, red"),
        ("finish: rough", "gloss, matt"),
        ("rooms: {hall: [red, green]}", "blue, red"),
        ("neighbour:\n  neighbour: {finish: rough}", "gloss, matt"),
    ],
)
def test_a_closed_list_says_what_it_takes(text: str, choices: str) -> None:
    with pytest.raises(InputError) as refused:
        yamlfile.decode(text, "wall.yaml", Wall)
    assert refused.value.hint == f"Choose one of {choices}."


def test_other_errors_name_no_choices() -> None:
    with pytest.raises(InputError) as refused:
        yamlfile.decode("shade: [red]", "wall.yaml", Wall)
    assert refused.value.hint == ""


class Paint(msgspec.Struct, forbid_unknown_fields=True):
    litres: float
    maker: Annotated[str, msgspec.Meta(pattern="^[a-z]+$", examples=["acme"])] = "acme"


class Store(msgspec.Struct, forbid_unknown_fields=True):
    paints: dict[str, Paint] = {}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            "paints:\n  sea-4.1: {}\n",
            "p:2: Object missing required field `litres` (at $.paints.sea-4.1).",
            "Add it, for example litres: 1.0",
        ),
        (
            "paints:\n  sea-4.1:\n    litres: 1\n    makr: x\n",
            "p:4: Object contains unknown field `makr` (at $.paints.sea-4.1).",
            "Did you mean maker?",
        ),
        ("colour: red\n", "p:1: Object contains unknown field `colour`.", "Here may stand paints."),
        (
            "paints:\n  sea: {litres: 1, maker: A B}\n",
            "p:2: Expected `str` matching regex '^[a-z]+$' (at $.paints.sea.maker).",
            "Write it like acme",
        ),
        ("# nothing\n", "p: the file is empty.", ""),
    ],
)
def test_errors_name_the_place_and_what_to_write(text: str, message: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        yamlfile.decode(text, "p", Store)
    assert (caught.value.message, caught.value.hint) == (message, hint)
