"""Keeping an import while it is worked on: the lease, cancelling, and what is known of an import that stops early."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from importer.catalog import Catalog
from importer.config import Settings
from importer.errors import ImporterError, LostLease
from importer.model import Ledger

log = logging.getLogger(__name__)


def keep_lease(catalog: Catalog, settings: Settings, import_id: int, fence: int, leave: Callable[[int], None]) -> None:
    """Starts the thread that extends the lease and ends the process when the import was cancelled or taken over.

    The process may be left at any moment (see the module), so leaving is an immediate exit: a cancel takes effect even
    while DuckDB is busy.
    """

    def beat() -> None:
        while True:
            try:
                if catalog.heartbeat(import_id, fence, settings.lease_seconds):
                    _end_cancelled(catalog, import_id, fence)
                    leave(0)
                    return
            except LostLease:
                # Also the normal end: the main thread has finished the import and is about to leave by itself.
                return
            except ImporterError as error:
                log.warning("import %s: the lease could not be extended: %s", import_id, error.message)
            time.sleep(settings.progress_seconds)

    threading.Thread(target=beat, name="lease", daemon=True).start()


def _end_cancelled(catalog: Catalog, import_id: int, fence: int) -> None:
    try:
        catalog.record_result(import_id, fence, ledger=so_far(catalog, import_id))
        catalog.finish_cancelled(import_id, fence)
    except LostLease:
        log.warning("import %s: it ended before it could be cancelled", import_id)


def so_far(catalog: Catalog, import_id: int) -> Ledger:
    """What is known of the records of an import that stops before its end."""
    parts = [part for part, _ in catalog.parts(import_id)]
    rejected, records = sum(p.rejected + p.malformed for p in parts), sum(p.records for p in parts)
    return Ledger(records=records, rejected=rejected, unprocessed=records - rejected)
