"""An issuer's public keys: from a file or a URL, kept, and refreshed at a bounded rate."""

import http.client
import logging
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from seawall.core.errors import InputError, MissingPartError
from seawall.policy.identity import Issuer

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

log = logging.getLogger("seawall.gateway")
MAX_BYTES = 256 * 1024
MAX_KEYS = 64
FETCH_SECONDS = 5.0
# However many tokens with unknown keys come: the URL is asked at most this often.
MIN_GAP_SECONDS = 30.0
# After this many seconds without a fresh copy, old keys are believed no more.
STALE_SECONDS = 86_400.0
_ASYMMETRIC = {"RSA", "EC", "OKP"}


def fetch(url: str) -> bytes:
    """GET a URL once: no redirect, no proxy, size and time limited. Raises OSError."""
    parts = urlsplit(url)
    host, path = parts.hostname or "", parts.path or "/"
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(
            host, parts.port, timeout=FETCH_SECONDS, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=FETCH_SECONDS)
    try:
        target = f"{path}?{parts.query}" if parts.query else path
        connection.request("GET", target, headers={"accept": "application/json"})
        response = connection.getresponse()
        body = response.read(MAX_BYTES + 1)
    except http.client.HTTPException as error:
        raise OSError(type(error).__name__) from None
    finally:
        connection.close()
    if response.status != 200 or len(body) > MAX_BYTES:
        raise OSError(f"HTTP {response.status}, {len(body)} bytes")
    return body


def key_set(raw: bytes) -> "KeySet":
    """Read a JWK set: public signature keys only. Raises InputError."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        value: Any = msgspec.json.decode(raw)
        keys = [
            {name: part for name, part in key.items() if name not in ("d", "p", "q", "dp", "dq")}
            for key in value["keys"][:MAX_KEYS]
            if key.get("kty") in _ASYMMETRIC and key.get("use", "sig") == "sig"
        ]
        if not keys:
            raise InputError("The key set holds no public signature key.")
        return KeySet.import_key_set({"keys": keys})
    except (msgspec.MsgspecError, JoseError, LookupError, TypeError, ValueError, AttributeError):
        raise InputError("The issuer's keys are not a JWK set.") from None


class IssuerKeys:
    """The keys of one issuer. Safe to share between threads; nothing waits for the network."""

    def __init__(self, issuer: Issuer, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Read a file at once (raises InputError, MissingPartError); begin to ask a URL."""
        self._issuer = issuer
        self._clock = clock
        self._guard = threading.Lock()
        self._keys: KeySet | None = None
        self._fresh = self._asked = float("-inf")
        self._thread: threading.Thread | None = None
        if issuer.jwks_file:
            try:
                self._keys = key_set(Path(issuer.jwks_file).read_bytes())
            except OSError as error:
                raise MissingPartError(
                    f"The keys of the issuer {issuer.name} cannot be read: {error.strerror}."
                ) from None
        else:
            self._refresh(self._clock())

    def current(self) -> "KeySet":
        """Return the keys. Raises MissingPartError 503 while none could be read lately."""
        if self._issuer.jwks_file and self._keys is not None:
            return self._keys
        now = self._clock()
        if now - self._fresh > self._issuer.refresh_seconds:
            self._refresh(now)
        keys = self._keys
        if keys is None or now - self._fresh > STALE_SECONDS:
            raise MissingPartError(
                f"The keys of the issuer {self._issuer.name} cannot be read at the moment.",
                hint="Try again; the operator must look at jwks_url.",
            )
        return keys

    def unknown_key(self) -> bool:
        """Tell that a token names a key that is not here; true when a refresh is under way."""
        return not self._issuer.jwks_file and self._refresh(self._clock())

    def wait(self) -> None:
        """Wait for a refresh that is under way."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def _refresh(self, now: float) -> bool:
        with self._guard:
            if self._thread is not None and self._thread.is_alive():
                return True
            if now - self._asked < MIN_GAP_SECONDS:
                return False
            self._asked = now
            self._thread = threading.Thread(target=self._ask, name="jwks", daemon=True)
            self._thread.start()
            return True

    def _ask(self) -> None:
        try:
            self._keys = key_set(fetch(self._issuer.jwks_url))
            self._fresh = self._clock()
        except (OSError, InputError) as error:
            log.warning("keys of issuer %s: %s", self._issuer.name, type(error).__name__)
