"""A master key that never leaves Vault: its transit engine wraps and opens data keys."""

import base64
import http.client
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from seawall.core.errors import InputError, IntegrityError, MissingPartError

VAULT_ENV = "SEAWALL_VAULT_TRANSIT_URL"
TOKEN_ENV = "SEAWALL_VAULT_TOKEN"  # noqa: S105 - the name of a variable
KEY_ENV = "SEAWALL_VAULT_KEY"
_SECONDS = 5.0
_MAX_BYTES = 64 * 1024


class VaultMaster:
    """Asks `<url>/encrypt/<key>` and `<url>/decrypt/<key>`. The repr shows no token."""

    def __init__(self, url: str, key: str, token: str) -> None:
        """Raises InputError for a URL that is not https (http on this machine only)."""
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port
        self._path = parts.path.rstrip("/")
        self._secure = parts.scheme == "https"
        local = self._host in ("127.0.0.1", "::1", "localhost")
        if not self._host or not (self._secure or (local and parts.scheme == "http")):
            raise InputError(
                f"{VAULT_ENV} must be an https URL, like https://host:8200/v1/transit."
            )
        self._key = key
        self._token = token
        self.current = f"vault:{key}"

    def __repr__(self) -> str:
        return f"VaultMaster({self.current!r})"

    @classmethod
    def of(cls, env: Mapping[str, str]) -> "VaultMaster":
        """Read URL, key and token from the environment. Raises InputError, MissingPartError."""
        token = env.get(TOKEN_ENV, "").strip()
        if not token or not token.isascii() or not token.isprintable():
            raise MissingPartError(f"{VAULT_ENV} is set, but {TOKEN_ENV} holds no token.")
        return cls(env[VAULT_ENV], env.get(KEY_ENV, "") or "seawall", token)

    def wrap(self, data_key: bytes, context: bytes) -> bytes:
        """See `Master`."""
        return self._ask("encrypt", "plaintext", data_key, context, "ciphertext").encode()

    def unwrap(self, wrapped: bytes, master_id: str, context: bytes) -> bytes:
        """See `Master`."""
        if master_id != self.current:
            raise MissingPartError(
                f"The master key {master_id} that sealed this secret is not {self.current}.",
                hint="Set the secret again.",
            )
        text = self._ask("decrypt", "ciphertext", wrapped, context, "plaintext")
        try:
            return base64.b64decode(text, validate=True)
        except ValueError:
            raise IntegrityError("Vault's answer is not base64.") from None

    def _ask(self, what: str, field: str, value: bytes, context: bytes, wanted: str) -> str:
        """Ask Vault once. Raises MissingPartError (away, refuses), IntegrityError (does not open).

        Our context goes along as associated data, so that a wrapped key cannot be moved.
        """
        text = base64.b64encode(value).decode() if field == "plaintext" else value.decode()
        body = {field: text, "associated_data": base64.b64encode(context).decode()}
        try:
            status, raw = self._post(f"{self._path}/{what}/{quote(self._key, safe='')}", body)
        except (OSError, http.client.HTTPException) as error:
            raise MissingPartError(
                f"Vault cannot be reached ({type(error).__name__}).", hint="Check its URL."
            ) from None
        if status == 400 and what == "decrypt":
            raise IntegrityError("Vault does not open a sealed secret: it was changed or moved.")
        try:
            if status != 200:
                raise MissingPartError(f"Vault refused to {what} (HTTP {status}).")
            answer: Any = msgspec.json.decode(raw)
            return str(answer["data"][wanted])
        except (msgspec.MsgspecError, LookupError, TypeError):
            raise MissingPartError("Vault's answer cannot be read.") from None

    def _post(self, path: str, body: dict[str, str]) -> tuple[int, bytes]:
        connection: http.client.HTTPConnection
        if self._secure:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=_SECONDS, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=_SECONDS)
        try:
            headers = {"x-vault-token": self._token, "content-type": "application/json"}
            connection.request("POST", path, msgspec.json.encode(body), headers)
            response = connection.getresponse()
            return response.status, response.read(_MAX_BYTES)
        finally:
            connection.close()
