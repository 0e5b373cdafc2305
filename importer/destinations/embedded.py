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
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from importer.config import Settings
from importer.errors import DestinationError, DestinationRefused, DestinationUnavailable, DiskFull
from importer.schema import Identity
from importer.staging import ImportFolder, connect, sql_list, sql_name, sql_text
from importer.staging.database import value_sql
from importer.staging.folder import RECORDS

SQL_TYPES = {
    "string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "datetime": "TIMESTAMP", "list": "VARCHAR[]",
}  # fmt: skip
META = {"_import": "BIGINT", "_line": "BIGINT", "_created_by": "BIGINT", "_updated_at": "TIMESTAMP"}


@dataclass(frozen=True, slots=True)
class LoadCounts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0  # records that name nothing that exists and may not create


@dataclass(frozen=True, slots=True)
class Staged:
    """What is to be loaded. fields: name and data type (those of the recipe); declared: all fields of the type; keys: the
    mapped identifiers in order of precedence; parts: number and valid records of each part that has any."""

    import_id: int
    table: str
    folder: ImportFolder
    fields: Mapping[str, str]
    declared: Mapping[str, str]
    identity: Identity | None
    keys: Sequence[str]
    parts: Sequence[tuple[int, int]]

    def files(self, parts: Sequence[int]) -> str:
        """A SQL expression that reads these parts."""
        return f"read_parquet({sql_list([str(self.folder.part(n, RECORDS)) for n in parts])})"

    def slices(self, records: int) -> list[list[int]]:
        """Parts grouped to about this many records."""
        groups: list[list[int]] = []
        size = records
        for number, count in self.parts:
            if size + count > records:
                groups.append([])
                size = 0
            groups[-1].append(number)
            size += count
        return groups


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
            if not _has_table(db, staged.table):
                return _counts_without_table(db, staged)
            work = _Load(db, staged)
            work.resolve()
            refused = work.write_refused()
            matched = work.matched()
            updated = work.count_changed()
            return LoadCounts(work.loadable() - matched - refused, updated, matched - updated, refused)

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
            work = _Load(db, staged)
            work.prepare_table()
            work.resolve()
            refused = work.write_refused()
            counts = work.write(self.settings.load_slice_records, progress)
            counts = LoadCounts(counts.created, counts.updated, counts.unchanged, refused)
            db.execute(
                "INSERT INTO importer.receipts VALUES (?, ?, ?, ?, ?, ?, ?)",
                [staged.import_id, staged.table, counts.created, counts.updated, counts.unchanged, counts.refused, _now()],
            )
            if not may_commit():
                db.execute("ROLLBACK")
                return None
            db.execute("COMMIT")
            return counts

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
        until = time.monotonic() + self.settings.destination_wait_seconds
        while True:
            try:
                return connect(self.path, self.settings, staged.folder.scratch, read_only=read_only)
            except duckdb.IOException as error:
                if "lock" not in str(error).lower():
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


