"""Brings the tables of a workspace up to date when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, insert, inspect, select, update

from importer.catalog.tables import metadata, pools, schema_version, type_documents
from importer.errors import Damaged

FIRST = 1


def _add_type_documents(connection: Connection) -> None:
    """Version 2: types that a team defines itself."""
    type_documents.create(connection)


def _add_pools(connection: Connection) -> None:
    """Version 3: pools of codes."""
    pools.create(connection)


# Step number n (from 2 on) turns version n - 1 into n. A workspace that is new gets the tables as `tables.py` has them.
STEPS: tuple[Callable[[Connection], None], ...] = (_add_type_documents, _add_pools)


def migrate(connection: Connection, steps: Sequence[Callable[[Connection], None]] = STEPS) -> int:
    """Applies the steps that are missing, inside the caller's transaction, and returns the version reached.

    Raises Damaged when the tables were made by a newer program than this one.
    """
    newest = FIRST + len(steps)
    version = _version(connection)
    if version is None:
        metadata.create_all(connection)
        connection.execute(insert(schema_version).values(only=1, version=newest))
        return newest
    if version > newest:
        raise Damaged(
            f"The workspace was written by a newer version of the importer (format {version}; this one knows {newest}).",
            fix="Update the importer, or choose another workspace.",
        )
    for step in steps[version - FIRST :]:
        step(connection)
    if version < newest:
        connection.execute(update(schema_version).values(version=newest))
    return newest


def _version(connection: Connection) -> int | None:
    if not inspect(connection).has_table(schema_version.name):
        return None
    return connection.execute(select(schema_version.c.version)).scalar_one_or_none()
