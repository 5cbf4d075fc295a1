"""A gateway that is told to stop says so first, and then serves what is running to its end."""


class Drain:
    """Whether the gateway has been told to stop: `/readyz` says 503 from then on."""

    def __init__(self) -> None:
        self.begun = False

    def begin(self) -> None:
        """Say that no new traffic should be sent here."""
        self.begun = True
