"""Dashboard and alert rules: they parse, and every metric and label they name exists."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from gateway_support import POLICY

from seawall.gateway.telemetry.metrics import Metrics
from seawall.gateway.telemetry.registry import Metric
from seawall.policy.load import decode_policy
from seawall.policy.model import Policy

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy" / "grafana" / "seawall.json"
ALERTS = ROOT / "deploy" / "prometheus" / "seawall-alerts.yaml"
REFERENCE = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
NAME = re.compile(r"\b(?:seawall|process)_[a-z0-9_]+")
SELECTOR = re.compile(r"\b((?:seawall|process)_[a-z0-9_]+)\{([^}]*)\}")
# Labels that Prometheus adds to every series.
SCRAPED = {"instance", "job", "le"}


def policy() -> Policy:
    return decode_policy(POLICY.format(upstream="http://127.0.0.1:1/v1", mode="error"), "test")


@pytest.fixture(scope="module")
def known() -> dict[str, Metric]:
    """Every series a gateway shows, with its metric."""
    from seawall.gateway.telemetry.build import all_metrics

    metrics: Metrics = all_metrics(policy())
    return {
        series: metric for metric in metrics.registry.metrics.values() for series in metric.series()
    }


def expressions() -> list[str]:
    board: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    found = [t["expr"] for panel in board["panels"] for t in panel.get("targets", ())]
    found += [v["definition"] for v in board["templating"]["list"] if "definition" in v]
    return found + [rule["expr"] for rule in rules()]


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("expression", expressions())
def test_every_metric_and_label_in_an_expression_exists(
    expression: str, known: dict[str, Metric]
) -> None:
    assert expression.count("(") == expression.count(")")
    assert expression.count("{") == expression.count("}")
    names = NAME.findall(expression)
    assert names or "up{" in expression
    labels = set(SCRAPED)
    for name in names:
        assert name in known, f"no metric {name}"
        labels |= set(known[name].labels)
    for name, selector in SELECTOR.findall(expression):
        for label in re.findall(r"([a-z_]+)\s*(?:=~|!=|!~|=)", selector):
            assert label in SCRAPED | set(known[name].labels), f"{name} has no label {label}"
    for group in re.findall(r"\b(?:by|on|group_left) \(([^)]*)\)", expression):
        for label in filter(None, (part.strip() for part in group.split(","))):
            assert label in labels, f"no label {label} in {expression}"


def test_rates_are_of_counters_and_quantiles_of_buckets(known: dict[str, Metric]) -> None:
    for expression in expressions():
        for name in re.findall(r"(?:rate|increase)\((\w+)", expression):
            assert known[name].kind in ("counter", "histogram"), f"rate of {name}"
        if "histogram_quantile" in expression:
            assert "_bucket" in expression
            assert re.search(r"by \([^)]*\ble\b", expression), "a quantile needs le"


def test_alerts_are_whole() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) >= 10
    for rule in rules():
        assert re.fullmatch(r"\d+[smh]", rule["for"]), rule["alert"]
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["action"]


def test_panels_are_whole_and_do_not_overlap() -> None:
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24
        assert not taken & cells, panel["title"]
        taken |= cells
        assert panel["title"]


def test_the_reference_names_every_metric_with_its_labels(known: dict[str, Metric]) -> None:
    for metric in {m.name: m for m in known.values()}.values():
        assert f"`{metric.name}`" in REFERENCE, metric.name
        for label in metric.labels:
            assert f"`{label}`" in REFERENCE, f"{metric.name}: {label}"
    for name in NAME.findall(REFERENCE):
        assert name in {m.name for m in known.values()}, f"{name} does not exist"
