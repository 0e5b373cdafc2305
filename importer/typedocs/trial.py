"""The rules of a type on a few records, at once and without leaving anything behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from importer import mapping
from importer.identity import with_keys
from importer.model import Dialect, Recipe, Severity, Trial, Violation
from importer.schema import TypeSchema, Wording
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

    Rules over the whole file are judged over these records alone. Columns find their fields by name; what would stop an
    import because of its columns is told as a problem.
    """
    pairs = mapping.suggest(schema, names, columns)
    recipe = Recipe(schema.name, schema.version, dialect, pairs)
    problems = tuple(i.message for i in mapping.issues(schema, recipe, columns) if i.blocking)
    plan = compile_plan(schema, recipe, columns, today)
    result = validate(plan, frame)
    found = result.violations
    if malformed.height:
        found = pl.concat([found, malformed_violations(plan, malformed)])
    columns_of = {m.field: m.column for m in reversed(pairs) if m.field}
    repeats = [*_repeated_keys(schema, plan, result.valid, columns_of), *_given_way(schema, plan, result.valid, columns_of)]
    violations = tuple(sorted((*_violations(plan, found), *repeats), key=lambda v: v.record))
    rejected = {v.record for v in violations if v.severity is Severity.ERROR}
    return Trial(frame.height + malformed.height, len(rejected), violations, pairs, problems)


def _violations(plan: Plan, found: pl.DataFrame) -> tuple[Violation, ...]:
    """A thousand records at most, so a loop will do."""
    rules = {rule.id: rule for rule in plan.rules}
    rows = found.sort("_record", "rule").select("_line", "_record", "rule", "value", "detail").rows()
    return tuple(
        Violation(line, record, r.column, r.field, value, r.code, r.severity, detail or r.message, r.hint)
        for line, record, rule, value, detail in rows
        for r in (rules[rule],)
    )


def _repeated_keys(schema: TypeSchema, plan: Plan, valid: pl.DataFrame, columns: dict[str, str]) -> Iterator[Violation]:
    """Records whose key stands in an earlier one already."""
    for key in schema.unique:
        if all(name in plan.fields for name in key.fields):
            filled = valid.drop_nulls(key.fields).sort("_record")
            first = filled.select(*key.fields, other=pl.col("_line")).unique(key.fields, keep="first", maintain_order=True)
            later = filled.filter(~pl.struct(key.fields).is_first_distinct()).join(first, on=key.fields)
            yield from _told(later, key.fields[0], key.wording, columns)


def _given_way(schema: TypeSchema, plan: Plan, valid: pl.DataFrame, columns: dict[str, str]) -> Iterator[Violation]:
    """Records about what a later one is about, too."""
    if schema.identity is None or not (keys := schema.identity.keys({}, plan.fields)):
        return
    known = with_keys(valid, schema.identity, keys).drop_nulls("_key").sort("_record")
    last = known.select("_kind", "_key", other=pl.col("_line")).unique(["_kind", "_key"], keep="last", maintain_order=True)
    earlier = known.filter(~pl.struct("_kind", "_key").is_last_distinct()).join(last, on=["_kind", "_key"])
    for kind, name in enumerate(keys):
        yield from _told(earlier.filter(pl.col("_kind") == kind), name, schema.identity.duplicate, columns)


def _told(frame: pl.DataFrame, name: str, wording: Wording, columns: dict[str, str]) -> Iterator[Violation]:
    severity = Severity(wording.severity or "error")
    for line, record, value, other in frame.select("_line", "_record", pl.col(name).cast(pl.String), "other").rows():
        message = wording.detail.replace("{line}", str(other)) or wording.message
        yield Violation(line, record, columns.get(name, name), name, value, wording.code, severity, message, wording.hint)
