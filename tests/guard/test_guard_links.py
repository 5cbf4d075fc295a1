"""Which host a browser would contact, however an address is written."""

import pytest

from seawall.guard.recognizers.links import host_of, links


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x", "//evil.example/x", "///evil.example/x", "////evil.example/x",
        "/\\evil.example/x", "\\\\evil.example/x", "https:evil.example/x", "HTTPS:/evil.example/x",
        "https:///evil.example/x", "https:\\evil.example/x", "http://docs.example@evil.example/x",
        "https://evil.example\\@docs.example/x", "https://evil.example.:443/x", "www.evil.example",
        "ht\ntps://evil.example/x", "wss:evil.example",
    ],
)  # fmt: skip
def test_the_host_that_browsers_take(url: str) -> None:
    assert host_of(url).removeprefix("www.") == "evil.example"


@pytest.mark.parametrize("url", ["/evil.example/x", "evil/x", "#evil", "mailto:a@evil.example", ""])
def test_what_names_no_host(url: str) -> None:
    assert host_of(url) == ""


@pytest.mark.parametrize("url", ["///evil.example/x", "https:evil.example/x"])
def test_images_with_odd_slashes_are_seen(url: str) -> None:
    (found,) = links(f"Done. ![ok]({url})")
    assert found.image and found.host == "evil.example"


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("background: URL(https://evil.example/x)", True),
        ("@import url('//evil.example/x')", True),
        ("new URL('https://evil.example/x')", False), ("yarl.URL('https://evil.example/x')", False),
        ("curl('https://evil.example/x')", False),
    ],
)  # fmt: skip
def test_a_program_s_url_is_no_picture(text: str, image: bool) -> None:
    (found,) = links(text)
    assert found.image is image
