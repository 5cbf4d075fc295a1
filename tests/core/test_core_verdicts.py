"""What UNKNOWN stands for: one rule for everybody who asks."""

import pytest

from seawall.core.verdicts import Action, OnUnknown, unknown_action


@pytest.mark.parametrize(
    ("chosen", "action"),
    [
        ((), Action.BLOCK),
        (("",), Action.BLOCK),
        (("", "flag"), Action.FLAG),
        (("block", "flag"), Action.BLOCK),
        (("flag", "block"), Action.FLAG),
    ],
)
def test_the_first_choice_counts_and_none_means_closed(
    chosen: tuple[OnUnknown, ...], action: Action
) -> None:
    assert unknown_action(*chosen) is action
