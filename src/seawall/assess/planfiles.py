"""The plan's folder: policy, probe plan, alerts, tasks. Same plan, same bytes."""

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from seawall.assess.alerts import Alert, as_prometheus
from seawall.assess.plan import Plan, write_policy
from seawall.assess.probeplan import ProbePlan
from seawall.catalog.load import Catalog
from seawall.core.errors import InputError
from seawall.core.files import write_atomically

POLICY, PROBES, ALERTS, TASKS = "policy.yaml", "probes.yaml", "alerts.yaml", "tasks.yaml"


def write_folder(
    folder: Path, plan: Plan, probes: ProbePlan, alerts: tuple[Alert, ...], catalog: Catalog
) -> dict[str, Path]:
    """Write the four files and return their paths by name. Raises InputError naming the folder."""
    day = plan.created[:10]
    texts = {
        PROBES: _text(
            f"Probe plan of {plan.application}, made on {day}. Run each probe without and through "
            "the gateway: `seawall attack --probe ID --n TRIES`. When model, prompt, tools or "
            "guards change, all are due at once. Drills try controls that no probe tests, on this "
            "machine.",
            msgspec.to_builtins(probes),
        ),
        ALERTS: _text(
            f"Alert rules for Prometheus from the plan of {plan.application}, made on {day}. Load "
            "them beside deploy/prometheus/seawall-alerts.yaml, which watches the gateway itself.",
            as_prometheus(alerts, plan.application),
        ),
        TASKS: _text(
            f"What people do for {plan.application}, from the plan of {day}: each has an owner "
            "and a day. Done: `seawall attest add CONTROL`.",
            {
                "application": plan.application,
                "created": plan.created,
                "tasks": _tasks(plan, catalog),
            },
        ),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_policy(plan, folder / POLICY)
        for name, text in texts.items():
            write_atomically(folder / name, text)
    except OSError as error:
        raise InputError(f"{folder}: the plan cannot be written: {error.strerror}.") from None
    return {name: folder / name for name in (POLICY, PROBES, ALERTS, TASKS)}


def _tasks(plan: Plan, catalog: Catalog) -> list[dict[str, Any]]:
    """Return the tasks by day, each with what shows that it is done and how long that counts."""
    ordered = sorted(plan.tasks, key=lambda task: (task.due, task.control))
    return [
        {
            **msgspec.to_builtins(task),
            "evidence": list(catalog.controls[task.control].evidence),
            "counts_days": catalog.controls[task.control].fresh_days,
        }
        for task in ordered
    ]


class _Dumper(yaml.SafeDumper):
    """SafeDumper that writes texts of several lines as blocks and repeats nothing by alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _block)


def _text(head: str, content: Mapping[str, Any]) -> str:
    comment = textwrap.fill(head, 96, initial_indent="# ", subsequent_indent="# ")
    body = yaml.dump(dict(content), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=96)
    return f"{comment}\n{body}"
