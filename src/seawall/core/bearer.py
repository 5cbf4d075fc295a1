"""The header that carries a key: RFC 6750, section 2.1."""


def bearer(key: str) -> dict[str, str]:
    """Return the header of a key; none where there is no key."""
    return {"authorization": f"Bearer {key}"} if key else {}
