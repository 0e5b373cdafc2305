"""The rules of a type on a few records, at once and without leaving anything behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from importer import mapping
from importer.model import Dialect, Recipe, Severity, Trial, Violation
from importer.schema import TypeSchema
from importer.validation import Plan, compile_plan, validate
from importer.validation.run import malformed_violations


def try_rules(
    schema: TypeSchema,
    dialect: Dialect,
    names: Sequence[str],
    columns: Sequence[str],
    frame: pl.DataFrame,
    malformed: pl.DataFrame,
    today: date,
) -> Trial:
    """Judges the well-formed records of a block (see `readers.csv.Block`), and counts those that are not.

    Columns find their fields by name. A required field without a column is told and not judged.
    """
    pairs = mapping.suggest(schema, names, columns)
    recipe = Recipe(schema.name, schema.version, dialect, pairs)
    missing = [i.field for i in mapping.issues(schema, recipe, columns) if i.code == "MAPPING_REQUIRED" and i.field]
    plan = compile_plan(schema, recipe, columns, today)
    result = validate(plan, frame)
    found = result.violations
    if malformed.height:
        found = pl.concat([found, malformed_violations(plan, malformed)])
    violations = _violations(plan, found)
    rejected = {v.record for v in violations if v.severity is Severity.ERROR}
    titles = tuple(f.title if (f := schema.field(n)) else n for n in missing)
    return Trial(frame.height + malformed.height, len(rejected), violations, pairs, titles)


def _violations(plan: Plan, found: pl.DataFrame) -> tuple[Violation, ...]:
    """A thousand records at most, so a loop will do."""
    rules = {rule.id: rule for rule in plan.rules}
    rows = found.sort("_record", "rule").select("_line", "_record", "rule", "value", "detail").rows()
    return tuple(
        Violation(line, record, r.column, r.field, value, r.code, r.severity, detail or r.message, r.hint)
        for line, record, rule, value, detail in rows
        for r in (rules[rule],)
    )
