"""DuckDB over the parts of one import: duplicates, and pages of violations."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from importer.config import Settings
from importer.errors import Damaged, DeclarationError, DiskFull, StorageProblem
from importer.identity import conflicting
from importer.model import Severity
from importer.schema import Identity
from importer.staging.folder import RECORDS, REJECTED, VIOLATIONS, ImportFolder
from importer.staging.repeats import repeated
from importer.validation.plan import Plan, Rule

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

    Views: records (typed fields, _line, _record), rejected (_record, _line, raw, malformed, c0..), found (_record, _line,
    rule, value, detail). Tables: duplicates (_record, _line, winner), alias (_record, of_record: a later record about the
    same new customer, known by another identifier), extra (as found, for rules over the whole file).
    """

    def __init__(self, folder: ImportFolder, plan: Plan, db: duckdb.DuckDBPyConnection, records: Sequence[Path] = ()):
        self.folder = folder
        self.plan = plan
        self.db = db
        self.views = {n for (n,) in db.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()}
        self._records = records

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
        return cls(folder, plan, db, paths[RECORDS])

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def find_duplicates(self, identity: Identity, options: Mapping[str, Any]) -> int:
        """Fills duplicates, alias and extra; returns how many records give way to a later one."""
        keys = identity.keys(options, self.plan.fields)
        if not keys or "records" not in self.views:
            return 0
        self._same_key(identity, keys)
        kinds = dict(self.db.execute("SELECT _kind, count(*) FROM records GROUP BY _kind").fetchall())
        for kind, key in enumerate(keys):
            if kind and kinds.get(kind) and key not in identity.alone:
                self._other_key(identity, keys, kind)
        if conflicting(identity, keys):
            self._conflicts(identity)
        return int(self._scalar("SELECT count(*) FROM duplicates"))

    def _same_key(self, identity: Identity, keys: Sequence[str]) -> None:
        """Records with the same first filled identifier: all but the last give way."""
        if not self._find_repeated("_key"):
            return
        self.db.execute(
            f"""CREATE TEMP TABLE keyed AS
                SELECT _record, _line, _kind AS kind, {key_sql(identity, keys)} AS key, {value_sql(keys)} AS value
                FROM records SEMI JOIN repeated_key USING (_key)"""
        )
        self.db.execute(
            """INSERT INTO duplicates
               SELECT _record, _line, winner FROM (
                   SELECT _record, _line, max(_record) OVER same AS last, max(_line) OVER same AS winner
                   FROM keyed WINDOW same AS (PARTITION BY kind, key)
               ) WHERE _record < last"""
        )
        for kind_number, name in enumerate(keys):
            self._add_extra(identity.duplicate.code, name, identity.duplicate.detail, f"k.kind = {kind_number}")

    def _add_extra(self, code: str, name: str, detail: str, condition: str) -> None:
        rule = self.plan.extra[code, name].id
        self.db.execute(
            f"""INSERT INTO extra SELECT d._record, d._line, {rule}, k.value,
                       {_detail_sql(detail, "d.winner")}
                FROM duplicates d JOIN keyed k ON k._record = d._record WHERE {condition}"""
        )

    def _other_key(self, identity: Identity, keys: Sequence[str], kind: int) -> None:
        """Records known by a lower identifier that an earlier record, known by a higher one, carries too.

        Taken one after the other, the later one is about the customer of the earlier one.
        """
        name = keys[kind]
        same = f"{_same_text(identity, name, 'low')} = {_same_text(identity, name, 'high')}"
        self.db.execute(
            f"""INSERT INTO alias
                SELECT low._record, min(high._record)
                FROM (SELECT * FROM records ANTI JOIN duplicates USING (_record) WHERE _kind = {kind}) low
                JOIN (SELECT * FROM records ANTI JOIN duplicates USING (_record)
                      WHERE _kind < {kind} AND {sql_name(name)} IS NOT NULL) high ON {same} AND high._record < low._record
                GROUP BY low._record"""
        )

    def _conflicts(self, identity: Identity) -> None:
        """One identifier together with two values of another: `_key` of the records that go by the first, and `_other`."""
        assert identity.conflict is not None
        self._find_repeated("_other")
        first, second = identity.conflict_fields
        for (name, hashed), (other_name, other_hashed) in (((first, "_key"), (second, "_other")), ((second, "_other"), (first, "_key"))):
            self.db.execute(
                f"""CREATE OR REPLACE TEMP TABLE suspect AS SELECT {hashed} FROM records SEMI JOIN repeated{hashed} USING ({hashed})
                    WHERE _kind = 0 AND _other IS NOT NULL GROUP BY {hashed} HAVING min({other_hashed}) <> max({other_hashed})"""
            )
            if not self._scalar("SELECT count(*) FROM suspect"):
                continue
            rule = self.plan.extra[identity.conflict.code, name].id
            mine, yours = _same_text(identity, name, "r"), _same_text(identity, other_name, "r")
            self.db.execute(
                f"""INSERT INTO extra
                    SELECT _record, _line, {rule}, value, NULL FROM (
                        SELECT _record, _line, r.{sql_name(name)}::VARCHAR AS value,
                               min({yours}) OVER same AS least, max({yours}) OVER same AS most
                        FROM records r SEMI JOIN suspect USING ({hashed}) WHERE {mine} IS NOT NULL AND {yours} IS NOT NULL
                        WINDOW same AS (PARTITION BY {mine})
                    ) WHERE least <> most"""
            )

    def _find_repeated(self, column: str) -> int:
        """Makes the view repeated_key (or repeated_other) of the hashes that occur more than once; returns their number."""
        found = repeated(self._records, column, int(self._scalar("SELECT count(*) FROM records")))
        path = self.folder.scratch / f"repeated{column}.parquet"
        pl.DataFrame({column: found}).write_parquet(path)
        self.db.execute(f"CREATE OR REPLACE TEMP VIEW repeated{column} AS SELECT * FROM read_parquet({sql_text(str(path))})")
        return len(found)

    def refuse(self, identity: Identity, keys: Sequence[str], refused: Path) -> int:
        """Adds a violation for each record in `refused` (Parquet: _record, _line, kind, value), which the destination
        cannot take; returns their number."""
        if identity.unknown is None or not refused.exists():
            return 0
        self.db.execute("DELETE FROM extra WHERE rule IN (SELECT rule FROM rules WHERE code = ?)", [identity.unknown.code])
        for kind, name in enumerate(keys):
            rule = self.plan.extra[identity.unknown.code, name].id
            self.db.execute(
                f"INSERT INTO extra SELECT _record, _line, {rule}, value, NULL FROM read_parquet(?) WHERE kind = {kind}", [str(refused)]
            )
        return int(self._scalar(f"SELECT count(*) FROM read_parquet({sql_text(str(refused))})"))

    def counts(self) -> dict[Severity, int]:
        """Violations by severity."""
        rows = self.db.execute(
            """SELECT severity, count(*) FROM (SELECT rule FROM found UNION ALL SELECT rule FROM extra) JOIN rules USING (rule)
               GROUP BY severity"""
        ).fetchall()
        return {Severity(s): n for s, n in rows}

    def _scalar(self, sql: str) -> Any:
        row = self.db.execute(sql).fetchone()
        return row[0] if row else None


