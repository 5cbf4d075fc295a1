"""Recipients and hosts that a rule lists: read as mailers and browsers read them."""

from typing import Any

import pytest

from seawall.policy.reach import listed_host, listed_recipient

PEOPLE = ("@corp.example", "Ana@x.example", "DE89 3704 0044 0532 0130 00", "#general")
HOSTS = ("docs.example.org", "*.corp.example", "www.site.example")


@pytest.mark.parametrize(
    "value",
    [
        "bob@corp.example", " BOB@CORP.EXAMPLE ", "ana@x.example", "Bob Ray <bob@corp.example>",
        '"Ray Bob" <bob@corp.example>', "de89370400440532013000", "#general",
        "bob@corp.example, Ana <ana@x.example>; kim+1@corp.example", "o'neil@corp.example",
    ],
)  # fmt: skip
def test_a_listed_recipient(value: str) -> None:
    assert listed_recipient(value, PEOPLE)


@pytest.mark.parametrize(
    "value",
    [
        "eve@evil.example, x@corp.example", "eve@evil.example x@corp.example",
        "eve@evil.example;x@corp.example", "eve@evil.example\nbcc: x@corp.example",
        "<eve@evil.example>@corp.example", '"eve@evil.example"@corp.example',
        "eve%evil.example@corp.example", "evil.example!eve@corp.example", "x@corp.example.evil",
        "eve@evil.example<x@corp.example>", "x@corp.example <eve@evil.example>",
        "x@evilcorp.example",
        "x@corp.example?bcc=eve@evil.example", "bob@c\u043erp.example", "de8937040044053201300",
        "", ",", "#generals", None, True, 1.5,
    ],
)  # fmt: skip
def test_no_listed_recipient(value: Any) -> None:
    assert not listed_recipient(value, PEOPLE)


def test_a_recipient_may_be_a_number() -> None:
    assert listed_recipient(4711, ("4711",)) and not listed_recipient(4712, ("4711",))


@pytest.mark.parametrize(
    "value",
    [
        "https://docs.example.org/a,b?c=d", "HTTPS://DOCS.EXAMPLE.ORG:8443/", "docs.example.org/x",
        "docs.example.org:8443", "//docs.example.org", "https://a.corp.example./", "wss://docs.example.org",
        "https://me@docs.example.org/", "https://site.example/x", "https://www.site.example/",
        "https://docs.example.org/a https://a.corp.example/b",
    ],
)  # fmt: skip
def test_a_listed_host(value: str) -> None:
    assert listed_host(value, HOSTS)


@pytest.mark.parametrize(
    "value",
    [
        "https://evil.example\\@docs.example.org/", "https:\\\\evil.example\\.corp.example/",
        "javascript://docs.example.org/%0aalert(1)", "data:text/html,docs.example.org",
        "file://docs.example.org/etc/passwd", "https://docs.example.org@evil.example/",
        "https://docs.example.org:pw@evil.example/", "https://docs.example.org/ https://evil.example/",
        "https://docs.example.org/,https://evil.example/", "https://evil.example\u2044.corp.example/",
        "https://docs.example.org%2eevil.example/", "https://corp.example/", "https://.corp.example/",
        "https://evilcorp.example/", "https://evil.example\n.corp.example", "", "  ", None, 7,
    ],
)  # fmt: skip
def test_no_listed_host(value: Any) -> None:
    assert not listed_host(value, HOSTS)
