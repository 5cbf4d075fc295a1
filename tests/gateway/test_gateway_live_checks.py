"""What `seawall controls --gateway` sends is refused by a real gateway, and reaches no model."""

import pytest
from gateway_support import Gateway

from seawall.catalog.load import load_catalog
from seawall.cli._live import KEY, TRIALS, tried

pytestmark = pytest.mark.once


def test_a_gateway_refuses_all_of_it(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, gateway.key)
    found = tried(gateway.url, load_catalog())
    items = [item for items in found.values() for item in items]
    assert len(items) == len(TRIALS)
    assert [item.sentence for item in items if not item.holds] == []
    assert not gateway.provider.raw
