"""Which provider is asked for a model: weights inside one order, then the next order."""

import time
from collections.abc import Callable, Iterator, Mapping
from random import Random

from seawall.gateway.breaker import Breaker
from seawall.policy.model import Policy, Upstream


class Targets:
    """The providers of every model, with a circuit breaker each. `rng` decides inside an order.

    `before`: those of another policy, whose breakers go on where the provider is the same.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        clock: Callable[[], float] = time.monotonic,
        rng: Random | None = None,
        before: "Targets | None" = None,
    ) -> None:
        self._rng = rng or Random()
        known = before.breakers if before is not None else {}
        self._upstreams = {upstream.name: upstream for upstream in policy.upstreams}
        self.breakers: Mapping[str, Breaker] = {
            name: known[name]
            if before is not None and before.same(upstream)
            else Breaker(upstream.breaker.failures, upstream.breaker.seconds, clock)
            for name, upstream in self._upstreams.items()
        }

    def same(self, upstream: Upstream) -> bool:
        """Say whether a provider is known here under its name, address and breaker's settings."""
        known = self._upstreams.get(upstream.name)
        return known is not None and (known.base_url, known.breaker) == (
            upstream.base_url, upstream.breaker,
        )  # fmt: skip

    def plan(self, upstreams: tuple[Upstream, ...]) -> Iterator[tuple[Upstream, int]]:
        """Yield (provider, how often it was asked already): all repetitions of one, then the next.

        A provider whose breaker is open when its turn comes is left out; one that asked to be left
        alone comes behind all others.
        """
        for upstream in self._sorted(upstreams):
            for attempt in range(upstream.retries + 1):
                if self.breakers[upstream.name].wait() > 0:
                    break
                yield upstream, attempt

    def wait(self, upstreams: tuple[Upstream, ...]) -> float:
        """Return the seconds until the first of the providers may be asked again."""
        return min(self.breakers[upstream.name].wait() for upstream in upstreams)

    def _sorted(self, upstreams: tuple[Upstream, ...]) -> list[Upstream]:
        """Return the providers by order; inside one, drawn without replacement by weight."""
        if len(upstreams) == 1:
            return list(upstreams)
        return sorted(
            upstreams,
            key=lambda x: (
                self.breakers[x.name].resting, x.order, -(self._rng.random() ** (1.0 / x.weight)),
            ),
        )  # fmt: skip


def upstreams_of(policy: Policy, model: str) -> tuple[Upstream, ...]:
    """Return every provider that has the model, by order."""
    found = (upstream for upstream in policy.upstreams if model in upstream.models)
    return tuple(sorted(found, key=lambda upstream: upstream.order))


def keeps_files(policy: Policy) -> Upstream | None:
    """Return the provider that keeps files and all other objects, if the policy has one."""
    return next((one for one in policy.upstreams if one.kind == "openai"), None)
