"""Pools of codes: made, changed, and shown with how full they are."""

from __future__ import annotations

import re
from dataclasses import replace

from importer.access import Person, require
from importer.destinations import pool_sizes
from importer.errors import BadPool, NotFound
from importer.model import BARCODES, Pool, PoolDetails, PoolUse, Recipe
from importer.schema import TypeSchema, find_type, load_types
from importer.service.workspace import Workspace

MOST_CHARACTERS = {"name": 100, "prefix": 20, "description": 1_000}
MOST_CODES = 10**15


class Pools(Workspace):
    def pools(self, person: Person, type_name: str | None = None) -> tuple[PoolUse, ...]:
        """The pools of a type (None: of every type) by name, with the number of their codes."""
        require(person, "see")
        uses: list[PoolUse] = []
        for schema in load_types().values():
            if schema.pools and type_name in (None, schema.name):
                uses += self._uses(schema, schema.pools.field)
        return tuple(uses)

    def _uses(self, schema: TypeSchema, field: str) -> list[PoolUse]:
        pools = self._catalog.pools(schema.name)
        sizes = pool_sizes(self.settings.destination_path, self.settings, schema.name, field) if pools else {}
        return [PoolUse(pool, None if sizes is None else sizes.get(pool.id, 0)) for pool in pools]

    def pool_named(self, person: Person, type_name: str, name: str) -> Pool:
        """The pool of a type that has this name, whatever the case. Raises NotFound."""
        require(person, "see")
        pools = self._catalog.pools(type_name)
        found = next((p for p in pools if p.name == name), None) or next((p for p in pools if p.name.casefold() == name.casefold()), None)
        if found is None:
            known = ", ".join(p.name for p in pools)
            raise NotFound(f"There is no pool {name!r}.", fix=f"Choose one of: {known}." if known else "Create the pool first.")
        return found

    def in_pool(self, recipe: Recipe, pool: Pool) -> Recipe:
        """The recipe of an import whose records go into the pool."""
        return replace(recipe, options={**recipe.options, "pool": pool.id})

    def create_pool(self, person: Person, type_name: str, details: PoolDetails) -> Pool:
        """A new pool. Raises BadPool, WrongStatus where the name is taken, NotFound for a type without pools."""
        require(person, "manage pools")
        if find_type(type_name).pools is None:
            raise NotFound(f"{find_type(type_name).title} have no pools.", fix="Choose a type whose records are codes of a pool.")
        return self._catalog.create_pool(type_name, _sound(details))

    def change_pool(self, person: Person, pool_id: int, details: PoolDetails) -> Pool:
        """Changes what is said about a pool; codes that were loaded before stay as they are. Raises as `create_pool`."""
        require(person, "manage pools")
        return self._catalog.change_pool(pool_id, _sound(details))


def _sound(given: PoolDetails) -> PoolDetails:
    """The details without spaces around texts. Raises BadPool for the first thing that cannot be."""
    details = replace(given, name=given.name.strip(), prefix=given.prefix.strip(), description=given.description.strip())
    if not details.name:
        raise BadPool("The pool has no name.", fix="Give it a name.")
    for name, most in MOST_CHARACTERS.items():
        if len(getattr(details, name)) > most:
            raise BadPool(f"The {name} is longer than {most:,} characters.", fix="Shorten it.")
    if any(ord(c) < 32 or ord(c) == 127 for c in details.name):
        raise BadPool("The name holds a line break or another control character.", fix="Write it on one line.")
    if not re.fullmatch("[0-9]*", details.prefix):
        raise BadPool(f"The prefix {details.prefix!r} is not made of digits only.", fix="Write digits, or leave it empty.")
    if details.barcode not in BARCODES:
        raise BadPool(f"There is no barcode type {details.barcode!r}.", fix=f"Choose one of: {', '.join(BARCODES)}.")
    for words, limit in (("limit", details.limit), ("limit per customer", details.limit_per_profile)):
        if limit is not None and not 0 < limit <= MOST_CODES:
            raise BadPool(f"The {words} is {limit:,}.", fix="Write a whole number above zero, or leave it empty for no limit.")
    if details.starts_on and details.ends_on and details.ends_on < details.starts_on:
        raise BadPool("The pool ends before it starts.", fix="Check both days.")
    return details
