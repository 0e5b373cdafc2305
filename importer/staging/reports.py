"""What stage 1 leaves for people: all violations, their summary, the error list and the rejected records.

Text of a cell that a spreadsheet would take for a formula gets an apostrophe before it, and so does text that already
begins with apostrophes before such a character; taking one apostrophe away gives the text back, always.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from importer.errors import disk_error
from importer.staging.database import Staging, sql_name, sql_text, storage_error

# Source: OWASP on CSV injection; = + - @, tab and carriage return begin a formula in one spreadsheet or another.
_FORMULA = r"^''*[=+\-@\t\r]"
_BOM = "\ufeff"
ERROR_LIST = ("line", "record", "column", "field", "value", "rule_code", "severity", "message", "hint")


def protected(expression: str) -> str:
    """SQL for text that is safe to open in a spreadsheet."""
    return f"CASE WHEN regexp_matches({expression}, '{_FORMULA}') THEN '''' || {expression} ELSE {expression} END"


def write_reports(staging: Staging, columns: Sequence[str], names: Sequence[str]) -> None:
    """Writes violations.parquet, findings.json, errors.csv and rejected.csv into the import's folder.

    columns: frame columns c0..; names: the header as it stands in the file. Raises StorageProblem.
    """
    try:
        _violations(staging)
        staging.folder.write_json(staging.folder.findings, _findings(staging))
        _error_list(staging)
        _rejected_records(staging, columns, names)
    except duckdb.Error as error:
        raise storage_error(error) from error


def _violations(staging: Staging) -> None:
    staging.db.execute(
        f"""COPY (
            SELECT f._line AS line, f._record AS record, r.col AS "column", r.field, f.value, r.code, r.severity,
                   coalesce(f.detail, r.message) AS message, r.hint, r.rule
            FROM (SELECT * FROM found UNION ALL SELECT * FROM extra) f JOIN rules r USING (rule)
            ORDER BY f._record, r.rule
        ) TO {_target(staging.folder.violations)} (FORMAT parquet, COMPRESSION lz4)"""
    )
    _finish(staging.folder.violations)


def _findings(staging: Staging) -> list[dict[str, Any]]:
    rows = staging.db.execute(
        f"""SELECT code, "column", field, severity, any_value(hint), count(*), arg_min({{'line': line, 'value': value}}, record, 5),
                   (SELECT message FROM rules r WHERE r.rule = v.rule)
            FROM read_parquet({sql_text(str(staging.folder.violations))}) v
            GROUP BY rule, code, "column", field, severity
            ORDER BY severity = 'error' DESC, severity = 'warning' DESC, count(*) DESC, rule"""
    ).fetchall()
    return [
        {
            "code": code, "column": column, "field": field, "severity": severity, "message": message, "hint": hint,
            "violations": count, "examples": [[e["line"], e["value"]] for e in examples],
        }
        for code, column, field, severity, hint, count, examples, message in rows
    ]  # fmt: skip


def _error_list(staging: Staging) -> None:
    texts = ", ".join(f"{protected(sql_name(c))} AS {c}" for c in ("column", "field", "value"))
    staging.db.execute(
        f"""COPY (
            SELECT line AS {sql_name(_BOM + "line")}, record, {texts}, code AS rule_code, severity, {protected("message")} AS message, hint
            FROM read_parquet({sql_text(str(staging.folder.violations))}) ORDER BY record, rule
        ) TO {_target(staging.folder.error_list)} ({_CSV})"""
    )
    _finish(staging.folder.error_list)


_CSV = "FORMAT csv, HEADER true, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR ''"


def _rejected_records(staging: Staging, columns: Sequence[str], names: Sequence[str]) -> None:
    """The original cells in original order and what was wrong; a record that could not be read has its text there too."""
    header = ",".join(_csv_cell(n) for n in [*names, "_errors"])
    body = staging.folder.rejected_records.with_suffix(".body")
    if sources := [f"SELECT * FROM {view}" for view in ("rejected", "late_rejected") if view in staging.views]:
        cells = ", ".join(protected(f"d.{c}") for c in columns)
        staging.db.execute(
            f"""COPY (
                WITH broken AS (
                    SELECT record,
                           string_agg(CASE WHEN "column" = '' THEN message ELSE "column" || ': ' || message END, ' ' ORDER BY rule) AS text
                    FROM read_parquet({sql_text(str(staging.folder.violations))}) WHERE severity = 'error' GROUP BY record
                )
                SELECT {cells}, {protected("'Line ' || d._line || ': ' || b.text || coalesce(' The line reads: ' || d.text, '')")}
                FROM ({" UNION ALL ".join(sources)}) d JOIN broken b ON b.record = d._record ORDER BY d._record
            ) TO {sql_text(str(body))} ({_CSV.replace("HEADER true", "HEADER false")})"""
        )
    temporary = staging.folder.rejected_records.with_suffix(".tmp")
    try:
        with temporary.open("wb") as out:
            out.write((_BOM + header + "\n").encode())
            if body.exists():
                with body.open("rb") as source:
                    shutil.copyfileobj(source, out, 1 << 20)
        temporary.replace(staging.folder.rejected_records)
    except OSError as error:
        raise disk_error(error) from error
    finally:
        body.unlink(missing_ok=True)


def _csv_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


def _target(path: Path) -> str:
    return sql_text(str(path.with_suffix(".tmp")))


def _finish(path: Path) -> None:
    path.with_suffix(".tmp").replace(path)
