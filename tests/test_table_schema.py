"""Table Schema v2: what we reject is what frictionless rejects, except where the table of differences says so."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from frictionless import Resource

from importer.model import ColumnMap, Dialect, Recipe, Severity
from importer.schema import TypeSchema, read_schema
from importer.validation import compile_plan, validate
from tests.table_schema_cases import CASES, DIFFERENCES, Case

PROFILES = "https://datapackage.org/profiles/2.0/"


def document(case: Case) -> dict[str, Any]:
    field = {**case.field, "name": "cell"}
    return {"$schema": PROFILES + "tableschema.json", "fields": [{"name": "id", "type": "string"}, field], **case.schema}


def rejected_by_us(schema: TypeSchema, cells: list[str], **options: Any) -> set[int]:
    """The numbers of the cells that break a rule."""
    names = ["id", "cell"]
    maps = tuple(ColumnMap(n, n) for n in names)
    plan = compile_plan(schema, Recipe(schema.name, "1", Dialect(), maps, options), names, date(2026, 11, 23))
    count = len(cells)
    frame = pl.DataFrame(
        {
            "c0": [f"r{i}" for i in range(count)],
            "c1": pl.Series([c or None for c in cells], dtype=pl.String),
            "_line": range(2, count + 2),
            "_record": range(count),
        }
    )
    result = validate(plan, frame)
    rules = {r.id: r for r in plan.rules}
    found = result.violations.select("_record", "rule").rows()
    assert all(rules[rule].field == "cell" and rules[rule].severity is Severity.ERROR for _, rule in found)
    assert result.valid.height == count - len({record for record, _ in found})
    return {record for record, _ in found}


def rejected_by_frictionless(descriptor: dict[str, Any], cells: list[str], folder: Path) -> set[int]:
    path = folder / "cells.csv"
    with path.open("w", newline="", encoding="utf-8") as f:
        csv.writer(f).writerows([["id", "cell"], *([f"r{i}", cell] for i, cell in enumerate(cells))])
    resource = {"$schema": PROFILES + "dataresource.json", "name": "cells", "type": "table", "path": "cells.csv", "schema": descriptor}
    report = Resource.from_descriptor({**resource, "encoding": "utf-8"}, basepath=str(folder)).validate()
    found = report.flatten(["rowNumber", "fieldNumber", "type"])
    assert all(kind in ("type-error", "constraint-error") and field == 2 for _, field, kind in found), found
    return {row - 2 for row, _, _ in found}


@pytest.mark.parametrize("name", CASES)
def test_the_cells_that_we_reject_are_those_that_frictionless_rejects(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    descriptor = document(case)
    ours = rejected_by_us(read_schema(json.dumps(descriptor), name, name="own", title="Own", version="1"), case.cells)
    theirs = rejected_by_frictionless(descriptor, case.cells, tmp_path)
    found = {(case.cells[i], "reject" if i in ours else "take") for i in ours ^ theirs}
    assert found == {(cell, d.we) for d in DIFFERENCES if d.case == name for cell in d.cells}
