"""Alert rules for Prometheus from the plan: which control to watch, because of which risk."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from seawall.assess.plan import Plan
from seawall.catalog.load import Catalog
from seawall.core.profile import Profile
from seawall.core.register import Register, RiskRow

_ACTED = 'action!="allow"'
# Of a control that acts this often in four weeks, a week of silence means that it is passed by.
_BUSY = 28
_LEAST = 5
_SHARE = 0.001
_TIMES = {"critical": 2, "warning": 3}


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert rule: an expression of Prometheus, how long it must hold, whom it wakes.

    `risks` are why it is watched; `action` is what to do first.
    """

    alert: str
    expr: str
    wait: str
    severity: Literal["critical", "warning"]
    control: str
    risks: tuple[str, ...]
    summary: str
    action: str


def alerts_of(
    plan: Plan, register: Register, profile: Profile, catalog: Catalog
) -> tuple[Alert, ...]:
    """Return the alerts of the controls that the planned policy carries out, by control."""
    rows = {row.risk: row for row in register.risks if row.applicability != "does not apply"}
    guarded = {rule["control"] for rule in plan.policy.get("guards", ())}
    watched = [
        item
        for item in plan.controls
        if item.control in guarded or catalog.controls[item.control].enforce.tools
    ]
    found: list[Alert] = []
    for item in watched:
        found.append(_surge(item.control, item.title, item.risks, rows, profile))
    found += _silent(tuple(item.control for item in watched), rows, plan)
    found += _budgets(plan)
    return tuple(found)


def _surge(
    control: str,
    title: str,
    risks: tuple[str, ...],
    rows: Mapping[str, RiskRow],
    profile: Profile,
) -> Alert:
    severe = any(rows[key].severity in ("S4", "S5") for key in risks)
    severity: Literal["critical", "warning"] = "critical" if severe else "warning"
    daily = profile.value("volume.requests_per_day") or 0.0
    least = max(_LEAST, round(_SHARE * daily))
    series = f'seawall_control_actions_total{{control="{control}",{_ACTED}}}'
    times = _TIMES[severity]
    return Alert(
        alert=f"Seawall{_camel(control)}Surge",
        expr=f"sum(increase({series}[1d])) > {least}\n"
        f"and sum(increase({series}[1d])) > {times} * sum(increase({series}[28d])) / 28",
        wait="15m",
        severity=severity,
        control=control,
        risks=risks,
        summary=f"{title}: acted {times} times as often today as on a usual day "
        f"({', '.join(risks)}).",
        action=f"Read its findings: seawall audit export, control {control}. "
        "An attack, a change of the application, or of the policy?",
    )


def _silent(controls: tuple[str, ...], rows: Mapping[str, RiskRow], plan: Plan) -> Iterator[Alert]:
    if not controls:
        return
    series = f'seawall_control_actions_total{{control=~"{"|".join(controls)}",{_ACTED}}}'
    risks = sorted(
        {key for item in plan.controls if item.control in controls for key in item.risks}
    )
    yield Alert(
        alert="SeawallControlSilent",
        expr=f"sum by (control) (increase({series}[7d])) == 0\n"
        f"and sum by (control) (increase({series}[28d])) > {_BUSY}",
        wait="1h",
        severity="warning",
        control="",
        risks=tuple(key for key in risks if key in rows),
        summary="{{ $labels.control }} did nothing for a week and was busy before.",
        action="Does the traffic still pass the gateway? Was the control taken out of the policy?",
    )


def _budgets(plan: Plan) -> Iterator[Alert]:
    """Yield an alert at 80% of a day's cost for each function that has such a limit."""
    for name, function in (plan.policy.get("functions") or {}).items():
        limit = ((function or {}).get("limits") or {}).get("cost_per_day")
        if limit is not None:
            spent = f'sum(increase(seawall_cost_total{{function="{name}"}}[1d]))'
            yield Alert(
                alert=f"Seawall{_camel(name)}Budget",
                expr=f"{spent} > {0.8 * limit:g}",
                wait="5m",
                severity="warning",
                control="CTL-BUDGET",
                risks=("SEC-12",),
                summary=f"{name} has used four fifths of its cost a day.",
                action="Who asks? See the keys of the function; raise the limit or switch it off.",
            )


def _camel(name: str) -> str:
    words = name.removeprefix("CTL-").replace("_", "-").split("-")
    return "".join(word.capitalize() for word in words)


def as_prometheus(alerts: tuple[Alert, ...], application: str) -> dict[str, Any]:
    """Return the rule file's content: one group with the application's name."""
    return {
        "groups": [
            {
                "name": f"seawall-plan-{application}",
                "rules": [
                    {
                        "alert": one.alert,
                        "expr": one.expr,
                        "for": one.wait,
                        "labels": {
                            "severity": one.severity,
                            **({"control": one.control} if one.control else {}),
                        },
                        "annotations": {
                            "summary": one.summary,
                            "action": one.action,
                            "risks": ", ".join(one.risks),
                        },
                    }
                    for one in alerts
                ],
            }
        ]
    }
