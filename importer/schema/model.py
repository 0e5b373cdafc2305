"""What an import type is, as values: fields, checks, identity, keys. Read from documents by `read`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from importer.model import FieldInfo, OptionInfo, TypeInfo
from importer.schema.groups import Group
from importer.schema.pools import Pools
from importer.schema.whole import PARTIAL, Consistent, Differ, Distinct, Ignored, LoadModes
from importer.schema.words import Wording, default_wording

# The types of a Table Schema field and what they become: what Parquet can hold and the destination can load.
DTYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),  # UTC, without a zone: DuckDB reads it as TIMESTAMP
    "time": pl.Time(),
    "year": pl.Int64(),
    "yearmonth": pl.String(),
    "duration": pl.String(),
    "list": pl.List(pl.String()),
    "object": pl.String(),  # the JSON text as it stands, and so for the next two
    "array": pl.String(),
    "geojson": pl.String(),
    "geopoint": pl.String(),
    "any": pl.String(),
}
DATA_TYPES = tuple(DTYPES)
TEXT_TYPES = frozenset(name for name, dtype in DTYPES.items() if dtype == pl.String())  # what stays the text that it was
CUSTOM_TYPES = ("string", "integer", "number", "boolean", "date", "datetime")  # what an attribute can be

# Columns that the destination adds to every table.
META_COLUMNS = ("_id", "_import", "_line", "_created_by", "_updated_at")
# Columns that stage 1 adds to a record.
WORK_COLUMNS = ("_record", "_kind", "_key", "_other", "_today", "_now")
TAKEN = frozenset((*META_COLUMNS, *WORK_COLUMNS))


@dataclass(frozen=True, slots=True)
class Repair:
    do: str
    wording: Wording
    values: Mapping[str, str] | None = None
    source: str = ""  # the field that a value is copied from


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    title: str
    type: str
    format: str = "default"
    optional: bool = False
    description: str = ""
    example: str = ""
    notice: str = ""
    synonyms: tuple[str, ...] = ()
    missing_values: tuple[str, ...] | None = None  # None: those of the whole type
    repairs: tuple[Repair, ...] = ()
    characters: str | None = None
    quick: str | None = None  # text that matches needs no repair and breaks no rule; only there to be fast
    suspects: tuple[bytes, ...] = ()  # where the source holds none of these, `characters` cannot be broken; for speed too
    constraints: Mapping[str, Any] | None = None
    true_values: tuple[str, ...] = ("true", "True", "TRUE", "1")  # Table Schema v2 defaults
    false_values: tuple[str, ...] = ("false", "False", "FALSE", "0")
    decimal_char: str = "."
    group_char: str = ""
    bare_number: bool = True
    delimiter: str = ","  # of a list; empty: a cell is one item, and several columns may be mapped to the field
    item_type: str = "string"
    labels: Mapping[str, str] | None = None  # what a category or a missing value means, where the document says so
    ordered: bool | None = None  # whether the order of the categories means something
    trim_items: bool = False  # of a list in one cell: spaces around items, empty items and repeated ones do not count
    wordings: Mapping[str, Wording] | None = None
    unmapped: Wording | None = None  # what to say where no column is mapped to the field

    @property
    def required(self) -> bool:
        return bool((self.constraints or {}).get("required"))

    @property
    def merges(self) -> bool:
        """Whether several columns may be mapped to this field, each cell being one item."""
        return self.type == "list" and not self.delimiter

    @property
    def splits(self) -> bool:
        """Whether a cell holds several items."""
        return self.type == "list" and bool(self.delimiter)

    @property
    def plain_number(self) -> bool:
        """Whether numbers are written as programs write them."""
        return self.bare_number and not self.group_char and self.decimal_char == "."

    def wording(self, rule: str) -> Wording:
        """What to say when `rule` (type, clock, empty, characters or a constraint) is broken."""
        limit = (self.constraints or {}).get(rule)
        return (self.wordings or {}).get(rule) or default_wording(rule, self.type, self.format, limit)


@dataclass(frozen=True, slots=True)
class Check:
    """A rule over several fields. `broken` is a Polars SQL expression, true where the rule is broken."""

    wording: Wording
    fields: tuple[str, ...]
    broken: str
    option: str | None = None  # judged only where this option of the import has the value `equals`
    equals: Any = None


@dataclass(frozen=True, slots=True)
class Identity:
    """How a record is recognised; see `identity` in the type documents."""

    precedence: tuple[str, ...]
    without_email: tuple[str, ...]
    caseless: frozenset[str]
    alone: frozenset[str]
    update_only: frozenset[str]
    duplicate: Wording
    conflict: Wording | None
    conflict_fields: tuple[str, ...]
    unknown: Wording | None
    together: bool = False  # all identifiers together are one key, as in a primary key of several fields
    optional: bool = False  # a record without identifier is simply added

    def keys(self, options: Mapping[str, Any], mapped: Collection[str]) -> tuple[str, ...]:
        """The identifiers of an import in order of precedence: those of the option unique_email that are mapped."""
        order = self.precedence if options.get("unique_email", True) else self.without_email
        found = tuple(name for name in order if name in mapped)
        return () if self.together and found != order else found


@dataclass(frozen=True, slots=True)
class OpenFields:
    """Whether and how columns without a declared field are kept."""

    prefix: str = ""
    keep_names: bool = False
    reserved: frozenset[str] = frozenset()
    reserved_code: str = "ATTR_RESERVED"
    forbidden: str | None = None
    forbidden_code: str = "ATTR_NAME_CHARS"
    expected: Wording | None = None  # what to say where no such column is mapped


@dataclass(frozen=True, slots=True)
class Unique:
    """Fields whose values together stand in one record of a file only; a record where one of them is empty is left out."""

    fields: tuple[str, ...]
    wording: Wording
    primary: bool = False


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Fields whose values together must stand in `target_fields` of the records of the type `type_name`."""

    fields: tuple[str, ...]
    type_name: str
    target_fields: tuple[str, ...]
    wording: Wording


