"""Did an order of outsiders give what a result was read by?"""

import re
from collections.abc import Sequence

from seawall.policy.provenance.orders import asked_in_words
from seawall.policy.provenance.places import authored, strings
from seawall.policy.provenance.request import Request
from seawall.policy.provenance.sources import Hit, Source, found
from seawall.policy.provenance.spans import ASKS
from seawall.policy.provenance.voices import spoken

_NUMBER = re.compile(r"(?=\D*\d)[\w./-]{2,24}")
# So many places of a value in one text tell as much as all of them.
_PLACES = 5


class Led:
    """The values that results of one conversation were read by, each looked up once."""

    def __init__(self, request: Request, sources: Sequence[Source]) -> None:
        self._request = request
        self._sources = sources
        self._seen: dict[str, int] = {}
        self._as_order: dict[str, bool] = {}
        self._as_data: dict[str, bool] = {}

    def led(self, source: Source, arguments: str) -> bool:
        """Say whether an order of outsiders gave what this result was read by."""
        given = dict.fromkeys(strings(arguments))
        ordered = [self._ordered(one, source.part.turn) for one in given]
        return any(ordered) and not any(self._as_data[one] for one in given)

    def _ordered(self, value: str, turn: int) -> bool:
        """Say whether a text before a turn holds a value; notes one that holds it as data.

        Each text is looked at once for a value, and no further than to the first that tells.
        """
        seen = self._seen.get(value, 0)
        for index in range(seen, len(self._sources)):
            before = self._sources[index]
            if before.part.turn >= turn or before.origin == "definition":
                break
            self._seen[value] = index + 1
            if before.origin == "model" or self._as_data.get(value):
                continue
            if asked_in_words(value, before, self._request):
                self._as_order[value] = True
            for count, hit in enumerate(found(before, value)):
                self._as_order[value] = True
                if before.led:
                    break
                if hit.level < ASKS or (hit.level == ASKS and self._of_his(value, hit)):
                    self._as_data[value] = True
                if hit.level < ASKS or count >= _PLACES:
                    break
        self._as_data.setdefault(value, False)
        return self._as_order.get(value, False)

    def _of_his(self, value: str, hit: Hit) -> bool:
        """Say whether a number is of the author, or of the record, that the user names."""
        if spoken(hit, self._request):
            return True
        if not _NUMBER.fullmatch(value):
            return False
        record = hit.source.record(hit.start, hit.end)
        return authored(hit, self._request) or any(one in record for one in self._request.ids)
