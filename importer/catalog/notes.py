"""Small things that are kept beside the imports: their logs, attributes that were loaded before, settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, insert, literal, select
from sqlalchemy.dialects import sqlite

from importer.catalog.rows import to_log_entry
from importer.catalog.store import Store
from importer.catalog.tables import UtcTime, Words, custom_fields, imports, log, settings
from importer.model import LogEntry


class Notes(Store):
    def log(self, import_id: int, text: str, level: str = "info") -> None:
        """Adds a line to the log of an import. Nothing happens when the import was deleted meanwhile."""
        values = (literal(self.now(), UtcTime), literal(level), literal(text, Words))
        entry = select(imports.c.id, *values).where(imports.c.id == import_id)
        with self._write() as connection:
            connection.execute(insert(log).from_select(["import_id", "at", "level", "text"], entry))

    def log_entries(self, import_id: int) -> list[LogEntry]:
        """The log of an import in the order it was written."""
        with self._read() as connection:
            rows = connection.execute(select(log).where(log.c.import_id == import_id).order_by(log.c.id)).mappings()
            return [to_log_entry(row) for row in rows]

    def custom_fields(self, type: str) -> dict[str, str]:
        """Attributes beyond the declared fields that were loaded before: their names and data types."""
        known = select(custom_fields.c.name, custom_fields.c.data_type).where(custom_fields.c.type == type)
        with self._read() as connection:
            return {row.name: row.data_type for row in connection.execute(known.order_by(custom_fields.c.name))}

    def add_custom_fields(self, type: str, fields: Mapping[str, str]) -> None:
        """Remembers attributes. The data type of one that is known already stays as it is."""
        with self._write() as connection:
            for name, kind in fields.items():
                values = {"type": type, "name": name, "data_type": kind, "added_at": self.now()}
                _insert_or_keep(connection, custom_fields, values)

    def setting(self, key: str) -> str | None:
        with self._read() as connection:
            return connection.execute(select(settings.c.value).where(settings.c.key == key)).scalar_one_or_none()

    def setting_once(self, key: str, make: Callable[[], str]) -> str:
        """The value of a setting; the first who asks makes it, and everybody gets that one."""
        value = self.setting(key)
        if value is not None:
            return value
        made = make()
        with self._write() as connection:
            _insert_or_keep(connection, settings, {"key": key, "value": made})
            return str(connection.execute(select(settings.c.value).where(settings.c.key == key)).scalar_one())


def _insert_or_keep(connection: Connection, table: Table, values: dict[str, Any]) -> None:
    """Both databases write this alike, but SQLAlchemy has it in their dialects only."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # it takes a fiftieth of a second to import

        connection.execute(postgresql.insert(table).values(values).on_conflict_do_nothing())
    else:
        connection.execute(sqlite.insert(table).values(values).on_conflict_do_nothing())
