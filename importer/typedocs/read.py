"""A document of a person becomes a type.

What is only there to be fast is refused: a mistake in it would hide bad records. So is what holds SQL that is not looked through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import polars as pl
import yaml

from importer.errors import DeclarationError, TypeProblem
from importer.model import ColumnMap, Dialect, Recipe
from importer.schema import TypeSchema, load_types, read_schema
from importer.schema.document import parse
from importer.validation import compile_plan, validate

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# A type gives its name to a table. These are tables and databases that a load makes for itself.
RESERVED = frozenset(
    [
        "importer",
        "generic",
        "main",
        "temp",
        "system",
        "staged",
        "matches",
        "resolved",
        "refused",
        "firsts",
        "heads",
        "moved",
        "state",
        "line",
    ]
)
# Letters, digits, underscore, dot, dash and space: what every expression and statement takes for a plain name.
FIELD_NAME = re.compile(r"[^\W_][\w.\- ]{0,99}")
UNSAVED = "new_type"  # what a document is called while it has no name
FOR_SPEED = ("quick", "suspects")
# Written in SQL that nobody looks through, because only the importer's own documents have it.
TRUSTED = ("group",)
_FIX = "Correct the document."


def check_name(name: str) -> None:
    """Raises TypeProblem for a name that a team's own type cannot have."""
    if not NAME.fullmatch(name):
        raise TypeProblem(
            f"{name!r} is no name for a type.", fix="Write up to 40 small letters, digits and underscores, a letter first: price_list."
        )
    bundled = load_types()
    if name in RESERVED or name in bundled or name in {t.group.table for t in bundled.values() if t.group}:
        raise TypeProblem(f"The name {name!r} is taken by the importer.", fix="Choose another name.")


def data_of(text: str, place: str) -> dict[str, Any]:
    """The document as names and values. Raises TypeProblem."""
    try:
        return dict(parse(text, place).data)
    except DeclarationError as error:
        raise TypeProblem(error.message, fix=error.fix) from error


def text_of(data: Mapping[str, Any]) -> str:
    """The document as YAML."""
    return yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=110)


def bundled_text(name: str) -> str:
    """The document of a type that comes with the importer."""
    return (files("importer.types") / f"{name}.yaml").read_text(encoding="utf-8")


@lru_cache(maxsize=256)
def read_own(text: str, name: str, version: int) -> TypeSchema:
    """The type of a team's document. Its title is that of the document, or else the name.

    Every rule is compiled, so that a document that can be saved can also judge records. Raises TypeProblem with the place.
    """
    place = "The document" if name == UNSAVED else f"The type {name}"
    data = data_of(text, place)
    _refuse_what_is_ours(data, place)
    try:
        schema = read_schema(text, place, name=name, title=title_of(data, name), version=str(version))
        _check_names(schema, place)
        _compile(schema)
    except DeclarationError as error:
        raise TypeProblem(error.message, fix=error.fix) from error
    except pl.exceptions.PolarsError as error:
        raise TypeProblem(f"{place}: a rule cannot be judged: {str(error).splitlines()[0]}", fix=_FIX) from error
    return schema


def title_of(data: Mapping[str, Any], name: str) -> str:
    title = data.get("title")
    return title if isinstance(title, str) and title.strip() else name.replace("_", " ").capitalize()


def _refuse_what_is_ours(data: Mapping[str, Any], place: str) -> None:
    if given := [p for p in TRUSTED if p in data]:
        raise TypeProblem(f"{place}: {given[0]} is kept for the types that come with the importer.", fix=f"Leave out {given[0]}.")
    fields = data.get("fields")
    for field in fields if isinstance(fields, list) else ():
        if isinstance(field, dict) and (given := [p for p in FOR_SPEED if p in field]):
            raise TypeProblem(
                f"{place}, field {field.get('name')}: {given[0]} is kept for the types that come with the importer.",
                fix=f"Leave out {given[0]}; the rules are the same without it.",
            )


def _check_names(schema: TypeSchema, place: str) -> None:
    if not schema.fields and schema.open is None:
        raise TypeProblem(f"{place} has no fields.", fix="Add at least one field.")
    for field in schema.fields:
        if not FIELD_NAME.fullmatch(field.name):
            raise TypeProblem(
                f"{place}: {field.name!r} is no name for a field.",
                fix="Write letters, digits, underscores, dots, dashes or spaces, a letter or digit first.",
            )


def _compile(schema: TypeSchema) -> None:
    """Judges no records by every rule of the type."""
    columns = tuple(f.name for f in schema.fields)
    recipe = Recipe(schema.name, schema.version, Dialect(), tuple(ColumnMap(c, c) for c in columns))
    plan = compile_plan(schema, recipe, columns, date(2000, 1, 1))
    one = {f"c{i}": pl.Series(["?"], dtype=pl.String) for i in range(len(columns))}
    number = pl.Series([1], dtype=pl.Int64)
    validate(plan, pl.DataFrame({**one, "_line": number, "_record": number}))
