"""A key in a header of its own counts as a bearer token; two different ones are refused."""

from collections.abc import Mapping

from seawall.core.errors import RequestError


def as_bearer(headers: Mapping[str, str], name: str) -> Mapping[str, str]:
    """Return the headers with the key of the header `name` as `authorization`.

    Raises RequestError 401 for two different keys.
    """
    key = headers.get(name, "").strip()
    if not key:
        return headers
    bearer = f"Bearer {key}"
    if headers.get("authorization", bearer) != bearer:
        raise RequestError(
            "Two different keys were sent.", code="invalid_api_key", status=401,
            hint=f"Send either {name} or authorization.",
        )  # fmt: skip
    return {**headers, "authorization": bearer}
