"""The yardstick: DuckDB reads a CSV file as text and stores it, without a single rule. Run: python -m benchmarks.limits FILE DATABASE"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import duckdb


def bare_load(source: Path, database: Path) -> dict[str, int]:
    """CREATE TABLE AS SELECT of all columns that the header names; lines that DuckDB cannot read are stored as rejects."""
    with source.open(encoding="utf-8", newline="") as file:
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in next(csv.reader(file)))
    options = "delim=',', quote='\"', escape='\"', header=true, auto_detect=false, store_rejects=true, rejects_limit=0"
    with duckdb.connect(database) as connection:
        connection.execute("SET enable_progress_bar = false")  # it would be written among the output
        connection.execute(f"CREATE TABLE records AS SELECT * FROM read_csv(?, columns={{{columns}}}, {options})", [str(source)])
        records = connection.execute("SELECT count(*) FROM records").fetchall()[0][0]
        rejects = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchall()[0][0]
    return {"records": records, "rejects": rejects}


if __name__ == "__main__":
    print(json.dumps(bare_load(Path(sys.argv[1]), Path(sys.argv[2]))))
