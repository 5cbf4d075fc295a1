"""The public keys of all chains stand in the store, each under its own name only."""

import pytest
import sqlalchemy as sa

from seawall.store import chain
from seawall.store.audit import open_log
from seawall.store.chain_keys import published_keys
from seawall.store.db import Store
from seawall.store.export import chain_id
from seawall.store.tables import audit_keys


def start(store: Store) -> str:
    log = open_log(store)
    log.start()
    log.stop()
    return chain_id(store)


def test_a_log_leaves_its_public_key_at_its_start(store: Store) -> None:
    own = start(store)
    assert published_keys(store) == {own: (store.folder / chain.PUBLIC_FILE).read_text()}


@pytest.mark.parametrize("text", ["", "no key", "another's"])
def test_a_key_that_does_not_fit_its_chain_is_none_and_is_mended(store: Store, text: str) -> None:
    own = start(store)
    good = published_keys(store)[own]
    if text == "another's":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        text = chain.public_pem(Ed25519PrivateKey.generate().public_key()).decode()
    with store.write() as connection:
        connection.execute(sa.update(audit_keys).values(public_key=text))
    assert published_keys(store) == {}
    assert start(store) == own
    assert published_keys(store) == {own: good}
