"""Loading lines that make groups, such as orders: one table holds the groups, another one their lines.

A group that is there already is updated, and its lines are replaced, when anything of it differs. Every line of a group has
the state of its group. DuckDB can put what it sorts and joins on disk, but not the texts inside a min() or a list(); they are kept
only for groups of which some lines leave a field empty that others fill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import duckdb

from importer.destinations.load import META, SQL_TYPES, LoadCounts, Staged, column_types, demand_type, loadable_sql, scalar, utc_now
from importer.schema.groups import Group
from importer.staging import sql_name
from importer.staging.groups import salt_sql

POSITION = "_position"


class GroupLoad:
    """The statements of one load or preview, on one connection; `group` is that of the type."""

    def __init__(self, db: duckdb.DuckDBPyConnection, staged: Staged, group: Group):
        self.db = db
        self.staged = staged
        self.group = group
        self.key = sql_name(group.by)
        self.table, self.lines_table = sql_name(staged.table), sql_name(group.table)
        self.computed = self._computed()
        self.heads = [*dict.fromkeys([*group.heads(staged.fields), *self.computed, *([group.salt] if group.salt else [])])]
        self.lines = group.lines(staged.fields)

    def _computed(self) -> list[str]:
        """Fields that were worked out for every group in staging."""
        rows = self.db.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = 'staged' AND table_name = 'computed'"
        ).fetchall()
        there = {name for (name,) in rows}
        return [f for f in (self.group.compute.fields if self.group.compute else ()) if f in there]

    def prepare_table(self) -> None:
        """Creates both tables, or adds the columns of fields that they do not have yet. Raises DestinationRefused."""
        types = {n: SQL_TYPES[k] for n, k in {**self.staged.declared, **self.staged.fields}.items()}
        by = {self.group.by: types[self.group.by]}
        self._create(self.staged.table, {"_id": "BIGINT"} | by | {n: types[n] for n in self.group.heads(types)} | META)
        lines = {"_id": "BIGINT"} | by | {POSITION: "BIGINT"} | {n: types[n] for n in self.group.lines(types)} | META
        self._create(self.group.table, lines)

    def _create(self, table: str, columns: Mapping[str, str]) -> None:
        declared = ", ".join(f"{sql_name(n)} {t}" for n, t in columns.items())
        self.db.execute(f"CREATE TABLE IF NOT EXISTS {sql_name(table)} ({declared})")
        there = column_types(self.db, table)
        for name, kind in columns.items():
            if name.lower() not in there:
                self.db.execute(f"ALTER TABLE {sql_name(table)} ADD COLUMN {sql_name(name)} {kind}")
            demand_type(there, name, kind)

    def resolve(self, *, there: bool) -> None:
        """Makes TEMP TABLEs of the groups of the file: heads(key, first line, fields) and state(key, target, changed, lines).

        there: whether the tables exist; without them every group is new.
        """
        self.db.execute(f"CREATE TEMP VIEW line AS {loadable_sql(self.staged.files([n for n, _ in self.staged.parts]))}")
        self._make_heads()
        if not there:
            self.db.execute("CREATE TEMP TABLE state AS SELECT key, NULL::BIGINT AS target, true AS changed, lines FROM heads")
            return
        self._make_moved()
        self.db.execute(
            f"""CREATE TEMP TABLE state AS
                SELECT h.key, d._id AS target, h.lines, d._id IS NULL OR m.key IS NOT NULL OR ({self._head_changed()}) AS changed
                FROM heads h LEFT JOIN {self.table} d ON d.{self.key} = h.key LEFT JOIN moved m ON m.key = h.key"""
        )

    def _make_heads(self) -> None:
        """The fields of a group stand in its first line; where some lines leave one empty, the first that is filled counts."""
        given = [f for f in self.heads if f in self.staged.fields and f not in self.computed]
        patchy = " OR ".join(f"count({sql_name(f)}) NOT IN (0, count(*))" for f in given) or "false"
        self.db.execute(
            f"""CREATE TEMP TABLE firsts AS
                SELECT {self.key} AS key, min(_record) AS _record, min(_line) AS _line, count(*) AS lines, ({patchy}) AS patchy
                FROM line GROUP BY {self.key}"""
        )
        filled = "".join(f", arg_min({sql_name(f)}, _record) AS {sql_name(f)}" for f in given)
        plain = "".join(f", r.{sql_name(f)}" for f in given)
        patched = "".join(f", p.{sql_name(f)}" for f in given)
        columns = "".join(f", {self._head(f, given)} AS {sql_name(f)}" for f in self.heads)
        worked_out = "LEFT JOIN staged.computed c ON c.key = h.key" if self.computed else ""
        self.db.execute(
            f"""CREATE TEMP TABLE heads AS
                SELECT h.key, h._record, h._line, h.lines{columns} FROM (
                    SELECT g.key, g._record, g._line, g.lines{plain}
                    FROM (SELECT * FROM firsts WHERE NOT patchy) g JOIN line r ON r._record = g._record
                    UNION ALL
                    SELECT g.key, g._record, g._line, g.lines{patched}
                    FROM firsts g JOIN (
                        SELECT {self.key} AS key{filled}
                        FROM line SEMI JOIN (SELECT key FROM firsts WHERE patchy) torn ON torn.key = {self.key} GROUP BY {self.key}
                    ) p ON p.key = g.key
                ) h {worked_out}"""
        )

    def _head(self, name: str, given: list[str]) -> str:
        """Where a field of the group comes from: worked out, from its lines, or from nowhere."""
        if name in self.computed:
            return f"c.{sql_name(name)}"
        return f"h.{sql_name(name)}" if name in given else "NULL::VARCHAR"

    def _head_changed(self) -> str:
        there = column_types(self.db, self.staged.table)
        return " OR ".join(f"(h.{sql_name(f)} IS NOT NULL{self._differs('h', f, there)})" for f in self.heads) or "false"

    def _differs(self, mine: str, name: str, there: Mapping[str, str]) -> str:
        """The rest of a test that begins with "it is filled"; a column that the destination does not have yet holds nothing."""
        return f" AND {mine}.{sql_name(name)} IS DISTINCT FROM d.{sql_name(name)}" if name.lower() in there else ""

    def _make_moved(self) -> None:
        """TEMP TABLE moved(key): groups that are there with other lines, or with the same ones in another order."""
        there = column_types(self.db, self.group.table)
        columns = "".join(f", r.{sql_name(f)}" for f in self.lines)
        differs = [
            f"m.{sql_name(f)} IS DISTINCT FROM d.{sql_name(f)}" if f.lower() in there else f"m.{sql_name(f)} IS NOT NULL"
            for f in self.lines
        ]
        self.db.execute(
            f"""CREATE TEMP TABLE moved AS
                SELECT DISTINCT key FROM (
                    SELECT r.{self.key} AS key, row_number() OVER (PARTITION BY r.{self.key} ORDER BY r._record) AS position{columns}
                    FROM line r SEMI JOIN {self.table} g ON g.{self.key} = r.{self.key}
                ) m LEFT JOIN {self.lines_table} d ON d.{self.key} = m.key AND d.{POSITION} = m.position
                WHERE {" OR ".join(["d._id IS NULL", *differs])}
                UNION
                SELECT h.key FROM {self.lines_table} d JOIN heads h ON h.key = d.{self.key} WHERE d.{POSITION} > h.lines"""
        )

    def counts(self) -> LoadCounts:
        row = self.db.execute(
            """SELECT coalesce(sum(lines) FILTER (target IS NULL), 0),
                      coalesce(sum(lines) FILTER (target IS NOT NULL AND changed), 0), coalesce(sum(lines) FILTER (NOT changed), 0)
               FROM state"""
        ).fetchone() or (0, 0, 0)
        return LoadCounts(*(int(n) for n in row))

    def write(self, progress: Callable[[int], None]) -> LoadCounts:
        """Inserts groups that are new, updates those that differ, and writes the lines of both anew."""
        counts = self.counts()
        parameters = {"import": self.staged.import_id, "now": utc_now()}
        self._write_heads(parameters)
        progress((counts.created + counts.updated) // 4)
        changed = "SELECT key FROM state WHERE changed AND target IS NOT NULL"
        self.db.execute(f"DELETE FROM {self.lines_table} WHERE {self.key} IN ({changed})")
        self._insert_lines(parameters)
        progress(counts.created + counts.updated + counts.unchanged)
        return counts

    def _write_heads(self, parameters: dict[str, object]) -> None:
        names = "".join(f", {sql_name(f)}" for f in self.heads)
        values = "".join(f", {self._new_value(f)}" for f in self.heads)
        base = int(scalar(self.db, f"SELECT coalesce(max(_id), 0) FROM {self.table}"))
        self.db.execute(
            f"""INSERT INTO {self.table} (_id, {self.key}{names}, _import, _line, _created_by, _updated_at)
                SELECT {base} + row_number() OVER (ORDER BY h._record), h.key{values}, $import, h._line, $import, $now
                FROM heads h SEMI JOIN (SELECT key FROM state WHERE target IS NULL) n ON n.key = h.key""",
            parameters,
        )
        sets = "".join(f"{sql_name(f)} = coalesce(h.{sql_name(f)}, d.{sql_name(f)}), " for f in self.heads)
        self.db.execute(
            f"""UPDATE {self.table} d SET {sets}_import = $import, _line = h._line, _updated_at = $now
                FROM heads h JOIN state s ON s.key = h.key WHERE d._id = s.target AND s.changed""",
            parameters,
        )

    def _new_value(self, name: str) -> str:
        value = f"h.{sql_name(name)}"
        return f"coalesce({value}, {salt_sql(self.group, 'h.key::VARCHAR')})" if name == self.group.salt else value

    def _insert_lines(self, parameters: dict[str, object]) -> None:
        names = "".join(f", {sql_name(f)}" for f in self.lines)
        values = "".join(f", r.{sql_name(f)}" for f in self.lines)
        base = int(scalar(self.db, f"SELECT coalesce(max(_id), 0) FROM {self.lines_table}"))
        self.db.execute(
            f"""INSERT INTO {self.lines_table} (_id, {self.key}, {POSITION}{names}, _import, _line, _created_by, _updated_at)
                SELECT {base} + r._record, r.{self.key}, row_number() OVER (PARTITION BY r.{self.key} ORDER BY r._record){values},
                       $import, r._line, $import, $now
                FROM line r SEMI JOIN (SELECT key FROM state WHERE changed) s ON s.key = r.{self.key}""",
            parameters,
        )
