"""The lab behind a gateway: simulated provider and gateway as processes, the agent in this one."""

import secrets
from importlib import resources
from pathlib import Path

from seawall.catalog.load import load_catalog
from seawall.core.errors import InputError
from seawall.demo.gateway import Behind, adapted
from seawall.demo.lab.models import ServedModel
from seawall.demo.lab.policy import policy_text, provider
from seawall.demo.lab.target import LabTarget
from seawall.demo.names import KEY_ENV, SIMULATED_MODEL
from seawall.demo.services import free_port
from seawall.redteam.harmless import Conversation, read
from seawall.redteam.listener import Listening
from seawall.redteam.openai_target import key_from
from seawall.redteam.turns import OpenTarget

LAB = "lab"


class ProtectedLab(Behind):
    """The lab agent behind a gateway of its own, with the simulated provider beside it.

    `policy` is a file to be used instead of the lab's own; its first upstream is replaced by the
    simulated provider. `inside`: see LabTarget.
    """

    def __init__(self, folder: Path, policy: Path | None = None, *, inside: str = "") -> None:
        # What the target tells of itself does not depend on the model behind it.
        super().__init__(folder, LabTarget(inside=inside))
        self._given, self._inside = policy, inside
        self._provider = f"http://127.0.0.1:{free_port()}"
        self._key = secrets.token_urlsafe(24)

    def _started(self) -> OpenTarget:
        own = {KEY_ENV: self._key}
        key = self._gateway.start(self._policy(), own)
        port = self._provider.rpartition(":")[2]
        self._services.start("provider", ["-m", "seawall.demo.model", "--port", port], own)
        self._services.wait_ready("provider", f"{self._provider}/healthz")
        self._gateway.wait()
        url = f"{self._gateway.url}/v1"
        model = ServedModel(url, SIMULATED_MODEL, key=key, ledger=self._provider)
        return LabTarget(model, inside=self._inside)

    def _policy(self) -> str:
        url = f"{self._provider}/v1"
        if self._given is not None:
            return adapted(self._given, provider(url))
        return policy_text(url, load_catalog())


def tasks() -> tuple[Conversation, ...]:
    """Return what customers ask the lab for, each with the tool that has to run."""
    return read(Path(str(resources.files("seawall.demo") / "data" / "lab_tasks.yaml")))


def lab(
    name: str,
    *,
    behind: bool,
    folder: Path,
    model: str,
    key_env: str,
    policy: Path | None = None,
    images: bool = False,
) -> OpenTarget:
    """Return the lab: `lab` bare, or behind a gateway of its own; `lab:URL` with the model there.

    A listener stands beside it as a service inside, which only its tools may ask.
    `folder` and `policy` are for a gateway's files, `model` and `key_env` for an address, and
    `images` says that the model there takes pictures. Raises InputError for a bad address.
    """
    inside = f"http://127.0.0.1:{free_port()}"
    found = _bare(name, model=model, key_env=key_env, images=images, inside=inside)
    if name == LAB and behind:
        found = ProtectedLab(folder, policy, inside=inside)
    return Listening(found, inside, host="127.0.0.1", grace=0.0)


def _bare(name: str, *, model: str, key_env: str, images: bool, inside: str) -> OpenTarget:
    if name == LAB:
        return LabTarget(inside=inside)
    url = name.removeprefix(f"{LAB}:")
    if not url.startswith(("http://", "https://")):
        raise InputError(f"{url!r} is no http address.", hint=f"Example: {LAB}:http://host/v1")
    key = key_from(key_env) if key_env else ""
    served = ServedModel(url, model, key=key)
    return LabTarget(served, simulated=model == SIMULATED_MODEL, images=images, inside=inside)
