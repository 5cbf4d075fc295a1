"""How a request to a provider can fail below HTTP."""


class HttpError(Exception):
    """The connection or what came over it; the class says what, no text of the provider."""


class ConnectError(HttpError):
    """No connection could be made: name, network, TLS, or not in time."""


class ClosedError(HttpError):
    """The provider closed the connection before the first byte of its answer."""


class BrokenError(HttpError):
    """The connection ended in the middle of an answer, or was left before."""


class AnswerError(HttpError):
    """What the provider sent is no HTTP answer that can be read in one way."""


class SlowError(HttpError, TimeoutError):
    """The provider let a time limit pass."""
