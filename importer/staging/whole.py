"""Rules over the whole file: which records break them, what gives way, and what is set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from importer.errors import FileProblem
from importer.schema import Consistent, Differ, Distinct, TypeSchema, Unique
from importer.staging.database import Staging, sql_name, sql_text
from importer.staging.duplicates import detail_sql, find_duplicates
from importer.staging.groups import judge_groups
from importer.staging.pools import PoolRoom, judge_room, take_pooled
from importer.validation.plan import together


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Valid records that are not loaded: `duplicates` give way to a later one, `aside` break a rule over the whole file."""

    duplicates: int
    aside: int

    @classmethod
    def of(cls, staging: Staging) -> LeftOut:
        counts = staging.db.execute("SELECT (SELECT count(*) FROM duplicates), (SELECT count(*) FROM aside)").fetchone() or (0, 0)
        return cls(*counts)


def judge_whole(staging: Staging, schema: TypeSchema, options: Mapping[str, Any], room: PoolRoom | None = None) -> LeftOut:
    """Judges what one record cannot tell. Records that break an error rule are set aside first, so that no other record gives
    way to one that is not loaded. References and pools were looked up before: see destinations.references and destinations.pools.

    room: of the pool that the records go into.

    Raises FileProblem where the file as a whole cannot be loaded.
    """
    if "records" not in staging.views:
        return LeftOut.of(staging)
    _references(staging)
    take_pooled(staging)
    for key in schema.unique:
        if _mapped(staging, key.fields):
            _unique(staging, key)
    for rule in schema.consistent:
        if _mapped(staging, rule.per):
            _consistent(staging, rule, options)
    staging.set_aside()
    if schema.group:
        judge_groups(staging, schema, options)
    if schema.identity:
        find_duplicates(staging, schema.identity, options)
    if schema.pools and room:
        judge_room(staging, schema.pools, room)
    for remark in schema.whole:
        if isinstance(remark, Distinct) and _mapped(staging, (remark.field,)):
            _distinct(staging, remark)
        elif isinstance(remark, Differ) and _mapped(staging, (remark.group,)):
            _differ(staging, remark)
    return LeftOut.of(staging)


def _mapped(staging: Staging, fields: Sequence[str]) -> bool:
    return all(f in staging.plan.fields for f in fields)


def _rule(staging: Staging, code: str, fields: Sequence[str]) -> int:
    return staging.plan.extra[code, together(fields)].id


def _references(staging: Staging) -> None:
    """Records that name something which is not there, as references.parquet has them (_record, _line, rule, value)."""
    if staging.folder.references.exists():
        path = sql_text(str(staging.folder.references))
        staging.db.execute(f"INSERT INTO extra SELECT _record, _line, rule, value, NULL FROM read_parquet({path})")


def _unique(staging: Staging, key: Unique) -> None:
    """Records whose key stands in an earlier record; one that is not filled in full is not compared."""
    names = ", ".join(sql_name(f) for f in key.fields)
    filled = " AND ".join(f"{sql_name(f)} IS NOT NULL" for f in key.fields)
    value = f"concat_ws(', ', {', '.join(f'{sql_name(f)}::VARCHAR' for f in key.fields)})"
    staging.db.execute(
        f"""INSERT INTO extra
            SELECT _record, _line, {_rule(staging, key.wording.code, key.fields)}, value, {detail_sql(key.wording.detail, "first_line")}
            FROM (
                SELECT _record, _line, {value} AS value, min(_record) OVER same AS first, min(_line) OVER same AS first_line
                FROM live SEMI JOIN (SELECT {names} FROM live WHERE {filled} GROUP BY {names} HAVING count(*) > 1) USING ({names})
                WINDOW same AS (PARTITION BY {names})
            ) WHERE _record > first"""
    )


def _consistent(staging: Staging, rule: Consistent, options: Mapping[str, Any]) -> None:
    if not rule.per:
        if not (rule.option and options.get(rule.option, False)):
            _one_in_the_file(staging, rule)
        return
    names = ", ".join(sql_name(f) for f in rule.per)
    filled = " AND ".join(f"{sql_name(f)} IS NOT NULL" for f in rule.per)
    for f in _there(staging, rule):
        column = sql_name(f)
        staging.db.execute(
            f"""INSERT INTO extra SELECT _record, _line, {_rule(staging, rule.wording.code, [f])}, {column}::VARCHAR, NULL
                FROM live SEMI JOIN (
                    SELECT {names} FROM live WHERE {filled} GROUP BY {names} HAVING min({column}) <> max({column})
                ) USING ({names}) WHERE {column} IS NOT NULL"""
        )


def _there(staging: Staging, rule: Consistent) -> list[str]:
    """The fields of a rule that the file has; what it does not have cannot differ."""
    return [f for f in rule.fields if f in staging.plan.fields]


def _one_in_the_file(staging: Staging, rule: Consistent) -> None:
    for f in _there(staging, rule):
        row = staging.db.execute(f"SELECT min({sql_name(f)})::VARCHAR, max({sql_name(f)})::VARCHAR FROM live").fetchone()
        if row and row[0] != row[1]:
            text = f"{rule.wording.message} Among them are {row[0]!r} and {row[1]!r}."
            raise FileProblem(text, fix=rule.wording.hint, code=rule.wording.code)


def _distinct(staging: Staging, rule: Distinct) -> None:
    """The record in which one value too many comes for the first time."""
    column = sql_name(rule.field)
    staging.db.execute(
        f"""INSERT INTO extra SELECT _record, _line, {_rule(staging, rule.wording.code, [rule.field])}, value, NULL FROM (
                SELECT min(_record) AS _record, min(_line) AS _line, arg_min({column}::VARCHAR, _record) AS value
                FROM live WHERE {column} IS NOT NULL GROUP BY lower({column}::VARCHAR)
                ORDER BY min(_record) LIMIT 1 OFFSET {int(rule.most)}
            )"""
    )


def _differ(staging: Staging, rule: Differ) -> None:
    """Records of one group that are alike in all fields; one that the file does not have is alike in all of them."""
    alike = [f"lower({sql_name(rule.group)}::VARCHAR)"]
    alike += [f"coalesce(lower({sql_name(f)}::VARCHAR), '')" for f in rule.fields if f in staging.plan.fields]
    staging.db.execute(
        f"""INSERT INTO extra SELECT _record, _line, {_rule(staging, rule.wording.code, [rule.group])}, value, NULL FROM (
                SELECT _record, _line, {sql_name(rule.group)}::VARCHAR AS value, count(*) OVER (PARTITION BY {", ".join(alike)}) AS many
                FROM live WHERE {sql_name(rule.group)} IS NOT NULL
            ) WHERE many > 1"""
    )
