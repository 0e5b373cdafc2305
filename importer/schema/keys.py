"""What must be unique in a file, and what refers to records of other types. Both are judged over the whole file elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from importer.errors import DeclarationError
from importer.schema.document import Node
from importer.schema.fields import wording
from importer.schema.model import Field, ForeignKey, TypeSchema, Unique
from importer.schema.words import reference_wording, unique_wording


def read_unique(document: Node, fields: Sequence[Field]) -> tuple[Unique, ...]:
    """The primary key, the unique keys and the fields with the constraint `unique`. Raises DeclarationError."""
    by_name = {f.name: f for f in fields}
    found: dict[frozenset[str], Unique] = {}

    def add(names: tuple[str, ...], place: str, primary: bool = False) -> None:
        _check_names(document, place, names, by_name)
        words = unique_wording([by_name[n].title for n in names], primary)
        if len(names) == 1 and not primary:
            words = (by_name[names[0]].wordings or {}).get("unique", words)
        found.setdefault(frozenset(names), Unique(names, words, primary))

    if "primaryKey" in document:
        add(document.keys("primaryKey"), "primaryKey", primary=True)
    if document.data.get("uniqueKeys") == []:
        raise document.wrong("uniqueKeys is empty.", fix="Name at least one key, or leave it out.")
    for key in document.of_kind("uniqueKeys", list, "a list", []):
        add(Node({"key": key}, f"{document.place}, uniqueKeys").keys("key"), "uniqueKeys")
    for field in fields:
        if (field.constraints or {}).get("unique"):
            add((field.name,), "unique")
    return tuple(found.values())


def read_foreign_keys(document: Node, own_name: str, fields: Mapping[str, Field]) -> tuple[ForeignKey, ...]:
    """The references of a document. A missing or empty `resource` means the type itself. Raises DeclarationError."""
    found = []
    for key in document.nodes("foreignKeys", "foreignKey"):
        names, reference = key.keys("fields"), key.node("reference")
        _check_names(key, "fields", names, fields)
        targets = reference.keys("fields")
        if len(targets) != len(names):
            text = f"{len(names)} fields refer to {len(targets)}."
            raise key.wrong(text, fix="Name as many fields in the reference as in the key.")
        if "package" in reference:
            raise reference.wrong("package is not supported.", fix="Refer to a type of this workspace by `resource`.")
        target = reference.text("resource") or own_name
        if target == own_name:
            _check_names(reference, "fields", targets, fields)
        words = wording(key.node("violation")) if "violation" in key else reference_wording([fields[n].title for n in names], target)
        found.append(ForeignKey(names, target, targets, words))
    return tuple(found)


def _check_names(data: Node, place: str, names: tuple[str, ...], fields: Mapping[str, Field]) -> None:
    if not names:
        raise data.wrong(f"{place} names no field.", fix="Name at least one field.")
    if unknown := [n for n in names if n not in fields]:
        raise data.wrong(f"{place} names the unknown field {unknown[0]}.", fix="Correct it.")
    if len(set(names)) < len(names):
        raise data.wrong(f"{place} names a field twice.", fix="Name every field once.")


def check_references(schemas: Mapping[str, TypeSchema]) -> None:
    """Makes sure that what refers to other types finds them and their fields, and that types do not refer to each other in a
    circle: then no file could be the first. A type may refer to itself. Raises DeclarationError."""
    for schema in schemas.values():
        for key in schema.foreign_keys:
            target = schemas.get(key.type_name)
            if target is None:
                raise DeclarationError(f"{schema.name} refers to {key.type_name}, which is no type.", fix="Add that type first.")
            if unknown := [n for n in key.target_fields if target.field(n) is None]:
                raise DeclarationError(
                    f"{schema.name} refers to the field {unknown[0]}, which {target.name} does not have.", fix="Correct it."
                )
    for name in schemas:
        if way := _circle(name, schemas):
            raise DeclarationError(f"Types refer to each other in a circle: {' → '.join(way)}.", fix="Leave one of the references out.")


def _circle(start: str, schemas: Mapping[str, TypeSchema]) -> list[str] | None:
    """A way that leads from a type over others back to it."""
    ways, seen = [[start]], set()
    while ways:
        way = ways.pop()
        for key in schemas[way[-1]].foreign_keys:
            if key.type_name == start and len(way) > 1:
                return [*way, start]
            if key.type_name != way[-1] and key.type_name not in seen:
                seen.add(key.type_name)
                ways.append([*way, key.type_name])
    return None