@dataclass(frozen=True, slots=True)
class TypeSchema:
    name: str
    title: str
    version: str
    description: str
    fields: tuple[Field, ...]
    missing_values: tuple[str, ...] = ("",)
    checks: tuple[Check, ...] = ()
    identity: Identity | None = None
    open: OpenFields | None = None
    fields_match: str | None = None  # None: columns are mapped by name, and what a column must hold is said by `required`
    unique: tuple[Unique, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    group: Group | None = None
    one_of: tuple[str, ...] = ()  # fields of which at least one must be mapped
    consistent: tuple[Consistent, ...] = ()
    whole: tuple[Distinct | Differ, ...] = ()
    ignored: Ignored | None = None
    load: LoadModes = PARTIAL
    pools: Pools | None = None
    options: tuple[OptionInfo, ...] = ()  # those of this type, besides the ones that every type has

    def option(self, name: str, given: Mapping[str, Any]) -> Any:
        """The value of an option: as given, or its default."""
        return given.get(name, next((o.default for o in self.options if o.name == name), None))

    def field(self, name: str) -> Field | None:
        return next((f for f in self.fields if f.name == name), None)

    def missing(self, field: Field) -> frozenset[str]:
        """The texts that stand for "no value" in this field, besides an empty cell."""
        given = self.missing_values if field.missing_values is None else field.missing_values
        return frozenset(given) - {""}

    def resolve(self, name: str, data_type: str | None) -> Field | None:
        """The declared field of this name, or a custom one where the type is open, or None."""
        if found := self.field(name):
            return found
        if self.open is None or not name.startswith(self.open.prefix) or name == self.open.prefix:
            return None
        return Field(name=name, title=name.removeprefix(self.open.prefix), type=data_type or "string", optional=True)

    def info(self) -> TypeInfo:
        return TypeInfo(
            name=self.name,
            title=self.title,
            version=self.version,
            description=self.description,
            fields=tuple(FieldInfo(f.name, f.title, f.type, f.required, f.description, f.synonyms, f.example) for f in self.fields),
            one_of=self.one_of,
            options=self.options,
            modes=self.load.modes,
            mode=self.load.default,
            open=self.open is not None,
            pools=self.pools is not None,
            open_prefix=self.open.prefix if self.open else "",
        )
