"""End users by signed header: one secret for the application, a window, each header once."""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping

from seawall.core.errors import MissingPartError, RequestError
from seawall.policy.identity import UserHeader
from seawall.wire.signed_user import HEADER, bad_signature, read_user

MIN_SECRET = 16
# 16 bytes each and their time: what fits is far above one gateway's rate times the longest window.
MAX_SEEN = 500_000


class UserHeaders:
    """Checks `x-seawall-user`. Safe to share between threads.

    A replica knows the headers that came to itself; behind several replicas a header could be
    used once at each of them within the window.
    """

    def __init__(
        self,
        settings: UserHeader,
        application: str,
        secret: bytes,
        *,
        clock: Callable[[], float] = time.time,
        max_seen: int = MAX_SEEN,
        before: "UserHeaders | None" = None,
    ) -> None:
        """Begin with the headers that came to `before`, which served another policy."""
        if len(secret) < MIN_SECRET:
            raise MissingPartError(
                f"The secret of {HEADER} is shorter than {MIN_SECRET} bytes.",
                hint="Take 32 random bytes or more.",
            )
        self._settings = settings
        self._application = application
        self._secret = secret
        self._clock = clock
        self._max_seen = max_seen
        self._seen: _Seen = _Seen() if before is None else before._seen

    def __repr__(self) -> str:
        return f"UserHeaders({self._application!r})"

    def user_of(self, headers: Mapping[str, str]) -> str:
        """Return the signed end user, "" without a header.

        Raises RequestError 401 (not signed, too old, used before, or missing though required),
        MissingPartError 503 (more headers within the window than can be remembered).
        """
        value = headers.get(HEADER, "")
        if not value:
            if self._settings.required:
                raise RequestError(
                    f"The policy requires the signed header {HEADER}.",
                    code="user_signature",
                    status=401,
                    hint="Sign the end user's id with the application's secret.",
                )
            return ""
        found = read_user(value, self._secret, self._application)
        now = self._clock()
        if abs(now - found.time) > self._settings.window_seconds:
            raise bad_signature()
        if not self._first_time(found.nonce, found.time, now):
            raise bad_signature()
        return found.user

    def _first_time(self, nonce: str, signed: float, now: float) -> bool:
        """Remember a nonce until its header is too old; false when it may have been seen before."""
        digest = hashlib.blake2b(nonce.encode(), digest_size=16).digest()
        seen, window = self._seen, self._settings.window_seconds
        with seen.guard:
            if len(seen.times) >= self._max_seen or now >= seen.sweep:
                seen.since = max(seen.since, now - window)
                seen.times = {key: at for key, at in seen.times.items() if at >= seen.since}
                seen.sweep = now + window
            if signed < seen.since or digest in seen.times:
                return False
            if len(seen.times) >= self._max_seen:
                raise MissingPartError(
                    "More signed users came within the window than can be remembered.",
                    hint="Lower identity.user_header.window_seconds, or add a replica.",
                )
            seen.times[digest] = signed
            return True


class _Seen:
    """When the headers that came were signed, by digests of their nonces.

    What was signed before `since` may be forgotten: a policy with a longer window takes none of it.
    """

    def __init__(self) -> None:
        self.times: dict[bytes, float] = {}
        self.since = 0.0
        self.sweep = 0.0
        self.guard = threading.Lock()
