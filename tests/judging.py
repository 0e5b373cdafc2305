"""Judges records that are written as dictionaries, for tests of rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from importer.model import ColumnMap, Dialect, Recipe, Severity
from importer.schema import find_type
from importer.validation import Validated, compile_plan, validate

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
Found = list[tuple[str, str, Severity]]


def judge(
    type_name: str, records: Sequence[Mapping[str, str | None]], types: Mapping[str, str] | None = None, **options: Any
) -> tuple[Validated, Found]:
    """Records with columns named as fields (`tags#2` is one more column for tags); the violations as (code, field, severity)."""
    names = list(dict.fromkeys(n for r in records for n in r))
    maps = tuple(ColumnMap(n, n.split("#")[0], (types or {}).get(n)) for n in names)
    plan = compile_plan(find_type(type_name), Recipe(type_name, "1", Dialect(), maps, options), names, NOW.date(), NOW)
    columns = {f"c{i}": pl.Series([r.get(n) for r in records], dtype=pl.String) for i, n in enumerate(names)}
    frame = pl.DataFrame({**columns, "_line": range(2, len(records) + 2), "_record": range(1, len(records) + 1)})
    result = validate(plan, frame)
    rules = {r.id: r for r in plan.rules}
    return result, [(r.code, r.field, r.severity) for r in (rules[n] for n in result.violations["rule"])]
