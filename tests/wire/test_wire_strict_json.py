"""Strict JSON: one reading only."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.core.errors import RequestError
from seawall.wire import strict_json

REFUSED = [
    (b'{"a":1,"a":2}', "invalid_json"),
    (b'{"x":{"a":1,"\\u0061":2}}', "invalid_json"),
    (b'{"a":NaN}', "invalid_json"),
    (b'{"a":-Infinity}', "invalid_json"),
    (b'{"a":1e999}', "invalid_json"),
    (b'{"a":9223372036854775808}', "invalid_json"),
    (b"[" + b"9" * 5000 + b"]", "invalid_json"),
    (b'{"a":"\\ud800"}', "invalid_json"),
    (b'{"\\udfff":1}', "invalid_json"),
    (b'{"a":"\xff"}', "invalid_utf8"),
    (b'{"a":"\xed\xa0\x80"}', "invalid_utf8"),
    (b"\xef\xbb\xbf{}", "invalid_json"),
    (b'{"a":1} {"b":2}', "invalid_json"),
    (b"{'a':1}", "invalid_json"),
    (b'{"a":01}', "invalid_json"),
    (b'{"a":1,}', "invalid_json"),
    (b'{"a":"\n"}', "invalid_json"),
    (b"/* */ {}", "invalid_json"),
    (b"", "invalid_json"),
    (b"[" * 65 + b"]" * 65, "too_deep"),
    (b"[" * 200_000, "too_deep"),
    (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "too_deep"),
]


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=range(len(REFUSED)))
def test_what_could_be_read_twice_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(RequestError) as caught:
        strict_json.loads(body)
    assert (caught.value.code, caught.value.status) == (code, 400)


@pytest.mark.parametrize(("body", "code"), REFUSED, ids=range(len(REFUSED)))
def test_halves_that_were_let_in_first_are_refused_as_at_once(body: bytes, code: str) -> None:
    with pytest.raises(RequestError) as caught:
        strict_json.refuse_halves(strict_json.loads(body, halves=True), body)
    assert (caught.value.code, caught.value.status) == (code, 400)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        (b'{"A":1,"a":2}', {"A": 1, "a": 2}),
        (b"[" * 64 + b"]" * 64, None),
        (b'[9223372036854775807,-9223372036854775807,1.5e3,"\\u0000"]', None),
    ],
)
def test_what_is_plain_passes(body: bytes, value: object) -> None:
    found = strict_json.loads(body)
    assert found == (json.loads(body) if value is None else value)
    strict_json.refuse_halves(found, body)


def test_too_long_is_413() -> None:
    with pytest.raises(RequestError) as caught:
        strict_json.loads(b"[" + b" " * 100 + b"]", max_bytes=100)
    assert caught.value.status == 413


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_400(body: bytes) -> None:
    try:
        value = strict_json.loads(body)
    except RequestError as error:
        assert error.status == 400
    else:
        assert strict_json.loads(strict_json.dumps(value)) == value


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip


@given(json_values)
def test_every_value_survives_the_round_trip(value: object) -> None:
    assert strict_json.loads(strict_json.dumps(value)) == value
