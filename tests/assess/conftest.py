"""A profile of a support application that reads outsiders' content and can pay."""

from datetime import UTC, datetime

import pytest

from seawall.assess.profile import parse_profile
from seawall.catalog.load import Catalog, load_catalog
from seawall.core.profile import Profile
from seawall.core.stats import beta_quantile, effective_trials, posterior, wilson
from seawall.core.trials import Mode, ProbeResult

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PROFILE = """
application: support-desk
title: Support desk of a shop
facts:
  purpose.domain: finance
  decision.effect: advisory
  decision.human_review: sample
  geo.users: [eu]
  geo.processing: [eu]
  audience: [customers, anonymous]
  users.children_or_vulnerable: no
  volume.requests_per_day: 2000
  volume.users: 20000
  interface.modalities_in: [text, image, training-file]
  interface.modalities_out: [text]
  interface.renders: markdown
  model.hosting: vendor API
  model.tuned: {value: yes, source: "training log", date: 2026-10-01, owner: ml-team}
  model.vendor_terms: no_training_short_retention
  data.classes_in_prompt: [personal, payment, confidential]
  rag.used: true
  rag.sources_trust: true
  rag.acl: app_level
  rag.reachable_records: 5000
  memory.persistent: false
  tools.list: [lookup_account, transfer_money, run_python]
  tools.writes_or_spends: [pay, send, run_code]
  tools.identity: narrow_service
  tools.approval: none
  tools.egress: yes
  agents.multi: no
  agents.autonomy: one_task
  secrets.in_prompt: unknown
  quality.truth_need: money
  quality.commitments: yes
  content.ip: no
  fairness.protected: no
  biometrics: no
  business.turnover: 80000000
  business.appetite: 500000
  ops.fallback: closed
elements:
  - {id: customer, name: Customer, kind: person, zone: internet}
  - {id: app, name: Application, kind: process, zone: shop}
flows:
  - {source: customer, target: app, label: question}
"""


def result(probe: str, mode: Mode, complied: int, n: int = 64, clusters: int = 16) -> ProbeResult:
    """A probe's result with Wilson's interval and the bound of its posterior."""
    trials = effective_trials(n, clusters, 0.3)
    a, b = posterior(complied, n, trials)
    low, high = wilson(complied * trials / n if n else 0.0, trials)
    return ProbeResult(
        probe=probe,
        mode=mode,
        n=n,
        complied=complied,
        refused=0,
        blocked=n - complied,
        errors=0,
        unscored=0,
        clusters=clusters,
        n_effective=trials,
        asr=complied / n if n else 0.0,
        low=low,
        high=high,
        ucb95=beta_quantile(0.95, a, b),
    )


@pytest.fixture
def profile() -> Profile:
    return parse_profile(PROFILE, "support.yaml", load_catalog().questions)


@pytest.fixture
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture
def pairs(catalog: Catalog) -> list[tuple[ProbeResult, ProbeResult]]:
    """Every probe measured: nearly always through without guards, never with them."""
    return [(result(key, Mode.OFF, 60), result(key, Mode.ON, 0)) for key in catalog.probes]
