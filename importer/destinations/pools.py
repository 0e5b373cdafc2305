"""Pools of codes in the destination: how full they are, and which codes of a file are in one already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from importer.errors import DestinationRefused
from importer.staging import sql_name, sql_text


@dataclass(frozen=True, slots=True)
class Pooled:
    """The pool of an import. of, field: columns of the code and of the pool's number; names: of all pools of the type;
    elsewhere, again: the numbers of the rules about a code that is in another pool, and in this one, already; detail: the
    message about the former, with {pool} for its name."""

    of: str
    field: str
    pool: int
    limit: int | None
    names: Mapping[int, str]
    elsewhere: int
    again: int
    detail: str


def write_pooled(db: duckdb.DuckDBPyConnection, pooled: Pooled, table: str, parts: str, target: Path) -> int:
    """Writes the records whose code is in a pool already (_record, _line, rule, value, detail); returns how full the pool is.

    db: a connection in which the destination is attached as `there`, if it exists. parts: SQL that reads the records.
    """
    exists = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'there' AND schema_name = 'main' AND table_name = ?"
    if not _number(db, exists, [table]):
        return 0
    there, code, pool = f"there.main.{sql_name(table)}", sql_name(pooled.of), sql_name(pooled.field)
    db.execute("CREATE TEMP TABLE names(id BIGINT, name VARCHAR)")
    db.execute("INSERT INTO names SELECT unnest($ids), unnest($names)", {"ids": list(pooled.names), "names": list(pooled.names.values())})
    name = f"replace({sql_text(pooled.detail)}, '{{pool}}', coalesce(n.name, d.{pool}::VARCHAR, ''))" if pooled.detail else "NULL"
    here = f"d.{pool} IS NOT DISTINCT FROM {int(pooled.pool)}"
    db.execute(
        f"""COPY (
                SELECT s._record, s._line, (CASE WHEN {here} THEN {int(pooled.again)} ELSE {int(pooled.elsewhere)} END)::USMALLINT AS rule,
                       s.{code}::VARCHAR AS value, CASE WHEN NOT ({here}) THEN {name} END AS detail
                FROM {parts} s JOIN {there} d ON d.{code} = s.{code} LEFT JOIN names n ON n.id = d.{pool}
            ) TO {sql_text(str(target))} (FORMAT parquet)"""
    )
    return _number(db, f"SELECT count(*) FROM {there} WHERE {pool} = ?", [pooled.pool])


def keep_pools_apart(db: duckdb.DuckDBPyConnection, pooled: Pooled, table: str, records: str) -> None:
    """Looks once more, inside the transaction of the load: another import may have been loaded since the file was checked.

    records: SQL of what would be loaded; those that are there are in the table `resolved`. Raises DestinationRefused.
    """
    there, code, pool = sql_name(table), sql_name(pooled.of), sql_name(pooled.field)
    fix = "Run the file again as a new import; its check says which lines are concerned."
    apart = f"SELECT count(*) FROM ({records}) s JOIN {there} d ON d.{code} = s.{code} WHERE d.{pool} IS DISTINCT FROM ?"
    if taken := _number(db, apart, [pooled.pool]):
        words = "1 code of the file was" if taken == 1 else f"{taken:,} codes of the file were"
        raise DestinationRefused(f"Since the check {words} loaded into another pool.", fix=fix)
    if pooled.limit is None:
        return
    new = _number(db, f"SELECT count(*) FROM ({records}) ANTI JOIN resolved USING (_record)", [])
    full = _number(db, f"SELECT count(*) FROM {there} WHERE {pool} = ?", [pooled.pool])
    if new and full + new > pooled.limit:
        text = f"Since the check the pool was filled by another import: it holds {full:,} codes of at most {pooled.limit:,}."
        raise DestinationRefused(text, fix=f"Raise the limit of the pool, or choose another one. {fix}")


def fill_levels(db: duckdb.DuckDBPyConnection, table: str, field: str) -> dict[int, int]:
    """The number of codes in each pool that has any; `field` is the column with the pool's number."""
    rows = db.execute(f"SELECT {sql_name(field)}, count(*) FROM {sql_name(table)} GROUP BY ALL").fetchall()
    return {pool: codes for pool, codes in rows if pool is not None}


def _number(db: duckdb.DuckDBPyConnection, sql: str, values: list[object]) -> int:
    row = db.execute(sql, values).fetchone()
    return int(row[0]) if row else 0
