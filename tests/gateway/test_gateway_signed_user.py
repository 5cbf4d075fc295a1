"""The signed end user: only the application's secret, in time, and once."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.core.errors import MissingPartError, RequestError
from seawall.gateway.identity.users import UserHeaders
from seawall.policy.identity import UserHeader
from seawall.wire.signed_user import HEADER, read_user, sign_user

pytestmark = pytest.mark.once

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = 1_790_856_000
NONCE = "n" * 22


def checker(**more: Any) -> UserHeaders:
    options = UserHeader(secret="x", **more.pop("options", {}))
    return UserHeaders(options, "shop", SECRET, clock=lambda: float(NOW), **more)


def signed(user: str = "ada", time: int = NOW, nonce: str = NONCE) -> dict[str, str]:
    return {HEADER: sign_user(SECRET, "shop", user, time=time, nonce=nonce)}


@given(user=st.text(min_size=1, max_size=80).filter(str.isprintable))
@settings(max_examples=50, deadline=None)
def test_what_is_signed_is_read(user: str) -> None:
    value = sign_user(SECRET, "shop", user, time=NOW, nonce=NONCE)
    assert read_user(value, SECRET, "shop").user == user


@given(place=st.integers(0, 200), char=st.characters(min_codepoint=33, max_codepoint=126))
@settings(max_examples=100, deadline=None)
def test_no_other_character_at_any_place_is_believed(place: int, char: str) -> None:
    value = sign_user(SECRET, "shop", "customer-4711", time=NOW, nonce=NONCE)
    place %= len(value)
    if value[place] == char:
        return
    with pytest.raises(RequestError) as refused:
        read_user(value[:place] + char + value[place + 1 :], SECRET, "shop")
    assert refused.value.code == "user_signature"


@pytest.mark.parametrize(
    "value",
    ["", "v1", "v1;1;2;3;4", "ada", "v1;" + "9" * 13 + ";" + NONCE + ";YQ;" + "0" * 64, "x" * 9000],
)
def test_what_has_not_the_form_is_refused(value: str) -> None:
    with pytest.raises(RequestError):
        read_user(value, SECRET, "shop")


def test_another_applications_header_or_secret_is_refused() -> None:
    value = sign_user(SECRET, "shop", "ada", time=NOW, nonce=NONCE)
    for secret, application in ((SECRET, "bank"), (b"y" * 32, "shop")):
        with pytest.raises(RequestError):
            read_user(value, secret, application)


@pytest.mark.parametrize("user", ["a\nb", "x" * 513, "\u202e"])
def test_ids_that_could_be_something_else_are_refused(user: str) -> None:
    with pytest.raises(RequestError):
        checker().user_of(signed(user))


def test_a_header_counts_once_and_in_its_window_only() -> None:
    users = checker()
    assert users.user_of(signed()) == "ada"
    with pytest.raises(RequestError):
        users.user_of(signed())
    assert users.user_of(signed(nonce="m" * 22, time=NOW - 300)) == "ada"
    for time in (NOW - 301, NOW + 301, 0):
        with pytest.raises(RequestError):
            users.user_of(signed(nonce="k" * 22, time=time))


def test_a_header_cannot_come_back_while_it_would_be_in_time() -> None:
    now = [float(NOW)]
    users = UserHeaders(UserHeader(secret="x"), "shop", SECRET, clock=lambda: now[0])
    value = signed(time=NOW + 300)
    assert users.user_of(value)
    for _ in range(600):
        now[0] += 1
        with pytest.raises(RequestError):
            users.user_of(value)


def test_memory_is_bounded_and_full_means_refused() -> None:
    users = checker(max_seen=3)
    for number in range(3):
        users.user_of(signed(nonce=f"{number}" * 16))
    with pytest.raises(MissingPartError):
        users.user_of(signed(nonce="9" * 16))


def test_without_a_header() -> None:
    assert checker().user_of({}) == ""
    with pytest.raises(RequestError):
        checker(options={"required": True}).user_of({})


def test_a_short_secret_is_refused_and_none_is_shown() -> None:
    with pytest.raises(MissingPartError, match="16 bytes"):
        UserHeaders(UserHeader(secret="x"), "shop", b"short")
    assert SECRET.decode() not in repr(checker())
    assert base64.b64encode(SECRET).decode() not in repr(checker())


def test_another_policy_remembers_the_headers_that_came() -> None:
    first = checker()
    assert first.user_of(signed()) == "ada"
    second = checker(before=first)
    with pytest.raises(RequestError):
        second.user_of(signed())
    # Until the new policy serves, the old one does.
    assert first.user_of(signed(nonce="m" * 22)) == "ada"
    with pytest.raises(RequestError):
        second.user_of(signed(nonce="m" * 22))


def test_a_longer_window_takes_no_header_that_is_forgotten() -> None:
    clock = [float(NOW)]

    def within(seconds: int, before: UserHeaders | None = None) -> UserHeaders:
        options = UserHeader(secret="x", window_seconds=seconds)
        return UserHeaders(options, "shop", SECRET, clock=lambda: clock[0], before=before)

    first = within(60)
    assert first.user_of(signed()) == "ada"
    clock[0] += 61
    assert first.user_of(signed(time=NOW + 61, nonce="m" * 22)) == "ada"  # forgets the first
    longer = within(300, first)
    with pytest.raises(RequestError):
        longer.user_of(signed())
    assert longer.user_of(signed(time=NOW + 2, nonce="o" * 22)) == "ada"
