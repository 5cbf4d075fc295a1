"""Under which other names the holder of a key is known: four eyes are two people, not two keys."""

from collections.abc import Iterable

from seawall.core.roles import folded
from seawall.store.db import Store
from seawall.store.key_record import KeyRecord
from seawall.store.keys import list_keys


def names_of_key(store: Store, key_id: str) -> tuple[str, ...]:
    """Return the names under which the holder of a key acts with other keys, sorted.

    They are keys that rotations lead from or to, and keys that carry the same name; and that name,
    which may be a member's. Revoked and expired keys count: what they asked for stays theirs.
    """
    records = list_keys(store)
    found = {key_id}
    while new := {
        one.key_id for one in records if one.key_id not in found and _same(one, records, found)
    }:
        found |= new
    names = {one.name for one in records if one.key_id in found and one.name.strip()}
    return tuple(sorted({f"key:{one}" for one in found - {key_id}} | names))


def names_of_member(store: Store, member: str) -> tuple[str, ...]:
    """Return the names under which a member (`issuer:subject`) acts with keys, sorted."""
    own = [one.key_id for one in list_keys(store) if folded(one.name) == folded(member)]
    return tuple(
        sorted({name for key in own for name in (f"key:{key}", *names_of_key(store, key))})
    )


def _same(one: KeyRecord, records: Iterable[KeyRecord], found: set[str]) -> bool:
    """Say whether a key belongs to the holder of the keys in `found`."""
    if one.replaces in found:
        return True
    return any(
        other.replaces == one.key_id
        or (one.name.strip() and folded(other.name) == folded(one.name))
        for other in records
        if other.key_id in found
    )