def _row(rule: Rule) -> list[Any]:
    return [rule.id, rule.code, rule.column, rule.field, str(rule.severity), rule.message, rule.hint]


def _detail_sql(template: str, line: str) -> str:
    return f"replace({sql_text(template)}, '{{line}}', {line}::VARCHAR)" if template else "NULL"


def key_sql(identity: Identity, keys: Sequence[str], table: str = "") -> str:
    """The text of the first filled identifier, in the form that is compared."""
    texts = [f"lower({table}{sql_name(k)})" if k in identity.caseless else f"{table}{sql_name(k)}::VARCHAR" for k in keys]
    return f"coalesce({', '.join(texts)})"


def value_sql(keys: Sequence[str]) -> str:
    return f"coalesce({', '.join(f'{sql_name(k)}::VARCHAR' for k in keys)})"


def _same_text(identity: Identity, name: str, table: str) -> str:
    column = f"{table}.{sql_name(name)}"
    return f"lower({column})" if name in identity.caseless else f"{column}::VARCHAR"


def storage_error(error: duckdb.Error) -> StorageProblem:
    """What to tell a person when DuckDB cannot work on the staged parts."""
    text = str(error)
    if "No space left" in text or "max_temp_directory_size" in text or "could not write" in text.lower():
        return DiskFull("There is no space left for the import's working files.", fix="Free space on the disk, then resume.")
    return Damaged("The staged records cannot be read.", fix="Run the import again.", cause=text)
