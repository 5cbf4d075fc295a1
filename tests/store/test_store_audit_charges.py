"""A charge that cannot be booked fails alone."""

import asyncio

import pytest

from seawall.core.errors import InputError
from seawall.store.audit import AuditLog, verify
from seawall.store.db import Store
from seawall.store.spend import Charge, spent_on


def charge(nanos: int, tokens: int = 0) -> Charge:
    return Charge(day="2026-01-01", function="chat", nanos=nanos, tokens=tokens)


@pytest.mark.parametrize("booked", [charge(2**63), charge(-(10**30)), charge(1, 2**64)])
async def test_a_charge_beyond_the_books_fails_no_other_record(
    store: Store, log: AuditLog, booked: Charge
) -> None:
    found = await asyncio.gather(
        log.append({"n": 1}, charge=charge(5)),
        log.append({"n": 2}, charge=booked),
        log.append({"n": 3}, credits=[booked]),
        log.append({"n": 4}, charge=charge(7)),
        return_exceptions=True,
    )
    assert [type(one) for one in found] == [int, InputError, InputError, int]
    assert log.healthy and spent_on(store, "2026-01-01") == {"chat": 12}
    assert verify(store).records == 2
