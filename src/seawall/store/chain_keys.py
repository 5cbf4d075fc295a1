"""The public keys of all chains in one database: each writer leaves its own there at its start."""

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from seawall.store import chain
from seawall.store.db import Store
from seawall.store.tables import audit_keys
from seawall.store.upsert import insert


def publish_key(store: Store, key: Ed25519PublicKey) -> None:
    """Keep a chain's public key beside its records; nothing is written where it stands already."""
    name, text = chain.fingerprint(key), chain.public_pem(key).decode()
    if published_keys(store).get(name) == text:
        return
    with store.write() as connection:
        statement = insert(connection, audit_keys).values(chain=name, public_key=text)
        kept = statement.on_conflict_do_update(
            index_elements=[audit_keys.c.chain], set_={"public_key": text}
        )
        connection.execute(kept)


def published_keys(store: Store) -> dict[str, str]:
    """Return chain -> public key (PEM). A key that does not fit its chain's name is left out."""
    with store.read() as connection:
        rows = connection.execute(sa.select(audit_keys.c.chain, audit_keys.c.public_key)).all()
    return {row.chain: row.public_key for row in rows if _fits(row.chain, row.public_key)}


def _fits(name: str, text: str) -> bool:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, TypeError):
        return False
    return isinstance(key, Ed25519PublicKey) and chain.fingerprint(key) == name
