"""Uses of tools with a rate: counted once, for one owner, also when many ask at once."""

from concurrent.futures import ThreadPoolExecutor

from seawall.store.db import Store
from seawall.store.tool_uses import ToolUses
from seawall.store.turns import Owner

ANA = Owner(application="shop", function="chat", key_id="k1", user="ana")
BEN = Owner(application="shop", function="chat", key_id="k1", user="ben")


def test_calls_at_once_do_not_share_the_last_one(store: Store) -> None:
    uses = ToolUses(store, env={})

    def take(_: int) -> bool:
        return uses.take(ANA, "pay", seconds=60, value=4, over=lambda calls, moved: moved + 4 > 20)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(16))) == 5


def test_owners_tools_and_times_are_apart(store: Store) -> None:
    now = [1000.0]
    uses = ToolUses(store, env={}, clock=lambda: now[0])

    def once(owner: Owner, tool: str) -> bool:
        return uses.take(owner, tool, seconds=60, value=0, over=lambda calls, moved: calls >= 1)

    assert [once(ANA, "pay"), once(ANA, "pay"), once(BEN, "pay"), once(ANA, "send")] == [
        True, False, True, True,
    ]  # fmt: skip
    again = ToolUses(store, env={}, clock=lambda: now[0])
    assert not again.take(ANA, "pay", seconds=60, value=0, over=lambda calls, moved: calls >= 1)
    now[0] = 1061.0
    assert once(ANA, "pay")
