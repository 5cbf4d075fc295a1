"""What telemetry costs a request: metrics, spans and log sinks, without and with exporters."""

import time
from collections.abc import Callable

from seawall.core.exchange import Exchange, Stage, Surface
from seawall.core.verdicts import Action, Finding, Outcome
from seawall.gateway.call import Call, Route
from seawall.gateway.telemetry.build import all_metrics
from seawall.gateway.telemetry.exporters import Exporters
from seawall.gateway.telemetry.watch import Watch
from seawall.guard.decision import PartDecision
from seawall.policy.load import decode_policy
from seawall.store.chain import canonical
from seawall.wire.usage import Usage

ROUNDS = 20_000
LIMIT_MS = 0.05
POLICY = """
version: 1
application: shop
upstreams:
  - name: main
    base_url: http://127.0.0.1:9/v1
    models: {small: {input_per_million: 1, output_per_million: 2}}
functions: {support: {}}
guards:
  - {detector: secrets, control: CTL-SECRETS, action: redact, stages: [input, output]}
"""
# A port where nobody listens: sending fails in the sinks' own threads, as on a bad day.
BROKEN = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    "SEAWALL_AUDIT_SYSLOG": "udp://127.0.0.1:9",
}


def _call() -> Call:
    policy = decode_policy(POLICY, "benchmark")
    finding = Finding(detector="secrets", label="key", start=0, end=9, score=1.0)
    parts = [
        PartDecision(
            pointer=f"/messages/{number}/content",
            stage=Stage.INPUT,
            outcome=Outcome.FOUND if number == 0 else Outcome.CLEAN,
            action=Action.REDACT if number == 0 else Action.ALLOW,
            findings=(finding,) if number == 0 else (),
        )
        for number in range(6)
    ]
    call = Call("chat", parts=parts, fired={"CTL-SECRETS": Action.REDACT})
    call.exchange = Exchange(
        request_id=call.request_id, surface=Surface.CHAT, model="small", body={}, parts=[]
    )
    upstream = policy.upstreams[0]
    call.route = Route(upstream, upstream.models["small"], policy.functions["support"], 100)
    call.usage, call.cost = Usage(prompt_tokens=812, completion_tokens=230), 0.0013
    call.upstream_status, call.upstream_began = 200, time.perf_counter()
    return call


def _cost_ms(work: Callable[[], None]) -> float:
    """Return the CPU milliseconds of one round in this thread."""
    for _ in range(500):
        work()
    began = time.thread_time()
    for _ in range(ROUNDS):
        work()
    return (time.thread_time() - began) / ROUNDS * 1000


def main() -> int:
    """Print the CPU time a request pays, beside the limit; 1 when beyond it."""
    policy, call = decode_policy(POLICY, "benchmark"), _call()
    plain = Watch(all_metrics(policy))
    exporters = Exporters(BROKEN, "shop")
    metrics = all_metrics(policy, sinks=exporters.sinks)
    exporters.read(metrics)
    full = Watch(metrics, *exporters.observers)
    body = canonical(call.record("request", "ab" * 32, "u_00"))

    def everything() -> None:
        full.ended(call)
        exporters.durable(1, 1, bytes(32), body)

    alone, exported = _cost_ms(lambda: plain.ended(call)), _cost_ms(everything)
    began = time.perf_counter()
    size = len(metrics.registry.exposition())
    scrape = (time.perf_counter() - began) * 1000
    exporters.close()
    print(f"CPU of one request with six parts (limit: {LIMIT_MS} ms):")
    print(f"  metrics:                                  {alone:.4f} ms")
    print(f"  metrics, spans, OTLP and syslog, all broken: {exported:.4f} ms")
    print(f"  a scrape: {scrape:.2f} ms, {size:,} bytes")
    lost = sum(sink.dropped for sink in exporters.sinks)
    print(f"  dropped and counted: {lost:,}")
    return 0 if max(alone, exported) <= LIMIT_MS else 1
