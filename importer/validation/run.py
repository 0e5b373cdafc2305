"""One part through the plan."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from importer.model import Severity
from importer.validation.plan import Plan

VIOLATIONS = pl.Schema({"_record": pl.Int64(), "_line": pl.Int64(), "rule": pl.UInt16(), "value": pl.String(), "detail": pl.String()})


@dataclass(frozen=True, slots=True)
class Validated:
    """What came of a part.

    valid: the fields of the plan, typed, with _line and _record (Int64), in file order.
    rejected: _record and _line and the text columns c0.. of the records that broke a rule with severity error.
    violations: _record, _line, rule (UInt16, number in the plan), value (String, the text of the cell), detail (String,
    a message of its own or null), ordered by record and rule; all severities.
    """

    valid: pl.DataFrame
    rejected: pl.DataFrame
    violations: pl.DataFrame


def validate(plan: Plan, frame: pl.DataFrame) -> Validated:
    """Judges the well-formed records of a part (String columns c0.., _line, _record)."""
    names = [f"f{j.rule.id}" for j in plan.judgements]
    errors = [f"f{j.rule.id}" for j in plan.judgements if j.rule.severity is Severity.ERROR]
    result = (
        frame.lazy()
        .with_columns(plan.texts)
        .with_columns(plan.typed)
        .with_columns(_flags(plan, over_record=False))
        .with_columns(plan.drops)
        .with_columns(_flags(plan, over_record=True))
        .with_columns(plan.late_drops)
        .with_columns(_flagged=_any(names), _reject=_any(errors))
        .collect()
    )
    kept = result.filter(~pl.col("_reject")) if result["_reject"].any() else result
    source = [c for c in frame.columns if c not in ("_line", "_record")]
    return Validated(
        valid=kept.select([*plan.fields, "_line", "_record"]),
        rejected=result.filter("_reject").select(["_record", "_line", *source]),
        violations=_violations(plan, result.filter("_flagged"), names),
    )


def _flags(plan: Plan, *, over_record: bool) -> list[pl.Expr]:
    judged = [j for j in plan.judgements if j.over_record is over_record and j.flag is not None]
    return [j.flag.fill_null(value=False).alias(f"f{j.rule.id}") for j in judged if j.flag is not None]


def _any(names: list[str]) -> pl.Expr:
    return pl.any_horizontal(names) if names else pl.lit(value=False)


def _violations(plan: Plan, flagged: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    if not flagged.height:
        return pl.DataFrame(schema=VIOLATIONS)
    counts = dict(zip(names, flagged.select(pl.col(n).sum() for n in names).row(0), strict=True))
    found = [
        flagged.filter(f"f{j.rule.id}").select(
            "_record",
            "_line",
            rule=pl.lit(j.rule.id, dtype=pl.UInt16),
            value=pl.col(j.source),
            detail=pl.lit(None, dtype=pl.String),
        )
        for j in plan.judgements
        if counts[f"f{j.rule.id}"]
    ]
    return pl.concat(found).sort("_record", "rule") if found else pl.DataFrame(schema=VIOLATIONS)


def malformed_violations(plan: Plan, malformed: pl.DataFrame) -> pl.DataFrame:
    """The violations of records that could not be read: one each, with the reader's own message."""
    numbers = {code: rule.id for code, rule in plan.malformed.items()}
    return malformed.select(
        "_record",
        "_line",
        rule=pl.col("code").replace_strict(numbers, return_dtype=pl.UInt16),
        value=pl.lit(None, dtype=pl.String),
        detail=pl.col("message"),
    )
