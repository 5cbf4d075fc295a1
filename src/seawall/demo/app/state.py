"""What the running application holds, and the settings it starts with."""

from random import Random

import aiohttp
import msgspec

from seawall.demo.app.area import DATA, Area
from seawall.demo.app.bank import Bank, bundled_reviews
from seawall.demo.app.client import Model
from seawall.demo.app.retrieval import Library
from seawall.demo.app.tools import Toolbox

_SECONDS = aiohttp.ClientTimeout(total=60, connect=10)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the model is, what it is called, and one key for each function.

    `seed` None draws the canaries at random; a number makes them the same in every run.
    """

    model_url: str
    model: str
    keys: dict[str, str]
    seed: int | None = None


class State:
    """One application: books, documents, tools, model. Close it to remove its folders."""

    def __init__(self, settings: Settings) -> None:
        rng = Random() if settings.seed is None else Random(f"harbour-{settings.seed}")
        self.canary = f"TIDE-{rng.getrandbits(40):010x}"
        self.area = Area(rng)
        self.bank = Bank(bundled_reviews(DATA))
        self.library = Library(self.area.documents)
        self.tools = Toolbox(self.bank, self.area)
        self._session = aiohttp.ClientSession(
            timeout=_SECONDS, connector=aiohttp.TCPConnector(limit=256)
        )
        self.model = Model(self._session, settings.model_url, settings.model, settings.keys)

    async def close(self) -> None:
        """Close connections and delete the folders."""
        await self._session.close()
        self.area.remove()
