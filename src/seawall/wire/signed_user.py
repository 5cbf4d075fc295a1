"""The header `x-seawall-user`: an end user's id that the application vouches for.

    v1;<unix seconds>;<nonce>;<id, base64url>;<HMAC-SHA256, hex>

The HMAC covers version, application, time, nonce and id, each on a line of its own.
"""

import base64
import binascii
import hashlib
import hmac
import re

import msgspec

from seawall.core.errors import RequestError

HEADER = "x-seawall-user"
MAX_USER = 512
_FORM = re.compile(
    r"v1;([0-9]{1,12});([A-Za-z0-9_-]{16,64});([A-Za-z0-9_-]{1,2731});([0-9a-f]{64})", re.ASCII
)


class SignedUser(msgspec.Struct, frozen=True, kw_only=True):
    """Who a good header names; `time` in Unix seconds, `nonce` is good once."""

    user: str
    time: int
    nonce: str


def sign_user(secret: bytes, application: str, user: str, *, time: int, nonce: str) -> str:
    """Return the header's value: what an application sends, one for each request."""
    mac = _mac(secret, application, str(time), nonce, user.encode())
    return f"v1;{time};{nonce};{_base64(user.encode())};{mac}"


def read_user(value: str, secret: bytes, application: str) -> SignedUser:
    """Return who a header names. Raises RequestError 401 `user_signature`; compares in
    constant time. The time and the nonce are the caller's to judge."""
    match = _FORM.fullmatch(value)
    if match is None:
        raise bad_signature()
    when, nonce, encoded, mac = match.groups()
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        user = raw.decode()
    except (binascii.Error, UnicodeDecodeError):
        raise bad_signature() from None
    if _base64(raw) != encoded:  # one id, one spelling
        raise bad_signature()
    if not hmac.compare_digest(_mac(secret, application, when, nonce, raw), mac):
        raise bad_signature()
    if not user or len(user) > MAX_USER or not user.isprintable():
        raise bad_signature()
    return SignedUser(user=user, time=int(when), nonce=nonce)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _mac(secret: bytes, application: str, when: str, nonce: str, user: bytes) -> str:
    text = b"\n".join((b"x-seawall-user v1", application.encode(), when.encode(), nonce.encode()))
    return hmac.new(secret, text + b"\n" + user, hashlib.sha256).hexdigest()


def bad_signature() -> RequestError:
    """Return the one answer to every header that is not good; it does not say why."""
    return RequestError(
        f"The header {HEADER} is not signed for this application, too old, or was used before.",
        code="user_signature",
        status=401,
        hint="Sign each request anew, with the right secret and clock.",
    )
