"""Ends that no worker writes: cancelled by a person, or given up because workers died again and again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal, select, update

from importer.catalog.tables import imports, parts, stages
from importer.model import Outcome, StageStatus, Status

_READ = select(func.coalesce(func.sum(parts.c.records), 0)).where(parts.c.import_id == imports.c.id).scalar_subquery()
_RECORDS = case((imports.c.records > _READ, imports.c.records), else_=_READ)
# The ledger of an import that ends without having loaded anything: what would have been loaded was not processed.
NOTHING_LOADED: dict[str, Any] = {
    "records": _RECORDS,
    "created": 0,
    "updated": 0,
    "unchanged": 0,
    "unprocessed": _RECORDS - imports.c.duplicate - imports.c.rejected,
}
NO_WORKER: dict[str, Any] = {"lease_until": None, "worker": None}


def cancel(connection: Connection, condition: ColumnElement[bool], when: str, now: datetime, by: str | None = None) -> list[int]:
    """Ends the imports that meet the condition and are not writing to the destination; returns their ids.

    `by` is who cancels (else the person who asked for it before); `when` is a part of the sentence they read.
    """
    person = imports.c.cancelled_by if by is None else literal(by)
    values = {
        "status": Status.CANCELLED,
        "outcome": Outcome.ERRORS,
        "reason": func.coalesce(literal("Cancelled by ") + person, "Cancelled") + f" {when}. Nothing was loaded.",
        "fix": "Resume it to go on after what was done, or run the file again as a new import.",
        "error_code": None,
        "error_line": None,
        "cancelled_by": person,
        "cancel_requested": False,
        "finished_at": now,
        **NOTHING_LOADED,
        **NO_WORKER,
    }
    ended = update(imports).where(condition, imports.c.committing.is_(False)).values(values).returning(imports.c.id)
    ids = list(connection.execute(ended).scalars())
    settle_stages(connection, ids, StageStatus.CANCELLED, now)
    return ids


def give_up(connection: Connection, condition: ColumnElement[bool], deaths: int, now: datetime) -> list[int]:
    """Ends the imports that meet the condition with errors because their workers died; returns their ids."""
    step = (
        select(stages.c.step)
        .where(stages.c.import_id == imports.c.id, stages.c.status == StageStatus.RUNNING, stages.c.step != "")
        .order_by(stages.c.name.desc())
        .limit(1)
        .scalar_subquery()
    )
    loaded = case(
        (imports.c.committing, "Whether records were loaded is not known."),
        else_="Nothing was loaded.",
    )
    begun = f"The import was interrupted {deaths} times without getting any further. Step reached: "
    values = {
        "status": Status.FINISHED,
        "outcome": Outcome.ERRORS,
        "reason": literal(begun) + func.coalesce(step, "the beginning") + ". " + loaded,
        "fix": "Resume it: it goes on after what was done. If it stops again, ask an administrator to look at worker.log.",
        "error_code": "WORKER_STOPPED",
        "error_line": None,
        "finished_at": now,
        "attempts": imports.c.attempts + 1,
        **NOTHING_LOADED,
        **NO_WORKER,
    }
    ids = list(connection.execute(update(imports).where(condition).values(values).returning(imports.c.id)).scalars())
    settle_stages(connection, ids, StageStatus.FAILED, now)
    return ids


def settle_stages(connection: Connection, ids: Iterable[int], status: StageStatus, now: datetime) -> None:
    """Gives the stages that still run their last status (cancelled: also those that have not begun)."""
    open_ones = [StageStatus.RUNNING]
    if status is StageStatus.CANCELLED:
        open_ones.append(StageStatus.WAITING)
    mine = update(stages).where(stages.c.import_id.in_(list(ids)), stages.c.status.in_(open_ones))
    ended = None if status is StageStatus.WAITING else now
    connection.execute(mine.values(status=status, finished_at=ended, seconds_left=None))
