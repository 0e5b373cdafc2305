"""Reading what an ended stage 1 left behind, a page at a time, from any process."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from importer.config import Settings
from importer.model import Finding, Severity, Violation
from importer.staging.database import connect, storage_error
from importer.staging.folder import ImportFolder


def violations_page(
    folder: ImportFolder, settings: Settings, wanted: dict[str, str], offset: int, limit: int | None
) -> tuple[tuple[Violation, ...], int]:
    """Violations in file order and their total number; `wanted` compares code, column or severity."""
    if not folder.violations.is_file():
        return (), 0
    where = " AND ".join(f'"{name}" = ?' for name in wanted) or "true"
    values: list[Any] = list(wanted.values())
    try:
        with connect(":memory:", settings) as db:
            source = "read_parquet(?)"
            path = str(folder.violations)
            total = db.execute(f"SELECT count(*) FROM {source} WHERE {where}", [path, *values]).fetchone()
            rows = db.execute(
                f"""SELECT line, record, "column", field, value, code, severity, message, hint
                    FROM {source} WHERE {where} ORDER BY record, rule LIMIT ? OFFSET ?""",
                [path, *values, limit if limit is not None else 2**62, offset],
            ).fetchall()
    except duckdb.Error as error:
        raise storage_error(error) from error
    found = tuple(Violation(r[0], r[1], r[2], r[3], r[4], r[5], Severity(r[6]), r[7], r[8]) for r in rows)
    return found, int(total[0]) if total else 0


def findings(folder: ImportFolder) -> tuple[Finding, ...]:
    """Violations grouped by rule and column, errors first; empty while stage 1 has not ended."""
    if not folder.findings.is_file():
        return ()
    rows = json.loads(folder.findings.read_text(encoding="utf-8"))
    return tuple(
        Finding(
            r["code"], r["column"], r["field"], Severity(r["severity"]), r["message"], r["hint"], r["violations"],
            tuple((line, value) for line, value in r["examples"]),
        )
        for r in rows
    )  # fmt: skip
