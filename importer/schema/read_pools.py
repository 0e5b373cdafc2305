"""Reads what a type document says about pools of codes."""

from __future__ import annotations

from collections.abc import Collection

from importer.schema.document import Node
from importer.schema.fields import wording
from importer.schema.pools import Pools


def read_pools(data: Node, fields: Collection[str], taken: Collection[str]) -> Pools:
    """The pools of a document over these fields. Raises DeclarationError."""
    words = {n: wording(data.node(n)) for n in ("unknown", "prefix", "barcode", "limit", "elsewhere", "again")}
    found = Pools(of=data.needed("of"), field=data.needed("field"), **words)
    if found.of not in fields:
        raise data.wrong(f"it names the unknown field {found.of}.", fix="Correct it.")
    if found.field.lower() in {*(f.lower() for f in fields), *taken}:
        raise data.wrong(f"the name {found.field} is taken.", fix="Call the column of the pool differently.")
    return found
