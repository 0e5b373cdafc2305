"""Loading lines that make groups, such as orders: one table holds the groups, another one their lines.

A group that is there already is updated, and its lines are replaced, when anything of it differs. Every line of a group has
the state of its group.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from importer.destinations.load import META, SQL_TYPES, LoadCounts, Staged, loadable_sql, scalar, utc_now
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
        """Creates both tables, or adds the columns of fields that they do not have yet."""
        types = {n: SQL_TYPES[k] for n, k in {**self.staged.declared, **self.staged.fields}.items()}
        by = {self.group.by: types[self.group.by]}
        self._create(self.staged.table, {"_id": "BIGINT"} | by | {n: types[n] for n in self.group.heads(types)} | META)
        lines = {"_id": "BIGINT"} | by | {POSITION: "BIGINT"} | {n: types[n] for n in self.group.lines(types)} | META
        self._create(self.group.table, lines)

    def _create(self, table: str, columns: dict[str, str]) -> None:
        declared = ", ".join(f"{sql_name(n)} {t}" for n, t in columns.items())
        self.db.execute(f"CREATE TABLE IF NOT EXISTS {sql_name(table)} ({declared})")
        for name, kind in columns.items():
            self.db.execute(f"ALTER TABLE {sql_name(table)} ADD COLUMN IF NOT EXISTS {sql_name(name)} {kind}")

    def resolve(self, *, there: bool) -> None:
        """Makes TEMP TABLEs of the groups of the file: heads(key, first line, fields) and state(key, target, changed, lines).

        there: whether the tables exist; without them every group is new.
        """
        records = loadable_sql(self.staged.files([n for n, _ in self.staged.parts]))
        firsts = "".join(f", {self._first(f)} AS {sql_name(f)}" for f in self.heads)
        joined = f"({records}) r" + (f" LEFT JOIN staged.computed c ON c.key = r.{self.key}" if self.computed else "")
        self.db.execute(f"CREATE TEMP VIEW line AS {records}")
        self.db.execute(
            f"""CREATE TEMP TABLE heads AS SELECT r.{self.key} AS key, min(r._record) AS _record, min(r._line) AS _line,
                       count(*) AS lines{firsts} FROM {joined} GROUP BY r.{self.key}"""
        )
        if not there:
            self.db.execute("CREATE TEMP TABLE state AS SELECT key, NULL::BIGINT AS target, true AS changed, lines FROM heads")
            return
        self.db.execute(
            f"""CREATE TEMP TABLE state AS
                WITH known AS (SELECT h.*, d._id AS target, ({self._head_changed()}) AS differs
                               FROM heads h LEFT JOIN {self.table} d ON d.{self.key} = h.key),
                mine AS ({self._items("line", "_record", self.key)}),
                theirs AS ({self._items(self.lines_table, POSITION, self.key)})
                SELECT k.key, k.target, k.target IS NULL OR k.differs OR mine.items IS DISTINCT FROM theirs.items AS changed, k.lines
                FROM known k LEFT JOIN mine ON mine.key = k.key LEFT JOIN theirs ON theirs.key = k.key"""
        )

    def _first(self, name: str) -> str:
        """The value of a field of the group: worked out, or the first one that its lines give."""
        if name in self.computed:
            return f"any_value(c.{sql_name(name)})"
        if name in self.staged.fields:
            return f"arg_min(r.{sql_name(name)}, r._record)"
        return "NULL::VARCHAR"

    def _head_changed(self) -> str:
        tests = [f"(h.{sql_name(f)} IS NOT NULL AND h.{sql_name(f)} IS DISTINCT FROM d.{sql_name(f)})" for f in self.heads]
        return " OR ".join(tests) or "false"

    def _items(self, source: str, order: str, key: str) -> str:
        """The lines of the groups of the file that are known, as one list for each group."""
        known = f"(SELECT h.key FROM heads h JOIN {self.table} d ON d.{self.key} = h.key) k"
        values = ", ".join(f"{sql_name(f'v{i}')} := s.{sql_name(f)}" for i, f in enumerate(self.lines)) or "v0 := 1"
        return f"""SELECT s.{key} AS key, list(struct_pack({values}) ORDER BY s.{order}) AS items
                   FROM {source} s JOIN {known} ON k.key = s.{key} GROUP BY s.{key}"""

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
