"""Rules over groups of lines, such as orders: they hold wherever in the file the lines of a group stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from importer.errors import FileProblem
from importer.schema import TypeSchema
from importer.schema.groups import Group, Units
from importer.staging.database import Staging, sql_name, sql_text
from importer.staging.duplicates import detail_sql

_SQL_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "datetime": "TIMESTAMP"}


def judge_groups(staging: Staging, schema: TypeSchema, options: Mapping[str, Any]) -> None:
    """Fills extra and aside: contradictions, units, groups of which a line was rejected, groups that stand apart, and the checks.

    Makes the table computed(key, fields of the group) where fields are to be worked out. Raises FileProblem where the file as a
    whole cannot be loaded.
    """
    assert schema.group is not None
    work = _Groups(staging, schema, schema.group, options)
    if schema.group.units:
        work.units(schema.group.units)
    work.conflicts()
    staging.set_aside()
    work.incomplete()
    staging.set_aside()
    work.apart()
    work.checks()


class _Groups:
    def __init__(self, staging: Staging, schema: TypeSchema, group: Group, options: Mapping[str, Any]):
        self.staging = staging
        self.schema = schema
        self.group = group
        self.options = options
        self.fields = staging.plan.fields
        self.key = sql_name(group.by)

    def _rule(self, code: str, name: str) -> int:
        return self.staging.plan.extra[code, name].id

    def units(self, units: Units) -> None:
        """One unit in each group, and in the file unless several are allowed."""
        mapped = [sql_name(f) for f in units.fields if f in self.fields]
        if not mapped:
            return
        least, most = f"min(least({', '.join(mapped)}))", f"max(greatest({', '.join(mapped)}))"
        if not self.options.get(units.option, False):
            row = self.staging.db.execute(f"SELECT {least}, {most} FROM live").fetchone()
            if row and row[0] != row[1]:
                raise FileProblem(f"{units.file.message} Among them are {row[0]} and {row[1]}.", fix=units.file.hint, code=units.file.code)
        target = next(f for f in units.fields if f in self.fields)
        self.staging.db.execute(
            f"""INSERT INTO extra
                SELECT _record, _line, {self._rule(units.group.code, target)}, {sql_name(target)}, NULL
                FROM live SEMI JOIN (SELECT {self.key} FROM live GROUP BY {self.key} HAVING {least} <> {most}) USING ({self.key})"""
        )

    def conflicts(self) -> None:
        """Fields of a group in which its lines contradict each other; an empty cell contradicts nothing."""
        heads = self.group.heads(self.fields)
        if not heads:
            return
        differ = {f: f"(min({sql_name(f)}) <> max({sql_name(f)}))" for f in heads}
        self.staging.db.execute(
            f"""CREATE TEMP TABLE torn AS SELECT {self.key} AS key, {", ".join(f"{test} AS {sql_name(f)}" for f, test in differ.items())}
                FROM live GROUP BY {self.key} HAVING {" OR ".join(differ.values())}"""
        )
        if not self.staging.scalar("SELECT count(*) FROM torn"):
            return
        for f in heads:
            self.staging.db.execute(
                f"""INSERT INTO extra
                    SELECT r._record, r._line, {self._rule(self.group.conflict.code, f)}, r.{sql_name(f)}::VARCHAR, NULL
                    FROM live r JOIN torn t ON t.key = r.{self.key} AND t.{sql_name(f)}"""
            )

    def incomplete(self) -> None:
        """All lines of a group of which one was rejected."""
        bad = [f"SELECT {self.key}::VARCHAR AS key, _line FROM records SEMI JOIN aside USING (_record)"]
        if "rejected" in self.staging.views:
            cells = [i for i, column in enumerate(self.staging.plan.columns) if column == self._column(self.group.by)]
            bad += [f"SELECT trim(c{i}) AS key, _line FROM rejected WHERE c{i} IS NOT NULL" for i in cells]
        detail = detail_sql(self.group.incomplete.detail, "b.line")
        self.staging.db.execute(
            f"""INSERT INTO extra
                SELECT r._record, r._line, {self._rule(self.group.incomplete.code, self.group.by)}, r.{self.key}::VARCHAR, {detail}
                FROM live r JOIN (SELECT key, min(_line) AS line FROM ({" UNION ALL ".join(bad)}) GROUP BY key) b
                ON b.key = r.{self.key}::VARCHAR"""
        )

    def _column(self, name: str) -> str:
        return self.staging.plan.extra[self.group.incomplete.code, name].column

    def apart(self) -> None:
        """The first line of a group that does not follow the line before it."""
        self.staging.db.execute(
            f"""INSERT INTO extra
                SELECT min(_record), min(_line), {self._rule(self.group.apart.code, self.group.by)}, any_value(key), NULL FROM (
                    SELECT _record, _line, {self.key}::VARCHAR AS key,
                           _record - lag(_record) OVER (PARTITION BY {self.key} ORDER BY _record) AS step
                    FROM live SEMI JOIN (
                        SELECT {self.key} FROM live GROUP BY {self.key} HAVING max(_record) - min(_record) + 1 <> count(*)
                    ) USING ({self.key})
                ) WHERE step > 1 GROUP BY key"""
        )

    def checks(self) -> None:
        """Everything that is worked out from the lines of a group, in one pass over the file."""
        chosen = [c for c in self.group.checks if self._is_mapped(c.fields) and not (c.unless and self.options.get(c.unless, False))]
        columns = {f"check{i}": check.broken for i, check in enumerate(chosen)}
        compute = self.group.compute if self.group.compute and self.options.get(self.group.compute.option, False) else None
        if compute:
            columns |= dict(compute.fields)
            given = [f for f in compute.fields if f in self.fields]
            columns["given"] = self._differ(given, compute.fields) if given else "true"
        if not columns:
            return
        worked_out = ", ".join(f"{sql} AS {sql_name(name)}" for name, sql in columns.items())
        self.staging.db.execute(
            f"""CREATE TABLE computed AS SELECT {self.key} AS key, min(_record) AS _record, min(_line) AS _line, {worked_out}
                FROM (SELECT *{self._unmapped()} FROM live) GROUP BY {self.key}"""
        )
        for i, check in enumerate(chosen):
            self._report(check.wording.code, check.fields, f"check{i}")
        if compute:
            self._report(compute.wording.code, tuple(compute.fields), "given")

    def _is_mapped(self, fields: Sequence[str]) -> bool:
        """A rule whose fields are not all in the file is not judged."""
        return all(f in self.fields for f in fields)

    def _differ(self, given: Sequence[str], computed: Mapping[str, str]) -> str:
        return " OR ".join(f"count({sql_name(f)}) < count(*) OR min({sql_name(f)}) <> ({computed[f]})" for f in given)

    def _unmapped(self) -> str:
        """Fields that the file does not have, as empty columns."""
        missing = [f for f in self.schema.fields if f.name not in self.fields]
        return "".join(f", NULL::{_SQL_TYPES.get(f.type, 'VARCHAR')} AS {sql_name(f.name)}" for f in missing)

    def _report(self, code: str, fields: Sequence[str], flag: str) -> None:
        target = next((f for f in fields if f in self.fields), self.group.by)
        self.staging.db.execute(
            f"""INSERT INTO extra
                SELECT r._record, r._line, {self._rule(code, target)}, r.{sql_name(target)}::VARCHAR, NULL
                FROM live r JOIN computed c ON c._record = r._record WHERE c.{sql_name(flag)}"""
        )


def salt_sql(group: Group, key: str) -> str:
    """A text in the form of a UUID that is always the same one for a group."""
    digest = f"md5({sql_text(group.salt_prefix)} || {key})"
    return f"({digest})::UUID::VARCHAR"
