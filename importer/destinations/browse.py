"""Looking at what is available: pages of loaded records, with filters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from importer.config import Settings
from importer.destinations.embedded import destination_error
from importer.destinations.load import META
from importer.errors import DestinationUnavailable, NotFound
from importer.model import RecordFilter, RecordPage
from importer.staging import connect, sql_name

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


def browse(
    path: Path, settings: Settings, table: str, filters: Sequence[RecordFilter], import_id: int | None,
    order: str | None, descending: bool, offset: int, limit: int,
) -> RecordPage:  # fmt: skip
    """A page of a table. Columns that hold no value in the whole table are left out; _id comes first, meta columns last.

    Raises NotFound for a column that is not there. While the file is being written the page is empty and `busy` says so.
    """
    if not path.exists():
        return RecordPage((), (), 0)
    try:
        with _open(path, settings) as db:
            columns = _columns(db, table)
            if not columns:
                return RecordPage((), (), 0)
            where, values = _where(filters, import_id, columns)
            by = sql_name(_known(order, columns)) if order else "_id"
            total = _count(db, f"SELECT count(*) FROM {sql_name(table)} WHERE {where}", values)
            shown = ", ".join(sql_name(c) for c in columns)
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


def _open(path: Path, settings: Settings) -> duckdb.DuckDBPyConnection:
    try:
        return connect(path, settings, read_only=True)
    except duckdb.Error as error:
        translated = destination_error(error)
        raise translated from error


def _columns(db: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    rows = db.execute(
        """SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? AND schema_name = 'main'
           AND database_name = current_database() ORDER BY column_index""",
        [table],
    ).fetchall()
    if not rows:
        return {}
    names = [n for n, _ in rows]
    filled = db.execute(f"SELECT {', '.join(f'count({sql_name(n)}) > 0' for n in names)} FROM {sql_name(table)}").fetchone()
    keep = [(n, t) for (n, t), some in zip(rows, filled or (), strict=False) if some or n in META or n == "_id"]
    return dict(sorted(keep, key=lambda c: (c[0] in META, c[0] != "_id")))


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
