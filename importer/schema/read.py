"""Reads type documents: Table Schema (version 2) in JSON or YAML, with this importer's additions. Knows no type's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files

from importer.errors import DeclarationError, NotFound
from importer.model import OptionInfo
from importer.schema.checks import read_check
from importer.schema.document import Node, parse
from importer.schema.fields import missing_values, pattern_of, read_field, wording
from importer.schema.keys import read_foreign_keys, read_unique
from importer.schema.model import TAKEN, TEXT_TYPES, Field, Identity, OpenFields, TypeSchema
from importer.schema.read_groups import read_group
from importer.schema.read_pools import read_pools
from importer.schema.read_whole import read_consistent, read_ignored, read_modes, read_whole

MAX_FIELDS = 2_000
FIELDS_MATCH = ("exact", "equal", "subset", "superset", "partial")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_\-]{0,99}")


def load_types() -> dict[str, TypeSchema]:
    """The import types that come with the importer, by name."""
    return {name: _bundled(name) for name in bundled_names()}


def find_type(name: str) -> TypeSchema:
    """One of the types that come with the importer. Raises NotFound."""
    if name not in bundled_names():
        raise NotFound(f"There is no import type {name!r}.", fix=f"Choose one of: {', '.join(bundled_names())}.")
    return _bundled(name)


@cache
def bundled_names() -> tuple[str, ...]:
    """The names of the types that come with the importer; each is the name of its document, too."""
    return tuple(sorted(f.name.removesuffix(".yaml") for f in files("importer.types").iterdir() if f.name.endswith(".yaml")))


@cache
def _bundled(name: str) -> TypeSchema:
    # One at a time: an import needs one, and reading all of them takes a seventh of a second.
    document = files("importer.types") / f"{name}.yaml"
    schema = read_type(document.read_text(encoding="utf-8"), document.name)
    if schema.name != name:
        raise DeclarationError(f"{document.name} calls its type {schema.name}.", fix="Call the document as its type.")
    return schema


def read_type(text: str, place: str) -> TypeSchema:
    """A type from a document in JSON or YAML with name, title and version. `place` names it in errors. Raises DeclarationError."""
    return read_schema(text, place)


def read_schema(text: str, place: str, *, name: str = "", title: str = "", version: str = "") -> TypeSchema:
    """As `read_type`, where name, title and version may come from outside: a plain Table Schema has none of them."""
    document = parse(text, place)
    given = {"name": name, "title": title, "version": version}
    document.data = {**document.data, **{k: v for k, v in given.items() if v}}
    schema = TypeSchema(
        name=document.needed("name"),
        title=document.needed("title"),
        version=document.needed("version"),
        description=document.text("description"),
        missing_values=("",) if (missing := missing_values(document)) is None else missing,
        fields=_fields(document),
        open=_open(document.node("open")) if "open" in document else None,
        fields_match=_fields_match(document),
    )
    if not _NAME.fullmatch(schema.name):
        raise document.wrong(f"the name {schema.name!r} is not plain.", fix="Use letters, digits, _ and -, and begin with a letter.")
    if not schema.fields and schema.open is None:
        raise document.wrong("it has no fields.", fix="Declare at least one field.")
    return _over_fields(document, schema)


def _over_fields(document: Node, schema: TypeSchema) -> TypeSchema:
    """The schema with all that names its fields."""
    by_name = {f.name: f for f in schema.fields}
    unique = read_unique(document, schema.fields)
    primary = {name for key in unique if key.primary for name in key.fields}
    return replace(
        schema,
        fields=tuple(_without_unique(f, required=f.name in primary) for f in schema.fields),
        unique=unique,
        foreign_keys=read_foreign_keys(document, schema.name, by_name),
        checks=tuple(read_check(c, by_name) for c in document.nodes("checks", "check")),
        identity=_identity(document.node("identity"), by_name) if "identity" in document else None,
        group=read_group(document.node("group"), by_name) if "group" in document else None,
        one_of=_one_of(document),
        consistent=tuple(read_consistent(c, by_name) for c in document.nodes("consistent", "rule")),
        whole=tuple(read_whole(w, by_name) for w in document.nodes("whole", "rule")),
        ignored=read_ignored(document.node("ignored")) if "ignored" in document else None,
        load=read_modes(document.node("load")),
        pools=read_pools(document.node("pools"), by_name, TAKEN) if "pools" in document else None,
        options=tuple(_option(o) for o in document.nodes("options", "option")),
    )


def _without_unique(field: Field, required: bool) -> Field:
    """What is unique is judged over the whole file; the fields of a primary key must be filled."""
    rules = {name: limit for name, limit in (field.constraints or {}).items() if name != "unique"}
    return replace(field, constraints=rules | {"required": True} if required else rules)


def _fields(document: Node) -> tuple[Field, ...]:
    if "fields" not in document and document.data.get("fields") != []:
        raise document.wrong("fields is missing.", fix="Declare the fields of the type.")
    given = document.of_kind("fields", list, "a list", [])
    if len(given) > MAX_FIELDS:
        raise document.wrong(f"it has {len(given):,} fields; at most {MAX_FIELDS:,} are possible.", fix="Make several types of it.")
    found: dict[str, Field] = {}
    for node in document.nodes("fields", "field"):
        field = read_field(node)
        if field.name.lower() in found:
            raise document.wrong(f"the field {field.name.lower()} stands twice.", fix="Name every field once; capitals do not count.")
        found[field.name.lower()] = field
    return tuple(found.values())


def _fields_match(document: Node) -> str | None:
    """How columns must match fields. Version 2.0 of the standard had a list of one, by mistake."""
    given = document.keys("fieldsMatch")
    if not given:
        return None
    if len(given) > 1 or given[0] not in FIELDS_MATCH:
        raise document.wrong(f"unknown fieldsMatch {', '.join(given)}.", fix=f"Known: {', '.join(FIELDS_MATCH)}.")
    return given[0]


def _identity(data: Node, fields: Mapping[str, Field]) -> Identity:
    conflict = data.node("conflict")
    found = Identity(
        precedence=data.texts("precedence"),
        without_email=data.texts("withoutEmail", data.texts("precedence")),
        caseless=frozenset(data.texts("caseless")),
        alone=frozenset(data.texts("alone")),
        update_only=frozenset(data.texts("updateOnly")),
        duplicate=wording(data.node("duplicate")),
        conflict=wording(conflict) if conflict.data else None,
        conflict_fields=conflict.texts("fields"),
        unknown=wording(data.node("unknown")) if "unknown" in data else None,
        together=data.flag("together"),
        optional=data.flag("optional"),
    )
    named = [*found.precedence, *found.without_email, *found.caseless, *found.alone, *found.update_only, *found.conflict_fields]
    if unknown := [n for n in named if n not in fields]:
        raise data.wrong(f"it names the unknown field {unknown[0]}.", fix="Correct it.")
    if number := [n for n in sorted(found.caseless) if fields[n].type not in TEXT_TYPES]:
        raise data.wrong(f"caseless names {number[0]}, which is no text.", fix="Name only fields of text.")
    if listed := [n for n in found.precedence if fields[n].type == "list"]:
        raise data.wrong(f"precedence names {listed[0]}, which is a list.", fix="Name fields of one value.")
    if not found.precedence:
        raise data.wrong("precedence is missing.", fix="Name at least one field that identifies a record.")
    return found


def _one_of(document: Node) -> tuple[str, ...]:
    """What is declared, or else the identifiers, unless a record may do without."""
    identity = document.node("identity")
    return document.texts("oneOf", () if identity.flag("optional") else identity.texts("precedence"))


def _option(data: Node) -> OptionInfo:
    return OptionInfo(data.needed("name"), data.needed("title"), data.text("description"), data.flag("default"))


def _open(data: Node) -> OpenFields:
    return OpenFields(
        prefix=data.text("prefix"),
        keep_names=data.flag("keepNames"),
        reserved=frozenset(data.text("reserved").split()),
        reserved_code=data.text("reservedCode", "ATTR_RESERVED"),
        forbidden=pattern_of(data, "forbidden"),
        forbidden_code=data.text("forbiddenCode", "ATTR_NAME_CHARS"),
        expected=wording(data.node("expected")) if "expected" in data else None,
    )