class _Load:
    """The statements of one load or preview, on one connection."""

    def __init__(self, db: duckdb.DuckDBPyConnection, staged: Staged):
        self.db = db
        self.staged = staged
        self.table = sql_name(staged.table)
        self.all_parts = [n for n, _ in staged.parts]
        self.base = 0

    def prepare_table(self) -> None:
        """Creates the table, or adds the columns of fields that it does not have yet."""
        types = {"_id": "BIGINT"} | _sql_types(self.staged.declared) | META | _sql_types(self.staged.fields)
        columns = ", ".join(f"{sql_name(n)} {t}" for n, t in types.items())
        self.db.execute(f"CREATE TABLE IF NOT EXISTS {self.table} ({columns})")
        there = self._column_types()
        for name, kind in _sql_types(self.staged.fields).items():
            before = there.get(name.lower())
            if before is None:
                self.db.execute(f"ALTER TABLE {self.table} ADD COLUMN {sql_name(name)} {kind}")
            elif before != kind:
                raise DestinationRefused(
                    f"The column {name} of the destination holds {before} and cannot take {kind}.",
                    fix="Choose the data type it has, or another name, in the mapping.",
                )

    def _column_types(self) -> dict[str, str]:
        rows = self.db.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? AND schema_name = 'main' AND database_name = current_database()",
            [self.staged.table],
        ).fetchall()
        return {n.lower(): t for n, t in rows}

    def resolve(self) -> None:
        """Finds the record that each staged one is about: TEMP TABLE resolved(_record, target, pass).

        What is not in it is new and gets the number base + _record. Records about the same target (see Staging.alias) are
        applied one after the other: pass 1, 2, ...
        """
        self.db.execute("CREATE TEMP TABLE matches(_record BIGINT, target BIGINT)")
        self.db.execute("CREATE TEMP TABLE resolved(_record BIGINT, target BIGINT, pass BIGINT)")
        self.base = int(_scalar(self.db, f"SELECT coalesce(max(_id), 0) FROM {self.table}"))
        identity = self.staged.identity
        if identity is None or not self.staged.keys or not self.staged.parts:
            return
        there = self._column_types()
        if self.base:
            for kind, name in enumerate(self.staged.keys):
                if name.lower() in there:
                    self._match(identity, kind, name)
        self.db.execute(
            """INSERT INTO matches
               SELECT a._record, coalesce(m.target, $base + a.of_record) FROM staged.alias a LEFT JOIN matches m ON m._record = a.of_record
               WHERE a._record NOT IN (SELECT _record FROM matches)""",
            {"base": self.base},
        )
        self.db.execute(
            """INSERT INTO resolved
               SELECT _record, target, row_number() OVER (PARTITION BY target ORDER BY _record)
               FROM matches"""
        )

    def _match(self, identity: Identity, kind: int, name: str) -> None:
        column = sql_name(name)
        mine, theirs = (f"lower(s.{column})", f"lower(d.{column})") if name in identity.caseless else (f"s.{column}", f"d.{column}")
        self.db.execute(
            f"""INSERT INTO matches
                SELECT s._record, min(d._id) FROM ({self._loadable()}) s JOIN {self.table} d ON {theirs} = {mine}
                WHERE s._kind = {kind}
                GROUP BY s._record"""
        )

    def _loadable(self, parts: Sequence[int] | None = None) -> str:
        return f"SELECT * FROM {self.staged.files(parts or self.all_parts)} ANTI JOIN staged.duplicates USING (_record)"

    def loadable(self) -> int:
        duplicates = int(_scalar(self.db, "SELECT count(*) FROM staged.duplicates"))
        return sum(count for _, count in self.staged.parts) - duplicates

    def matched(self) -> int:
        return int(_scalar(self.db, "SELECT count(*) FROM resolved"))

    def write_refused(self) -> int:
        """Writes the records that name nothing that exists and may not create; they are left out of the load."""
        self.db.execute("CREATE TEMP TABLE refused(_record BIGINT)")
        return _write_refused(self.db, self.staged, self._loadable(), "SELECT _record FROM resolved")

    def count_changed(self) -> int:
        """How many matched records hold a value that differs from what is there."""
        return int(
            _scalar(
                self.db,
                f"""SELECT count(*) FROM {self.staged.files(self.all_parts)} s JOIN resolved r USING (_record)
                    LEFT JOIN {self.table} d ON d._id = r.target WHERE d._id IS NULL OR ({self._changed()})""",
            )
        )

    def _changed(self) -> str:
        there = self._column_types()
        tests = []
        for name, kind in self.staged.fields.items():
            s = f"s.{sql_name(name)}"
            if name.lower() not in there:
                tests.append(f"{s} IS NOT NULL")
            elif kind == "list":
                tests.append(f"({s} IS NOT NULL AND NOT list_has_all(coalesce(d.{sql_name(name)}, []), {s}))")
            else:
                tests.append(f"({s} IS NOT NULL AND {s} IS DISTINCT FROM d.{sql_name(name)})")
        return " OR ".join(tests)

    def write(self, slice_records: int, progress: Callable[[int], None]) -> LoadCounts:
        now = _now()
        created = updated = done = 0
        slices = self.staged.slices(slice_records)
        rounds = int(_scalar(self.db, "SELECT coalesce(max(pass), 0) FROM resolved"))
        late = bool(_scalar(self.db, "SELECT count(*) FROM resolved WHERE target > $base", {"base": self.base}))
        for parts in slices:
            created += self._insert(parts, now)
            if rounds:
                updated += self._merge(parts, now, "r.pass = 1 AND r.target <= $base")
            done += sum(count for number, count in self.staged.parts if number in set(parts))
            progress(done)
        for turn in range(1, rounds + 1) if late or rounds > 1 else ():
            condition = "r.target > $base" if turn == 1 else "true"
            for parts in slices:
                updated += self._merge(parts, now, f"r.pass = {turn} AND {condition}")
        return LoadCounts(created, updated, self.matched() - updated, 0)

    def _insert(self, parts: Sequence[int], now: datetime) -> int:
        fields = ", ".join(f"s.{sql_name(n)}" for n in self.staged.fields)
        names = ", ".join(sql_name(n) for n in self.staged.fields)
        return int(
            _scalar(
                self.db,
                f"""INSERT INTO {self.table} (_id, {names}, _import, _line, _created_by, _updated_at)
                    SELECT $base + s._record, {fields}, $import, s._line, $import, $now
                    FROM ({self._loadable(parts)}) s ANTI JOIN resolved USING (_record) ANTI JOIN refused USING (_record)""",
                {"base": self.base, "import": self.staged.import_id, "now": now},
            )
        )

    def _merge(self, parts: Sequence[int], now: datetime, condition: str) -> int:
        """Updates the records of a slice that are there and differ; an empty cell leaves the value as it is."""
        sets = []
        for name, kind in self.staged.fields.items():
            column = sql_name(name)
            new = f"[x FOR x IN s.{column} IF NOT list_contains(coalesce(d.{column}, []), x)]"
            added = f"list_concat(coalesce(d.{column}, []), {new})" if kind == "list" else f"s.{column}"
            sets.append(f"{column} = CASE WHEN s.{column} IS NULL THEN d.{column} ELSE {added} END")
        return int(
            _scalar(
                self.db,
                f"""MERGE INTO {self.table} d
                    USING (SELECT s.*, r.target FROM {self.staged.files(parts)} s JOIN resolved r USING (_record) WHERE {condition}) s
                    ON d._id = s.target
                    WHEN MATCHED AND ({self._changed()}) THEN UPDATE SET
                        {", ".join(sets)}, _import = $import, _line = s._line, _updated_at = $now""",
                {"base": self.base, "import": self.staged.import_id, "now": now},
            )
        )


