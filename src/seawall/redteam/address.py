"""Addresses as the user gives them: what runs and errors may show, so no login in them."""

import re

from seawall.core.errors import InputError

# Where an address's host ends, whether or not the address can be read.
_PATH = re.compile(r"[/?#]")


def without_login(address: str) -> str:
    """Return an address. Raises InputError, which shows none of it, where a login stands in it."""
    _, _, rest = address.partition("://")
    if "@" in _PATH.split(rest, maxsplit=1)[0]:
        raise InputError(
            "The address holds a name or password before its host, and runs keep addresses.",
            hint="Leave it out, and name the variable of the key: --key-env, --attacker-key-env.",
        )
    return address
