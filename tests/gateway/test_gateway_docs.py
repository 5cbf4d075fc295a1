"""The HTTP reference names every error code and route that the gateway can answer with."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from seawall.gateway import app
from seawall.gateway.routes import later

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "reference" / "http.md").read_text()
ROOMS = ("gateway", "wire")


def test_every_error_code_is_documented() -> None:
    codes: set[str] = set()
    for room in ROOMS:
        for path in (ROOT / "src" / "seawall" / room).rglob("*.py"):
            text = path.read_text()
            codes |= set(re.findall(r'code(?:: str)? ?= ?\(?"([a-z_]+)"', text))
            codes |= set(re.findall(r'_refuse\(\d+, "([a-z_]+)"', text))
    # Results and codes that no client meets.
    internal = {"client_closed_request", "client_gone", "blocked", "model_unpriced"}
    assert len(codes) > 25
    missing = {code for code in codes - internal if f"`{code}`" not in REFERENCE}
    assert not missing


class _Nothing:
    def __getattr__(self, name: str) -> "_Nothing":
        return self

    def __iter__(self) -> Iterator[str]:
        return iter(())


NOTHING: Any = _Nothing()
LATER = [
    path
    for place in (later.ADMIN, later.KEPT, later.MEDIA)
    for path in later.handlers(NOTHING, *place)
]


def test_every_route_is_documented() -> None:
    routes: list[Route] = app._routes(NOTHING)
    now = [route for route in routes[:-1] if not isinstance(route.app, later.Later)]
    paths = [route.path.replace("{model:path}", "{model}") for route in now] + LATER
    assert len(paths) == 103
    for path in paths:
        assert path in REFERENCE


def test_every_route_that_is_loaded_later_is_in_an_area_that_loads_it() -> None:
    areas = later.later_routes(NOTHING)
    for path in LATER:
        assert any(area.path_regex.match(path.replace("{", "").replace("}", "")) for area in areas)
