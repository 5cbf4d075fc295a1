"""One tree of errors: a sentence each, what to do next, an exit code and an HTTP status."""


class SeawallError(Exception):
    """Base of every error a user can meet.

    `code` is a stable machine name, `hint` says what to do next, `exit_code` is the CLI's
    status (2 usage or input, 3 missing part, 4 gate failed, 5 integrity, 6 nothing could be
    scored, 1 anything else), `status` the HTTP status the gateway answers with and `retry_after`
    the seconds after which the same request may be sent again; 0: sending it again never helps.
    """

    code = "internal"
    exit_code = 1
    status = 500
    retry_after: float = 0

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InputError(SeawallError):
    """A file, field or argument is not what it must be; the message names file, line or field."""

    code = "invalid_input"
    exit_code = 2
    status = 400


class NotFoundError(InputError):
    """What was named does not exist."""

    code = "not_found"
    status = 404


class RequestError(SeawallError):
    """A client's request cannot be accepted as it is. `param` names the field."""

    code = "invalid_request"
    exit_code = 2
    status = 400

    def __init__(
        self, message: str, *, code: str = "", status: int = 0, param: str = "", hint: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.code = code or type(self).code
        self.status = status or type(self).status
        self.param = param


class MissingPartError(SeawallError):
    """Something that must be installed or running is not; the hint says how to get it."""

    code = "missing_part"
    exit_code = 3
    status = 503


class UnavailableError(MissingPartError):
    """The database does not answer, for now: nothing that is kept in it can be read or written."""

    code = "store_unavailable"
    retry_after = 2

    def __init__(self, message: str, *, hint: str = "Try again in a few seconds.") -> None:
        super().__init__(message, hint=hint)


class GateError(SeawallError):
    """The loop's own gate did not pass."""

    code = "gate_failed"
    exit_code = 4


class NotScoredError(SeawallError):
    """A measurement ran but nothing of it can be judged: neither a pass nor a fail."""

    code = "not_scored"
    exit_code = 6


class IntegrityError(SeawallError):
    """Stored evidence does not verify."""

    code = "integrity"
    exit_code = 5


class UpstreamError(SeawallError):
    """The provider failed, timed out or answered something that cannot be read."""

    code = "upstream_error"
    status = 502


def reason_of(error: Exception) -> str:
    """Return what failed, for records: another error's own text may quote what was judged."""
    return error.message if isinstance(error, SeawallError) else type(error).__name__
