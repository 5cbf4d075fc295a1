"""Where a drill runs: a provider that answers by script, and mostly a gateway before it."""

import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from seawall.assess.policyfile import render
from seawall.demo.drills.servers import Upstream, serving
from seawall.gateway.app import build_app
from seawall.gateway.serve import server_config
from seawall.gateway.settings import Settings
from seawall.guard.engine import GuardEngine
from seawall.policy.load import decode_policy
from seawall.policy.model import Policy
from seawall.store.audit import AuditLog
from seawall.store.chain import KEY_FILE
from seawall.store.db import Store, open_store
from seawall.store.keys import create_key
from seawall.store.kills import KillCache

APPLICATION, FRONT, BACK, MODEL = "drill", "front", "back", "small"
_SECONDS = 60.0
_PLAIN = "someone"
_PRICE = {"input_per_million": 1.0, "output_per_million": 1.0}


class Reply(NamedTuple):
    """What came back: HTTP status and the body, empty where it is no JSON object.

    `events` are the objects of a stream of events.
    """

    status: int
    body: dict[str, Any]
    events: tuple[dict[str, Any], ...] = ()

    @property
    def answered(self) -> bool:
        """Say whether the request was served."""
        return self.status == 200

    @property
    def calls(self) -> list[str]:
        """Names of the tools that the answer calls."""
        message = self.body["choices"][0]["message"] if self.answered else {}
        return [call["function"]["name"] for call in message.get("tool_calls") or ()]

    @property
    def controls(self) -> list[str]:
        """The controls that said something about the request, as the gateway names them."""
        told = (self.body if self.answered else self.body.get("error") or {}).get("seawall") or {}
        return list(told.get("controls") or ())

    @property
    def code(self) -> str:
        """The code of the error, empty where there is none."""
        error = self.body.get("error")
        return str(error.get("code") or "") if isinstance(error, dict) else ""


