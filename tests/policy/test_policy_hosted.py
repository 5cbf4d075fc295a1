"""What a provider's own tools taint, and what the policy file says of them."""

from typing import Any

import pytest

from seawall.core.errors import InputError, RequestError
from seawall.core.exchange import Exchange, Surface, Trust
from seawall.policy.hosted import HostedServers, HostedTool, blind, items_in, retold
from seawall.policy.load import decode_policy
from seawall.policy.model import Hosted
from seawall.wire import documents
from seawall.wire.hosted.kinds import Allowed
from seawall.wire.openai_responses.items import Messages

SEARCH = {"type": "web_search_call", "action": {"type": "search"}, "status": "completed"}
RUN = {"type": "code_interpreter_call", "code": "1", "outputs": [], "status": "completed"}


def exchange(*messages: dict[str, Any]) -> Exchange:
    return Exchange(
        request_id="r", surface=Surface.CHAT, model="m", body={"messages": [*messages]}, parts=[]
    )


def said(role: str, content: Any = "Open 9 to 5.") -> dict[str, Any]:
    return {"role": role, "content": content}


def tool(item: dict[str, Any]) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "hosted": item}


def test_only_turns_that_searched_are_retold() -> None:
    before = [said("user"), said("assistant"), said("user")]
    found = retold(exchange(*before, tool(SEARCH), said("assistant", [{"text": "New."}])))
    assert [(part.text, part.trust, part.turn) for part in found] == [("New.", Trust.UNTRUSTED, 4)]
    told_first = retold(exchange(*before, said("assistant", "Told."), tool(SEARCH)))
    assert [part.text for part in told_first] == ["Told."]
    assert retold(exchange(*before, tool(RUN), said("assistant"))) == []


def test_what_nobody_saw_makes_blind() -> None:
    assert blind(items_in(exchange(tool(RUN), tool(SEARCH))))
    assert not blind(items_in(exchange(tool(RUN), said("user"))))
    lost = {key: value for key, value in RUN.items() if key != "outputs"}
    assert blind([lost]) and blind([{"type": "file_search_call", "queries": []}])
    answered = {"type": "mcp_call", "output": ""}
    assert not blind([answered]) and blind([{"type": "mcp_call"}])


def test_hosts_are_those_that_are_listed() -> None:
    allowed = Allowed(hosts=("mcp.example.com", "*.tools.example"))
    for host in ("mcp.example.com", "MCP.example.com", "a.tools.example", "a.b.tools.example"):
        assert allowed.reaches(host)
    others = ("tools.example", "eviltools.example", "example.com", "mcp.example.com.evil.example",
              "mcp.example.com.", "")  # fmt: skip
    assert not any(map(allowed.reaches, others))


def test_a_kept_turn_is_refused_once_the_policy_allows_its_tool_no_more() -> None:
    one = HostedTool(per_call=0)
    now = Hosted(code_interpreter=one, mcp=HostedServers(per_call=0, hosts=("a.example",))).rules()
    assert set(now) == {"code_interpreter", "mcp"}
    Messages(documents.DefaultMarkers(), now).history([tool(RUN)])
    with pytest.raises(RequestError) as caught:
        Messages(documents.DefaultMarkers(), now).history([tool(RUN), tool(SEARCH)])
    assert caught.value.param == "/previous_response_id"
    assert "tools: {hosted: {web_search: {per_call: ...}}}" in caught.value.hint


def test_a_label_and_its_host_belong_together_alone() -> None:
    allowed = Allowed(hosts=("*.tools.example",), labels={"desk": "mcp.Example.com"})
    assert allowed.reaches("mcp.example.com") and allowed.reaches("a.tools.example")
    assert allowed.labelled("desk", "MCP.example.com") and allowed.labelled("b", "a.tools.example")
    assert not allowed.labelled("desk", "a.tools.example")
    assert not allowed.labelled("other", "mcp.example.com")


@pytest.mark.parametrize(
    ("servers", "problem"),
    [
        ("hosts: [mcp.example.com]", ""),
        ("labels: {desk: mcp.example.com}", ""),
        ("hosts: [b.example], labels: {desk: mcp.example.com}", ""),
        ("hosts: [mcp.example.com, b.example]", "whose tool this is"),
        ('hosts: ["*.example.com"]', "whose tool this is"),
        ("hosts: [b.example], labels: {other: mcp.example.com}", "whose tool this is"),
        ("labels: {hosted: mcp.example.com}", "the provider's own"),
        ("max_calls: 1", "No MCP server"),
        ('labels: {desk: "*.example.com"}', "labels"),
    ],
)
def test_a_rule_names_a_server_that_a_client_cannot_exchange(servers: str, problem: str) -> None:
    text = f"""
version: 1
application: shop
upstreams:
  - {{name: one, kind: openai, base_url: "https://one.example/v1",
     models: {{m: {{input_per_million: 1, output_per_million: 1}}}}}}
functions: {{chat: {{models: [m]}}}}
tools:
  hosted: {{mcp: {{per_call: 0, {servers}}}}}
  rules:
    pay@desk: {{effect: pay, control: CTL-TOOL-RULES}}
    code_interpreter@hosted: {{effect: read, control: CTL-TOOL-RULES}}
"""
    if not problem:
        assert decode_policy(text, "policy.yaml").tools.hosted.mcp is not None
        return
    with pytest.raises(InputError, match=problem):
        decode_policy(text, "policy.yaml")
