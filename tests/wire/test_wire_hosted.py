"""What the guard sees of a provider's tools: texts, and numbers that can be a person's."""

import pytest

from seawall.core.errors import RequestError
from seawall.core.exchange import Part, Trust
from seawall.wire import pointer
from seawall.wire.hosted import definitions, parts
from seawall.wire.hosted.kinds import Allowed

CARD = 4111111111111111


def seen(found: list[Part], text: str) -> Part:
    (part,) = [part for part in found if part.text == text]
    return part


def test_numbers_are_seen_and_cannot_be_edited() -> None:
    row = {"attributes": {"number": CARD, "rate": 0.5, "open": True}}
    item = {"type": "file_search_call", "queries": [], "results": [row]}
    found = parts.parts_of(item, "/at")
    assert seen(found, str(CARD)).trust is Trust.UNTRUSTED
    assert seen(found, "0.5").pointer == f"{pointer.KEY_PREFIX}/at/results/0/attributes/rate"
    assert "True" not in [part.text for part in found]
    one = {"type": "in", "key": "number", "value": [CARD, "x", True]}
    tool = {"type": "file_search", "vector_store_ids": ["vs"], "max_num_results": 7,
            "filters": {"type": "and", "filters": [one]}}  # fmt: skip
    asked = definitions.parts(tool, "/tools/0")
    assert not pointer.editable(seen(asked, str(CARD)).pointer)
    assert [part.text for part in asked] == ["number", str(CARD), "x"]


def test_a_servers_tool_is_named_with_its_server() -> None:
    tool = {"name": "send_email", "description": "Sends.", "input_schema": {"title": "Mail"}}
    item = {"type": "mcp_list_tools", "server_label": "desk", "tools": [tool]}
    found = parts.parts_of(item, "/at")
    assert {part.name for part in found} == {"mcp@desk", "send_email@desk"}


def test_a_server_has_the_label_that_the_policy_gives_it() -> None:
    allowed = Allowed(hosts=("b.example",), labels={"desk": "mcp.example.com"})

    def read(label: str, host: str) -> None:
        tool = {"type": "mcp", "server_label": label, "server_url": f"https://{host}/sse"}
        definitions.read(tool, "/tools/0", allowed, {})

    read("desk", "mcp.example.com")
    read("other", "b.example")
    for label, host in (("desk", "b.example"), ("other", "mcp.example.com")):
        with pytest.raises(RequestError) as caught:
            read(label, host)
        assert caught.value.param == "/tools/0/server_label"
        assert "tools.hosted.mcp.labels" in caught.value.hint