class Bench:
    """A provider, and a gateway with `sections` of a policy before it; None: no gateway at all.

    Use as a context manager. Two functions have a key each: front, and back in the batch lane.
    `upstreams` replaces the one provider; addresses in it may use {provider}. `on` says whether
    the control that is tried is there.
    """

    def __init__(
        self, folder: Path, sections: Mapping[str, Any] | None,
        upstreams: Sequence[Mapping[str, Any]] = (), *, on: bool = True,
    ) -> None:  # fmt: skip
        self.on = on
        self._folder, self._sections, self._upstreams = folder, sections, upstreams
        self.provider = Upstream()
        self.keys = {FRONT: "", BACK: ""}
        self._stack = ExitStack()
        self._store: Store | None = None
        self._policy: Policy | None = None
        self._kills: KillCache | None = None
        self._at = ""

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._at = provider = stack.enter_context(serving(self.provider.config()))
            if self._sections is not None:
                self._policy = self._read(provider)
                self._at = stack.enter_context(serving(self._gateway(stack, self._policy)))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.provider.open.set()
        self._stack.close()

    @property
    def store(self) -> Store:
        """The gateway's store."""
        assert self._store is not None, "there is no gateway"
        return self._store

    @property
    def policy(self) -> Policy:
        """The gateway's policy."""
        assert self._policy is not None, "there is no gateway"
        return self._policy

    @property
    def kills(self) -> KillCache:
        """The gateway's memory of what is switched off."""
        assert self._kills is not None, "there is no gateway"
        return self._kills

    def _read(self, provider: str) -> Policy:
        one = {"name": "main", "base_url": "{provider}/v1", "models": {MODEL: _PRICE}}
        upstreams = [
            {"max_concurrency": 1, "adaptive": False, **each,
             "base_url": str(each["base_url"]).format(provider=provider)}
            for each in self._upstreams or (one,)
        ]  # fmt: skip
        whole = {
            "version": 1, "application": APPLICATION, "upstreams": upstreams,
            "functions": {FRONT: {}, BACK: {"lane": "batch"}},
            **(self._sections or {}),
        }  # fmt: skip
        return decode_policy(render(whole, {}, ""), "drill")

    def _gateway(self, stack: ExitStack, policy: Policy) -> Any:
        self._store = store = open_store(self._folder / "data", env={})
        stack.callback(store.close)
        for name in self.keys:
            _, self.keys[name] = create_key(
                store, application=APPLICATION, function=name, name="drill", env={}
            )
        audit = AuditLog(store, store.folder / KEY_FILE)
        audit.start()
        stack.callback(audit.stop)
        settings = Settings(drain_seconds=1)
        engine = GuardEngine(policy.guards, default_unknown=policy.on_unknown)
        app = build_app(policy, store, audit, engine, {}, settings)
        self._kills = app.state.kills
        return server_config(app, settings)

    def prove(self) -> None:
        """Send one plain request through the gateway. Raises ValueError where it is refused."""
        if self.policy.usage_policy.required:
            accepted = {"user": _PLAIN, "version": self.policy.usage_policy.version}
            self.post("/v1/seawall/acceptance", accepted)
        self.served(self.ask("How are you?", user=_PLAIN))
        self.provider.asked.clear()

    def served(self, reply: Reply, *refusals: str) -> bool:
        """Say whether a request was served.

        With the control on, a refusal has to be a 4xx with one of `refusals`, which are error
        codes and ids of controls. Raises ValueError for any other: nothing speaks for the control.
        """
        named = {reply.code, *reply.controls} & {*refusals}
        if self.on and not reply.answered and not (named and 400 <= reply.status < 500):
            code = f" ({reply.code})" if reply.code else ""
            raise ValueError(f"a request ended with HTTP {reply.status}{code}, not by this control")
        return reply.answered

    def post(
        self, path: str, body: Any, *, by: str = FRONT, key: str | None = None, session: str = "",
        kind: str = "application/json", at: str = "",
    ) -> Reply:  # fmt: skip
        """Send a body to `path` with the key of a function, or with `key`; a text goes as it is.

        `at`: another server than the gateway.
        """
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"content-type": kind}
        if session:
            headers["x-seawall-session"] = session
        return self._send("POST", path, raw, headers, self.keys[by] if key is None else key, at)

    def get(self, path: str, *, by: str = FRONT) -> Reply:
        """Ask for what lies at `path`."""
        return self._send("GET", path, None, {}, self.keys[by])

    def ask(
        self, *messages: Mapping[str, Any] | str, by: str = FRONT, session: str = "", **fields: Any
    ) -> Reply:
        """Ask the model; a text is a message of the user."""
        told = [
            {"role": "user", "content": one} if isinstance(one, str) else one for one in messages
        ]
        body = {"model": MODEL, "messages": told, **fields}
        return self.post("/v1/chat/completions", body, by=by, session=session)

    def upload(self, name: str, content: bytes) -> Reply:
        """Upload a file for the front function."""
        line = f"--{(mark := secrets.token_hex(8))}\r\ncontent-disposition: form-data; name="
        raw = (
            f'{line}"purpose"\r\n\r\nuser_data\r\n{line}"file"; filename="{name}"\r\n'
            "content-type: application/octet-stream\r\n\r\n"
        ).encode()
        raw += content + f"\r\n--{mark}--\r\n".encode()
        return self.post("/v1/files", raw, kind=f"multipart/form-data; boundary={mark}")

    def _send(
        self, method: str, path: str, raw: bytes | None, headers: dict[str, str], key: str,
        at: str = "",
    ) -> Reply:  # fmt: skip
        if key:
            headers["authorization"] = f"Bearer {key}"
        request = urllib.request.Request(  # noqa: S310 - http to the drill's own loopback port
            (at or self._at) + path, raw, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                read = answer.read()
                streamed = answer.headers.get_content_type() == "text/event-stream"
                return Reply(answer.status, _object(read), _events(read) if streamed else ())
        except urllib.error.HTTPError as refused:
            with refused:
                return Reply(refused.code, _object(refused.read()))


def _events(raw: bytes) -> tuple[dict[str, Any], ...]:
    lines = raw.split(b"\n")
    return tuple(_object(line[5:]) for line in lines if line.startswith(b"data:"))


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
