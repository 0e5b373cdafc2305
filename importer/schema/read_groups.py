"""Reads `group` of a type document."""

from __future__ import annotations

from collections.abc import Mapping

from importer.schema.document import Node
from importer.schema.fields import wording
from importer.schema.groups import Compute, Group, GroupCheck, Units
from importer.schema.model import Field


def read_group(data: Node, fields: Mapping[str, Field]) -> Group:
    """The group of a type with these fields. Raises DeclarationError."""
    units, compute, salt = data.node("currency"), data.node("compute"), data.node("salt")
    found = Group(
        by=data.needed("by"),
        items=data.needed("items"),
        table=data.needed("table"),
        title=data.needed("title"),
        conflict=wording(data.node("conflict")),
        incomplete=wording(data.node("incomplete")),
        apart=wording(data.node("apart")),
        units=_units(units) if units.data else None,
        compute=Compute(compute.needed("option"), wording(compute), _texts(compute.node("fields"))) if compute.data else None,
        checks=tuple(
            GroupCheck(wording(c), c.texts("fields"), c.needed("broken"), c.text("unless") or None) for c in data.nodes("checks", "check")
        ),
        salt=salt.text("field") or None,
        salt_prefix=salt.text("prefix"),
    )
    named = [found.by, *(found.units.fields if found.units else ()), *(f for c in found.checks for f in c.fields)]
    named += [*(found.compute.fields if found.compute else ()), *([found.salt] if found.salt else [])]
    if unknown := [n for n in named if n not in fields]:
        raise data.wrong(f"it names the unknown field {unknown[0]}.", fix="Correct it.")
    if not fields[found.by].required:
        raise data.wrong(f"the field {found.by} may be empty.", fix="Make it required: a line without it belongs to no group.")
    return found


def _units(data: Node) -> Units:
    file = data.node("file")
    return Units(data.texts("fields"), wording(data.node("order")), wording(file), file.needed("option"))


def _texts(data: Node) -> dict[str, str]:
    return {name: data.text(name) for name in data.data}
