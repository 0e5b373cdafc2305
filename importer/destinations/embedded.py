"""The embedded destination: one DuckDB file with a table for each import type.

Every table has `_id` (its own number of a record), the fields of the type, and `_import`, `_line` (the import and line the
values came from last), `_created_by` (the import that created the record) and `_updated_at` (UTC). There is no primary key:
it doubles the cost of a load, and staging has already made sure that a record is named once. The file is open only while
it is worked on, so that others can query it in between.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from importer.config import Settings
from importer.destinations.grouped import GroupLoad
from importer.destinations.load import Load, LoadCounts, Staged, loadable, loadable_sql, scalar, utc_now, write_refused_records
from importer.destinations.pools import keep_pools_apart, write_pooled
from importer.destinations.references import write_references
from importer.errors import DestinationError, DestinationRefused, DestinationUnavailable, DiskFull
from importer.schema import ForeignKey, TypeSchema
from importer.staging import connect, sql_text


class EmbeddedDestination:
    """Preview and load. `path` is the DuckDB file; it is created by the first load."""

    def __init__(self, path: Path, settings: Settings):
        self.path = path
        self.settings = settings

    def preview(self, staged: Staged, waiting: Callable[[], None]) -> LoadCounts:
        """What a load would do now, without changing anything; writes refused.parquet into the import's folder.

        waiting: called about twice a second while another process has the file. Raises DestinationError.
        """
        if not self.path.exists() or not staged.parts:
            return self._preview_empty(staged)
        with self._open(staged, waiting, read_only=True) as db:
            if staged.group:
                grouped = GroupLoad(db, staged, staged.group)
                grouped.resolve(there=_has_table(db, staged.table))
                return grouped.counts()
            if not _has_table(db, staged.table):
                return _counts_without_table(db, staged)
            work = Load(db, staged)
            work.resolve()
            refused = work.write_refused()
            matched = work.matched()
            updated = work.count_changed()
            return LoadCounts(work.loadable() - matched - refused, updated, matched - updated, refused)

    def look_up(
        self, staged: Staged, keys: Sequence[tuple[ForeignKey, int]], targets: Mapping[str, TypeSchema | None], waiting: Callable[[], None]
    ) -> int:
        """Writes references.parquet: the records that name something which is not there; see `write_references`. And
        pooled.parquet: those whose code is in a pool already; returns how many codes the pool of the import holds."""
        staged.folder.references.unlink(missing_ok=True)
        staged.folder.pooled.unlink(missing_ok=True)
        if not (keys or staged.pooled) or not staged.parts:
            return 0
        with connect(":memory:", self.settings, staged.folder.scratch) as db:
            if self.path.exists():
                attach = f"ATTACH {sql_text(str(self.path))} AS there (READ_ONLY)"
                self._patiently(waiting, lambda: db.execute(attach))
            try:
                write_references(db, staged, keys, targets)
                parts = staged.files([n for n, _ in staged.parts])
                return write_pooled(db, staged.pooled, staged.table, parts, staged.folder.pooled) if staged.pooled else 0
            except duckdb.Error as error:
                raise destination_error(error) from error

    def _preview_empty(self, staged: Staged) -> LoadCounts:
        with connect(":memory:", self.settings, staged.folder.scratch) as db:
            _attach(db, staged)
            return _counts_without_table(db, staged)

    def load(
        self, staged: Staged, waiting: Callable[[], None], progress: Callable[[int], None], may_commit: Callable[[], bool]
    ) -> LoadCounts | None:
        """Writes all records and the receipt in one transaction; returns None when `may_commit` said no.

        progress: called with the number of records written so far. A load whose receipt is there already changes nothing
        and returns its counts. Raises DestinationError.
        """
        with self._open(staged, waiting, read_only=False) as db:
            _create_receipts(db)
            if done := _receipt(db, staged.import_id):
                return done
            db.execute("BEGIN")
            counts = self._write(db, staged, progress)
            db.execute(
                "INSERT INTO importer.receipts VALUES (?, ?, ?, ?, ?, ?, ?)",
                [staged.import_id, staged.table, counts.created, counts.updated, counts.unchanged, counts.refused, utc_now()],
            )
            if not may_commit():
                db.execute("ROLLBACK")
                return None
            db.execute("COMMIT")
            return counts

    def _write(self, db: duckdb.DuckDBPyConnection, staged: Staged, progress: Callable[[int], None]) -> LoadCounts:
        if staged.group:
            grouped = GroupLoad(db, staged, staged.group)
            grouped.prepare_table()
            grouped.resolve(there=True)
            return grouped.write(progress)
        work = Load(db, staged)
        work.prepare_table()
        work.resolve()
        if staged.pooled and staged.parts:
            keep_pools_apart(db, staged.pooled, staged.table, loadable_sql(staged.files([n for n, _ in staged.parts])))
        refused = work.write_refused()
        counts = work.write(self.settings.load_slice_records, progress)
        return LoadCounts(counts.created, counts.updated, counts.unchanged, refused)

    def receipt(self, staged: Staged, waiting: Callable[[], None]) -> LoadCounts | None:
        """The counts of a load that was committed, or None."""
        if not self.path.exists():
            return None
        with self._open(staged, waiting, read_only=True) as db:
            return _receipt(db, staged.import_id) if _has_table(db, "receipts", "importer") else None

    @contextmanager
    def _open(self, staged: Staged, waiting: Callable[[], None], *, read_only: bool) -> Iterator[duckdb.DuckDBPyConnection]:
        db = self._wait_for_file(staged, waiting, read_only)
        try:
            _attach(db, staged)
            yield db
        except duckdb.Error as error:
            raise destination_error(error) from error
        finally:
            db.close()

    def _wait_for_file(self, staged: Staged, waiting: Callable[[], None], read_only: bool) -> duckdb.DuckDBPyConnection:
        columns = len({*staged.declared, *staged.fields})
        return self._patiently(
            waiting, lambda: connect(self.path, self.settings, staged.folder.scratch, read_only=read_only, columns=columns)
        )

    def _patiently(self, waiting: Callable[[], None], act: Callable[[], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
        """Opens the file as `act` does, again and again while another process has it."""
        until = time.monotonic() + self.settings.destination_wait_seconds
        while True:
            try:
                return act()
            except duckdb.IOException as error:
                if "set lock" not in str(error):
                    raise destination_error(error) from error
                if time.monotonic() > until:
                    raise DestinationUnavailable(
                        "Another program has kept the destination file open for too long.",
                        fix="Close the program that has it open, then resume this import.", retry_after=60,
                    ) from error  # fmt: skip
                waiting()
                time.sleep(0.25)
            except duckdb.Error as error:
                raise destination_error(error) from error


def _counts_without_table(db: duckdb.DuckDBPyConnection, staged: Staged) -> LoadCounts:
    if not staged.parts:
        return LoadCounts()
    records = loadable_sql(staged.files([n for n, _ in staged.parts]))
    refused = write_refused_records(db, staged, records, "SELECT _record FROM staged.alias")
    changes = int(scalar(db, "SELECT count(*) FROM staged.alias"))
    return LoadCounts(loadable(db, staged) - refused - changes, changes, 0, refused)


def _attach(db: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    db.execute(f"ATTACH {sql_text(str(staged.folder.database))} AS staged (READ_ONLY)")


def _create_receipts(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("CREATE SCHEMA IF NOT EXISTS importer")
    db.execute(
        """CREATE TABLE IF NOT EXISTS importer.receipts(
               import_id BIGINT, type VARCHAR, created BIGINT, updated BIGINT, unchanged BIGINT, refused BIGINT, loaded_at TIMESTAMP)"""
    )


def _receipt(db: duckdb.DuckDBPyConnection, import_id: int) -> LoadCounts | None:
    row = db.execute("SELECT created, updated, unchanged, refused FROM importer.receipts WHERE import_id = ?", [import_id]).fetchone()
    return LoadCounts(*row) if row else None


def _has_table(db: duckdb.DuckDBPyConnection, table: str, schema: str = "main") -> bool:
    sql = "SELECT count(*) FROM duckdb_tables() WHERE table_name = ? AND schema_name = ? AND database_name = current_database()"
    row = db.execute(sql, [table, schema]).fetchone()
    return bool(row and row[0])


def destination_error(error: duckdb.Error) -> DestinationError | DiskFull:
    """What to tell a person when DuckDB could not do it."""
    text = str(error)
    if "No space left" in text:
        return DiskFull("There is no space left for the destination file.", fix="Free space on the disk, then resume.")
    if "set lock" in text:
        return DestinationUnavailable("The destination file is in use.", fix="Try again in a moment.", retry_after=5)
    if isinstance(error, duckdb.OutOfMemoryException):
        text = "The records need more memory than the destination may use; nothing was changed."
        return DestinationRefused(text, fix="Raise the setting duckdb_memory, then resume.")
    return DestinationRefused(
        "The destination did not take the records; nothing was changed.",
        fix="Resume the import; if it ends like this again, ask your administrator to look into the log of its worker.",
        cause=text,
    )
