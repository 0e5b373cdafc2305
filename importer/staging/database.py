"""DuckDB over the parts of one import: duplicates, and pages of violations."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from importer.config import Settings
from importer.errors import Damaged, DeclarationError, DiskFull, StorageProblem
from importer.model import Severity
from importer.schema import Identity
from importer.staging.folder import RECORDS, REJECTED, VIOLATIONS, ImportFolder
from importer.staging.repeats import repeated
from importer.validation.plan import Plan, Rule
from importer.validation.run import values_of

WIDE_COLUMN_BYTES = 768 << 10


def connect(
    path: Path | str, settings: Settings, scratch: Path | None = None, *, read_only: bool = False, columns: int = 0
) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection within the memory and threads of the settings. Raises duckdb.Error as it comes.

    columns: how many a table that is written has. DuckDB keeps a quarter of a megabyte for each of them and thread, so a
    table with more than fits into the limit is written by one thread within three quarters of a megabyte a column.
    """
    wide = columns * WIDE_COLUMN_BYTES > duckdb_bytes(settings.duckdb_memory)
    config: dict[str, Any] = {
        "memory_limit": f"{columns * WIDE_COLUMN_BYTES}B" if wide else settings.duckdb_memory,
        "threads": 1 if wide else settings.duckdb_threads,
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if scratch is not None:
        config["temp_directory"] = str(scratch)
    connection = duckdb.connect(str(path), read_only=read_only, config=config)
    # The progress of a statement can be asked for, and is never printed.
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    # A name that is no table must be an error and never a Python variable that happens to be called so.
    connection.execute("SET python_enable_replacements = false")
    return connection


def duckdb_bytes(text: str) -> int:
    """A size such as 256MB in bytes. Raises DeclarationError when it is none."""
    found = re.fullmatch(r"\s*(\d+)\s*(KB|MB|GB)\s*", text, re.IGNORECASE)
    if found is None:
        raise DeclarationError(f"The setting duckdb_memory is {text!r}.", fix="Write a number and KB, MB or GB, for example 256MB.")
    factors = {"KB": 1000, "MB": 1000**2, "GB": 1000**3}
    return int(found[1]) * factors[found[2].upper()]


def sql_name(name: str) -> str:
    """An identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def sql_text(text: str) -> str:
    """A string for SQL, for places that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def sql_list(texts: Collection[str]) -> str:
    return "[" + ", ".join(sql_text(t) for t in texts) + "]"


class Staging:
    """The staging database of an import; open it in the worker only, and close it.

    Views: records (typed fields, _line, _record), live (records without those that were set aside), rejected (_record, _line,
    raw, malformed, c0..), found (_record, _line, rule, value, detail). Tables: extra (as found, for rules over the whole file),
    aside (_record: records that such a rule rejects), duplicates (_record, _line, winner), alias (_record, of_record: a later
    record about the same new customer, known by another identifier).
    """

    def __init__(
        self, folder: ImportFolder, plan: Plan, db: duckdb.DuckDBPyConnection, records: Sequence[Path] = (), rejected: Sequence[Path] = ()
    ):
        self.folder = folder
        self.plan = plan
        self.db = db
        self.views = {n for (n,) in db.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
        self._records = records
        self._rejected = rejected

    @classmethod
    def open(cls, folder: ImportFolder, plan: Plan, settings: Settings) -> Staging:
        """Opens the database that `create` made."""
        return cls(folder, plan, connect(folder.database, settings, folder.scratch))

    @classmethod
    def create(cls, folder: ImportFolder, parts: Sequence[tuple[int, Mapping[str, int]]], plan: Plan, settings: Settings) -> Staging:
        """Makes the database anew. parts: number and file sizes by kind, as the manifest has them."""
        for path in (folder.database, folder.database.with_suffix(".duckdb.wal")):
            path.unlink(missing_ok=True)
        db = connect(folder.database, settings, folder.scratch)
        paths = {kind: [folder.part(n, kind) for n, sizes in parts if kind in sizes] for kind in (RECORDS, REJECTED, VIOLATIONS)}
        for view, kind in (("records", RECORDS), ("rejected", REJECTED), ("found", VIOLATIONS)):
            if paths[kind]:
                db.execute(f"CREATE VIEW {view} AS SELECT * FROM read_parquet({sql_list([str(p) for p in paths[kind]])})")
        if not paths[VIOLATIONS]:
            db.execute("CREATE TABLE found(_record BIGINT, _line BIGINT, rule USMALLINT, value VARCHAR, detail VARCHAR)")
        db.execute("CREATE TABLE aside(_record BIGINT)")
        if paths[RECORDS]:
            db.execute("CREATE VIEW live AS SELECT * FROM records ANTI JOIN aside USING (_record)")
        db.execute("CREATE TABLE duplicates(_record BIGINT, _line BIGINT, winner BIGINT)")
        db.execute("CREATE TABLE alias(_record BIGINT, of_record BIGINT)")
        db.execute("CREATE TABLE extra(_record BIGINT, _line BIGINT, rule USMALLINT, value VARCHAR, detail VARCHAR)")
        db.execute(
            """CREATE TABLE rules(
                   rule USMALLINT, code VARCHAR, col VARCHAR, field VARCHAR, severity VARCHAR, message VARCHAR, hint VARCHAR)"""
        )
        rows = [_row(rule) for rule in plan.rules]
        places = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(rows))
        db.execute(f"INSERT INTO rules VALUES {places}", [value for row in rows for value in row])
        return cls(folder, plan, db, paths[RECORDS], paths[REJECTED])

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def find_repeated(self, column: str) -> int:
        """Makes the view repeated_key (or repeated_other) of the hashes that occur more than once; returns their number."""
        found = repeated(self._records, column, int(self.scalar("SELECT count(*) FROM records")))
        path = self.folder.scratch / f"repeated{column}.parquet"
        pl.DataFrame({column: found}).write_parquet(path)
        self.db.execute(f"CREATE OR REPLACE TEMP VIEW repeated{column} AS SELECT * FROM read_parquet({sql_text(str(path))})")
        return len(found)

    def rejected_values(self, name: str) -> list[Path]:
        """Files with _line and the value of a field of rejected records, and of malformed ones as far as their cells can be told.

        Part by part, because a file may hold nothing but rejected records.
        """
        cells = [f"c{i}" for i in range(len(self.plan.columns))]
        written = []
        for path in self._rejected:
            frame = pl.read_parquet(path, columns=["_line", *cells])
            values = frame.select("_line").with_columns(values_of(self.plan, frame, name)).drop_nulls()
            written.append(self.folder.scratch / f"rejected.{path.name}")
            values.write_parquet(written[-1])
        return written

    def set_aside(self) -> None:
        """Takes the records that a rule over the whole file rejects out of `live`; what is judged after this leaves them out."""
        self.db.execute(
            """INSERT INTO aside SELECT DISTINCT _record FROM extra JOIN rules USING (rule)
               WHERE severity = 'error' AND _record NOT IN (SELECT _record FROM aside)"""
        )

    def aside(self, refused: bool) -> NDArray[np.int64]:
        """The records that were set aside in file order and, with `refused`, those that the destination cannot take."""
        more = f"UNION SELECT _record FROM read_parquet({sql_text(str(self.folder.refused))})" if refused else ""
        return self.db.execute(f"SELECT _record FROM aside {more} ORDER BY _record").fetchnumpy()["_record"].astype(np.int64)

    def show_aside(self, files: Sequence[Path]) -> None:
        """Makes the view late_rejected of the records that were set aside, from the files that hold them."""
        if files:
            paths = sql_list([str(f) for f in files])
            self.db.execute(f"CREATE OR REPLACE VIEW late_rejected AS SELECT * FROM read_parquet({paths})")
            self.views.add("late_rejected")

    def refuse(self, identity: Identity, keys: Sequence[str]) -> None:
        """Adds a violation for each record in refused.parquet (_record, _line, kind, value), which the destination cannot take."""
        if identity.unknown is None or not self.folder.refused.exists():
            return
        self.db.execute("DELETE FROM extra WHERE rule IN (SELECT rule FROM rules WHERE code = ?)", [identity.unknown.code])
        for kind, name in enumerate(keys):
            rule = self.plan.extra[identity.unknown.code, name].id
            refused = "read_parquet(?) WHERE kind = " + str(kind)
            self.db.execute(f"INSERT INTO extra SELECT _record, _line, {rule}, value, NULL FROM {refused}", [str(self.folder.refused)])

    def counts(self) -> dict[Severity, int]:
        """Violations by severity."""
        rows = self.db.execute(
            """SELECT severity, count(*) FROM (SELECT rule FROM found UNION ALL SELECT rule FROM extra) JOIN rules USING (rule)
               GROUP BY severity"""
        ).fetchall()
        return {Severity(s): n for s, n in rows}

    def scalar(self, sql: str) -> Any:
        row = self.db.execute(sql).fetchone()
        return row[0] if row else None


def _row(rule: Rule) -> list[Any]:
    return [rule.id, rule.code, rule.column, rule.field, str(rule.severity), rule.message, rule.hint]


def storage_error(error: duckdb.Error) -> StorageProblem:
    """What to tell a person when DuckDB cannot work on the staged parts."""
    text = str(error)
    if "No space left" in text or "max_temp_directory_size" in text or "could not write" in text.lower():
        return DiskFull("There is no space left for the import's working files.", fix="Free space on the disk, then resume.")
    return Damaged("The staged records cannot be read.", fix="Run the import again.", cause=text)
