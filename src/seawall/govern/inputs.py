"""What the report is made of beside the register. `summary.json` carries these keys."""

from typing import Literal

import msgspec

from seawall.core.profile import Profile
from seawall.core.trials import HarmlessResult


class ControlRow(msgspec.Struct, frozen=True, kw_only=True):
    """One control of the plan. `reason` says why it was chosen, `enforced_by` what enforces it.

    how: `gateway` (a rule of the policy), `built in` (always on), `people` (attested).
    """

    id: str
    title: str
    reason: str
    how: Literal["gateway", "built in", "people"] = "gateway"
    enforced_by: str = ""
    risks: tuple[str, ...] = ()


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Where the numbers come from. `verify` is the command that checks the audit log.

    `runs` are ids of probe runs; `formulas` ids of score formulas; `versions` name -> version or
    hash (seawall, python, catalogue, policy, profile); `seconds` is how long the loop took.
    """

    simulated: bool
    versions: dict[str, str] = {}
    runs: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()
    audit_head: str = ""
    audit_records: int = 0
    verify: str = "seawall audit verify"
    seconds: float = 0.0


class ReportInputs(msgspec.Struct, frozen=True, kw_only=True):
    """All that `seawall report` reads from `summary.json`; other keys there are ignored."""

    evidence: Evidence
    profile: Profile | None = None
    controls: tuple[ControlRow, ...] = ()
    harmless: tuple[HarmlessResult, ...] = ()
