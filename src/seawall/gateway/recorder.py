"""Moves what was changed outside a request (keys, teams, secrets) into the audit log."""

import asyncio
import logging

import sqlalchemy as sa

from seawall.store.audit import AuditError, AuditLog
from seawall.store.changes import record_changes
from seawall.store.db import Store

log = logging.getLogger("seawall.gateway")
EVERY_SECONDS = 2.0


async def keep_recording(store: Store, audit: AuditLog) -> None:
    """Move changes every two seconds until cancelled; what fails is tried again, said once."""
    failing = False
    while True:
        try:
            await record_changes(store, audit)
            failing = False
        except (AuditError, sa.exc.SQLAlchemyError) as error:
            if not failing:
                log.warning("changes wait for the audit log (%s)", type(error).__name__)
            failing = True
        await asyncio.sleep(EVERY_SECONDS)
