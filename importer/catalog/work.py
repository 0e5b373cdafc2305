"""What a worker writes about the import it holds. Every statement carries the fence of its claim.

A fence is a number that grows with every claim. A worker that was taken for dead and wakes up late holds an old one: its
statements match no row, nothing changes, and it gets LostLease.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, insert, select, update

from importer.catalog.endings import cancel, settle_stages
from importer.catalog.rows import import_values, part_values, stage_values, to_part
from importer.catalog.store import Store
from importer.catalog.tables import imports, parts, stages
from importer.errors import LedgerError, LostLease
from importer.model import Ledger, Outcome, Part, StageName, StageStatus, Status

_RESULTS = frozenset({"ledger", "columns", "notices", "warnings", "repairs", "violations"})


class Work(Store):
    def heartbeat(self, import_id: int, fence: int, lease_seconds: float) -> bool:
        """Extends the lease; returns whether a person wants the import to stop. Raises LostLease."""
        until = self.now() + timedelta(seconds=lease_seconds)
        extended = update(imports).where(held(import_id, fence)).values(lease_until=until)
        with self._write() as connection:
            row = connection.execute(extended.returning(imports.c.cancel_requested)).one_or_none()
        if row is None:
            raise _lost(import_id)
        return bool(row[0])

    def progress(self, import_id: int, fence: int, stage: StageName, **values: Any) -> None:
        """Sets any attributes of a stage. With its status come the times, unless they are given. Raises LostLease."""
        status = values.get("status")
        if status is StageStatus.RUNNING:
            values.setdefault("started_at", func.coalesce(stages.c.started_at, self.now()))
        elif status in (StageStatus.COMPLETED, StageStatus.FAILED, StageStatus.CANCELLED):
            values.setdefault("finished_at", self.now())
        mine = select(imports.c.id).where(held(import_id, fence)).exists()
        changed = update(stages).where(stages.c.import_id == import_id, stages.c.name == stage, mine)
        with self._write() as connection:
            if not connection.execute(changed.values(stage_values(values))).rowcount:
                raise _lost(import_id)

    def add_part(self, import_id: int, fence: int, part: Part, state: Mapping[str, Any]) -> None:
        """Records a finished part with what the worker needs to know about it; one of the same number is replaced.

        A part beyond all earlier ones shows that the import gets on: the deaths of its workers are counted anew. One that
        is only done again does not, or an import that always dies at the same place would be taken up for ever.
        Raises LostLease.
        """
        further = imports.c.furthest_part < part.number
        values = {
            "attempts": case((further, 0), else_=imports.c.attempts),
            "furthest_part": case((further, part.number), else_=imports.c.furthest_part),
        }
        with self._write() as connection:
            _change(connection, import_id, fence, values)
            connection.execute(delete(parts).where(parts.c.import_id == import_id, parts.c.number == part.number))
            connection.execute(insert(parts).values(import_id=import_id, **part_values(part, state)))

    def parts(self, import_id: int) -> list[tuple[Part, dict[str, Any]]]:
        """The finished parts in their order."""
        with self._read() as connection:
            rows = connection.execute(select(parts).where(parts.c.import_id == import_id).order_by(parts.c.number))
            return [to_part(row) for row in rows.mappings()]

    def clear_parts(self, import_id: int, fence: int, after: int = -1) -> None:
        """Forgets the parts with a number above `after`: without it, all of them. Raises LostLease."""
        with self._write() as connection:
            _change(connection, import_id, fence, {"fence": fence})
            connection.execute(delete(parts).where(parts.c.import_id == import_id, parts.c.number > after))

    def record_result(self, import_id: int, fence: int, **values: Any) -> None:
        """Sets any of ledger, columns, notices, warnings, repairs, violations. Raises LostLease."""
        with self._write() as connection:
            _change(connection, import_id, fence, import_values(values, _RESULTS))

    def mark_checked(self, import_id: int, fence: int, **values: Any) -> bool:
        """Ends a check; values are those of `record_result`. False when a person cancelled meanwhile: it is cancelled then.

        Raises LedgerError (nothing was changed) or LostLease.
        """
        _balanced(values.get("ledger"))
        ended = {"status": Status.CHECKED, "lease_until": None, "worker": None}
        checked = update(imports).where(held(import_id, fence), imports.c.cancel_requested.is_(False))
        with self._write() as connection:
            if connection.execute(checked.values(import_values(values, _RESULTS) | ended)).rowcount:
                settle_stages(connection, [import_id], StageStatus.COMPLETED, self.now())
                return True
            if not cancel(connection, held(import_id, fence), "before it was loaded", self.now()):
                raise _lost(import_id)
        return False

    def begin_commit(self, import_id: int, fence: int) -> bool:
        """The point of no return of stage 2: True, and it cannot be cancelled any more; or False, a person cancelled it.

        Raises LostLease.
        """
        decided = case((imports.c.cancel_requested, imports.c.committing), else_=True)
        statement = update(imports).where(held(import_id, fence)).values(committing=decided)
        with self._write() as connection:
            row = connection.execute(statement.returning(imports.c.cancel_requested)).one_or_none()
        if row is None:
            raise _lost(import_id)
        return not row[0]

    def finish(
        self,
        import_id: int,
        fence: int,
        *,
        status: Status,
        outcome: Outcome | None,
        ledger: Ledger,
        reason: str | None = None,
        fix: str | None = None,
        error_code: str | None = None,
        error_line: int | None = None,
    ) -> None:
        """Ends an import. Stages that still run become completed, failed or cancelled, as the outcome says.

        Raises LedgerError when the ledger does not add up (nothing was changed), LostLease.
        """
        _balanced(ledger)
        now = self.now()
        values = {
            "status": status,
            "outcome": outcome,
            "reason": reason,
            "fix": fix,
            "error_code": error_code,
            "error_line": error_line,
            "finished_at": now,
            "lease_until": None,
            "worker": None,
            "committing": False,
        }
        done = StageStatus.FAILED if outcome is Outcome.ERRORS else StageStatus.COMPLETED
        with self._write() as connection:
            _change(connection, import_id, fence, values | ledger.to_dict())
            settle_stages(connection, [import_id], StageStatus.CANCELLED if status is Status.CANCELLED else done, now)

    def finish_cancelled(self, import_id: int, fence: int) -> None:
        """Ends an import that a person cancelled and that has loaded nothing, with the words for it. Raises LostLease."""
        with self._write() as connection:
            if not cancel(connection, held(import_id, fence), "while it was running", self.now()):
                raise _lost(import_id)


def held(import_id: int, fence: int) -> ColumnElement[bool]:
    """Whether the import is still in the hands of the claim with this fence."""
    return and_(imports.c.id == import_id, imports.c.fence == fence, imports.c.status == Status.RUNNING)


def _change(connection: Connection, import_id: int, fence: int, values: Mapping[str, Any]) -> None:
    if not connection.execute(update(imports).where(held(import_id, fence)).values(dict(values))).rowcount:
        raise _lost(import_id)


def _lost(import_id: int) -> LostLease:
    return LostLease(
        f"This worker does not hold import #{import_id} any more; nothing more was written by it.",
        fix="Nothing needs to be done: another worker goes on, or the import has ended.",
    )


def _balanced(ledger: Ledger | None) -> None:
    if ledger is not None and not ledger.balanced:
        raise LedgerError(
            f"The counts of records do not add up: {ledger.records} in the file, {ledger.loaded} loaded, {ledger.duplicate} "
            f"duplicates, {ledger.rejected} rejected and {ledger.unprocessed} not processed.",
            fix="Run the file again as a new import; if this happens again, report it with the log of the import.",
            ledger=ledger,
        )
