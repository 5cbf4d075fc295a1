"""A gateway of one run: started with a policy and a key, stopped when the run ends."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from seawall.assess.policyfile import render
from seawall.core import yamlfile
from seawall.core.files import write_atomically
from seawall.demo.services import Services, free_port
from seawall.policy.load import load_policy
from seawall.redteam.openai_target import OpenAITarget
from seawall.redteam.target import Attack, Observation
from seawall.redteam.turns import OpenTarget
from seawall.store.db import open_store
from seawall.store.keys import create_key

POLICY, GATEWAY_DATA = "policy.yaml", "gateway-data"


def adapted(path: Path, upstream: Mapping[str, Any]) -> str:
    """Return a policy file with one other provider, which every function may use.

    Raises InputError when the file cannot be read.
    """
    given = yamlfile.load(path, dict[str, Any])
    functions = {
        name: {key: value for key, value in (spec or {}).items() if key != "models"}
        for name, spec in (given.get("functions") or {}).items()
    }
    return render(given | {"upstreams": [dict(upstream)], "functions": functions}, {}, "")


class Gateway:
    """One gateway process. `folder` gets its policy, data and log."""

    def __init__(self, services: Services, folder: Path) -> None:
        self._services, self._folder = services, folder
        self.url = f"http://127.0.0.1:{free_port()}"

    def start(self, policy: str, env: Mapping[str, str]) -> str:
        """Start it and return a key of the policy's first function.

        Raises InputError for a policy that cannot be used.
        """
        path, data = self._folder / POLICY, self._folder / GATEWAY_DATA
        write_atomically(path, policy)
        loaded = load_policy(path)
        function = next(iter(loaded.functions))
        store = open_store(data, env={})
        try:
            _, key = create_key(
                store, application=loaded.application, function=function, name="red team"
            )
        finally:
            store.close()
        port = self.url.rpartition(":")[2]
        arguments = ["-m", "seawall", "serve", "--policy", str(path), "--data", str(data)]
        self._services.start("gateway", [*arguments, "--port", port], env)
        return key

    def wait(self) -> None:
        """Wait until it answers. Raises MissingPartError."""
        self._services.wait_ready("gateway", f"{self.url}/healthz")


class Behind(ABC):
    """A target behind a gateway that it starts itself. Use as an async context manager.

    `folder` gets the gateway's policy, its data and the processes' logs; `bare` tells the facts.
    """

    def __init__(self, folder: Path, bare: OpenTarget) -> None:
        self._services = Services(folder / "logs")
        self._gateway = Gateway(self._services, folder)
        self._target = bare

    @abstractmethod
    def _started(self) -> OpenTarget:
        """Start the processes, wait until they answer, and return the target that asks them."""

    def facts(self) -> dict[str, Any]:
        """Return what oracles may know of the target; it does not depend on the gateway."""
        return self._target.facts()

    async def attempt(self, attack: Attack) -> Observation:
        """Carry out one attack through the gateway."""
        return await self._target.attempt(attack)

    async def __aenter__(self) -> Self:
        self._services.__enter__()
        try:
            self._target = self._started()
            await self._target.__aenter__()
        except BaseException:
            self._services.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._target.__aexit__(kind, error, trace)
        self._services.__exit__(kind, error, trace)


class ProtectedChat(Behind):
    """A chat endpoint behind a gateway of its own, which treats it as its provider.

    `policy` is a file; its providers are replaced by `base_url` with `model`.
    """

    def __init__(
        self, folder: Path, policy: Path, base_url: str, model: str, *, key_env: str = "",
        facts: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(folder, OpenAITarget(base_url, model, facts=facts))
        self._policy, self._model, self._known = policy, model, facts
        self._upstream = {
            "name": "target", "base_url": base_url, "api_key_env": key_env,
            "models": {model: {"input_per_million": 0.0, "output_per_million": 0.0,
                               "training_per_million": 0.0}},
        }  # fmt: skip

    def _started(self) -> OpenTarget:
        key = self._gateway.start(adapted(self._policy, self._upstream), {})
        self._gateway.wait()
        return OpenAITarget(f"{self._gateway.url}/v1", self._model, key=key, facts=self._known)
