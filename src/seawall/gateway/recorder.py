"""Moves what was changed outside a request into the audit log; purges what has expired."""

import asyncio
import logging
import time
from collections.abc import Callable

import sqlalchemy as sa

from seawall.policy.keeping import AuditRule
from seawall.store.audit import AuditError, AuditLog
from seawall.store.captures import purge_captures
from seawall.store.changes import record_changes
from seawall.store.consents import follow_choices
from seawall.store.db import Store

log = logging.getLogger("seawall.gateway")
EVERY_SECONDS = 2.0
PURGE_ROUNDS = 30
# Every choice is gone through at the start and each hour; in between, those of the last minutes.
ALL_ROUNDS = 60 * PURGE_ROUNDS
RECENT_SECONDS = 900.0


async def keep_recording(store: Store, audit: AuditLog, rule: Callable[[], AuditRule]) -> None:
    """Move changes every two seconds until cancelled; what fails is tried again, said once.

    Every minute, captured content follows what users chose, and what has expired is destroyed.
    """
    failing, rounds = False, 0
    while True:
        try:
            await record_changes(store, audit)
            if rounds % PURGE_ROUNDS == 0:
                since = time.time() - RECENT_SECONDS if rounds % ALL_ROUNDS else 0.0
                await asyncio.to_thread(follow_choices, store, rule().keeps(), since=since)
                await asyncio.to_thread(purge_captures, store)
            rounds += 1
            failing = False
        except (AuditError, sa.exc.SQLAlchemyError) as error:
            if not failing:
                log.warning(
                    "changes wait for the audit log, or content to be purged (%s)",
                    type(error).__name__,
                )
            failing = True
        await asyncio.sleep(EVERY_SECONDS)
