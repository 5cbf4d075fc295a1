"""Ids that stand for the subjects of an issuer's tokens, where keys have ids of their own.

An id is a keyed hash under the pepper: who holds a copy of the database cannot guess whose it is.
Where the subject is the end user, audit records name the issuer only, beside the user's own name
(`store/audit_users.py`), which an erasure makes nobody's.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping

from seawall.store.db import Store
from seawall.store.pepper import load_pepper

PREFIX = "jwt:"
_ID = re.compile(r"jwt:[^:]*:t_[0-9a-f]{32}")


class TokenIds:
    """Makes ids. Raises what `load_pepper` raises."""

    def __init__(self, store: Store, env: Mapping[str, str] | None = None) -> None:
        pepper = load_pepper(store, env)
        self._secret = hmac.digest(pepper, b"seawall token ids 1", hashlib.sha256)

    def of(self, issuer: str, subject: str) -> str:
        """Return the id of one subject of one issuer (its name in the policy)."""
        digest = hmac.digest(self._secret, f"{issuer}\n{subject}".encode(), hashlib.sha256)
        return f"{PREFIX}{issuer}:t_{digest[:16].hex()}"


def key_named(store: Store, name: str, env: Mapping[str, str] | None = None) -> str:
    """Return the key id that an operator means: `jwt:ISSUER:SUBJECT` names a token's subject."""
    issuer, _, subject = name.removeprefix(PREFIX).partition(":")
    if not name.startswith(PREFIX) or not subject or _ID.fullmatch(name):
        return name
    return TokenIds(store, env).of(issuer, subject)


def issuer_of(key_id: str) -> str:
    """Return the id without the subject, where it is a token's; else as it is."""
    return ":".join(key_id.split(":")[:2]) if key_id.startswith(PREFIX) else key_id
