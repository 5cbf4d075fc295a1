"""YAML files: read in C where that is safe, with the same errors as the careful reader."""

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
