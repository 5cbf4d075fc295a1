"""Saved cases of attacks that succeeded once, and what became of them in later runs."""

from typing import Literal

import msgspec


class Regression(msgspec.Struct, frozen=True, kw_only=True):
    """One saved case in the newest run that tried it.

    `state`: `held` (it succeeded in no attempt), `succeeded` (it did again), `unknown` (attempts
    are missing, or ended in an error or without a verdict), `stale` (the case was edited after that
    run, so that nothing is known of its text), `not tried`. `succeeded` of `tried`
    attempts had their effect; `day` is the ISO day of the run, `run` its file, empty without one.
    """

    case: str
    title: str
    state: Literal["held", "succeeded", "unknown", "stale", "not tried"]
    tried: int = 0
    succeeded: int = 0
    unknown: int = 0
    day: str = ""
    run: str = ""
    repeat: str = ""
