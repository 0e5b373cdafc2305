"""References to records of other types: which records of a file name something that is not there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import duckdb

from importer.destinations.load import Staged
from importer.schema import ForeignKey, TypeSchema
from importer.staging import sql_name, sql_text


def write_references(
    db: duckdb.DuckDBPyConnection, staged: Staged, keys: Sequence[tuple[ForeignKey, int]], targets: Mapping[str, TypeSchema | None]
) -> None:
    """Writes references.parquet (_record, _line, rule, value) into the import's folder.

    db: a connection in which the destination is attached as `there`, if it exists. keys: references whose fields are all
    mapped, with the numbers of their rules. targets: the types they refer to. A reference that is only worth a warning is not
    looked up where nothing of its type was ever loaded.
    """
    rows = db.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'there' AND schema_name = 'main'").fetchall()
    tables = {name for (name,) in rows}
    parts = staged.files([n for n, _ in staged.parts])
    found = [
        _missing(parts, key, rule, targets.get(key.type_name), _known(staged, parts, key, tables))
        for key, rule in keys
        if key.type_name in tables or key.wording.severity != "warning"
    ]
    if found:
        db.execute(f"COPY ({' UNION ALL '.join(found)}) TO {sql_text(str(staged.folder.references))} (FORMAT parquet)")


def _known(staged: Staged, parts: str, key: ForeignKey, tables: Collection[str]) -> list[str]:
    """Where the records may be that are referred to: what was loaded and, for a reference to its own type, the file itself."""
    known = [f"there.main.{sql_name(key.type_name)}"] if key.type_name in tables else []
    return known + ([parts] if key.type_name == staged.table and set(key.target_fields) <= set(staged.fields) else [])


def _missing(parts: str, key: ForeignKey, rule: int, target: TypeSchema | None, known: Sequence[str]) -> str:
    caseless = target.identity.caseless if target and target.identity else frozenset()
    filled = " AND ".join(f"{sql_name(f)} IS NOT NULL" for f in key.fields)
    value = f"concat_ws(', ', {', '.join(f'{sql_name(f)}::VARCHAR' for f in key.fields)})"
    pairs = " AND ".join(
        f"lower(r.{sql_name(f)}::VARCHAR) = lower(d.{sql_name(t)}::VARCHAR)"
        if t in caseless
        else f"r.{sql_name(f)}::VARCHAR = d.{sql_name(t)}::VARCHAR"
        for f, t in zip(key.fields, key.target_fields, strict=True)
    )
    joins = "".join(f" ANTI JOIN {source} d ON {pairs}" for source in known)
    return f"SELECT _record, _line, {int(rule)}::USMALLINT AS rule, {value} AS value FROM (SELECT * FROM {parts} WHERE {filled}) r{joins}"
