"""Run the gateway: policy, store, audit log, guard with its self-test, then the socket."""

import asyncio
import atexit
import errno
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from types import FrameType

import msgspec
import uvicorn
from starlette.types import ASGIApp

from seawall.core.errors import InputError, MissingPartError
from seawall.core.roles import Actor, Role
from seawall.gateway.app import Gateway, build_app
from seawall.gateway.drain import Drain
from seawall.gateway.follow import Follower, Keeper
from seawall.gateway.opening import Opened, open_all
from seawall.gateway.policy_file import PolicyFile
from seawall.gateway.protocol import protocol_class
from seawall.gateway.reload import Loaded, Reloader, numbered
from seawall.gateway.settings import Settings
from seawall.gateway.stopped import Server
from seawall.guard import ocr
from seawall.guard.engine import GuardEngine
from seawall.policy.model import Policy
from seawall.store.db import Store, usable
from seawall.store.keys import ADMIN_SCOPE, create_key, list_keys

log = logging.getLogger("seawall.gateway")
# A request makes a few thousand objects and hardly a cycle: Python's own 700 looks in vain, often.
_COLLECT = (10_000, 20, 50)
# The audit writer lets go of the interpreter at each call of SQLite: with Python's own 5 ms it
# waits that long for a busy event loop, a dozen times a record, and every answer waits for it.
_SWITCH_SECONDS = 0.0005


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """What a start tells: where it listens, and the first admin key if one was made.

    `keys_exist`: none was made at the first start here, because the database has keys.
    """

    url: str
    application: str
    detectors: tuple[str, ...]
    data: str
    key_id: str = ""
    key: str = ""
    keys_exist: bool = False


def loopback(host: str) -> bool:
    """Say whether `host` can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_host(host: str, allow_remote: bool) -> None:
    """Raise InputError for an address that others can reach, unless that is wanted."""
    if not loopback(host) and not allow_remote:
        raise InputError(
            f"{host} can be reached from other machines, and this port speaks plain HTTP.",
            hint="Put TLS in front and say --allow-remote, or bind 127.0.0.1.",
        )


def build_engine(policy: Policy) -> GuardEngine:
    """Build the guard and run its self-test. Raises IntegrityError: then nothing is served."""
    engine = GuardEngine(
        policy.guards,
        default_unknown=policy.on_unknown,
        read_image=ocr.read_once,
        own_rules=policy.own,
    )
    engine.self_test(_languages(policy))
    return engine


def _languages(policy: Policy) -> set[str]:
    """Return the languages of code that the policy's tools take: what is asked of the guard."""
    conditions = (one for rule in policy.tools.rules.values() for one in rule.arguments.values())
    return {condition.code for condition in conditions if condition.code}


def first_key(store: Store, policy: Policy, env: Mapping[str, str]) -> tuple[str, str]:
    """Create the one admin key when the store holds no key: (key id, key), or empty strings."""
    if list_keys(store):
        return "", ""
    return create_key(
        store, application=policy.application, function="", name="first start",
        scopes=(ADMIN_SCOPE,), roles=(Role.OWNER,), first=True, actor=Actor(name="first start"),
        env=env,
    )  # fmt: skip


class _Server(Server):
    """The gateway's server: it tells when it listens."""

    def __init__(
        self, config: uvicorn.Config, tell: Callable[[], None], drain: Drain, notice: float
    ) -> None:
        super().__init__(config, drain)
        self._tell = tell
        self._notice = notice

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Become unready at once; stop taking connections after the notice. Twice: stop now."""
        if self._drain.begun or self._notice <= 0:
            self._drain.begin()
            super().handle_exit(sig, frame)
            return
        self._drain.begin()
        stop, loop = super().handle_exit, asyncio.get_running_loop()
        loop.call_soon_threadsafe(loop.call_later, self._notice, stop, sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises InputError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, UnicodeError) as error:
        listener.close()
        unknown = isinstance(error, socket.gaierror | UnicodeError)
        elsewhere = unknown or getattr(error, "errno", None) == errno.EADDRNOTAVAIL
        reason = getattr(error, "strerror", None) or "this is no name of a host"
        hint = "Choose a --host of this machine." if elsewhere else "Choose another --port."
        raise InputError(f"{host}:{port} cannot be used: {reason}.", hint=hint) from None
    return listener


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """Return uvicorn's settings for the data plane."""
    return uvicorn.Config(
        app,
        loop="uvloop" if os.name != "nt" else "asyncio",
        http=protocol_class(settings),
        ws="none",
        lifespan="on",
        server_header=False,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=settings.drain_seconds,
    )


