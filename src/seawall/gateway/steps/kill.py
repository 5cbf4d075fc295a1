"""What an operator has switched off or revoked is refused, streams that run included."""

from seawall.core.errors import RequestError
from seawall.gateway.call import Call
from seawall.store.kills import Kill, KillCache


class KilledError(RequestError):
    """An operator has switched the key, the function or the model off."""

    code = "switched_off"
    status = 403


class RevokedError(KilledError):
    """The key has been revoked since the request began."""

    code = "invalid_api_key"
    status = 401


class KillSwitches:
    """Refuses what is switched off. Reads a table that is half a second old at most."""

    def __init__(self, cache: KillCache) -> None:
        self.cache = cache

    def __call__(self, call: Call) -> None:
        """Raise KilledError (403, 401 for a revoked key); MissingPartError (503) if unknown."""
        if self.cache.empty():
            return
        key = call.key
        if key is not None:
            if self.cache.revoked(key.key_id):
                raise RevokedError("The API key was revoked.", hint="Ask for another key.")
            self._refuse(self.cache.find("key", key.key_id))
            self._refuse(self.cache.find("function", key.function))
        if call.exchange is not None:
            self.model(call.exchange.model)

    def model(self, model: str) -> None:
        """Raise KilledError when the model is switched off."""
        self._refuse(self.cache.find("model", model))

    @staticmethod
    def _refuse(switch: Kill | None) -> None:
        if switch is not None:
            raise KilledError(
                f"This {switch.kind} was switched off by the operator.",
                hint="Ask the operator; the reason stands with `seawall kill list`.",
            )
