"""The demo's bench: provider, application and gateway as processes, attacked over HTTP."""

import asyncio
import json
import os
import secrets
import tempfile
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError
from seawall.core.trials import Attempt, HarmlessOutcome, HarmlessResult, Mode
from seawall.demo.base_policy import REPORTS, SUPPORT
from seawall.demo.names import (
    KEY_ENV,
    REPORTS_KEY_ENV,
    SIMULATED_LABEL,
    SIMULATED_MODEL,
    SUPPORT_KEY_ENV,
)
from seawall.demo.progress import Advance
from seawall.demo.services import Services, free_port
from seawall.demo.target import ShopBankTarget
from seawall.policy.load import load_policy
from seawall.redteam import harmless, runner
from seawall.redteam.target import Observation
from seawall.store.db import open_for_reading, open_store
from seawall.store.keys import create_key
from seawall.store.verify import VerifyReport, last_seq, records, verify

GATEWAY_DATA = "gateway-data"
Tell = Callable[[dict[str, str]], None]


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """Whose model answers: the bundled simulation, or a real provider behind the relay."""

    upstream: str = ""
    model: str = SIMULATED_MODEL
    url: str = ""

    @property
    def simulated(self) -> bool:
        """Tell whether the answers come from the simulation."""
        return not self.upstream

    @property
    def label(self) -> str:
        """Return how results name the model."""
        return f"{SIMULATED_LABEL} {self.model}" if self.simulated else self.model


def provider_of(upstream: str, model: str) -> Provider:
    """Return the provider that the command line asks for. Raises InputError."""
    if bool(upstream) != bool(model):
        raise InputError(
            "--upstream and --model go together.", hint="Give both, or neither for the simulation."
        )
    if upstream and not upstream.startswith(("http://", "https://")):
        raise InputError("--upstream must be an http or https URL.", hint="It ends in /v1.")
    port = free_port()
    url = f"http://127.0.0.1:{port}/v1"
    if upstream:
        return Provider(upstream=upstream.rstrip("/"), model=model, url=url)
    return Provider(url=url)


class Bench:
    """Starts what the loop attacks and carries the attacks out. Use as a context manager."""

    def __init__(self, out: Path, provider: Provider, seed: int) -> None:
        self._out, self._provider, self._seed = out, provider, seed
        self._services = Services(out / "logs")
        self._provider_key = secrets.token_urlsafe(24)
        self._urls: dict[Mode, str] = {}
        # The bare application's provider is another process: what one arm does leaves the other be.
        self._sims = {
            Mode.OFF: f"http://127.0.0.1:{free_port()}",
            Mode.ON: provider.url.removesuffix("/v1"),
        }

    def __enter__(self) -> Self:
        self._services.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._services.__exit__(kind, error, trace)

    def start_application(self, port: int | None = None, gateway: str = "") -> None:
        """Start the provider and the application that talks to it directly (or to `gateway`)."""
        self.begin_application(port, gateway)
        self.wait_for_application()

    def begin_application(self, port: int | None = None, gateway: str = "") -> None:
        """Do what `start_application` does, without waiting until they answer."""
        self._start_provider(Mode.OFF)
        keys = {SUPPORT_KEY_ENV: self._provider_key, REPORTS_KEY_ENV: self._provider_key}
        if gateway:
            keys = {name: os.environ.get(name, "") for name in keys}
        self._start_app(Mode.OFF, gateway or f"{self._sims[Mode.OFF]}/v1", keys, port)

    def wait_for_application(self) -> None:
        """Wait until the bare application and its provider answer. Raises MissingPartError."""
        self._wait(Mode.OFF)

    def _start_provider(self, mode: Mode) -> None:
        port = self._sims[mode].rpartition(":")[2]
        arguments = ["-m", "seawall.demo.model", "--port", port]
        if self._provider.upstream:
            arguments += ["--upstream", self._provider.upstream]
        self._services.start(f"provider-{mode.value}", arguments, {KEY_ENV: self._provider_key})

    def _wait(self, mode: Mode) -> None:
        self._services.wait_ready(f"provider-{mode.value}", f"{self._sims[mode]}/healthz")
        self._services.wait_ready(f"application-{mode.value}", f"{self._urls[mode]}/healthz")

    def _start_app(
        self, mode: Mode, model_url: str, keys: dict[str, str], port: int | None = None
    ) -> None:
        port = port or free_port()
        name = f"application-{mode.value}"
        arguments = [
            *("-m", "seawall.demo.app", "--port", str(port), "--model-url", model_url),
            *("--model", self._provider.model, "--seed", str(self._seed)),
        ]
        self._services.start(name, arguments, keys)
        self._urls[mode] = f"http://127.0.0.1:{port}"

    def start_gateway(self, policy: Path, app_port: int | None = None) -> str:
        """Start the gateway with a policy and the application behind it; return its URL."""
        loaded = load_policy(policy)
        self._start_provider(Mode.ON)
        data = self._out / GATEWAY_DATA
        keys: dict[str, str] = {}
        store = open_store(data, env={})
        try:
            for function, name in ((SUPPORT, SUPPORT_KEY_ENV), (REPORTS, REPORTS_KEY_ENV)):
                _, keys[name] = create_key(
                    store, application=loaded.application, function=function, name="demo"
                )
        finally:
            store.close()
        chosen = free_port()
        arguments = ["-m", "seawall", "serve", "--policy", str(policy), "--data", str(data)]
        arguments += ["--port", str(chosen)]
        self._services.start("gateway", arguments, {KEY_ENV: self._provider_key})
        url = f"http://127.0.0.1:{chosen}"
        self._start_app(Mode.ON, f"{url}/v1", keys, app_port)
        self._services.wait_ready("gateway", f"{url}/healthz")
        self._wait(Mode.ON)
        return url

    def _target(self, mode: Mode) -> ShopBankTarget:
        simulated = self._provider.simulated
        return ShopBankTarget(self._urls[mode], self._sims[mode], simulated=simulated)

    def attack(
        self, mode: Mode, n: int | None, concurrency: int, advance: Advance
    ) -> list[Attempt]:
        """Carry out every probe against the application of one mode."""
        cards = list(load_catalog().probes.values())

        async def all_probes() -> list[Attempt]:
            async with self._target(mode) as target:
                return await runner.run(
                    cards,
                    target,
                    mode,
                    n=n,
                    seed=self._seed,
                    concurrency=concurrency,
                    progress=lambda done, total, _: advance(done, total),
                )

        return asyncio.run(all_probes())

    def hold_harmless(
        self, mode: Mode, most: int | None, concurrency: int, advance: Advance | None = None
    ) -> dict[str, Observation]:
        """Hold every harmless conversation with the application of one mode."""

        async def all_conversations() -> dict[str, Observation]:
            async with self._target(mode) as target:
                chosen = harmless.chosen(harmless.load(), most)
                return await harmless.hold(
                    chosen, target, concurrency=concurrency, progress=advance
                )

        return asyncio.run(all_conversations())

    def coverage(self) -> float:
        """Return the share of the calls to the protected application's provider whose request id
        stands in the audit log.
        """
        calls = _get(f"{self._sims[Mode.ON]}/sim/calls")["request_ids"]
        audited = self._audited()
        return sum(call in audited for call in calls) / len(calls) if calls else 0.0

    def _audited(self) -> set[str]:
        store = open_for_reading(self._out / GATEWAY_DATA, env={})
        try:
            found: set[str] = set()
            after = 0
            while page := list(records(store, after=after, limit=1000)):
                found |= {str(r.body.get("request_id", "")) for r in page}
                after = page[-1].seq
            return found
        finally:
            store.close()

    def verify(self) -> tuple[VerifyReport, str]:
        """Verify the audit log; return the report and the last record's hash."""
        store = open_for_reading(self._out / GATEWAY_DATA, env={})
        try:
            report = verify(store)
            last = list(records(store, after=max(0, last_seq(store) - 1), limit=1))
            return report, last[0].hash if last else ""
        finally:
            store.close()

    def wait(self) -> None:
        """Wait until a process ends or the user interrupts."""
        self._services.wait_all()

    @property
    def application_url(self) -> str:
        """Return the protected application's address, else the bare one's."""
        return self._urls.get(Mode.ON) or self._urls[Mode.OFF]