def _counts_without_table(db: duckdb.DuckDBPyConnection, staged: Staged) -> LoadCounts:
    total = sum(count for _, count in staged.parts)
    if not total:
        return LoadCounts()
    duplicates = int(_scalar(db, "SELECT count(*) FROM staged.duplicates"))
    loadable = f"SELECT * FROM {staged.files([n for n, _ in staged.parts])} ANTI JOIN staged.duplicates USING (_record)"
    alias = "SELECT _record FROM staged.alias"
    refused = _write_refused(db, staged, loadable, alias)
    changes = int(_scalar(db, "SELECT count(*) FROM staged.alias"))
    return LoadCounts(total - duplicates - refused - changes, changes, 0, refused)


def _write_refused(db: duckdb.DuckDBPyConnection, staged: Staged, loadable: str, known: str) -> int:
    """Records whose only identifier may not create and that nothing is known of; into refused.parquet (and TEMP refused)."""
    path = staged.folder.refused
    path.unlink(missing_ok=True)
    identity = staged.identity
    kinds = [i for i, k in enumerate(staged.keys) if identity and k in identity.update_only]
    if not kinds or identity is None:
        return 0
    db.execute(
        f"""COPY (SELECT _record, _line, _kind AS kind, {value_sql(staged.keys)} AS value FROM ({loadable})
                  WHERE _kind IN ({", ".join(map(str, kinds))}) AND _record NOT IN ({known}))
            TO {sql_text(str(path))} (FORMAT parquet)"""
    )
    if _scalar(db, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'refused'"):
        db.execute(f"INSERT INTO refused SELECT _record FROM read_parquet({sql_text(str(path))})")
    return int(_scalar(db, f"SELECT count(*) FROM read_parquet({sql_text(str(path))})"))


def _attach(db: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    db.execute(f"ATTACH {sql_text(str(staged.folder.database))} AS staged (READ_ONLY)")


def _sql_types(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: SQL_TYPES[kind] for name, kind in fields.items()}


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


def _scalar(db: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None) -> Any:
    used = {k: v for k, v in (parameters or {}).items() if f"${k}" in sql}
    row = db.execute(sql, used or None).fetchone()
    return row[0] if row else None


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def destination_error(error: duckdb.Error) -> DestinationError | DiskFull:
    """What to tell a person when DuckDB could not do it."""
    text = str(error)
    if "No space left" in text:
        return DiskFull("There is no space left for the destination file.", fix="Free space on the disk, then resume.")
    if "lock" in text.lower():
        return DestinationUnavailable("The destination file is in use.", fix="Try again in a moment.", retry_after=5)
    return DestinationRefused("The destination did not take the records; nothing was changed.", fix="See the log.", cause=text)
