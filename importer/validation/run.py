"""One part through the plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
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

    valid: the fields of the plan, typed, with _line and _record (Int64); those that needed a careful look come last.
    rejected: _record and _line and the text columns c0.. of the records that broke a rule with severity error.
    violations: _record, _line, rule (UInt16, number in the plan), value (String, the text of the cell), detail (String,
    a message of its own or null), ordered by record and rule; all severities.
    """

    valid: pl.DataFrame
    rejected: pl.DataFrame
    violations: pl.DataFrame


def validate(plan: Plan, frame: pl.DataFrame, holds: Callable[[bytes], bool] = lambda _: True) -> Validated:
    """Judges the well-formed records of a part (String columns c0.., _line, _record).

    holds: whether the source of the part holds these bytes anywhere; without it everything is suspected.
    """
    fields = [*plan.fields, "_line", "_record"]
    suspected = {needle for needle in {s for step in plan.steps.values() for s in step.suspects} if holds(needle)}
    looks = [
        pl.all_horizontal(step.passes if suspected.intersection(step.suspects) else step.unsuspected).alias(internal(f"passes {name}"))
        for name, step in plan.steps.items()
    ]
    whole = pl.all_horizontal(plan.unbroken or [pl.lit(value=True)]).alias(internal("whole"))
    quick = _named(plan, frame).with_columns(*_quick(plan, plan.steps), *plan.constants).select(*fields, *looks, whole).collect()
    passes = quick.select(pl.all_horizontal(*(e.meta.output_name() for e in looks), internal("whole")))[:, 0]
    if passes.all():
        return Validated(quick.select(fields), frame.clear(), pl.DataFrame(schema=VIOLATIONS))
    doubtful = [name for name in plan.steps if not quick[internal(f"passes {name}")].all()]
    careful = judge(plan, frame.filter(~passes), doubtful)
    valid = quick.select(fields).filter(passes)
    if careful.valid.height:
        valid = pl.concat([valid, careful.valid])
    return Validated(valid, careful.rejected, careful.violations)


def values_of(plan: Plan, frame: pl.DataFrame, name: str) -> pl.Series:
    """The values of one field in records of a part (text columns c0..), as they would be loaded, whatever rules they break."""
    step = plan.steps[name]
    return _named(plan, frame).with_columns(step.texts).with_columns(step.typed).select(name).collect()[name]


def judge(plan: Plan, frame: pl.DataFrame, doubtful: Collection[str]) -> Validated:
    """Every rule on every record; of the fields only `doubtful` ones, because all values of the others passed the quick look."""
    steps = {name: step for name, step in plan.steps.items() if name in doubtful}
    others = {name: step for name, step in plan.steps.items() if name not in doubtful}
    judgements = [j for step in steps.values() for j in step.judgements]
    everything = [*judgements, *plan.checks]
    errors = [j for j in everything if j.rule.severity is Severity.ERROR]
    result = (
        _named(plan, frame)
        .with_columns(*(e for step in steps.values() for e in step.texts), *(e for step in others.values() for e in step.plain))
        .with_columns(*(e for step in steps.values() for e in step.typed), *_quick(plan, others), *plan.constants)
        .with_columns(_flags(judgements))
        .with_columns(_field_broken(plan, name, steps).alias(internal(f"broken {name}")) for name in sorted(plan.guarded))
        .with_columns(e for step in steps.values() for e in step.drops)
        .with_columns(_flags(plan.checks))
        .with_columns(plan.late_drops)
        .with_columns(_any(everything).alias(internal("flagged")), _any(errors).alias(internal("reject")))
        .collect(optimizations=NO_OPTIMISATION)
    )
    reject = result[internal("reject")]
    return Validated(
        valid=result.filter(~reject).select([*plan.fields, "_line", "_record"]),
        rejected=frame.filter(reject),
        violations=_violations(everything, result.filter(internal("flagged"))),
    )


def _named(plan: Plan, frame: pl.DataFrame) -> pl.LazyFrame:
    """The frame with its text columns under names that no field has."""
    return frame.lazy().rename({f"c{i}": internal(i) for i in range(len(plan.columns))})


def _quick(plan: Plan, steps: Collection[str]) -> list[pl.Expr]:
    return [e for name in steps for e in plan.steps[name].quick]


def _flag(judgement: Judgement) -> str:
    return internal(f"f{judgement.rule.id}")


def _field_broken(plan: Plan, name: str, doubtful: Collection[str]) -> pl.Expr:
    """True where a field broke a rule of its own that rejects the record."""
    return _any([j for j in plan.steps[name].judgements if j.rule.severity is Severity.ERROR and name in doubtful])


def _flags(judgements: Sequence[Judgement]) -> list[pl.Expr]:
    return [j.flag.fill_null(value=False).alias(_flag(j)) for j in judgements if j.flag is not None]


def _any(judgements: Sequence[Judgement]) -> pl.Expr:
    return pl.any_horizontal([_flag(j) for j in judgements]) if judgements else pl.lit(value=False)


def _violations(judgements: Sequence[Judgement], flagged: pl.DataFrame) -> pl.DataFrame:
    if not flagged.height:
        return pl.DataFrame(schema=VIOLATIONS)
    counts = flagged.select(pl.col(_flag(j)).sum() for j in judgements).row(0)
    found = [
        flagged.filter(_flag(j)).select(
            "_record",
            "_line",
            rule=pl.lit(j.rule.id, dtype=pl.UInt16),
            value=pl.col(j.source),
            detail=pl.lit(None, dtype=pl.String),
        )
        for j, count in zip(judgements, counts, strict=True)
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
