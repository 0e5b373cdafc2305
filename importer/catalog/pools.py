"""Pools of codes: a name that is there once for each type, and what a person says about each."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from importer.catalog.store import Store
from importer.catalog.tables import folded, pools
from importer.errors import NotFound, WrongStatus
from importer.model import Pool, PoolDetails

_DETAILS = tuple(PoolDetails.__dataclass_fields__)


class Pools(Store):
    def pools(self, type: str | None = None) -> builtins.list[Pool]:
        """The pools of a type (None: of all of them) by name."""
        wanted = select(pools).order_by(pools.c.name_folded, pools.c.id)
        if type is not None:
            wanted = wanted.where(pools.c.type == type)
        with self._read() as connection:
            return [_pool(row) for row in connection.execute(wanted).mappings()]

    def pool(self, pool_id: int) -> Pool:
        """Raises NotFound."""
        with self._read() as connection:
            row = connection.execute(select(pools).where(pools.c.id == pool_id)).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no pool with the number {pool_id}.", fix="Choose another pool.")
        return _pool(row)

    def chosen_pool(self, options: Mapping[str, Any]) -> Pool | None:
        """The pool that the options of an import name; None where they name none that is there."""
        number = options.get("pool")
        if not isinstance(number, int) or isinstance(number, bool):
            return None
        try:
            return self.pool(number)
        except NotFound:
            return None

    def create_pool(self, type: str, details: PoolDetails) -> Pool:
        """Raises WrongStatus where the type has a pool of this name."""
        with self._write() as connection:
            _only_one(connection, type, details.name, None)
            made = connection.execute(insert(pools).values(type=type, created_at=self.now(), **_values(details)))
            return Pool(int(made.inserted_primary_key[0]), type, details)  # type: ignore[index]

    def change_pool(self, pool_id: int, details: PoolDetails) -> Pool:
        """Raises NotFound, and WrongStatus where another pool of the type has this name."""
        before = self.pool(pool_id)
        with self._write() as connection:
            _only_one(connection, before.type, details.name, pool_id)
            connection.execute(update(pools).where(pools.c.id == pool_id).values(**_values(details)))
        return Pool(pool_id, before.type, details)


def _only_one(connection: Connection, type: str, name: str, besides: int | None) -> None:
    same = select(pools.c.id).where(pools.c.type == type, pools.c.name_folded == folded(name), pools.c.id != (besides or 0))
    if connection.execute(same).first():
        raise WrongStatus(f"There is a pool with the name {name!r} already.", fix="Choose another name.", code="POOL_NAME")


def _values(details: PoolDetails) -> dict[str, Any]:
    return {**asdict(details), "name_folded": folded(details.name)}


def _pool(row: RowMapping) -> Pool:
    return Pool(row["id"], row["type"], PoolDetails(**{name: row[name] for name in _DETAILS}))
