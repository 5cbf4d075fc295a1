"""Follow what asks for another policy: a signal, a call to all replicas, a newer one published."""

import logging
import queue
import threading
import time
from contextlib import suppress

import msgspec
from sqlalchemy.exc import SQLAlchemyError

from seawall.core.errors import SeawallError
from seawall.core.roles import Actor
from seawall.gateway.in_force import PolicyVersion
from seawall.gateway.reload import Policies, Reloader
from seawall.store.db import Store
from seawall.store.policies import TELL_SECONDS, News, Replica, news, tell
from seawall.store.replica_copy import copy_of, keep, marks
from seawall.store.signing import Signer

log = logging.getLogger("seawall.gateway")
SIGNAL = Actor(name="SIGHUP")
LOOK_SECONDS = 1.0
KEEP_SECONDS = 30.0
# What was refused is tried again: a secret that it names may have been set meanwhile.
_AGAIN_SECONDS = 30.0
_STOP_SECONDS = 2.0


class Follower:
    """A thread that looks every second; it also tells the store what this replica serves.

    What the replica needs to start by while a shared database is away is kept beside.
    """

    def __init__(
        self, reloader: Reloader, policies: Policies, store: Store, application: str, replica: str,
        keeper: "Keeper",
    ) -> None:  # fmt: skip
        self._reloader = reloader
        self._follows = policies.follows
        self._keeper = keeper
        self._store = store
        self._application = application
        self._replica = replica
        # A signal may come while another is heard: an Event would wait for itself.
        self._wanted: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._ended = False
        self._heard = News()  # what was acted on last, well or not
        self._tried = 0.0
        self._told: tuple[Replica, float] | None = None
        self._thread = threading.Thread(target=self._work, name="policy", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._ended = True
        self._wanted.put(None)
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def ask(self) -> None:
        """Ask for the policy to be read anew and return at once; safe in a signal handler."""
        self._wanted.put(None)

    def _work(self) -> None:
        if (found := self._news()) is not None:  # calls of before this start are no news
            self._heard = msgspec.structs.replace(found, number=0)
        if not self._reloader.in_force.unconfirmed_seconds:
            self._keeper(self._reloader.in_force.version)
        while not self._ended:
            self._tell()
            asked = self._asked()
            if self._ended:
                return
            with suppress(Exception):  # logged, and told by /readyz
                if asked:
                    self._reloader.reload(SIGNAL)
                else:
                    self._look()

    def _asked(self) -> bool:
        """Wait for a moment; say whether somebody asked meanwhile, once for all who did."""
        asked, seconds = False, LOOK_SECONDS
        with suppress(queue.Empty):
            while True:
                self._wanted.get(timeout=seconds)
                asked, seconds = True, 0.0
        return asked

    def _look(self) -> None:
        found = self._news()
        if found is None:
            return
        try:
            if self._due(found):
                self._heard, self._tried = found, time.monotonic()
                self._reloader.reload(Actor(name=found.caller or "store"))
        finally:
            self._reloader.in_force.confirmed()
            self._keeper(self._reloader.in_force.version)

    def _due(self, found: News) -> bool:
        """Say whether there is something to follow, or something refused to be tried again."""
        heard = self._heard
        if found.calls != heard.calls:
            return True
        serves = self._reloader.in_force.version
        if not self._follows:
            return False
        same = found.number == serves.number and found.sha256 in (serves.sha256, heard.sha256)
        if same and serves.source != "cache":
            return False
        waited = time.monotonic() - self._tried >= _AGAIN_SECONDS
        return (found.number, found.sha256) != (heard.number, heard.sha256) or waited

    def _news(self) -> News | None:
        """Return what there is to follow; None while the store does not answer."""
        try:
            return news(self._store, self._application)
        except SQLAlchemyError:
            return None

    def _tell(self) -> None:
        """Tell the store what serves, when that changed and every half minute."""
        in_force, now = self._reloader.in_force, time.monotonic()
        version = in_force.version
        state = Replica(
            replica=self._replica, number=version.number, sha256=version.sha256,
            source=version.source, calls=self._heard.calls, error=in_force.error,
            tried=self._heard.number,
        )  # fmt: skip
        last = self._told
        if last is not None and last[0] == state and now - last[1] < TELL_SECONDS:
            return
        with suppress(SQLAlchemyError):
            tell(self._store, self._application, state)
            self._told = state, now


class Keeper:
    """Keeps this replica's signed copy: when something of it has changed, and every half minute."""

    def __init__(
        self, store: Store, signer: Signer, policies: Policies, application: str, pepper: str
    ) -> None:
        self._store = store
        self._signer = signer
        self._policies = policies
        self._application = application
        self._pepper = pepper
        self._last: tuple[object, ...] = ()
        self._at = 0.0
        self._failing = False

    def __call__(self, version: PolicyVersion) -> None:
        """Keep what there is now; a failure is logged once, and tried again."""
        try:
            state = (version.number, version.sha256, marks(self._store))
            if state == self._last and time.monotonic() - self._at < KEEP_SECONDS:
                return
            copy = copy_of(
                self._store, sha256=version.sha256, policy=self._policies.signed(version.number),
                pepper_id=self._pepper,
            )  # fmt: skip
            keep(self._store.folder, self._signer, self._application, version.number, copy)
            self._last, self._at, self._failing = state, time.monotonic(), False
        except (SQLAlchemyError, OSError, SeawallError) as error:
            if not self._failing:
                log.warning("keys and policy are not kept for an outage (%s)", type(error).__name__)
            self._failing = True