def serve(
    policy_path: Path | None,
    data_dir: Path,
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    application: str = "",
    allow_remote: bool = False,
    env: Mapping[str, str] | None = None,
    tell: Callable[[Started], None] = lambda started: None,
    settings: Settings | None = None,
) -> bool:
    """Serve until SIGINT or SIGTERM, then drain. `tell` hears once where it listens.

    Without a file, the policy that was published for `application` is followed. Returns False when
    a second SIGINT has ended the drain: what was open was told so.

    Raises InputError (policy, host, port), MissingPartError (a provider's key, the pepper),
    IntegrityError (self-test, tampered audit log or policy), DataInUseError (another gateway).
    """
    settings = settings or Settings()
    env = os.environ if env is None else env
    check_host(host, allow_remote)
    file = PolicyFile(policy_path) if policy_path else None
    loaded = file.load(None) if file else None
    engine = build_engine(loaded.policy) if loaded else None
    _quiet_logs()
    with ExitStack() as stack:
        listener = stack.enter_context(closing(bind(host, port)))
        name = loaded.policy.application if loaded else application
        opened = open_all(stack, data_dir, file, name, env)
        loaded = _numbered(loaded, opened)
        engine = engine or build_engine(loaded.policy)
        app, key_id, key = _built(loaded, opened, engine, env, settings)
        started = Started(
            url=_url(host, listener.getsockname()[1]),
            application=loaded.policy.application,
            detectors=engine.detectors,
            data=str(opened.store.folder),
            key_id=key_id,
            key=key,
            keys_exist=opened.first and not key,
        )
        reloader = Reloader(app, opened.policies, build_engine)
        return _run(app, reloader, _follower(reloader, opened), listener, lambda: tell(started))


def _numbered(loaded: Loaded | None, opened: Opened) -> Loaded:
    """Return what serves: the file under the next number, what is published, or the copy of it."""
    if loaded is not None:
        version = numbered(loaded.policy, opened.before, "file")
        return msgspec.structs.replace(loaded, version=version)
    with usable(opened.store):
        return opened.loaded or opened.policies.load(opened.before)


def _built(
    loaded: Loaded, opened: Opened, engine: GuardEngine, env: Mapping[str, str], settings: Settings
) -> tuple[Gateway, str, str]:
    """Return the gateway; and id and text of the first key, if one was made."""
    policy, store = loaded.policy, opened.store
    with usable(store):
        app = build_app(
            policy, store, opened.audit, engine, env, settings, loaded.version, opened.kept
        )  # fmt: skip
        if opened.kept is not None:
            return app, "", ""
        return app, *first_key(store, policy, env)


def _follower(reloader: Reloader, opened: Opened) -> Follower:
    name, policies, store = reloader.application, opened.policies, opened.store
    keeper = Keeper(store, opened.signer, policies, name, opened.pepper_id)
    return Follower(reloader, policies, store, name, opened.audit.chain, keeper)


def _run(
    app: Gateway, reloader: Reloader, follower: Follower, listener: socket.socket,
    tell: Callable[[], None],
) -> bool:  # fmt: skip
    """Serve until a signal says to stop; return whether the drain had its time.

    Raises MissingPartError when it cannot start.
    """

    def begin() -> None:
        reloader.start(asyncio.get_running_loop())
        follower.start()
        tell()

    settings = app.parts.settings
    config = server_config(app, settings)
    server = _Server(config, begin, app.state.drain, settings.drain_notice_seconds)
    _tune()
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        _keep_after_signal()
        _hear_hangups(server, follower)
        try:
            runner.run(server.serve([listener]))
        finally:
            reloader.stop()
            follower.stop()
    if not server.started:
        raise MissingPartError("The gateway could not start; its log says why.")
    return not server.force_exit


def _tune() -> None:
    """Let the interpreter neither walk what stays nor wait long between threads."""
    # Models and word lists live as long as the process: the collector need not walk them again.
    gc.freeze()
    gc.set_threshold(*_COLLECT)
    gc.enable()
    sys.setswitchinterval(_SWITCH_SECONDS)


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"


def _keep_after_signal() -> None:
    """uvicorn raises a caught signal again once it has drained; the audit log still has to stop."""
    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: None)


def _hear_hangups(server: uvicorn.Server, follower: Follower) -> None:
    """Read the policy anew; where there is a terminal, it was closed: drain."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or os.name == "nt" or signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
        return
    terminal = sys.stdin is not None and sys.stdin.isatty()

    def hear(_: int, frame: FrameType | None) -> None:
        if terminal:
            server.handle_exit(signal.SIGTERM, frame)
        else:
            follower.ask()

    signal.signal(signal.SIGHUP, hear)
    # An interpreter that ends gives signals back to the system, which would kill it.
    atexit.register(signal.signal, signal.SIGHUP, signal.SIG_IGN)


def _quiet_logs() -> None:
    """Log warnings and errors to stderr, one line each; no content is ever logged."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
