"""Tools that nobody described: what they do, by name, description and arguments."""

from typing import Any

import pytest

from seawall.policy.provenance.infer import grave, infer, moves_money


def tool(name: str, arguments: str = "", about: str = "") -> Any:
    schema = {"type": "object", "properties": {one: {} for one in arguments.split()}}
    return infer(name, {"name": name, "description": about, "parameters": schema})


@pytest.mark.parametrize(
    ("name", "arguments", "effect"),
    [
        ("course_roster", "course", "read"), ("directory_user", "login", "read"),
        ("tickets_of", "queue", "read"),
        ("yard_state", "zone", "read"), ("docket", "matter", "read"),
        ("transcript", "student deliver_to", "write"), ("member_record", "member text", "write"),
        ("irrigation", "zone minutes", "write"), ("open_exhibit", "exhibit", "read"),
        ("open_gate", "gate", "write"), ("open_ticket", "title description", "write"),
        ("withdraw_matter", "matter", "delete"), ("withdraw_cash", "amount", "pay"),
        ("release_escrow", "payee amount", "pay"), ("serve_party", "address", "send"),
        ("wipe_device", "host", "delete"), ("file_search", "query", "read"),
        ("post_note", "board text", "send"), ("page_clinician", "pager text", "send"),
        ("renew_licence", "id", "write"), ("plan_route", "start end", "write"),
    ],
)  # fmt: skip
def test_effects_follow_from_names_and_arguments(name: str, arguments: str, effect: str) -> None:
    assert tool(name, arguments).effect == effect


@pytest.mark.parametrize(
    ("about", "effect"),
    [
        ("Opens an irrigation gate.", "write"), ("Returns the slips of a week.", "read"),
        ("Pushes software to a computer.", "send"), ("Erases a computer.", "delete"),
        ("A helper that shows the plan and removes old lines.", "delete"),
    ],
)  # fmt: skip
def test_descriptions_tell_the_worst_of_what_they_name(about: str, effect: str) -> None:
    assert tool("water_thing", "gate", about).effect == effect


def test_an_unknown_name_counts_as_write_and_its_first_word_as_its_doing() -> None:
    unknown = tool("frobnicate_widget", "widget")
    assert (unknown.effect, unknown.verbs) == ("write", {"frobnicate"})
    assert unknown.why.startswith("nothing known")


def test_what_needs_more_care() -> None:
    assert grave(tool("grant_role", "login role")) and grave(tool("wipe_device", "host"))
    assert grave(tool("amend_member", "member iban")) and not grave(tool("order_lab", "test"))
    assert moves_money(tool("settle_delivery", "member amount"))
    assert not moves_money(tool("order_supplies", "article"))


@pytest.mark.parametrize(
    ("name", "description", "effect"),
    [
        ("get_and_delete", "", "delete"),
        ("list_and_send", "", "send"),
        ("viewAndPay", "", "pay"),
        ("fetch_and_store", "", "write"),
        ("list_users", "Lists users. Also removes inactive users.", "delete"),
        ("lookup_user", "Returns the user; charges a fee to the account.", "pay"),
        ("get_mail", "Gets a mail, then archives it.", "write"),
        ("get_orders_and_messages", "", "read"),
        ("get_unread_emails", "Returns all unread emails and marks them as read.", "read"),
        ("get_rates", "Returns rates and charges of a hotel.", "read"),
        ("list_posts", "Lists posts and replies of a thread.", "read"),
    ],
)
def test_what_a_reading_tool_does_besides_counts(name: str, description: str, effect: str) -> None:
    assert infer(name, {"description": description}).effect == effect
