"""Rules over groups of lines, such as orders: they hold wherever in the file the lines of a group stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from importer.errors import FileProblem
from importer.schema import TypeSchema, Wording
from importer.schema.groups import Group
from importer.staging.database import Staging, sql_list, sql_name, sql_text
from importer.staging.duplicates import detail_sql

_SQL_TYPES = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "datetime": "TIMESTAMP"}


def judge_groups(staging: Staging, schema: TypeSchema, options: Mapping[str, Any]) -> None:
    """Fills extra and aside: contradictions, units, groups of which a line was rejected, groups that stand apart, and the checks.

    Makes the table computed(key, fields of the group) where fields are to be worked out. Raises FileProblem where the file as a
    whole cannot be loaded.
    """
    assert schema.group is not None
    work = _Groups(staging, schema, schema.group, options)
    work.units()
    work.conflicts()
    staging.set_aside()
    work.incomplete()
    staging.set_aside()
    work.one_unit_in_the_file()
    work.apart()
    work.checks()
    staging.set_aside()


class _Groups:
    def __init__(self, staging: Staging, schema: TypeSchema, group: Group, options: Mapping[str, Any]):
        self.staging = staging
        self.schema = schema
        self.group = group
        self.options = options
        self.fields = staging.plan.fields
        self.key = sql_name(group.by)
        self.compute = group.compute if group.compute and self._is_on(group.compute.option) else None
        self.measured = [f for f in group.units.fields if f in self.fields] if group.units else []
        units = ", ".join(sql_name(f) for f in self.measured)
        self.least, self.most = f"min(least({units}))", f"max(greatest({units}))"

    def _is_on(self, option: str | None) -> bool:
        return bool(option and self.schema.option(option, self.options))

    def _rule(self, code: str, name: str) -> int:
        return self.staging.plan.extra[code, name].id

    def units(self) -> None:
        """Groups whose lines hold more than one unit."""
        if self.group.units is None or not self.measured:
            return
        target = self.measured[0]
        self.staging.db.execute(
            f"""INSERT INTO extra
                SELECT _record, _line, {self._rule(self.group.units.group.code, target)}, {sql_name(target)}, NULL
                FROM live SEMI JOIN (
                    SELECT {self.key} FROM live GROUP BY {self.key} HAVING {self.least} <> {self.most}
                ) USING ({self.key})"""
        )

    def one_unit_in_the_file(self) -> None:
        """The groups that can be loaded hold one unit, unless several are allowed."""
        units = self.group.units
        if units is None or not self.measured or self._is_on(units.option):
            return
        row = self.staging.db.execute(f"SELECT {self.least}, {self.most} FROM live").fetchone()
        if row and row[0] != row[1]:
            raise FileProblem(f"{units.file.message} Among them are {row[0]} and {row[1]}.", fix=units.file.hint, code=units.file.code)

    def conflicts(self) -> None:
        """Fields of a group in which its lines contradict each other; an empty cell contradicts nothing.

        Units were judged before, and what is worked out anyway may differ. Hashes stand for the values, because a text for each
        group and field would not fit into memory.
        """
        known = {*self.measured, *(self.compute.fields if self.compute else ())}
        heads = [f for f in self.group.heads(self.fields) if f not in known]
        if not heads:
            return
        every = ", ".join(sql_name(f) for f in heads)
        self.staging.db.execute(
            f"""CREATE TEMP TABLE varied AS
                SELECT {self.key} FROM live GROUP BY {self.key} HAVING min(hash({every})) <> max(hash({every}))"""
        )
        if not self.staging.scalar("SELECT count(*) FROM varied"):
            return
        hashes = {f: f"CASE WHEN {sql_name(f)} IS NOT NULL THEN hash({sql_name(f)}) END" for f in heads}
        differ = {f: f"coalesce(min({h}) <> max({h}), false)" for f, h in hashes.items()}
        self.staging.db.execute(
            f"""CREATE TEMP TABLE torn AS SELECT {self.key} AS key, {", ".join(f"{test} AS {sql_name(f)}" for f, test in differ.items())}
                FROM live SEMI JOIN varied USING ({self.key}) GROUP BY {self.key} HAVING {" OR ".join(differ.values())}"""
        )
        if not self.staging.scalar("SELECT count(*) FROM torn"):
            return
        for f in heads:
            self.staging.db.execute(
                f"""INSERT INTO extra
                    SELECT r._record, r._line, {self._rule(self.group.conflict.code, f)}, r.{sql_name(f)}::VARCHAR, NULL
                    FROM live r JOIN torn t ON t.key = r.{self.key} AND t.{sql_name(f)} WHERE r.{sql_name(f)} IS NOT NULL"""
            )

    def incomplete(self) -> None:
        """All lines of a group of which one was rejected, or could not be read but for its group."""
        bad = [f"SELECT {self.key} AS key, _line FROM records SEMI JOIN aside USING (_record)"]
        if rejected := self.staging.rejected_values(self.group.by):
            bad += [f"SELECT {self.key} AS key, _line FROM read_parquet({sql_list([str(p) for p in rejected])})"]
        detail = detail_sql(self.group.incomplete.detail, "b.line")
        self.staging.db.execute(
            f"""INSERT INTO extra
                SELECT r._record, r._line, {self._rule(self.group.incomplete.code, self.group.by)}, r.{self.key}::VARCHAR, {detail}
                FROM live r JOIN (SELECT key, min(_line) AS line FROM ({" UNION ALL ".join(bad)}) GROUP BY key) b
                ON b.key = r.{self.key}"""
        )

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
        chosen = [c for c in self.group.checks if self._is_mapped(c.fields) and not self._is_on(c.unless)]
        columns = {f"check{i}": check.broken for i, check in enumerate(chosen)}
        if self.compute:
            columns |= dict(self.compute.fields)
            given = [f for f in self.compute.fields if f in self.fields]
            columns["replaced"] = self._differ(given, self.compute.fields) if given else "true"
        if not columns:
            return
        worked_out = ", ".join(f"{sql} AS {sql_name(name)}" for name, sql in columns.items())
        self.staging.db.execute(
            f"""CREATE TABLE computed AS SELECT {self.key} AS key, min(_record) AS _record, min(_line) AS _line, {worked_out}
                FROM (SELECT *{self._unmapped()} FROM live) GROUP BY {self.key}"""
        )
        for i, check in enumerate(chosen):
            self._report(check.wording, check.fields, f"check{i}")
        if self.compute:
            self._report(self.compute.wording, tuple(self.compute.fields), "replaced")

    def _is_mapped(self, fields: Sequence[str]) -> bool:
        """A rule whose fields are not all in the file is not judged."""
        return all(f in self.fields for f in fields)

    def _differ(self, given: Sequence[str], computed: Mapping[str, str]) -> str:
        """SQL that is true where one of the given fields is not, in all lines, what was worked out."""
        tests = ["count({0}) < count(*) OR min({0}) <> ({1}) OR max({0}) <> ({1})".format(sql_name(f), computed[f]) for f in given]
        return " OR ".join(tests)

    def _unmapped(self) -> str:
        """Fields that the file does not have, as empty columns."""
        missing = [f for f in self.schema.fields if f.name not in self.fields]
        return "".join(f", NULL::{_SQL_TYPES.get(f.type, 'VARCHAR')} AS {sql_name(f.name)}" for f in missing)

    def _report(self, wording: Wording, fields: Sequence[str], flag: str) -> None:
        """Lists the first line of a group, or all of them where the rule rejects the group."""
        target = next((f for f in fields if f in self.fields), self.group.by)
        rejects = (wording.severity or "error") == "error"
        same = f"c.key = r.{self.key}" if rejects else "c._record = r._record"
        self.staging.db.execute(
            f"""INSERT INTO extra
                SELECT r._record, r._line, {self._rule(wording.code, target)}, r.{sql_name(target)}::VARCHAR, NULL
                FROM live r JOIN computed c ON {same} WHERE c.{sql_name(flag)}"""
        )


def salt_sql(group: Group, key: str) -> str:
    """A text in the form of a UUID that is always the same one for a group."""
    digest = f"md5({sql_text(group.salt_prefix)} || {key})"
    return f"({digest})::UUID::VARCHAR"