def compare_harmless(
    bare: Mapping[str, Observation], held: Mapping[str, Observation]
) -> list[HarmlessResult]:
    """Compare the conversations that were held in both modes."""
    both = [one for one in harmless.load() if one.id in bare and one.id in held]
    return [_result(row) for row in harmless.compare_all(both, bare, held).rows]


def _result(row: harmless.HarmlessRow) -> HarmlessResult:
    """Return a row of the harmless arm as the result that the gate judges."""
    outcome = HarmlessOutcome.PASSED
    if row.error:
        outcome = HarmlessOutcome.ERROR
    elif row.blocked:
        outcome = HarmlessOutcome.BLOCKED
    elif row.altered:
        outcome = HarmlessOutcome.ALTERED
    return HarmlessResult(
        id=row.id,
        kind=row.kind,
        language=row.lang,
        outcome=outcome,
        controls=row.controls,
        reason=row.error or row.difference,
    )


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - loopback http
        return json.load(answer)


def run_application(port: int, gateway: str, seed: int, tell: Tell) -> None:
    """Run the bare application with its simulated model, or behind a gateway, until it ends."""
    with Bench(Path(tempfile.mkdtemp(prefix="seawall-demo-")), provider_of("", ""), seed) as bench:
        bench.start_application(port=port or None, gateway=gateway)
        tell({"application": bench.application_url, "model": SIMULATED_LABEL})
        bench.wait()


def serve_protected(out: Path, port: int, tell: Tell) -> None:
    """Run the application behind the gateway with an earlier demo's policy, until it ends.

    Raises InputError when `out` holds no policy.
    """
    policy = out / "policy.yaml"
    if not policy.exists():
        raise InputError(f"{policy} does not exist.", hint="Run `seawall demo` first.")
    upstream = load_policy(policy).upstreams[0]
    provider = Provider(
        upstream=_upstream_of(out), url=upstream.base_url, model=next(iter(upstream.models))
    )
    with Bench(out, provider, 0) as bench:
        gateway = bench.start_gateway(policy, app_port=port)
        tell({"application": bench.application_url, "gateway": f"{gateway}/v1"})
        bench.wait()


def _upstream_of(out: Path) -> str:
    """Return the real provider that an earlier demo used; empty for the simulation."""
    path = out / "summary.json"
    if not path.exists():
        return ""
    return str(json.loads(path.read_text(encoding="utf-8")).get("upstream", ""))
