"""Imports from their first moment until they are queued: created, changed, deleted; and their files' retention."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from importer.catalog.rows import import_values, source_values, to_import, to_stage
from importer.catalog.store import Store
from importer.catalog.tables import imports, parts, stages
from importer.catalog.words import file_gone, not_found, wrong_status
from importer.model import Goal, Import, Ledger, Recipe, Source, Stage, StageName, StageStatus, Status

_CHANGEABLE = (Status.DRAFT, Status.CHECKED)
_DRAFT_VALUES = frozenset({"columns", "notices", "recipe", "type", "source_path"})
_NO_END = {"outcome": None, "reason": None, "fix": None, "error_code": None, "error_line": None, "finished_at": None}
_NOT_BEGUN: dict[str, Any] = {
    "status": StageStatus.WAITING,
    "done": 0,
    "total": None,
    "bytes_done": 0,
    "bytes_total": None,
    "rate": None,
    "seconds_left": None,
    "step": "",
    "started_at": None,
    "finished_at": None,
    "seconds": None,
}


class Drafts(Store):
    def create_import(
        self,
        *,
        type: str,
        owner: str,
        source: Source,
        columns: Iterable[str] = (),
        notices: Iterable[str] = (),
        recipe: Recipe | None = None,
        keep_until: datetime | None,
    ) -> int:
        """A new draft with its two stages; returns its id, which no other import had or will have."""
        values = {
            "type": type,
            "owner": owner,
            "status": Status.DRAFT,
            "goal": Goal.CHECK,
            "columns": list(columns),
            "notices": list(notices),
            "recipe": None if recipe is None else recipe.to_dict(),
            "created_at": self.now(),
            "keep_until": keep_until,
        }
        with self._write() as connection:
            made = insert(imports).values(values | source_values(source)).returning(imports.c.id)
            import_id: int = connection.execute(made).scalar_one()
            connection.execute(insert(stages), [{"import_id": import_id, "name": name} for name in StageName])
        return import_id

    def get(self, import_id: int) -> Import:
        """Raises NotFound."""
        with self._read() as connection:
            return _load_one(connection, import_id)

    def update_draft(self, import_id: int, **values: Any) -> Import:
        """Changes columns, notices, recipe, type or source_path of an import that is a draft or checked.

        Raises WrongStatus or NotFound.
        """
        changed = update(imports).where(imports.c.id == import_id, imports.c.status.in_(_CHANGEABLE))
        with self._write() as connection:
            if not connection.execute(changed.values(import_values(values, _DRAFT_VALUES))).rowcount:
                _refuse(connection, import_id, "changed")
            return _load_one(connection, import_id)

    def set_source(self, import_id: int, path: str | None) -> None:
        """Says where the file lies, or (None) that it is deleted, which is refused while the import waits or runs.

        Raises WrongStatus or NotFound.
        """
        changed = update(imports).where(imports.c.id == import_id).values(source_path=path)
        if path is None:
            changed = changed.where(imports.c.status.not_in((Status.QUEUED, Status.RUNNING)))
        with self._write() as connection:
            if not connection.execute(changed).rowcount:
                _refuse(connection, import_id, "deprived of its file")

    def delete(self, import_id: int) -> bool:
        """Removes a draft or a checked import with all its rows; False when there is none in such a state."""
        gone = delete(imports).where(imports.c.id == import_id, imports.c.status.in_(_CHANGEABLE))
        with self._write() as connection:
            return bool(connection.execute(gone).rowcount)

    def enqueue(self, import_id: int, goal: Goal, recipe: Recipe | None, allowed: Collection[Status], *, restart: bool) -> Import:
        """Queues an import whose status is one of `allowed`; `recipe` None keeps the one it has.

        `restart` forgets all that was done; otherwise the import goes on after what was done. An earlier outcome and its
        reason are forgotten either way. Raises WrongStatus (also when the file was deleted) or NotFound.
        """
        values: dict[str, Any] = {
            "status": Status.QUEUED,
            "goal": goal,
            "queue_number": select(func.coalesce(func.max(imports.alias().c.queue_number), 0) + 1).scalar_subquery(),
            "attempts": 0,
            "cancel_requested": False,
            "cancelled_by": None,
            **_NO_END,
        }
        if recipe is not None:
            values["recipe"] = recipe.to_dict()
        if restart:
            values |= Ledger().to_dict() | {"warnings": 0, "repairs": 0, "violations": 0, "started_at": None, "furthest_part": -1}
        queued = update(imports).where(imports.c.id == import_id, imports.c.status.in_(tuple(allowed)))
        with self._write() as connection:
            if not connection.execute(queued.where(imports.c.source_path.is_not(None)).values(values)).rowcount:
                _refuse(connection, import_id, "started now", allowed)
            _reset(connection, import_id, restart)
            return _load_one(connection, import_id)

    def expired(self) -> list[Import]:
        """Imports whose files are still there though the time to keep them is over, oldest first."""
        settled = imports.c.status.not_in((Status.DRAFT, Status.QUEUED, Status.RUNNING))
        return self._those(settled, imports.c.source_path.is_not(None), imports.c.keep_until <= self.now())

    def old_drafts(self, before: datetime) -> list[Import]:
        """Drafts made before that time, oldest first."""
        return self._those(imports.c.status == Status.DRAFT, imports.c.created_at < before)

    def _those(self, *conditions: Any) -> list[Import]:
        with self._read() as connection:
            return load_imports(connection, select(imports).where(*conditions).order_by(imports.c.id))


def load_imports(connection: Connection, statement: Any) -> list[Import]:
    """The imports that `statement` selects from the table of imports, in its order, and their stages with one query."""
    rows = connection.execute(statement).mappings().all()
    found: dict[int, dict[StageName, Stage]] = {row["id"]: {} for row in rows}
    for row in connection.execute(select(stages).where(stages.c.import_id.in_(found))).mappings():
        stage = to_stage(row)
        found[row["import_id"]][stage.name] = stage
    return [to_import(row, found[row["id"]]) for row in rows]


def _load_one(connection: Connection, import_id: int) -> Import:
    found = load_imports(connection, select(imports).where(imports.c.id == import_id))
    if not found:
        raise not_found(import_id)
    return found[0]


def _refuse(connection: Connection, import_id: int, wish: str, allowed: Collection[Status] = ()) -> None:
    """Raises what tells a person why a conditional statement changed nothing."""
    found = _load_one(connection, import_id)
    if found.status in allowed and found.source.path is None:
        raise file_gone(import_id)
    raise wrong_status(import_id, found.status, wish)


def _reset(connection: Connection, import_id: int, restart: bool) -> None:
    """Makes the stages of a queued import wait again; with `restart` as if nothing had been done."""
    mine = update(stages).where(stages.c.import_id == import_id)
    if restart:
        connection.execute(mine.values(_NOT_BEGUN))
        connection.execute(delete(parts).where(parts.c.import_id == import_id))
    else:
        again = mine.where(stages.c.status != StageStatus.COMPLETED)
        connection.execute(again.values(status=StageStatus.WAITING, step="", finished_at=None, seconds_left=None))
