"""Addresses as the user gives them: what runs and errors may show, so no login in them."""

from urllib.parse import urlsplit

from seawall.core.errors import InputError


def without_login(address: str) -> str:
    """Return an address. Raises InputError, which shows none of it, where a login stands in it."""
    _, _, rest = address.partition("://")
    try:
        place = urlsplit(f"//{rest}").netloc
    except ValueError:
        place = ""
    if "@" in place:
        raise InputError(
            "The address holds a name or password before its host, and runs keep addresses.",
            hint="Leave it out, and name the variable of the key: --key-env, --attacker-key-env.",
        )
    return address
