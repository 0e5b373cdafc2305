"""The statements of one load: which record each staged one is about, and writing them slice by slice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from importer.destinations.pools import Pooled
from importer.errors import DestinationRefused, LostLease
from importer.schema import Identity
from importer.schema.groups import Group
from importer.staging import ImportFolder, sql_list, sql_name, sql_text
from importer.staging.duplicates import key_sql, value_sql
from importer.staging.folder import RECORDS

SQL_TYPES = {
    "string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE",
    "datetime": "TIMESTAMP", "list": "VARCHAR[]", "time": "TIME", "year": "BIGINT", "yearmonth": "VARCHAR", "duration": "VARCHAR",
    "object": "VARCHAR", "array": "VARCHAR", "geojson": "VARCHAR", "geopoint": "VARCHAR", "any": "VARCHAR",
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
    overwrite: bool = False  # a record that is there is replaced: what the file does not have becomes empty
    group: Group | None = None  # how records make groups, which have a table of their own
    pooled: Pooled | None = None  # the pool that the records go into

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


class Load:
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
        # Identifiers hardly repeat: looking for a dictionary of them takes longer and gains nothing (measured for a million
        # records with four of them: 2.3 instead of 2.6 CPU s, 66 MB instead of 64).
        unique = self.staged.identity.precedence if self.staged.identity else ()
        packed = {n: " USING COMPRESSION zstd" for n in unique if types.get(n) == "VARCHAR"}
        columns = ", ".join(f"{sql_name(n)} {t}{packed.get(n, '')}" for n, t in types.items())
        self.db.execute(f"CREATE TABLE IF NOT EXISTS {self.table} ({columns})")
        there = column_types(self.db, self.staged.table)
        for name, kind in _sql_types(self.staged.fields).items():
            if name.lower() not in there:
                self.db.execute(f"ALTER TABLE {self.table} ADD COLUMN {sql_name(name)} {kind}")
            demand_type(there, name, kind)

    def _column_types(self) -> dict[str, str]:
        return column_types(self.db, self.staged.table)

    def resolve(self) -> None:
        """Finds the record that each staged one is about: TEMP TABLE resolved(_record, target, pass).

        What is not in it is new and gets the number base + _record. Records about the same target (see Staging.alias) are
        applied one after the other: pass 1, 2, ...
        """
        self.db.execute("CREATE TEMP TABLE matches(_record BIGINT, target BIGINT)")
        self.db.execute("CREATE TEMP TABLE resolved(_record BIGINT, target BIGINT, pass BIGINT)")
        self.base = int(scalar(self.db, f"SELECT coalesce(max(_id), 0) FROM {self.table}"))
        identity = self.staged.identity
        if identity is None or not self.staged.keys or not self.staged.parts:
            return
        there = self._column_types()
        if self.base:
            for kind, names in enumerate([self.staged.keys] if identity.together else [[k] for k in self.staged.keys]):
                if all(name.lower() in there for name in names):
                    self._match(identity, kind, names)
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

    def _match(self, identity: Identity, kind: int, names: Sequence[str]) -> None:
        mine, theirs = key_sql(identity, names, "s."), key_sql(identity, names, "d.")
        self.db.execute(
            f"""INSERT INTO matches
                SELECT s._record, min(d._id) FROM ({self._loadable()}) s JOIN {self.table} d ON {theirs} = {mine}
                WHERE s._kind = {kind}
                GROUP BY s._record"""
        )

    def _loadable(self, parts: Sequence[int] | None = None) -> str:
        return loadable_sql(self.staged.files(parts or self.all_parts))

    def loadable(self) -> int:
        return loadable(self.db, self.staged)

    def matched(self) -> int:
        return int(scalar(self.db, "SELECT count(*) FROM resolved"))

    def write_refused(self) -> int:
        """Writes the records that name nothing that exists and may not create; they are left out of the load."""
        self.db.execute("CREATE TEMP TABLE refused(_record BIGINT)")
        return write_refused_records(self.db, self.staged, self._loadable(), "SELECT _record FROM resolved")

    def count_changed(self) -> int:
        """How many matched records hold a value that differs from what is there."""
        return int(
            scalar(
                self.db,
                f"""SELECT count(*) FROM {self.staged.files(self.all_parts)} s JOIN resolved r USING (_record)
                    LEFT JOIN {self.table} d ON d._id = r.target WHERE d._id IS NULL OR ({self._changed()})""",
            )
        )

    def _changed(self) -> str:
        there = self._column_types()
        tests = []
        for name, kind in self.staged.fields.items():
            s, d = f"s.{sql_name(name)}", f"d.{sql_name(name)}"
            if name.lower() not in there:
                tests.append(f"{s} IS NOT NULL")
            elif self.staged.overwrite:
                tests.append(f"{s} IS DISTINCT FROM {d}")
            elif kind == "list":
                tests.append(f"({s} IS NOT NULL AND NOT list_has_all(coalesce({d}, []), {s}))")
            else:
                tests.append(f"({s} IS NOT NULL AND {s} IS DISTINCT FROM {d})")
        tests += [f"d.{sql_name(name)} IS NOT NULL" for name in self._emptied()]
        return " OR ".join(tests)

    def _emptied(self) -> list[str]:
        """Columns of the table that a record which replaces another one does not have."""
        if not self.staged.overwrite:
            return []
        kept = {"_id", *META, *(name.lower() for name in self.staged.fields)}
        return [name for name in self._column_types() if name not in kept]

    def write(self, slice_records: int, progress: Callable[[int], None]) -> LoadCounts:
        """Inserts what is new in one statement (in several DuckDB would compress the table twice), and merges the rest."""
        now = utc_now()
        total = sum(count for _, count in self.staged.parts)
        created = self._insert(now, total, progress)
        updated = 0
        rounds = int(scalar(self.db, "SELECT coalesce(max(pass), 0) FROM resolved"))
        done = created
        for turn in range(1, rounds + 1):
            for parts in self.staged.slices(slice_records):
                matched, changed = self._merge(parts, now, turn)
                updated += changed
                done += matched
                progress(min(done, total))
        return LoadCounts(created, updated, self.matched() - updated, 0)

    def _insert(self, now: datetime, total: int, progress: Callable[[int], None]) -> int:
        fields = ", ".join(f"s.{sql_name(n)}" for n in self.staged.fields)
        names = ", ".join(sql_name(n) for n in self.staged.fields)
        with _watched(self.db, lambda share: progress(int(total * share))):
            return int(
                scalar(
                    self.db,
                    f"""INSERT INTO {self.table} (_id, {names}, _import, _line, _created_by, _updated_at)
                        SELECT $base + s._record, {fields}, $import, s._line, $import, $now
                        FROM ({self._loadable()}) s ANTI JOIN resolved USING (_record) ANTI JOIN refused USING (_record)""",
                    {"base": self.base, "import": self.staged.import_id, "now": now},
                )
            )

    def _merge(self, parts: Sequence[int], now: datetime, turn: int) -> tuple[int, int]:
        """Updates the records of a slice that are there and differ.

        Returns how many were there, and how many of them differed.
        """
        sets = [f"{sql_name(name)} = {self._new_value(name, kind)}" for name, kind in self.staged.fields.items()]
        sets += [f"{sql_name(name)} = NULL" for name in self._emptied()]
        slice_ = f"{self.staged.files(parts)} s JOIN resolved r USING (_record) WHERE r.pass = {int(turn)}"
        changed = scalar(
            self.db,
            f"""MERGE INTO {self.table} d USING (SELECT s.*, r.target FROM {slice_}) s ON d._id = s.target
                WHEN MATCHED AND ({self._changed()}) THEN UPDATE SET
                    {", ".join(sets)}, _import = $import, _line = s._line, _updated_at = $now""",
            {"import": self.staged.import_id, "now": now},
        )
        return int(scalar(self.db, f"SELECT count(*) FROM {slice_}")), int(changed)

    def _new_value(self, name: str, kind: str) -> str:
        """What a field becomes; unless records are replaced, an empty cell leaves the value and lists are added to."""
        s, d = f"s.{sql_name(name)}", f"d.{sql_name(name)}"
        if self.staged.overwrite:
            return s
        new = f"[x FOR x IN {s} IF NOT list_contains(coalesce({d}, []), x)]"
        added = f"list_concat(coalesce({d}, []), {new})" if kind == "list" else s
        return f"CASE WHEN {s} IS NULL THEN {d} ELSE {added} END"


@contextmanager
def _watched(db: duckdb.DuckDBPyConnection, tell: Callable[[float], None]) -> Iterator[None]:
    """Tells about twice a second what share of the statement inside is done, as DuckDB estimates it."""
    finished = threading.Event()

    def watch() -> None:
        while not finished.wait(0.4):
            percent = db.query_progress()
            try:
                tell(max(percent, 0.0) / 100)
            except LostLease:
                return  # another worker has the import; this one will not be let commit

    watcher = threading.Thread(target=watch, name="progress", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        finished.set()
        watcher.join()


def write_refused_records(db: duckdb.DuckDBPyConnection, staged: Staged, loadable: str, known: str) -> int:
    """Records whose only identifier may not create and that nothing is known of; into refused.parquet (and TEMP refused)."""
    path = staged.folder.refused
    path.unlink(missing_ok=True)
    identity = staged.identity
    kinds = [i for i, k in enumerate(staged.keys) if identity and k in identity.update_only]
    if not kinds or identity is None:
        return 0
    db.execute(
        f"""COPY (SELECT _record, _line, _kind AS kind, {value_sql(identity, staged.keys)} AS value FROM ({loadable})
                  WHERE _kind IN ({", ".join(map(str, kinds))}) AND _record NOT IN ({known}))
            TO {sql_text(str(path))} (FORMAT parquet)"""
    )
    if scalar(db, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'refused'"):
        db.execute(f"INSERT INTO refused SELECT _record FROM read_parquet({sql_text(str(path))})")
    return int(scalar(db, f"SELECT count(*) FROM read_parquet({sql_text(str(path))})"))


def loadable_sql(files: str) -> str:
    """The records of these staged parts that may be loaded: neither duplicates nor set aside by a rule over the whole file."""
    return f"SELECT * FROM {files} ANTI JOIN staged.duplicates USING (_record) ANTI JOIN staged.aside USING (_record)"


def loadable(db: duckdb.DuckDBPyConnection, staged: Staged) -> int:
    left_out = scalar(db, "SELECT (SELECT count(*) FROM staged.duplicates) + (SELECT count(*) FROM staged.aside)")
    return sum(count for _, count in staged.parts) - int(left_out)


def _sql_types(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: SQL_TYPES[kind] for name, kind in fields.items()}


def column_types(db: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """The columns of a table of the destination, in small letters, and their SQL types."""
    rows = db.execute(
        """SELECT column_name, data_type FROM duckdb_columns()
           WHERE table_name = ? AND schema_name = 'main' AND database_name = current_database()""",
        [table],
    ).fetchall()
    return {n.lower(): t for n, t in rows}


def demand_type(there: Mapping[str, str], name: str, kind: str) -> None:
    """Raises DestinationRefused where a column is there and holds another type."""
    before = there.get(name.lower(), kind)
    if before != kind:
        raise DestinationRefused(
            f"The column {name} of the destination holds {before} and cannot take {kind}.",
            fix="Choose the data type it has, or another name, in the mapping.",
        )


def scalar(db: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any] | None = None) -> Any:
    used = {k: v for k, v in (parameters or {}).items() if f"${k}" in sql}
    row = db.execute(sql, used or None).fetchone()
    return row[0] if row else None


def utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
