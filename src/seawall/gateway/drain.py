"""A gateway that is told to stop says so first, and then serves what is running to its end."""

from seawall.core.errors import SeawallError


class StoppedError(SeawallError):
    """The gateway stops, and the time in which running requests may end is over."""

    code = "gateway_stopped"
    status = 503
    retry_after = 1

    def __init__(self) -> None:
        super().__init__("The gateway was stopped before the answer was whole.",
                         hint="Try again.")  # fmt: skip


class Drain:
    """Whether the gateway has been told to stop: `/readyz` says 503 from then on.

    `over`: what is still open ends now.
    """

    def __init__(self) -> None:
        self.begun = self.over = False

    def begin(self) -> None:
        """Say that no new traffic should be sent here."""
        self.begun = True

    def end(self) -> None:
        """Say that the time for running requests is over."""
        self.begun = self.over = True

    def check(self) -> None:
        """Raise StoppedError where running requests have had their time."""
        if self.over:
            raise StoppedError
