"""Looking at what is available: pages of loaded records, with filters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from importer.config import Settings
from importer.destinations.embedded import destination_error
from importer.destinations.load import META
from importer.destinations.pools import fill_levels
from importer.errors import DestinationUnavailable, NotFound
from importer.model import RecordFilter, RecordPage
from importer.staging import connect, sql_name

SHOWN_CHARACTERS = 4_000
BUSY = "An import is being written at this moment; the records can be seen again as soon as it is done."


def table_sizes(path: Path, settings: Settings) -> dict[str, int] | None:
    """Records in each table, or None while the file is being written."""
    if not path.exists():
        return {}
    try:
        with _open(path, settings) as db:
            rows = db.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'").fetchall()
            return {t: _count(db, f"SELECT count(*) FROM {sql_name(t)}", []) for (t,) in rows}
    except DestinationUnavailable:
        return None


def pool_sizes(path: Path, settings: Settings, table: str, field: str) -> dict[int, int] | None:
    """Codes in each pool by its number, which the column `field` holds; None while the file is being written."""
    if not path.exists():
        return {}
    try:
        with _open(path, settings) as db:
            return fill_levels(db, table, field) if field in _declared(db, table) else {}
    except DestinationUnavailable:
        return None


def browse(
    path: Path, settings: Settings, table: str, filters: Sequence[RecordFilter], import_id: int | None,
    order: str | None, descending: bool, offset: int, limit: int,
) -> RecordPage:  # fmt: skip
    """A page of a table; texts are cut to SHOWN_CHARACTERS.

    Columns that hold no value in the whole table are left out; _id comes first, meta columns last.

    Raises NotFound for a column that is not there. While the file is being written the page is empty and `busy` says so.
    """
    if not path.exists():
        return RecordPage((), (), 0)
    try:
        with _open(path, settings) as db:
            declared = _declared(db, table)
        if not declared:
            return RecordPage((), (), 0)
        with _open(path, settings, len(declared)) as db:
            columns = _filled(db, table, declared)
            where, values = _where(filters, import_id, columns)
            by = sql_name(_known(order, columns)) if order else "_id"
            total = _count(db, f"SELECT count(*) FROM {sql_name(table)} WHERE {where}", values)
            shown = ", ".join(_shown(name, kind) for name, kind in columns.items())
            rows = db.execute(
                f"""SELECT {shown} FROM {sql_name(table)} WHERE {where}
                    ORDER BY {by} {"DESC" if descending else "ASC"} NULLS LAST, _id LIMIT {int(limit)} OFFSET {int(offset)}""",
                values,
            ).fetchall()
            return RecordPage(tuple(columns), tuple(rows), total)
    except DestinationUnavailable:
        return RecordPage((), (), 0, BUSY)
    except duckdb.Error as error:
        raise destination_error(error) from error


def _open(path: Path, settings: Settings, columns: int = 0) -> duckdb.DuckDBPyConnection:
    try:
        return connect(path, settings, read_only=True, columns=columns)
    except duckdb.Error as error:
        translated = destination_error(error)
        raise translated from error


def _declared(db: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Columns of a table and their types."""
    rows = db.execute(
        """SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? AND schema_name = 'main'
           AND database_name = current_database() ORDER BY column_index""",
        [table],
    ).fetchall()
    return dict(rows)


def _filled(db: duckdb.DuckDBPyConnection, table: str, declared: dict[str, str]) -> dict[str, str]:
    """The columns that hold a value anywhere, _id first and meta columns last."""
    counted = ", ".join(f"count({sql_name(n)}) > 0" for n in declared)
    some = db.execute(f"SELECT {counted} FROM {sql_name(table)}").fetchone() or ()
    keep = [(n, t) for (n, t), filled in zip(declared.items(), some, strict=True) if filled or n in META or n == "_id"]
    return dict(sorted(keep, key=lambda c: (c[0] in META, c[0] != "_id")))


def _shown(name: str, kind: str) -> str:
    """A column for the eye: a page of very long texts would not fit into memory, nor on a screen."""
    return f"left({sql_name(name)}, {SHOWN_CHARACTERS}) AS {sql_name(name)}" if kind == "VARCHAR" else sql_name(name)


def _where(filters: Sequence[RecordFilter], import_id: int | None, columns: dict[str, str]) -> tuple[str, list[Any]]:
    tests: list[str] = ["true"]
    values: list[Any] = []
    if import_id is not None:
        tests.append("_import = ?")
        values.append(import_id)
    for f in filters:
        column = sql_name(_known(f.column, columns))
        kind = columns[f.column]
        match f.op:
            case "contains":
                tests.append(f"contains(lower({column}::VARCHAR), lower(?))")
            case "equals":
                tests.append(f"lower({column}::VARCHAR) = lower(?)")
            case "empty":
                tests.append(f"{column} IS NULL")
            case "filled":
                tests.append(f"{column} IS NOT NULL")
            case _:
                tests.append(f"{column} {'>=' if f.op == 'at least' else '<='} TRY_CAST(? AS {kind})")
        if f.op not in ("empty", "filled"):
            values.append(f.value)
    return " AND ".join(tests), values


def _known(name: str, columns: dict[str, str]) -> str:
    if name not in columns:
        raise NotFound(f"The records have no column {name!r}.", fix=f"Columns: {', '.join(columns)}.")
    return name


def _count(db: duckdb.DuckDBPyConnection, sql: str, values: list[Any]) -> int:
    row = db.execute(sql, values).fetchone()
    return int(row[0]) if row else 0
