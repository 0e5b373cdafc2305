"""One part through the plan."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from importer.model import Severity
from importer.validation.plan import Judgement, Plan, internal

VIOLATIONS = pl.Schema({"_record": pl.Int64(), "_line": pl.Int64(), "rule": pl.UInt16(), "value": pl.String(), "detail": pl.String()})


# Few records get here, and working out a better order of fifty expressions takes longer than using them.
NO_OPTIMISATION = pl.QueryOptFlags.none()


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
    work = frame.lazy().rename({f"c{i}": internal(i) for i in range(len(plan.columns))})
    fields = [*plan.fields, "_line", "_record"]
    quick = work.with_columns(plan.quick.typed).select(*fields, _passes(plan).alias(internal("passes"))).collect()
    passes = quick[internal("passes")]
    if passes.all():
        return Validated(quick.select(fields), frame.clear(), pl.DataFrame(schema=VIOLATIONS))
    careful = _judge(plan, frame.filter(~passes))
    valid = quick.filter(passes).select(fields)
    if careful.valid.height:
        valid = pl.concat([valid, careful.valid]).sort("_record")
    return Validated(valid, careful.rejected, careful.violations)


def _passes(plan: Plan) -> pl.Expr:
    broken = [~b.fill_null(value=False) for b in plan.quick.broken]
    return pl.all_horizontal([*plan.quick.passes, *broken]) if plan.quick.passes else pl.lit(value=True)


def _judge(plan: Plan, frame: pl.DataFrame) -> Validated:
    """Every rule on every record."""
    errors = [j for j in plan.judgements if j.rule.severity is Severity.ERROR]
    result = (
        frame.lazy()
        .rename({f"c{i}": internal(i) for i in range(len(plan.columns))})
        .with_columns(plan.texts)
        .with_columns(plan.typed)
        .with_columns(_flags(plan, over_record=False))
        .with_columns(plan.drops)
        .with_columns(_flags(plan, over_record=True))
        .with_columns(plan.late_drops)
        .with_columns(_any(plan.judgements).alias(internal("flagged")), _any(errors).alias(internal("reject")))
        .collect(optimizations=NO_OPTIMISATION)
    )
    reject = result[internal("reject")]
    return Validated(
        valid=result.filter(~reject).select([*plan.fields, "_line", "_record"]),
        rejected=frame.filter(reject),
        violations=_violations(plan, result.filter(internal("flagged"))),
    )


def _flag(judgement: Judgement) -> str:
    return internal(f"f{judgement.rule.id}")


def _flags(plan: Plan, *, over_record: bool) -> list[pl.Expr]:
    judged = [j for j in plan.judgements if j.over_record is over_record]
    return [j.flag.fill_null(value=False).alias(_flag(j)) for j in judged if j.flag is not None]


def _any(judgements: list[Judgement]) -> pl.Expr:
    return pl.any_horizontal([_flag(j) for j in judgements]) if judgements else pl.lit(value=False)


def _violations(plan: Plan, flagged: pl.DataFrame) -> pl.DataFrame:
    if not flagged.height:
        return pl.DataFrame(schema=VIOLATIONS)
    counts = flagged.select(pl.col(_flag(j)).sum() for j in plan.judgements).row(0)
    found = [
        flagged.filter(_flag(j)).select(
            "_record",
            "_line",
            rule=pl.lit(j.rule.id, dtype=pl.UInt16),
            value=pl.col(j.source),
            detail=pl.lit(None, dtype=pl.String),
        )
        for j, count in zip(plan.judgements, counts, strict=True)
        if count
    ]
    return pl.concat(found).sort("_record", "rule")


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
