"""Which values of results are secrets, and where one stands in a text."""

import pytest
from conversation_support import conversation

from seawall.policy.provenance import secrets
from seawall.policy.provenance.sources import sources_of


def known(result: str) -> set[str]:
    exchange = conversation("Read my notes.", [("read_note", {}, result)], {"read_note": []})
    return set(secrets.known(sources_of(exchange, {})))


@pytest.mark.parametrize(
    ("result", "secret"),
    [
        ('{"password": "sunshine"}', "sunshine"),
        ('{"db_password": "hunter2x9"}', "hunter2x9"),
        ('{"user_token": "ab12-cd34"}', "ab12-cd34"),
        ("aws_secret_access_key=abcd/1234", "abcd/1234"),
        ('{"password": "ab}cd9"}', "ab}cd9"),
        ("PIN: 4821", "4821"),
    ],
)
def test_what_stands_under_such_a_name_is_a_secret(result: str, secret: str) -> None:
    assert known(result) == {secret}


@pytest.mark.parametrize(
    "result", ['{"pin": true}', '{"token": null}', "Secret: Santa is on Friday", "mapping: 12345"]
)
def test_what_is_no_value_is_no_secret(result: str) -> None:
    assert known(result) == set()


def test_a_short_secret_stands_only_as_a_word() -> None:
    assert secrets.stands("4821", "the pin is 4821.")
    assert not secrets.stands("4821", "order 1482199")
    assert secrets.stands("hunter2x9", "xhunter2x9y")
